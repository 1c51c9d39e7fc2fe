"""What was measured of the vertebrae a person works on, and when they may see what it suggests.

The measured heights stand beside the form from the start. Losses, the suggested grade and type, their
uncertainty and every flag that would give them away are held back until this person has answered for that
vertebra: a reader must not be led by the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backend.annotation.levels import gradable
from backend.annotation.models import Assignment
from backend.annotation.selectors import gradings_of
from backend.annotation.services.working import mask_state, start_mask_of
from backend.common.errors import NotFound
from backend.measurements.selectors import measured_rows, row_of_label, rows_of_mask
from backend.science.labels import sort_labels
from backend.science.morphometry.measure import SHAPE_FLAGS


def measurements_view(assignment: Assignment) -> list[dict[str, Any]]:
    """The gradable vertebrae of the person's own mask as it stands."""
    digest = current_digest(assignment)
    volume = assignment.task.case.volume
    rows = measured_rows(volume, digest)
    if not rows:
        rows = rows_of_mask(volume=volume, digest=digest, array=mask_state(assignment).array)
    return _visible(assignment, rows)


def measured_now(assignment: Assignment, label: int) -> dict[str, Any]:
    """One vertebra of the session's mask, measured anew after an edit.

    Raises
    ------
    NotFound
        The mask has no such vertebra, or it is not one that is graded.
    """
    volume = assignment.task.case.volume
    stored = measured_rows(volume, current_digest(assignment))
    if stored:  # nothing has changed since
        row = next((row for row in stored if row["label"] == label), None)
    else:
        before = measured_rows(volume, start_mask_of(assignment).digest)
        array = mask_state(assignment).array
        row = row_of_label(volume=volume, array=array, label=label, beside=before)
    visible = _visible(assignment, [row] if row is not None else [])
    if not visible:
        raise NotFound("no_such_vertebra", "The mask has no such vertebra to measure.")
    return visible[0]


def current_digest(assignment: Assignment) -> str:
    """The tree digest of the mask as this person has it now."""
    return assignment.session.digest if assignment.session is not None else start_mask_of(assignment).digest


def _visible(assignment: Assignment, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    by_label = {row["label"]: row for row in rows}
    answered = set(gradings_of(assignment).values_list("label", flat=True))
    return [_row(by_label[label], answered=label in answered) for label in gradable(sort_labels(by_label))]


def _row(row: dict[str, Any], *, answered: bool) -> dict[str, Any]:
    hu = row.get("hu") or {}
    return {
        "label": row["label"],
        "volume_ml": row.get("volume_ml"),
        "anterior_mm": row.get("anterior_mm"),
        "middle_mm": row.get("middle_mm"),
        "posterior_mm": row.get("posterior_mm"),
        "depth_mm": row.get("depth_mm"),
        "spread_mm": row.get("spread_mm"),
        "lines_ras_mm": row.get("lines_ras_mm") or [],
        "hu_mean": hu.get("mean"),
        "hu_sd": hu.get("sd"),
        "hu_voxels": hu.get("voxels"),
        "flags": [flag for flag in row["flags"] if flag in SHAPE_FLAGS],
        "suggestion": _suggestion(row) if answered else None,
    }


def _suggestion(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "grade": row.get("suggested_grade"),
        "fracture_type": row.get("suggested_type") or "",
        "loss_percent": row.get("loss_percent"),
        "expected_mm": row.get("expected_mm"),
        "expected_loss_percent": row.get("expected_loss_percent"),
        "uncertainty_percent": row.get("uncertainty_percent"),
        "flags": [flag for flag in row["flags"] if flag not in SHAPE_FLAGS],
    }
