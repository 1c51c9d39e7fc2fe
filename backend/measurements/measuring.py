"""Measuring a mask, vertebra by vertebra where not all can be done at once; nothing is stored here."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from backend.science.errors import BadInput
from backend.science.labels import sort_labels
from backend.science.morphometry import measure
from backend.science.volume import Mask, Volume, label_voxels

logger = logging.getLogger(__name__)

MEASURE_KIND = "measurements.measure"

FAILED_FLAG = "failed"

# What a degenerate shape raises out of numpy and scipy. Anything else is a bug and ends the job.
NUMERICAL_ERRORS = (ArithmeticError, ValueError, IndexError)

Three = tuple[float, float, float]

Row = dict[str, Any]  # the fields of `VertebraMeasurement.to_json` in science, and "label"


def measure_mask(
    mask: Mask,
    *,
    volume: Volume | None = None,
    labels: Collection[int] | None = None,
    known: Mapping[int, Three] | None = None,
) -> list[Row]:
    """Rows of a mask's vertebrae (or of ``labels`` alone, beside the ``known`` heights of the others)."""
    try:
        found = measure(mask, volume=volume, labels=labels, known=known)
    except BadInput:  # the mask and its CT do not belong together: no vertebra of it can be measured
        raise
    except NUMERICAL_ERRORS:
        logger.exception("a vertebra could not be measured; going on one by one")
        return _one_by_one(mask, volume, labels, known or {})
    return [{"label": label, **entry.to_json()} for label, entry in found.vertebrae.items()]


def _one_by_one(
    mask: Mask, volume: Volume | None, labels: Collection[int] | None, known: Mapping[int, Three]
) -> list[Row]:
    """Measure each vertebra alone, so that the one that fails takes no other with it.

    Two rounds: the expected heights of the second rest on what the first one found.
    """
    present = [label for label in label_voxels(mask.array) if label]
    wanted = sort_labels(label for label in present if labels is None or label in labels)
    first = {label: _alone(mask, volume, label, known) for label in wanted}
    heights = {**known, **heights_of(first.values())}
    return [
        first[label] if FAILED_FLAG in first[label]["flags"] else _alone(mask, volume, label, heights)
        for label in wanted
    ]


def _alone(mask: Mask, volume: Volume | None, label: int, known: Mapping[int, Three]) -> Row:
    try:
        found = measure(mask, volume=volume, labels=[label], known=known).vertebrae[label]
    except NUMERICAL_ERRORS as exc:
        return {"label": label, "flags": [FAILED_FLAG], "error": f"{type(exc).__name__}: {exc}"}
    return {"label": label, **found.to_json()}


def heights_of(rows: Collection[Row]) -> dict[int, Three]:
    """Heights (mm) of the rows that have all three."""
    return {
        row["label"]: (row["anterior_mm"], row["middle_mm"], row["posterior_mm"])
        for row in rows
        if row.get("anterior_mm") and row.get("middle_mm") and row.get("posterior_mm")
    }
