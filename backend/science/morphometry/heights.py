"""Anterior, middle and posterior heights of one vertebral body, in its own axes.

The mask is sampled on sagittal planes near the midline. On each plane the part that holds the body's centre
is kept; the spinal canal separates it from the arch. The depth is read at mid height, where no lip reaches,
and the heights at 15, 50 and 85 % of it from the front. Where a surface crosses between two samples its place
is interpolated, so the heights are finer than the voxels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.morphometry.bodies import Body, Crop, Frame, Point

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

STATIONS = (0.15, 0.50, 0.85)

# Sagittal planes from the midline, and sampling steps in the plane. The field holds the largest lumbar body.
# Within three voxels of the midline, but never so near that one uneven voxel decides, nor in the pedicles.
_PLANES = 13
_REACH_VOXELS = 3.0
_REACH_MM = (3.0, 6.0)
_STEP_MM = 0.5
_FIELD_MM = (60.0, 56.0)
# The depth is read in this band about mid height.
_BAND_MM = 3.0
# Of the rows in the band the walls are taken near the outermost, but not from a single jutting voxel.
_WALL_QUANTILE = 0.95
# Each height is the mean over columns this far to both sides of its station.
_COLUMN_MM = 2.0
# Planes whose depth is this much larger than the median have caught part of the arch.
_DEPTH_OUTLIER = 1.25
_FEWEST_PLANES = 3
# The axis from the neighbours is turned to the body's own endplates by at most this angle.
_LARGEST_TURN_RAD = np.radians(15.0)


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights and depth in mm: medians over planes, with their standard deviations over planes.

    ``range_mm`` holds the smallest and the largest value over the planes, per site: a burst body has no
    single posterior height. ``voxel_mm`` is how far a voxel reaches along the body's axis: what a flat
    endplate across it can hide. For display, on the midline plane: ``lines_ras_mm``, the three measured
    lines (lower and upper end), and ``outline_ras_mm``, the body's outline (lower endplate from back to
    front, then the upper one back again).
    """

    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    depth_mm: float
    spread_mm: tuple[float, float, float]
    range_mm: tuple[tuple[float, float], ...]
    planes: int
    left_out: int
    voxel_mm: float
    frame: Frame
    lines_ras_mm: tuple[tuple[Point, Point], ...]
    outline_ras_mm: tuple[Point, ...]

    @property
    def all_mm(self) -> tuple[float, float, float]:
        """Anterior, middle and posterior height, in mm."""
        return (self.anterior_mm, self.middle_mm, self.posterior_mm)


