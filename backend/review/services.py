"""The last word on a case: accept it, or send it back; and comments pinned to a place."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import accept_case, move_case, reopen_task
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.errors import AssignmentClosed, WrongKind
from backend.annotation.models import Assignment, Case, NamingState, SightKind, Task, TaskKind, TaskState
from backend.annotation.selectors import WORKING_STATES, assignments_visible_to, cases_open_to
from backend.annotation.work.selectors.naming import SURE, require_naming
from backend.annotation.work.services.naming_answers import note_naming
from backend.annotation.work.services.submitting import finish
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.events import publish
from backend.consensus.models import AdjudicationSource
from backend.consensus.selectors import compared_task, standing_mask
from backend.consensus.services.adjudicating import open_adjudication
from backend.consensus.services.naming import carry_dispute
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.projects.protocols import Protocol, Stage
from backend.projects.selectors import protocol_of
from backend.review.carrying import carry_settled
from backend.review.events import CaseReviewed, CommentAdded, ThreadSettled
from backend.review.models import PinnedComment, ReviewDecision
from backend.review.rounds import returned_labels
from backend.review.selectors import comments_visible_to


class CommentMissing(Invalid):
    code = "comment_missing"
    message = "Say what is to be done when you return a case."


@dataclass(frozen=True)
class Pin:
    """Where a comment belongs: a vertebra, a voxel, or an answer to another comment."""

    text: str
    label: int | None = None
    voxel: list[int] | None = None
    parent: UUID | None = None


@transaction.atomic
def decide(
    *, assignment_id: UUID, actor: User, accept: bool, comment: str = "", active_seconds: int = 0
) -> ReviewDecision:
    """Accept the case, or return it to whoever made its mask, with a new round of their work.

    Raises
    ------
    WrongKind, AssignmentClosed
        Not a review in hand.
    CommentMissing
        Returned without a word.
    NamingUnanswered
        Accepted although the names are an engine's guess that nobody has vouched for.
    """
    # the case's row first, as whatever moves a case takes it first
    Case.objects.select_for_update().get(tasks__assignments=assignment_id)
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__project", "task__start_mask", "task__case__volume")
        .get(pk=assignment_id)
    )
    if assignment.task.kind != TaskKind.REVIEW:
        raise WrongKind
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if not accept and not comment.strip():
        raise CommentMissing
    case = assignment.task.case
    mask = assignment.task.start_mask or standing_mask(case)
    if mask is None:
        raise Conflict("no_mask", "There is no mask to review.")
    if accept:
        _settle_names(assignment, mask)
    decision = ReviewDecision.objects.create(
        case=case,
        assignment=assignment,
        reviewer=actor,
        mask=mask,
        accepted=accept,
        comment=comment.strip(),
    )
    finish(assignment=assignment, active_seconds=active_seconds)
    audit.record(
        actor=actor,
        act=case_acts.CaseReviewed(accepted=accept, assignment=assignment.pk, mask=mask.pk),
        subject=case,
        project_id=case.project_id,
    )
    if accept:
        accept_case(case_id=case.pk, mask=mask, actor=actor)
    else:
        send_back(assignment.task, decision)
    publish(CaseReviewed(case.pk, case.project_id, accept))
    return decision


def _settle_names(assignment: Assignment, mask: MaskVersion) -> None:
    """What nobody before was sure of, the reviewer answers for."""
    said = require_naming(assignment, load_mask(mask).array)
    if said is not None:
        known = said["answer"] in SURE
        note_naming(case=assignment.task.case, state=NamingState.CONFIRMED if known else NamingState.UNKNOWN)


def send_back(review: Task, decision: ReviewDecision) -> None:
    """A new round of the work behind the review: the adjudication where there is one, else the rating."""
    case = decision.case
    protocol = protocol_of(case.project)
    stage = _stage_to_redo(protocol, review.stage_key)
    former = case.tasks.filter(stage_key=stage.key).order_by("-round").first()
    if stage.kind == "adjudicate":
        _redo_adjudication(decision, protocol, stage, former)
    elif former is not None:
        reopen_task(task_id=former.pk, comment=decision.comment, actor=decision.reviewer)
    move_case(case_id=case.pk, stage_key=stage.key)


def _stage_to_redo(protocol: Protocol, review_key: str) -> Stage:
    stage = protocol.sent_back_to(review_key)
    if stage is None:
        raise Conflict("nothing_to_redo", "The protocol has no work before this review.")
    return stage


def _redo_adjudication(
    decision: ReviewDecision, protocol: Protocol, stage: Stage, former: Task | None
) -> None:
    case, comment = decision.case, decision.comment
    fuse_stage = _fuse_stage_before(protocol, stage)
    if former is None:  # everything had been signed by rule: an expert sees it for the first time
        compared = compared_task(case, fuse_stage.key) if fuse_stage is not None else None
        open_adjudication(case=case, stage=stage, compared=compared, items=[], note=comment)
        return
    if former.state != TaskState.COMPLETE:
        return
    again = reopen_task(task_id=former.pk, comment=comment, actor=decision.reviewer)
    carry_settled(former=former, again=again, returned=returned_labels(decision), mask=decision.mask)
    carry_dispute(former=former, again=again)
    for source in AdjudicationSource.objects.filter(task=former):
        AdjudicationSource.objects.get_or_create(task=again, key=source.key, defaults={"mask": source.mask})


def _fuse_stage_before(protocol: Protocol, stage: Stage) -> Stage | None:
    before = list(protocol.stages)[: [item.key for item in protocol.stages].index(stage.key)]
    return next((item for item in reversed(before) if item.kind == "fuse"), None)


@transaction.atomic
def add_comment(*, assignment_id: UUID, actor: User, pin: Pin) -> PinnedComment:
    """Pin a comment to a case, seen through one's own assignment.

    Raises
    ------
    Invalid
        Empty text.
    NotFound
        The comment answered is not one that the person may read.
    """
    assignment = assignments_visible_to(actor).filter(pk=assignment_id).first()
    if assignment is None:
        raise NotFound
    if not pin.text.strip():
        raise Invalid("empty_comment", "The comment is empty.")
    case = assignment.task.case
    parent = None
    if pin.parent is not None:
        parent = comments_visible_to(actor, case).filter(pk=pin.parent).first()
        if parent is None:
            raise NotFound("no_such_comment", "The comment you answer does not exist.")
        parent = parent.parent or parent  # threads have one level: an answer to an answer joins its thread
    comment = PinnedComment.objects.create(
        case=case,
        assignment=parent.assignment if parent is not None else assignment,
        author=actor,
        parent=parent,
        label=parent.label if parent is not None else pin.label,
        voxel=pin.voxel,
        text=pin.text.strip(),
    )
    audit.record(
        actor=actor,
        act=case_acts.CommentAdded(comment=comment.pk, label=pin.label),
        subject=case,
        project_id=case.project_id,
    )
    publish(CommentAdded(comment.pk, case.pk, case.project_id, actor.pk))
    return comment


@transaction.atomic
def resolve_comment(*, assignment_id: UUID, comment_id: UUID, actor: User, resolved: bool) -> PinnedComment:
    """Close a thread, or open it again; it is the thread's first comment that carries the state.

    Raises
    ------
    NotFound
        No such thread that the person may read.
    """
    assignment = assignments_visible_to(actor).filter(pk=assignment_id).first()
    if assignment is None:
        raise NotFound
    case = assignment.task.case
    found = comments_visible_to(actor, case).filter(pk=comment_id, parent__isnull=True).first()
    if found is None:
        raise NotFound("no_such_comment", "There is no such thread.")
    if (found.resolved_at is not None) == resolved:
        return found
    found.resolved_at = timezone.now() if resolved else None
    found.save(update_fields=["resolved_at", "updated_at"])
    act = case_acts.CommentResolved if resolved else case_acts.CommentReopened
    audit.record(
        actor=actor,
        act=act(comment=found.pk, label=found.label),
        subject=case,
        project_id=case.project_id,
    )
    publish(ThreadSettled(found.pk, case.pk, case.project_id, actor.pk))
    return found


def read_comments(*, case: Case, reader: User) -> list[PinnedComment]:
    """The comments that this person may read; reading others' as somebody who may see all work is noted."""
    rows = list(comments_visible_to(reader, case))
    others = any(row.author_id != reader.pk for row in rows)
    if others and cases_open_to(reader).filter(pk=case.pk).exists():
        note_sighting(case=case, user=reader, kind=SightKind.NOTES)
    return rows
