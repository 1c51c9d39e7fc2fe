"""Measuring the vertebrae of a mask: heights, losses, suggested grades, HU, and reasons for caution."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backend.science.agreement.boxes import Box, label_extents
from backend.science.agreement.pair import number
from backend.science.errors import BadInput
from backend.science.labels import sort_labels
from backend.science.morphometry.bodies import NOT_MEASURED, Body, Crop, Point, find_bodies
from backend.science.morphometry.expected import expected_heights, intact_levels
from backend.science.morphometry.genant import FractureType
from backend.science.morphometry.heights import Heights, measure_heights
from backend.science.morphometry.judging import judge
from backend.science.morphometry.trabecular import TrabecularHu, measure_hu
from backend.science.volume import Mask, Volume

# Heights that differ this much between planes are not one height (SCIENCE 4).
SPREAD_MM = 1.5
# A voxel this tall is a good part of the mild band by itself.
COARSE_MM = 1.6
# Depth against the median of the other levels; outside, part of the arch was caught or part of the body lost.
_DEPTH_RANGE = (0.7, 1.35)
# A level with much fewer voxels than its neighbours is cut off, whatever it touches.
_SMALL_SHARE = 0.4
# Of a height in a mask of however small voxels.
_SURFACE_MM = 0.5

# With one of these the heights are shown and no grade is suggested.
UNRELIABLE = frozenset({"cut_off", "not_separated", "not_measurable", "depth_outlier", "metal"})

# Flags that say how well a vertebra could be measured, and nothing of what the heights suggest.
SHAPE_FLAGS = UNRELIABLE | {
    "touches_border",
    "few_planes",
    "spread",
    "coarse",
    "not_measured",
    "sclerotic",
    "failed",
}


@dataclass(frozen=True, slots=True)
class VertebraMeasurement:
    """One vertebra. Heights in mm, losses in percent; None where it could not be measured.

    ``loss_percent`` is against the body's own largest height, ``expected_loss_percent`` the largest loss of a
    site against what intact neighbours let expect. ``suggested_grade`` is None where a reader must decide.
    """

    label: int
    volume_ml: float
    heights: Heights | None
    loss_percent: float | None
    expected_mm: tuple[float, float, float] | None
    expected_loss_percent: float | None
    uncertainty_percent: float | None
    suggested_grade: int | None
    suggested_type: FractureType | None
    flags: tuple[str, ...]
    body_centroid_ras_mm: Point | None = None
    hu: TrabecularHu | None = None

    def to_json(self) -> dict[str, Any]:
        """For JSON: heights in mm, losses in percent, places in RAS+ mm; nan becomes null."""
        heights = self.heights
        return {
            "anterior_mm": number(heights.anterior_mm) if heights else None,
            "middle_mm": number(heights.middle_mm) if heights else None,
            "posterior_mm": number(heights.posterior_mm) if heights else None,
            "depth_mm": number(heights.depth_mm) if heights else None,
            "spread_mm": list(heights.spread_mm) if heights else None,
            "range_mm": [list(pair) for pair in heights.range_mm] if heights else None,
            "loss_percent": self.loss_percent,
            "expected_mm": list(self.expected_mm) if self.expected_mm else None,
            "expected_loss_percent": self.expected_loss_percent,
            "uncertainty_percent": self.uncertainty_percent,
            "suggested_grade": self.suggested_grade,
            "suggested_type": self.suggested_type,
            "flags": list(self.flags),
            "volume_ml": self.volume_ml,
            "body_centroid_ras_mm": list(self.body_centroid_ras_mm) if self.body_centroid_ras_mm else None,
            "lines_ras_mm": [[list(end) for end in line] for line in heights.lines_ras_mm] if heights else [],
            "outline_ras_mm": _rounded(heights.outline_ras_mm) if heights else [],
            "axes_ras": heights.frame.to_json() if heights else None,
            "hu_mean": number(self.hu.mean) if self.hu else None,
            "hu": self.hu.to_json() if self.hu else None,
        }


def _rounded(points: Collection[Point]) -> list[list[float]]:
    """Points for display, to a hundredth of a millimetre."""
    return [[round(x, 2) for x in point] for point in points]


@dataclass(frozen=True, slots=True)
class Measurements:
    """All vertebrae of a mask, from the head down."""

    vertebrae: dict[int, VertebraMeasurement]
    intact: list[int] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report of the command ``measure``."""
        return {
            "vertebrae": {str(label): entry.to_json() for label, entry in self.vertebrae.items()},
            "reference_levels": self.intact,
        }


@dataclass(frozen=True, slots=True)
class _Raw:
    """What one vertebra shows by itself."""

    volume_ml: float
    body: Body | None
    heights: Heights | None
    flags: tuple[str, ...]


