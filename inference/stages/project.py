"""Projections of the spine along its centre line, which training and inference make alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.patches import Float32, FloatArray, normalise

ACROSS = 32
# How far the line goes on beyond the last body that was found: the sacrum or the skull may be seen there.
BEYOND = 14
_HALF_SLAB = 3
# Rows across: 22 of the 32 lie behind the centre line, where the arch and the processes are.
_BEHIND = 22
# Runs of bodies (3 mm voxels): smaller ones are specks; a run continues the column if it lies no farther up
# or down, and no farther to the side, the more so the nearer it is.
_LEAST_VOXELS, _LONGEST_GAP, _ASIDE_AT_ONCE, _ASIDE_PER_SLICE = 40, 30, 6.0, 0.6
_STARTS = 6


@dataclass(frozen=True)
class Line:
    """The centre line by height: voxels of the 3 mm grid from `bottom` upwards, one (x, y) a slice."""

    bottom: int
    points: FloatArray

    @property
    def heights(self) -> FloatArray:
        """Slice numbers."""
        return np.asarray(self.bottom + np.arange(len(self.points)), float)


def extend(heights: FloatArray, points: FloatArray, slices: int) -> Line:
    """A line through known points, smoothed and drawn out at both ends along its own direction."""
    low, high = int(np.ceil(heights.min())), int(np.floor(heights.max()))
    bottom, top = max(0, low - BEYOND), min(slices - 1, high + BEYOND)
    at = np.arange(bottom, top + 1)
    out = np.stack([np.interp(at, heights, points[:, axis]) for axis in range(2)], axis=1)
    span = max(2, min(14, len(heights) - 1))
    for axis in range(2):
        rise_low = np.polyfit(heights[: span + 1], points[: span + 1, axis], 1)[0]
        rise_high = np.polyfit(heights[-span - 1 :], points[-span - 1 :, axis], 1)[0]
        out[:, axis] += np.where(at < low, rise_low * (at - low), 0.0)
        out[:, axis] += np.where(at > high, rise_high * (at - high), 0.0)
    return Line(bottom, out)


@dataclass(frozen=True)
class _Runs:
    """Connected runs of bodies: voxels in each slice, and the middle there, by run."""

    area: FloatArray
    x: FloatArray
    y: FloatArray

    def middle(self, runs: list[int], slices: npt.NDArray[np.int64]) -> FloatArray:
        """The middle of some runs over some slices."""
        area = self.area[runs][:, slices].sum()
        return np.array([(self.area * axis)[runs][:, slices].sum() / area for axis in (self.x, self.y)])


def _measure(inside: npt.NDArray[np.int32], count: int) -> _Runs:
    where = np.argwhere(inside > 0)
    slices = inside.shape[2]
    place = inside[tuple(where.T)].astype(np.int64) * slices + where[:, 2]
    area, x, y = (
        np.bincount(place, weights, (count + 1) * slices).reshape(count + 1, slices)
        for weights in (None, where[:, 0], where[:, 1])
    )
    return _Runs(area.astype(float), x / np.maximum(area, 1), y / np.maximum(area, 1))


def _continues(runs: _Runs, column: list[int], other: int) -> bool:
    """Whether a run lies above or below the column, or in a gap of it, not far to the side."""
    filled = np.flatnonzero(runs.area[column].sum(axis=0))
    own = np.flatnonzero(runs.area[other])
    gaps = np.abs(filled[:, None] - own[None])
    gap = int(gaps.min())
    near = filled[gaps.min(axis=1) <= gap + 4]
    facing = own[gaps.min(axis=0) <= gap + 4]
    aside = float(np.linalg.norm(runs.middle([other], facing) - runs.middle(column, near)))
    return gap <= _LONGEST_GAP and aside <= _ASIDE_AT_ONCE + _ASIDE_PER_SLICE * gap


def _column(body: Float32) -> npt.NDArray[np.bool_]:
    """The bodies that stand in one column: the tallest that grows from one of the largest connected runs.

    Where bodies were not joined to each other there are several runs; other round bones (hips, shoulders) may
    have been taken for bodies too, but stand to the side.
    """
    inside, count = ndimage.label(body > 0.5, np.ones((3, 3, 3)))
    runs = _measure(inside, count)
    sizes = runs.area.sum(axis=1)
    large = [int(k) for k in np.argsort(-sizes) if sizes[k] >= _LEAST_VOXELS]
    best: list[int] = []
    for start in large[:_STARTS]:
        column, waiting = [start], [k for k in large if k != start]
        while (fitting := next((k for k in waiting if _continues(runs, column, k)), None)) is not None:
            column.append(fitting)
            waiting.remove(fitting)
        if _height(runs, column) > _height(runs, best):
            best = column
    return np.asarray(np.isin(inside, best) & (inside > 0), bool)


def _height(runs: _Runs, column: list[int]) -> int:
    return int((runs.area[column].sum(axis=0) > 0).sum()) if column else 0


def line_from_bodies(body: Float32) -> Line | None:
    """The centre line of the column of bodies, or None where there is none worth the name."""
    weight = body * _column(body)
    area = weight.sum(axis=(0, 1))
    heights = np.flatnonzero(area > 4)
    if len(heights) < 3:
        return None
    x = (weight.sum(axis=1) * np.arange(body.shape[0])[:, None]).sum(axis=0)[heights] / area[heights]
    y = (weight.sum(axis=0) * np.arange(body.shape[1])[:, None]).sum(axis=0)[heights] / area[heights]
    points = ndimage.gaussian_filter1d(np.stack([x, y], axis=1), 3.0, axis=0, mode="nearest")
    return extend(heights.astype(float), points, body.shape[2])


def project(image: Float32, line: Line) -> Float32:
    """(4, across, along): mean and maximum of a sagittal and of a coronal slab round the line.

    Distances across are voxels of 3 mm; outside the image counts as air.
    """
    pad = ACROSS
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=-1024)
    out = np.empty((4, ACROSS, len(line.points)), np.float32)
    for k, (x, y) in enumerate(np.rint(line.points).astype(int) + pad):
        z = line.bottom + k
        x = min(max(x, pad // 2), padded.shape[0] - pad // 2 - 1)
        y = min(max(y, _BEHIND), padded.shape[1] - ACROSS + _BEHIND - 1)
        sagittal = padded[x - _HALF_SLAB : x + _HALF_SLAB + 1, y - _BEHIND : y - _BEHIND + ACROSS, z]
        coronal = padded[x - ACROSS // 2 : x + ACROSS // 2, y - 8 : y + _HALF_SLAB + 1, z]
        out[0, :, k], out[1, :, k] = sagittal.mean(axis=0), sagittal.max(axis=0)
        out[2, :, k], out[3, :, k] = coronal.mean(axis=1), coronal.max(axis=1)
    return normalise(out)
