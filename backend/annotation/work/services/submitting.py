"""Handing in: the server checks that it holds what the rater sees, and keeps mask and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.selectors.stages import asks_grades
from backend.annotation.cases.services.cases import assignment_changed, complete_task_if_done
from backend.annotation.errors import (
    AssignmentClosed,
    AssignmentNotOpened,
    DigestMismatch,
    GradingsMissing,
    WrongKind,
)
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Grading,
    Submission,
    Task,
    TaskKind,
    vertebrae_of,
)
from backend.annotation.selectors import WORKING_STATES, gradings_of
from backend.annotation.work.levels import gradable
from backend.annotation.work.selectors.findings import ANSWERED, FindingAnswer, require_answers
from backend.annotation.work.selectors.in_hand import EDITING_KINDS, mask_state
from backend.annotation.work.selectors.naming import require_naming
from backend.annotation.work.selectors.pace import pace_of
from backend.annotation.work.selectors.places import places_found
from backend.annotation.work.services.hours import count_active
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.masks import services as masks
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.grading_schema import lacking
from backend.measurements.selectors import schema_of
from backend.projects.guideline_selectors import version_in_force
from backend.science.edits import mask_digest
from backend.science.labels import name_of, sort_labels
from backend.science.volume import MaskArray, label_voxels

ANSWER_FIELDS = (
    "label",
    "revision",
    "grade",
    "fracture_type",
    "foreign_material",
    "not_gradable_reason",
    "deformity",
    "osteoporotic",
    "transitional",
    "comment",
)


@dataclass(frozen=True)
class HandIn:
    """What the browser says on submit: the digest of its mask, and time that it has not reported before."""

    digest: str
    active_seconds: int
    comment: str = ""
    answers: tuple[FindingAnswer, ...] = ()
    seen: tuple[int, ...] | None = None  # levels that a visible pane showed; None: the client did not look


HandInCheck = Callable[[Assignment], None]
_hand_in_checks: list[HandInCheck] = []


def register_hand_in_check(check: HandInCheck) -> HandInCheck:
    """Let the layer above refuse a hand-in by raising a domain error; registering twice does nothing."""
    if check not in _hand_in_checks:
        _hand_in_checks.append(check)
    return check


@transaction.atomic
def submit(*, assignment_id: UUID, actor: User, hand_in: HandIn) -> Submission:
    """Hand in the work. The same once more (its answer was lost on the way) gives the submission that stands.

    The mask is rebuilt from what is stored, hashed anew and compared with the browser's digest, so that what
    is handed in is what the rater saw.

    Raises
    ------
    AssignmentClosed
        Handed in otherwise, or cancelled, before.
    DigestMismatch
        The stored mask is not the browser's; ``extra`` has the server's revision and digest.
    FindingsUnanswered
        The project insists on what ``extra.findings`` names: it is to be mended, or answered with a reason.
    GradingsMissing
        ``extra.labels`` are the vertebrae without an answer.
    NamingUnanswered
        The names are a guess, and this person has not said whether they are right.
    WrongKind
        A review ends with a decision instead.
    """
    # The task's row first and the audit chain's head last, as everywhere: whoever locks them in another order
    # may wait for somebody who waits for them.
    Task.objects.select_for_update().get(assignments=assignment_id)
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related(
            "task__case__volume", "task__case__project", "task__start_mask", "session__base__volume", "rater"
        )
        .get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        return _handed_in_before(assignment, actor, hand_in)
    if assignment.task.kind == TaskKind.REVIEW:
        raise WrongKind("decide_instead", "A review ends with accept or return.")
    if assignment.session is None and assignment.task.kind in EDITING_KINDS:
        raise AssignmentNotOpened
    array = _checked_mask(assignment, hand_in.digest)
    naming = require_naming(assignment, array)
    for check in _hand_in_checks:
        check(assignment)
    graded = _checked_gradings(assignment, array)
    answered = require_answers(assignment, hand_in.answers) if assignment.session is not None else []
    mask, edited = _close(assignment, array, answered)
    spent = assignment.active_seconds + hand_in.active_seconds
    pace = pace_of(assignment, active_seconds=spent, levels=_levels_read(assignment, array))
    submission = Submission.objects.create(
        assignment=assignment,
        mask=mask,
        gradings=[answer_row(grading) for grading in graded],
        vertebrae=vertebrae_of(mask, graded),
        active_seconds=spent,
        edited_voxels=edited,
        comment=hand_in.comment,
        naming=naming,
        never_in_view=_never_in_view(array, hand_in.seen),
        places_looked=assignment.places_looked,
        places_found=places_found(assignment),
        pace=pace,
        fast=pace is not None and pace["fast"],
        guidelines=version_in_force(assignment.task.case.project),
    )
    finish(assignment=assignment, active_seconds=hand_in.active_seconds)
    audit.record(
        actor=actor,
        act=case_acts.AssignmentSubmitted(
            assignment=assignment.pk,
            stage=assignment.task.stage_key,
            digest=mask.digest if mask is not None else None,
            edited_voxels=edited,
            findings_answered=answered,
            naming=naming["answer"] if naming is not None else None,
        ),
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
    )
    return submission


def _handed_in_before(assignment: Assignment, actor: User, hand_in: HandIn) -> Submission:
    made = assignment.submissions.select_related("mask").order_by("-created_at").first()
    if (
        made is None
        or assignment.state != AssignmentState.SUBMITTED
        or assignment.rater_id != actor.pk
        or made.comment != hand_in.comment
        or (made.mask is not None and made.mask.digest != hand_in.digest)
    ):
        raise AssignmentClosed
    return made


def _never_in_view(array: MaskArray, seen: tuple[int, ...] | None) -> list[int] | None:
    return (
        None if seen is None else [label for label in sort_labels(label_voxels(array)) if label not in seen]
    )


def _levels_read(assignment: Assignment, array: MaskArray) -> int:
    """How many vertebrae this person had to look at."""
    required = assignment.task.required_labels
    return len(required) if required is not None else len(label_voxels(array))


def finish(*, assignment: Assignment, active_seconds: int) -> None:
    """Mark the (locked) assignment as handed in, and its task complete once nobody is missing."""
    assignment.state = AssignmentState.SUBMITTED
    assignment.submitted_at = timezone.now()
    assignment.active_seconds += active_seconds
    assignment.save(update_fields=["state", "submitted_at", "active_seconds", "updated_at"])
    count_active(assignment=assignment, seconds=active_seconds)
    assignment_changed(assignment, assignment.task.case)
    complete_task_if_done(task_id=assignment.task_id)


def required_labels(assignment: Assignment, labels_in_mask: list[int]) -> list[int]:
    """The vertebrae this person has to grade, given the labels of their mask."""
    if assignment.task.required_labels is not None:
        return gradable(sort_labels(assignment.task.required_labels))
    if asks_grades(assignment.task):
        return gradable(sort_labels(labels_in_mask))
    return []


def answer_row(grading: Grading) -> dict[str, Any]:
    """A grading as it is kept in a submission."""
    return {name: getattr(grading, name) for name in ANSWER_FIELDS}


def _checked_mask(assignment: Assignment, digest: str) -> MaskArray:
    state = mask_state(assignment)
    if assignment.session is None:
        return state.array
    stored = mask_digest(state.array)
    if stored != digest or stored != state.digest:
        raise DigestMismatch(extra={"revision": state.revision, "digest": stored})
    return state.array


def _checked_gradings(assignment: Assignment, array: MaskArray) -> list[Grading]:
    """The answers that count: one for a vertebra that is no longer in the mask stays with the work alone."""
    present = list(label_voxels(array))
    required = required_labels(assignment, present)
    answers = {grading.label: grading for grading in gradings_of(assignment)}
    missing = [label for label in required if label not in answers]
    if missing:
        names = ", ".join(name_of(label) for label in missing)
        raise GradingsMissing(message=f"Not graded yet: {names}.", extra={"labels": missing})
    schema = schema_of(assignment.task.case.project)
    open_fields = {label: lacking(schema, answer_row(answers[label])) for label in required}
    incomplete = [label for label in required if open_fields[label]]
    if incomplete:
        told = "; ".join(
            f"{name_of(label)}: {', '.join(open_fields[label]).replace('_', ' ')}" for label in incomplete
        )
        raise GradingsMissing(message=f"Not answered yet: {told}.", extra={"labels": incomplete})
    return [answer for label, answer in answers.items() if label in {*present, *required}]


def _close(
    assignment: Assignment, array: MaskArray, answered: list[dict[str, Any]]
) -> tuple[MaskVersion | None, int]:
    """The mask version handed in, and how many voxels differ from where the session began."""
    if assignment.session is None:
        return None, 0
    source = MaskSource.ADJUDICATION if assignment.task.kind == TaskKind.ADJUDICATE else MaskSource.RATER
    base = masks.load_mask(assignment.session.base).array
    version = masks.close_session(
        session=assignment.session, source=source, provenance={ANSWERED: answered} if answered else {}
    )
    return version, int(np.count_nonzero(base != array))
