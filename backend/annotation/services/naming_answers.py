"""Names that an engine called a guess: every person who hands in a mask says whether they are right.

The answer is compared with the mask. "Confirmed" and "renamed" are about names as they stand at hand-in, so
an answer that does not fit what was done to the names since counts as none. Each round is asked anew: a case
may have come back for its names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from backend.accounts.models import User
from backend.annotation.errors import (
    AssignmentClosed,
    AssignmentNotOpened,
    NamingNotAsked,
    NamingUnanswered,
    WrongKind,
)
from backend.annotation.models import (
    Assignment,
    Case,
    CasePurpose,
    NamingAnswer,
    NamingChoice,
    NamingState,
    Task,
    TaskKind,
)
from backend.annotation.selectors import WORKING_STATES, latest_submissions
from backend.annotation.services.cases import case_changed
from backend.annotation.services.working import EDITING_KINDS, mask_state, start_mask_of
from backend.audit import services as audit
from backend.common.errors import Conflict, Invalid
from backend.masks.models import MaskSource
from backend.masks.services import load_mask
from backend.science.labels import name_of
from backend.science.volume import MaskArray, label_voxels

SURE = (NamingChoice.CONFIRMED, NamingChoice.RENAMED)
ASKED_KINDS = (*EDITING_KINDS, TaskKind.REVIEW)


@dataclass(frozen=True)
class NamesNow:
    """The names of a mask in work, and what became of those that the task started with."""

    labels: list[int]
    renamed: dict[str, int]
    comparable: bool  # false where the work started from an empty mask


def renamed_levels(before: MaskArray, after: MaskArray) -> dict[int, int]:
    """Old name to new name of each vertebra of ``before`` that has another name in ``after``, by most voxels.

    Voxels that ``after`` leaves empty say nothing, so that erasing and repainting a vertebra is no renaming.
    Both masks are on one grid.
    """
    drawn = (before > 0) & (after > 0)
    pairs = np.bincount(before[drawn].astype(np.int64) * 256 + after[drawn], minlength=256 * 256)
    table = pairs.reshape(256, 256)
    found = {int(label): int(table[label].argmax()) for label in np.flatnonzero(table.sum(axis=1))}
    return {old: new for old, new in found.items() if old != new}


def names_now(assignment: Assignment, array: MaskArray) -> NamesNow:
    """The names in ``array``, the assignment's mask, held against the task's own start."""
    labels = sorted(label_voxels(array))
    start = assignment.task.start_mask or start_mask_of(assignment)
    if assignment.blank_start or start.source == MaskSource.EMPTY:
        return NamesNow(labels, {}, comparable=False)
    renamed = renamed_levels(load_mask(start).array, array)
    return NamesNow(labels, {str(old): new for old, new in renamed.items()}, comparable=True)


def is_asked(assignment: Assignment) -> bool:
    """Whether this work is not to be handed in without an answer on the names."""
    case = assignment.task.case
    if case.naming_state == NamingState.SURE:
        return False
    if assignment.task.kind == TaskKind.REVIEW:  # settled names need no third answer
        return case.naming_state == NamingState.OPEN
    return assignment.task.kind in EDITING_KINDS


def answer_of(assignment: Assignment) -> NamingAnswer | None:
    """The answer that stands, whether or not it still fits the mask."""
    return assignment.naming_answers.filter(current=True).first()


@transaction.atomic
def answer_naming(*, assignment_id: UUID, actor: User, answer: str, note: str = "") -> NamingAnswer:
    """Keep a person's answer. The same answer on the same names again changes nothing.

    Raises
    ------
    NamingNotAsked, AssignmentClosed, AssignmentNotOpened
        No doubt is known of this case; not work in hand.
    WrongKind
        Only who hands in or accepts a mask is asked.
    Conflict
        ``naming_answer_unfit``: the mask tells otherwise (confirmed, but names were changed; renamed, but
        none was).
    """
    Task.objects.select_for_update().get(assignments=assignment_id)
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume", "task__start_mask", "session", "rater")
        .get(pk=assignment_id)
    )
    if assignment.task.kind not in ASKED_KINDS:
        raise WrongKind("naming_not_yours", "Who grades is not asked for the names; write a note instead.")
    if assignment.task.case.naming_state == NamingState.SURE:
        raise NamingNotAsked
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.session is None and assignment.task.kind in EDITING_KINDS:
        raise AssignmentNotOpened
    if answer not in NamingChoice.values:
        raise Invalid("unknown_naming_answer", f"The answer is one of {', '.join(NamingChoice.values)}.")
    names = names_now(assignment, mask_state(assignment).array)
    _require_fit(answer, names)
    return keep_answer(assignment=assignment, actor=actor, answer=answer, names=names, note=note.strip())


def keep_answer(
    *, assignment: Assignment, actor: User, answer: str, names: NamesNow, note: str
) -> NamingAnswer:
    """Write the answer in the caller's transaction, which has locked and checked the assignment."""
    standing = answer_of(assignment)
    said = {"answer": answer, "note": note, "renamed": names.renamed, "labels": names.labels}
    if standing is not None:
        if all(getattr(standing, name) == value for name, value in said.items()):
            return standing
        standing.current = False
        standing.save(update_fields=["current", "updated_at"])
    row = NamingAnswer.objects.create(
        assignment=assignment, revision=standing.revision + 1 if standing is not None else 1, **said
    )
    audit.record(
        actor=actor,
        verb="naming.answered",
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
        assignment=str(assignment.pk),
        answer=answer,
    )
    return row


