"""An assignment in hand: opened, edited slice by slice, read back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from backend.accounts.models import User
from backend.annotation.errors import AssignmentClosed, AssignmentNotOpened, NotEditable
from backend.annotation.models import Assignment, TaskKind, TaskState
from backend.annotation.selectors import WORKING_STATES, latest_submissions
from backend.annotation.services.cases import assignment_changed, empty_version
from backend.audit import services as audit
from backend.masks import services as masks
from backend.masks.models import EditOperation, MaskVersion

EDITING_KINDS = (TaskKind.CORRECT, TaskKind.ADJUDICATE)


@dataclass(frozen=True)
class Edit:
    """One delta as the browser sends it."""

    operation_id: UUID
    base_revision: int
    payload: bytes
    kind: str
    label: int | None = None


@dataclass(frozen=True)
class MaskState:
    """The mask of an assignment as it stands on the server."""

    array: NDArray[np.uint8]
    revision: int
    digest: str


def can_edit(assignment: Assignment) -> bool:
    """Whether this person may change the mask now."""
    return assignment.task.kind in EDITING_KINDS and assignment.state in WORKING_STATES


@transaction.atomic
def open_assignment(*, assignment_id: UUID, actor: User) -> Assignment:
    """Begin work: note the time and, where the mask is to be edited, start the session. Safe to repeat."""
    assignment = _locked(assignment_id)
    first_time = assignment.opened_at is None
    if assignment.state in WORKING_STATES and assignment.session_id is None and can_edit(assignment):
        assignment.session = masks.start_session(base=start_mask_of(assignment), author=assignment.rater)
    if first_time:
        assignment.opened_at = timezone.now()
    assignment.save(update_fields=["session", "opened_at", "updated_at"])
    if first_time:
        case = assignment.task.case
        audit.record(
            actor=actor,
            verb="assignment.opened",
            subject=case,
            project_id=case.project_id,
            assignment=str(assignment.pk),
        )
        assignment_changed(assignment, case)
    return assignment


def start_mask_of(assignment: Assignment) -> MaskVersion:
    """What the work starts from: one's own returned mask, a blank one, or the task's start mask."""
    if assignment.task.round > 1:
        own = _former_mask(assignment)
        if own is not None:
            return own
    if assignment.blank_start:
        return empty_version(volume=assignment.task.case.volume)
    start = assignment.task.start_mask or assignment.task.case.start_mask
    if start is None:
        raise NotEditable("no_start_mask", "This case has no mask to start from yet.")
    return start


def _former_mask(assignment: Assignment) -> MaskVersion | None:
    former = (
        assignment.task.case.tasks.filter(
            stage_key=assignment.task.stage_key, round__lt=assignment.task.round
        )
        .exclude(state=TaskState.CANCELLED)  # taken back with its stage: other people's unfinished work
        .order_by("-round")
        .first()
    )
    if former is None:
        return None
    own = latest_submissions(former).filter(assignment__slot=assignment.slot).first()
    return own.mask if own is not None else None


def mask_state(assignment: Assignment) -> MaskState:
    """The mask as this person has it now; before opening, and where it is not edited, the start mask."""
    if assignment.session is None:
        version = start_mask_of(assignment)
        return MaskState(masks.load_mask(version).array, 0, version.digest)
    array = masks.session_mask(assignment.session)
    return MaskState(array, assignment.session.revision, assignment.session.digest)


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
    try:
        return masks.append_operation(
            session=assignment.session,
            operation_id=edit.operation_id,
            base_revision=edit.base_revision,
            payload=edit.payload,
            kind=edit.kind,
            label=edit.label,
        )
    except masks.SessionClosed as exc:  # people know of assignments, not of sessions
        raise AssignmentClosed from exc


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
    return assignment.active_seconds


def _locked(assignment_id: UUID) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume", "task__case__project", "session", "rater")
        .get(pk=assignment_id)
    )
