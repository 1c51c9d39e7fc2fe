"""What was measured of the vertebrae a person works on, and when they may see what it suggests.

The measured heights stand beside the form from the start, unless the protocol holds them back as well.
Losses, the suggested grade and type, their uncertainty and every flag that would give them away are held back
until this person has answered for that vertebra: a reader must not be led by the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.annotation.models import Assignment
from backend.annotation.selectors import gradings_of
from backend.annotation.work.levels import gradable
from backend.annotation.work.selectors.in_hand import current_digest, mask_state, start_mask_of
from backend.common.errors import NotFound
from backend.measurements import adjustments
from backend.measurements.models import Adjustment, AdjustmentKind
from backend.measurements.selectors import measured_rows, row_of_label, rows_of_mask
from backend.projects.selectors import protocol_of
from backend.science.labels import sort_labels
from backend.science.morphometry.measure import SHAPE_FLAGS

_HEIGHT_FIELDS = ("anterior_mm", "middle_mm", "posterior_mm")
_NO_HEIGHTS: dict[str, Any] = {
    **dict.fromkeys((*_HEIGHT_FIELDS, "spread_mm", "range_mm")),
    "lines_ras_mm": [],
    "own_lines": None,
    "heights_held": True,
}


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
    return visible_row(assignment, measured_row(assignment, label))


def measured_row(assignment: Assignment, label: int) -> dict[str, Any] | None:
    volume = assignment.task.case.volume
    stored = measured_rows(volume, current_digest(assignment))
    if stored:  # nothing has changed since
        return next((row for row in stored if row["label"] == label), None)
    before = measured_rows(volume, start_mask_of(assignment).digest)
    array = mask_state(assignment).array
    return row_of_label(volume=volume, array=array, label=label, beside=before)


def visible_row(assignment: Assignment, row: dict[str, Any] | None) -> dict[str, Any]:
    visible = _visible(assignment, [row] if row is not None else [])
    if not visible:
        raise NotFound("no_such_vertebra", "The mask has no such vertebra to measure.")
    return visible[0]


def _visible(assignment: Assignment, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    by_label = {row["label"]: row for row in rows}
    answered = set(gradings_of(assignment).values_list("label", flat=True))
    moved = adjustments.adjustments_by(assignment.rater, assignment.task.case.volume)
    digest = current_digest(assignment)
    holds = protocol_of(assignment.task.case.project).heights_after_answer
    return [
        _row(by_label[label], label in answered, moved.get(label, {}), digest)
        | (_NO_HEIGHTS if holds and label not in answered else {})
        for label in gradable(sort_labels(by_label))
    ]


def _row(row: dict[str, Any], answered: bool, moved: Mapping[str, Adjustment], digest: str) -> dict[str, Any]:
    hu = row.get("hu") or {}
    lines, region = moved.get(AdjustmentKind.LINES), moved.get(AdjustmentKind.REGION)
    return {
        "label": row["label"],
        "volume_ml": row.get("volume_ml"),
        **{name: row.get(name) for name in _HEIGHT_FIELDS},
        "depth_mm": row.get("depth_mm"),
        "spread_mm": row.get("spread_mm"),
        "range_mm": row.get("range_mm"),
        "lines_ras_mm": row.get("lines_ras_mm") or [],
        "outline_ras_mm": row.get("outline_ras_mm") or [],
        "axes_ras": row.get("axes_ras"),
        "hu_mean": hu.get("mean"),
        "hu_sd": hu.get("sd"),
        "hu_voxels": hu.get("voxels"),
        "hu_excluded": hu.get("excluded") or "",
        "region_ras_mm": hu.get("outline_ras_mm") or [],
        "flags": [flag for flag in row["flags"] if flag in SHAPE_FLAGS],
        "suggestion": _suggestion(row) if answered else None,
        "heights_held": False,
        "own_lines": _own_lines(lines, answered, digest) if lines is not None else None,
        "own_region": _own_region(region, digest) if region is not None else None,
    }


def _own_lines(moved: Adjustment, answered: bool, digest: str) -> dict[str, Any]:
    found = moved.result
    return {
        **{name: found[name] for name in _HEIGHT_FIELDS},
        "lines_ras_mm": found["lines_ras_mm"],
        "suggestion": _suggestion(found) if answered else None,
        "outdated": moved.mask_digest != digest,
        "adjusted_at": moved.created_at,
    }


def _own_region(moved: Adjustment, digest: str) -> dict[str, Any]:
    found = moved.result
    return {
        "hu_mean": found["mean"],
        "hu_sd": found["sd"],
        "hu_voxels": found["voxels"],
        "region_ras_mm": found["outline_ras_mm"],
        "shift_ras_mm": moved.change["shift_ras_mm"],
        "scale": moved.change["scale"],
        "outdated": moved.mask_digest != digest,
        "adjusted_at": moved.created_at,
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