def measure(
    mask: Mask,
    *,
    volume: Volume | None = None,
    labels: Collection[int] | None = None,
    known: Mapping[int, tuple[float, float, float]] | None = None,
    centroids_ras_mm: Mapping[int, Point] | None = None,
    excluded: Collection[int] = (),
) -> Measurements:
    """Measure the vertebrae of a mask.

    Parameters
    ----------
    mask
        Whole vertebrae with VerSe labels.
    volume
        The CT on the same grid, for HU and metal.
    labels
        Measure these levels only, after an edit. Give the heights of the others as ``known``, else the
        expected heights rest on the measured ones alone.
    known
        Anterior, middle and posterior height (mm) of levels measured before.
    centroids_ras_mm
        Body centroids where they are known; found from the mask otherwise.
    excluded
        Levels that must not serve as reference: graded as fractured, cemented, instrumented.

    Raises
    ------
    BadInput
        ``other_grid`` when CT and mask do not lie on one grid.
    """
    if volume is not None and not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask lies on another grid than the CT")
    extents = label_extents(mask.array)
    wanted = [label for label in sort_labels(extents) if labels is None or label in labels]
    bodies = find_bodies(mask, labels=wanted, centroids_ras_mm=centroids_ras_mm, extents=extents)
    sizes = {label: extent.voxels for label, extent in extents.items() if label not in NOT_MEASURED}
    raw: dict[int, _Raw] = {}
    for label in wanted:
        box = extents[label].box
        voxel_ml = mask.geometry.voxel_volume_mm3 / 1000.0
        body = bodies.get(label)
        heights = measure_heights(Crop.of(mask, label, box), body) if body else None
        flags = _shape_flags(label, mask, box, sizes, body, heights)
        raw[label] = _Raw(extents[label].voxels * voxel_ml, body, heights, flags)
    hu = measure_hu(volume, mask, bodies=bodies, extents=extents) if volume is not None else {}
    raw = _with_outliers(raw, hu)
    table = {label: h for label, h in (known or {}).items() if label not in wanted and label in extents}
    table |= {
        label: r.heights.all_mm for label, r in raw.items() if r.heights and not UNRELIABLE & set(r.flags)
    }
    intact = intact_levels(table, excluded)
    measured = {label: _one(label, raw[label], table, intact, hu.get(label)) for label in wanted}
    return Measurements(measured, sort_labels(intact))


def _one(
    label: int,
    raw: _Raw,
    table: Mapping[int, tuple[float, float, float]],
    intact: Collection[int],
    hu: TrabecularHu | None,
) -> VertebraMeasurement:
    centre = None
    if raw.body is not None:
        x, y, z = raw.body.frame.centre
        centre = (float(x), float(y), float(z))
    if raw.heights is None:
        return VertebraMeasurement(
            label, raw.volume_ml, None, None, None, None, None, None, None, raw.flags, centre, hu
        )
    heights = raw.heights.all_mm
    expected = expected_heights(label, table, intact)
    found = judge(label, heights, expected, _sd_mm(raw.heights))
    suggestion = found.suggestion
    reliable = not UNRELIABLE & set(raw.flags)
    return VertebraMeasurement(
        label=label,
        volume_ml=raw.volume_ml,
        heights=raw.heights,
        loss_percent=found.loss_percent,
        expected_mm=expected,
        expected_loss_percent=found.expected_loss_percent,
        uncertainty_percent=found.uncertainty_percent,
        suggested_grade=suggestion.grade if reliable else None,
        suggested_type=suggestion.type if reliable else None,
        flags=(*raw.flags, *suggestion.flags),
        body_centroid_ras_mm=centre,
        hu=hu,
    )


def _sd_mm(heights: Heights) -> float:
    """Standard deviation of the lowest height: its spread over planes, and what voxels hide.

    A flat endplate across the axis may lie anywhere in its voxel (variance v^2 / 12), and a height has two.
    """
    lowest = int(np.argmin(heights.all_mm))
    hidden = max(_SURFACE_MM, heights.voxel_mm / np.sqrt(6.0))
    return float(np.hypot(heights.spread_mm[lowest], hidden))


def _shape_flags(
    label: int, mask: Mask, box: Box, sizes: Mapping[int, int], body: Body | None, heights: Heights | None
) -> tuple[str, ...]:
    if label in NOT_MEASURED:
        return ("not_measured",)
    touches = any(s.start == 0 or s.stop == n for s, n in zip(box, mask.geometry.shape, strict=True))
    small = len(sizes) > 1 and sizes[label] < _SMALL_SHARE * float(np.median(list(sizes.values())))
    along_up = (
        float(np.abs(body.frame.up @ mask.geometry.directions) @ np.array(mask.geometry.spacing_mm))
        if body
        else 0.0
    )
    checks = {
        "touches_border": touches,
        "cut_off": small or (touches and _cut_along_axis(mask, box, body)),
        "not_separated": body is not None and not body.separated,
        "not_measurable": heights is None,
        "few_planes": heights is not None and heights.left_out > 0,
        "spread": heights is not None and max(heights.spread_mm) > SPREAD_MM,
        "coarse": along_up > COARSE_MM,
    }
    return tuple(flag for flag, raised in checks.items() if raised)


def _cut_along_axis(mask: Mask, box: Box, body: Body | None) -> bool:
    """Whether the vertebra reaches the image's end in the direction of its heights or its depth."""
    if body is None:
        return True
    for axis, (side, size) in enumerate(zip(box, mask.geometry.shape, strict=True)):
        direction = mask.geometry.directions[:, axis]
        if (side.start == 0 or side.stop == size) and abs(float(direction @ body.frame.up)) > 0.5:
            return True
    return False


def _with_outliers(raw: dict[int, _Raw], hu: Mapping[int, TrabecularHu]) -> dict[int, _Raw]:
    """Add the flags that need the other levels or the CT."""
    depths = [r.heights.depth_mm for r in raw.values() if r.heights]
    result = {}
    for label, entry in raw.items():
        flags = list(entry.flags)
        if entry.heights and len(depths) > 2:
            ratio = entry.heights.depth_mm / float(np.median(depths))
            if not _DEPTH_RANGE[0] <= ratio <= _DEPTH_RANGE[1]:
                flags.append("depth_outlier")
        if label in hu and hu[label].excluded in ("metal", "sclerotic"):
            flags.append(hu[label].excluded)
        result[label] = _Raw(entry.volume_ml, entry.body, entry.heights, tuple(flags))
    return result
