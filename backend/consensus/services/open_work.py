"""An adjudication in hand, locked for a change."""

from __future__ import annotations

from uuid import UUID

from backend.annotation.errors import AssignmentClosed, AssignmentNotOpened, WrongKind
from backend.annotation.models import Assignment, TaskKind
from backend.annotation.selectors import WORKING_STATES
from backend.masks.models import EditSession


def adjudication_in_hand(assignment_id: UUID) -> tuple[Assignment, EditSession]:
    """The assignment and its open session; call it inside a transaction.

    Raises
    ------
    AssignmentClosed, AssignmentNotOpened, WrongKind
        Not an adjudication in hand.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__project", "session__base__volume")
        .get(pk=assignment_id)
    )
    if assignment.task.kind != TaskKind.ADJUDICATE:
        raise WrongKind
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.session is None:
        raise AssignmentNotOpened
    return assignment, assignment.session
