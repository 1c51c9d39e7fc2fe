"""An assignment in hand: opened, edited slice by slice, read back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import assignment_changed, prepare_start
from backend.annotation.errors import AssignmentClosed, AssignmentNotOpened, NotEditable
from backend.annotation.models import Assignment, AssignmentState
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.selectors.in_hand import EDITING_KINDS, can_edit, start_mask_of
from backend.annotation.work.services.hours import count_active
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.masks import services as masks
from backend.masks.models import DESKTOP_EDIT, EditOperation


@dataclass(frozen=True)
class Edit:
    """One delta as the browser sends it."""

    operation_id: UUID
    base_revision: int
    payload: bytes
    kind: str
    label: int | None = None


@transaction.atomic
def open_assignment(*, assignment_id: UUID, actor: User) -> Assignment:
    """Begin work: note the time and, where the mask is to be edited, start the session. Safe to repeat.

    What was taken back in the same moment is not begun: its state says so.
    """
    assignment = _locked(assignment_id)
    if assignment.state == AssignmentState.CANCELLED:
        return assignment
    first_time = assignment.opened_at is None
    if assignment.state in WORKING_STATES and assignment.session_id is None and can_edit(assignment):
        prepare_start(assignment)  # taken before the blank mask was made on taking
        assignment.session = masks.start_session(base=start_mask_of(assignment), author=assignment.rater)
    if first_time:
        assignment.opened_at = timezone.now()
    assignment.save(update_fields=["session", "opened_at", "updated_at"])
    if first_time:
        case = assignment.task.case
        audit.record(
            actor=actor,
            act=case_acts.AssignmentOpened(assignment=assignment.pk),
            subject=case,
            project_id=case.project_id,
        )
        assignment_changed(assignment, case)
    return assignment


@transaction.atomic
def edit(*, assignment_id: UUID, edit: Edit) -> EditOperation:
    """Append one delta to the session.

    Raises
    ------
    AssignmentClosed, AssignmentNotOpened, NotEditable
        The work was handed in, not opened yet, or has no mask to edit.
    DomainError
        ``stale_base`` with the present revision and digest, from the mask's edit session.
    """
    assignment = _locked(assignment_id)
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.task.kind not in EDITING_KINDS:
        raise NotEditable
    if assignment.session is None:
        raise AssignmentNotOpened
    before = assignment.session.revision
    try:
        operation = masks.append_operation(
            session=assignment.session,
            operation_id=edit.operation_id,
            base_revision=edit.base_revision,
            payload=edit.payload,
            kind=edit.kind,
            label=edit.label,
        )
    except masks.SessionClosed as exc:  # people know of assignments, not of sessions
        raise AssignmentClosed from exc
    if operation.kind == DESKTOP_EDIT and operation.revision > before:  # not one that was sent again
        _note_taken_in(assignment, operation)
    return operation


def _note_taken_in(assignment: Assignment, operation: EditOperation) -> None:
    case = assignment.task.case
    audit.record(
        actor=assignment.rater,
        act=case_acts.AssignmentMaskTakenIn(
            assignment=assignment.pk,
            revision=operation.revision,
            digest=operation.digest,
            changed_voxels=operation.changed_voxels,
        ),
        subject=case,
        project_id=case.project_id,
    )


@transaction.atomic
def add_active_time(*, assignment_id: UUID, seconds: int) -> int:
    """Count time worked at an assignment in hand; gives the sum so far in seconds.

    Raises
    ------
    AssignmentClosed
        Handed in or taken back: its time is settled.
    """
    assignment = _locked(assignment_id)
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    assignment.active_seconds += seconds
    assignment.save(update_fields=["active_seconds", "updated_at"])
    count_active(assignment=assignment, seconds=seconds)
    return assignment.active_seconds


def _locked(assignment_id: UUID) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume", "task__case__project", "session", "rater")
        .get(pk=assignment_id)
    )
