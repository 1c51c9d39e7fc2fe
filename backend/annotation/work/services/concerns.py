"""What people tell the manager about a task: the wrong region, a question, not for them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import assignment_changed
from backend.annotation.errors import AssignmentClosed, ConcernUnexplained
from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.services.giving import cancel_assignment
from backend.annotation.work.services.questions import DISCUSS, Asked, ask
from backend.audit import services as audit
from backend.audit.acts import case_acts

OTHER = "other"  # says nothing without words


@transaction.atomic
def raise_concern(
    *, assignment_id: UUID, actor: User, concern: str, text: str = "", give_back: bool = False
) -> Assignment:
    """Tell the manager about a task in hand, and give it back where asked.

    A new concern takes the place of the one before; the audit chain has both. What needs discussion becomes a
    question, which the answer settles.

    Raises
    ------
    ConcernUnexplained
        Something else, without a word what.
    AssignmentClosed
        It was handed in or given back before.
    """
    if concern == OTHER and not text.strip():
        raise ConcernUnexplained
    assignment = _locked(assignment_id)
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    assignment.concern, assignment.concern_text = concern, text.strip()
    assignment.concern_at = timezone.now()
    assignment.save(update_fields=["concern", "concern_text", "concern_at", "updated_at"])
    case = assignment.task.case
    if concern == DISCUSS and text.strip():
        ask(assignment=assignment, actor=actor, asked=Asked(text))  # where it is answered
    audit.record(
        actor=actor,
        act=case_acts.ConcernRaised(assignment=assignment.pk, concern=concern),
        subject=case,
        project_id=case.project_id,
    )
    if give_back:
        return cancel_assignment(assignment_id=assignment.pk, actor=actor, reason=concern)
    assignment_changed(assignment, case)
    return assignment


@transaction.atomic
def settle_concern(*, assignment_id: UUID, actor: User) -> None:
    """The manager has dealt with it; safe to repeat."""
    assignment = _locked(assignment_id)
    if assignment.concern_at is None:
        return
    assignment.concern_at = None
    assignment.save(update_fields=["concern_at", "updated_at"])
    case = assignment.task.case
    audit.record(
        actor=actor,
        act=case_acts.ConcernSettled(assignment=assignment.pk),
        subject=case,
        project_id=case.project_id,
    )
    assignment_changed(assignment, case)


def _locked(assignment_id: UUID) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("task__case")
    return rows.get(pk=assignment_id)
