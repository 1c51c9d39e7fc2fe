"""The mask that a person has in hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.annotation.errors import NotEditable
from backend.annotation.models import Assignment, AssignmentState, TaskKind, TaskState
from backend.annotation.selectors import WORKING_STATES, is_blind, latest_submissions
from backend.masks.models import MaskVersion
from backend.masks.selectors import blank_version, load_mask, session_mask

EDITING_KINDS = (TaskKind.CORRECT, TaskKind.ADJUDICATE)


@dataclass(frozen=True)
class MaskState:
    """The mask of an assignment as it stands on the server."""

    array: NDArray[np.uint8]
    revision: int
    digest: str


def can_edit(assignment: Assignment) -> bool:
    """Whether this person may change the mask now."""
    return assignment.task.kind in EDITING_KINDS and assignment.state in WORKING_STATES


def start_mask_of(assignment: Assignment) -> MaskVersion:
    """What the work starts from: one's own returned mask, a blank one, or the task's start mask.

    Raises
    ------
    NotEditable
        ``no_start_mask``: there is none yet.
    """
    if assignment.task.round > 1:
        own = former_mask_of(assignment)
        if own is not None:
            return own
    if assignment.blank_start:
        start = blank_version(assignment.task.case.volume)
    else:
        start = assignment.task.start_mask or assignment.task.case.start_mask
    if start is None:
        raise NotEditable("no_start_mask", "This case has no mask to start from yet.")
    return start


def former_mask_of(assignment: Assignment) -> MaskVersion | None:
    """What was handed in one round before and this work goes on from."""
    former = former_work_of(assignment)
    if former is None:
        return None
    own = latest_submissions(former.task).filter(assignment=former).first()
    return own.mask if own is not None else None


def former_work_of(assignment: Assignment) -> Assignment | None:
    """What was handed in one round before and this work goes on from; ``None``: it begins as all do.

    A place may have passed on to somebody else since. Where people must not see each other that person has no
    former work; elsewhere they go on from what the place's former owner handed in.
    """
    task = assignment.task
    former = (
        task.case.tasks.filter(stage_key=task.stage_key, round__lt=task.round)
        .exclude(state=TaskState.CANCELLED)  # taken back with its stage: other people's unfinished work
        .order_by("-round")
        .first()
    )
    if former is None:
        return None
    handed_in = former.assignments.filter(state=AssignmentState.SUBMITTED)
    if is_blind(task):
        return handed_in.filter(rater=assignment.rater_id).first()
    return handed_in.filter(slot=assignment.slot).first()


def mask_state(assignment: Assignment) -> MaskState:
    """The mask as this person has it now; before opening, and where it is not edited, the start mask."""
    if assignment.session is None:
        version = start_mask_of(assignment)
        return MaskState(load_mask(version).array, 0, version.digest)
    array = session_mask(assignment.session)
    return MaskState(array, assignment.session.revision, assignment.session.digest)


def current_digest(assignment: Assignment) -> str:
    """The tree digest of the mask as this person has it now."""
    return assignment.session.digest if assignment.session is not None else start_mask_of(assignment).digest
