"""Lines and regions of interest that a person sets by hand in their own work."""

from __future__ import annotations

from typing import Any

from backend.annotation.errors import AssignmentClosed
from backend.annotation.measuring.selectors import measured_row, visible_row
from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.levels import gradable
from backend.annotation.work.selectors.in_hand import current_digest, mask_state
from backend.common.errors import NotFound
from backend.measurements import adjustments
from backend.science.morphometry.trabecular import RegionChange


def set_lines(assignment: Assignment, label: int, lines_ras_mm: list[Any]) -> dict[str, Any]:
    """Keep this person's own height lines on one vertebra, and measure by them."""
    subject = _adjustable(assignment, label)
    adjustments.adjust_lines(subject=subject, lines_ras_mm=lines_ras_mm)
    return visible_row(assignment, dict(subject.automatic))


def set_region(assignment: Assignment, label: int, change: RegionChange) -> dict[str, Any]:
    """Keep this person's own region of interest on one vertebra, and read the HU within it."""
    subject = _adjustable(assignment, label)
    adjustments.adjust_region(subject=subject, array=mask_state(assignment).array, change=change)
    return visible_row(assignment, dict(subject.automatic))


def reset(assignment: Assignment, label: int, kind: str) -> dict[str, Any]:
    """Take this person's own lines or region back."""
    subject = _adjustable(assignment, label)
    adjustments.withdraw(subject=subject, kind=kind)
    return visible_row(assignment, dict(subject.automatic))


def _adjustable(assignment: Assignment, label: int) -> adjustments.Subject:
    """One vertebra of work that is still in hand, as it is measured by itself.

    Raises
    ------
    AssignmentClosed, NotFound
        It was handed in; the mask has no such vertebra.
    """
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    row = measured_row(assignment, label)
    if row is None or not gradable([label]):
        raise NotFound("no_such_vertebra", "The mask has no such vertebra to measure.")
    return adjustments.Subject(
        volume=assignment.task.case.volume,
        label=label,
        author=assignment.rater,
        mask_digest=current_digest(assignment),
        automatic=row,
    )