@dataclass(frozen=True, slots=True)
class _Sampled:
    """Sagittal planes of a body: soft occupancy (planes x front x up) and the body's part of it."""

    values: NDArray[np.float32]
    body: BoolArray
    offsets_mm: FloatArray

    def surfaces(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper crossing of every column (planes x front), in samples; nan where there is none."""
        count = self.values.shape[2]
        any_inside = self.body.any(axis=2)
        first = self.body.argmax(axis=2)
        last = count - 1 - self.body[:, :, ::-1].argmax(axis=2)
        lower = first - _beyond(self.values, first, -1)
        upper = last + _beyond(self.values, last, 1)
        return np.where(any_inside, lower, np.nan), np.where(any_inside, upper, np.nan)


def measure_heights(crop: Crop, body: Body) -> Heights | None:
    """Measure one body; None where too few planes show it."""
    frame = body.frame if body.guided else _own_axes(crop, body.frame)
    sampled = _sample(crop, frame)
    lower, upper = sampled.surfaces()
    front, back = _depth_range(sampled)
    depth = (front - back) * _STEP_MM
    usable = np.isfinite(depth) & (depth > 5.0)
    if not usable.any():
        return None
    good = usable & (depth <= _DEPTH_OUTLIER * float(np.median(depth[usable])))
    rows: list[list[float]] = []
    for plane in np.flatnonzero(good):
        rows.append([_height(lower[plane], upper[plane], front[plane], back[plane], s) for s in STATIONS])
    heights = np.array(rows)
    complete = np.isfinite(heights).all(axis=1)
    if int(complete.sum()) < _FEWEST_PLANES:
        return None
    heights = heights[complete]
    a, m, p = (float(v) for v in np.median(heights, axis=0))
    sa, sm, sp = (float(v) for v in heights.std(axis=0, ddof=1))
    shown = _Shown.of(frame, sampled, front, back, good)
    return Heights(
        anterior_mm=a,
        middle_mm=m,
        posterior_mm=p,
        depth_mm=float(np.median(depth[good])),
        spread_mm=(sa, sm, sp),
        range_mm=tuple(
            (float(low), float(high))
            for low, high in zip(heights.min(axis=0), heights.max(axis=0), strict=True)
        ),
        planes=len(heights),
        left_out=_PLANES - len(heights),
        voxel_mm=float((np.abs(frame.up @ crop.geometry.directions) * crop.geometry.spacing_mm).max()),
        frame=frame,
        lines_ras_mm=shown.lines(),
        outline_ras_mm=shown.outline(),
    )


def _beyond(values: NDArray[np.float32], index: NDArray[np.intp], step: int) -> FloatArray:
    """How far past a sample the occupancy falls through one half, in samples (0 to 1)."""
    count = values.shape[2]
    here = np.take_along_axis(values, index[:, :, None], axis=2)[:, :, 0]
    next_index = np.clip(index + step, 0, count - 1)
    there = np.take_along_axis(values, next_index[:, :, None], axis=2)[:, :, 0]
    drop = np.maximum(here - there, 1e-6)
    return np.asarray(np.clip((here - 0.5) / drop, 0.0, 1.0), dtype=np.float64)


def _sample(crop: Crop, frame: Frame) -> _Sampled:
    """The mask on sagittal planes about the centre; occupancy is interpolated between voxels."""
    across_mm = float(np.abs(frame.left @ crop.geometry.directions) @ np.array(crop.geometry.spacing_mm))
    reach = float(np.clip(_REACH_VOXELS * across_mm, *_REACH_MM))
    offsets = np.linspace(-reach, reach, _PLANES)
    shape = (_PLANES, int(_FIELD_MM[0] / _STEP_MM) + 1, int(_FIELD_MM[1] / _STEP_MM) + 1)
    steps = np.array([offsets[1] - offsets[0], _STEP_MM, _STEP_MM])
    axes = np.column_stack([frame.left, frame.front, frame.up])
    to_voxel = np.linalg.inv(crop.geometry.affine_ras_mm[:3, :3])
    matrix = to_voxel @ axes @ np.diag(steps)
    middle = crop.geometry.ras_mm_to_voxel(frame.centre) - crop.origin
    offset = middle - matrix @ ((np.array(shape) - 1) / 2)
    padded = np.pad(crop.inside, 1).astype(np.float32)
    values = scipy.ndimage.affine_transform(
        padded, matrix, offset + 1, output_shape=shape, order=1, mode="constant", prefilter=False
    )
    inside = values > 0.5
    # joined within each plane only
    in_plane = np.zeros((3, 3, 3), dtype=bool)
    in_plane[1, 1, :] = in_plane[1, :, 1] = True
    pieces, _ = scipy.ndimage.label(inside, structure=in_plane)
    body = np.zeros_like(inside)
    middle_front, middle_up = shape[1] // 2, shape[2] // 2
    for plane in range(shape[0]):
        number = _nearest_piece(pieces[plane], middle_front, middle_up)
        if number:
            body[plane] = pieces[plane] == number
    return _Sampled(np.asarray(values, dtype=np.float32), body, offsets)


def _nearest_piece(plane: NDArray[np.int32], front: int, up: int) -> int:
    """The piece at the centre, or the one nearest to it (a collapsed body may miss its own centre)."""
    if plane[front, up]:
        return int(plane[front, up])
    places = np.argwhere(plane)
    if len(places) == 0:
        return 0
    nearest = places[((places - [front, up]) ** 2).sum(axis=1).argmin()]
    return int(plane[nearest[0], nearest[1]])


def _depth_range(sampled: _Sampled) -> tuple[FloatArray, FloatArray]:
    """Front and back of the body on every plane at mid height, in samples; nan where a plane is empty."""
    _, fronts, ups = sampled.body.shape
    half = max(1, round(_BAND_MM / _STEP_MM))
    rows = _middle_rows(sampled.body)[:, None] + np.arange(-half, half + 1)
    inside = (rows >= 0) & (rows < ups)
    index = np.clip(rows, 0, ups - 1)[:, None, :]
    # planes x rows of the band x front
    band = np.take_along_axis(sampled.body, index, axis=2).transpose(0, 2, 1)
    values = np.take_along_axis(sampled.values, index, axis=2).transpose(0, 2, 1)
    found = band.any(axis=2) & inside
    first = band.argmax(axis=2)
    last = fronts - 1 - band[:, :, ::-1].argmax(axis=2)
    front = np.where(found, last + _beyond(values, last, 1), np.nan)
    back = np.where(found, first - _beyond(values, first, -1), np.nan)
    return _row_quantiles(front, _WALL_QUANTILE), _row_quantiles(back, 1 - _WALL_QUANTILE)


def _middle_rows(body: BoolArray) -> NDArray[np.int64]:
    """Median row (along up) of each plane's samples; 0 where a plane is empty."""
    running = np.cumsum(body.sum(axis=1), axis=1)
    total = running[:, -1:]
    low = (running > (total - 1) // 2).argmax(axis=1)
    high = (running > total // 2).argmax(axis=1)
    rows: NDArray[np.int64] = np.rint((low + high) / 2).astype(np.int64)
    return rows


def _row_quantiles(values: FloatArray, share: float) -> FloatArray:
    """A quantile of each row, nan left out and linear between two values; nan for a row of nothing else."""
    ordered = np.sort(values, axis=1)  # nan goes last
    count = np.isfinite(values).sum(axis=1)
    place = share * np.maximum(count - 1, 0)
    low = np.floor(place).astype(np.int64)
    rows = np.arange(len(values))
    below = ordered[rows, low]
    above = ordered[rows, np.minimum(low + 1, np.maximum(count - 1, 0))]
    result: FloatArray = below + (above - below) * (place - low)
    return result


def _height(lower: FloatArray, upper: FloatArray, front: float, back: float, station: float) -> float:
    """Mean height in mm over the columns about one station; nan where the body has none there."""
    place = front - station * (front - back)
    half = _COLUMN_MM / _STEP_MM
    columns = np.arange(int(np.ceil(place - half)), int(np.floor(place + half)) + 1)
    columns = columns[(columns >= 0) & (columns < lower.size)]
    found = (upper - lower)[columns]
    found = found[np.isfinite(found)]
    return float(found.mean()) * _STEP_MM if found.size else float("nan")


def _own_axes(crop: Crop, frame: Frame) -> Frame:
    """The frame turned to half way between the body's own endplates, and centred on the body's height."""
    sampled = _sample(crop, frame)
    lower, upper = sampled.surfaces()
    front, back = _depth_range(sampled)
    middle = (lower + upper) / 2
    rows: list[tuple[float, float, float]] = []
    for plane, offset in enumerate(sampled.offsets_mm):
        if not np.isfinite(front[plane]):
            continue
        low = back[plane] + 0.2 * (front[plane] - back[plane])
        high = back[plane] + 0.8 * (front[plane] - back[plane])
        for column in range(int(np.ceil(low)), int(high) + 1):
            if np.isfinite(middle[plane, column]):
                rows.append((column * _STEP_MM, float(offset), float(middle[plane, column]) * _STEP_MM))
    if len(rows) < 20:
        return frame
    points = np.array(rows)
    design = np.column_stack([points[:, 0], np.ones(len(points))])
    slope, level = np.linalg.lstsq(design, points[:, 2], rcond=None)[0]
    angle = float(np.clip(np.arctan(slope), -_LARGEST_TURN_RAD, _LARGEST_TURN_RAD))
    front_axis = np.cos(angle) * frame.front + np.sin(angle) * frame.up
    up = np.cos(angle) * frame.up - np.sin(angle) * frame.front
    ahead = float(np.nanmedian((front + back) / 2)) * _STEP_MM
    half = np.array([(int(size / _STEP_MM)) / 2 * _STEP_MM for size in _FIELD_MM])
    raised = slope * ahead + level
    centre = frame.centre + frame.front * (ahead - half[0]) + frame.up * (raised - half[1])
    return replace(frame, centre=centre, front=front_axis, up=up)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The good plane nearest to the midline, for display: its surfaces, front and back, in samples."""

    frame: Frame
    offset_mm: float
    lower: FloatArray
    upper: FloatArray
    front: float
    back: float

    @classmethod
    def of(
        cls, frame: Frame, sampled: _Sampled, front: FloatArray, back: FloatArray, good: BoolArray
    ) -> _Shown:
        planes = np.flatnonzero(good)
        plane = int(planes[np.abs(sampled.offsets_mm[planes]).argmin()])
        lower, upper = sampled.surfaces()
        return cls(
            frame,
            float(sampled.offsets_mm[plane]),
            lower[plane],
            upper[plane],
            float(front[plane]),
            float(back[plane]),
        )

    def point(self, column: float, row: float) -> Point:
        """A place on the plane in RAS+ mm."""
        half = [int(size / _STEP_MM) / 2 for size in _FIELD_MM]
        x, y, z = (
            self.frame.centre
            + self.frame.left * self.offset_mm
            + self.frame.front * (column - half[0]) * _STEP_MM
            + self.frame.up * (row - half[1]) * _STEP_MM
        )
        return (float(x), float(y), float(z))

    def lines(self) -> tuple[tuple[Point, Point], ...]:
        """The measured lines, lower end first."""
        columns = [round(self.front - station * (self.front - self.back)) for station in STATIONS]
        return tuple(
            (self.point(column, float(self.lower[column])), self.point(column, float(self.upper[column])))
            for column in columns
        )

    def outline(self) -> tuple[Point, ...]:
        """The outline of the body, a point for each millimetre of depth."""
        columns = [
            column
            for column in range(max(0, int(np.ceil(self.back))), int(self.front) + 1, 2)
            if column < self.lower.size and np.isfinite(self.lower[column])
        ]
        below = [self.point(column, float(self.lower[column])) for column in columns]
        above = [self.point(column, float(self.upper[column])) for column in reversed(columns)]
        return (*below, *above)