def _require_fit(answer: str, names: NamesNow) -> None:
    if not names.comparable:
        if answer == NamingChoice.RENAMED:
            raise Conflict(
                "naming_answer_unfit",
                "You named these vertebrae yourself: say that the names are right, or not.",
            )
        return
    if answer == NamingChoice.CONFIRMED and names.renamed:
        old, new = next(iter(names.renamed.items()))
        raise Conflict(
            "naming_answer_unfit",
            f"Names were changed ({name_of(int(old))} is {name_of(new)} now). "
            "Say that you renamed them, or undo it.",
        )
    if answer == NamingChoice.RENAMED and not names.renamed:
        raise Conflict(
            "naming_answer_unfit", "No name was changed yet. Rename the vertebrae first, then say so."
        )


def is_current(answer: NamingAnswer, names: NamesNow) -> bool:
    """Whether an answer is about the names as they are: not where some were changed since."""
    if not names.comparable:
        return sorted(answer.labels) == names.labels
    return dict(answer.renamed) == names.renamed


def require_naming(assignment: Assignment, array: MaskArray) -> dict[str, Any] | None:
    """The answer as it is kept with a submission; None where nobody has to give one.

    Raises
    ------
    NamingUnanswered
        There is none, or names were changed after it was given.
    """
    if not is_asked(assignment):
        return None
    row = answer_of(assignment)
    if row is None:
        raise NamingUnanswered
    names = names_now(assignment, array)
    if not is_current(row, names):
        raise NamingUnanswered(
            message="Names were changed after you answered for them. Answer again before you hand in."
        )
    return {"answer": row.answer, "note": row.note, "renamed": names.renamed, "labels": names.labels}


def unconfirmed(task: Task) -> bool:
    """Whether the names of a finished task must not pass without an expert.

    That is: an engine called them a guess, and not everybody who handed in a mask was sure of them. A task of
    grading alone has no answers of its own: what the stages before it left open stays open.
    """
    state = Case.every.values_list("naming_state", flat=True).get(pk=task.case_id)
    if state == NamingState.SURE:
        return False
    with_mask = [submission for submission in latest_submissions(task) if submission.mask_id is not None]
    if not with_mask:
        return state != NamingState.CONFIRMED
    return any((submission.naming or {}).get("answer") not in SURE for submission in with_mask)


def note_naming(*, case: Case, state: NamingState) -> None:
    """Put down how far a case's names are settled; a case that nobody doubted stays as it is."""
    row = Case.every.select_for_update().get(pk=case.pk)
    if row.naming_state in (NamingState.SURE, state):
        return
    row.naming_state = state
    row.save(update_fields=["naming_state", "updated_at"])
    audit.record(actor=None, verb="naming.settled", subject=row, project_id=row.project_id, state=state.value)
    case_changed(row)


def settle_after(task: Task) -> None:
    """What a finished task means for its case, whose row the caller has locked.

    An expert's answer settles the names, a lone corrector's does as well where it is sure. Several people who
    do not see each other are compared first (`unconfirmed`). Safe to repeat.
    """
    if (
        task.case.naming_state == NamingState.SURE
        or task.case.purpose != CasePurpose.WORK
        or task.kind not in EDITING_KINDS
    ):
        return
    doubtful = unconfirmed(task)
    if task.kind == TaskKind.ADJUDICATE:
        note_naming(case=task.case, state=NamingState.UNKNOWN if doubtful else NamingState.CONFIRMED)
    elif doubtful:
        note_naming(case=task.case, state=NamingState.OPEN)
    elif task.overlap == 1:
        note_naming(case=task.case, state=NamingState.CONFIRMED)
