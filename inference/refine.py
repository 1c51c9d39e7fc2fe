"""Refining one vertebra's mask by clicks: "this belongs to it", "this does not".

The segmentation network's probabilities round the vertebra are the start, replaced by the current mask where
a rater has drawn otherwise. Clicks act in two ways. Those that the network was undecided about shift its
threshold, since it errs alike all along a border. And round each click a field is pulled towards what the
clicked voxel shows (bone as dense as there, or nothing), smoothed by a random walker whose steps cross edges
of the image reluctantly (L. Grady, IEEE TPAMI 2006;28:1768). Only voxels whose answer the clicks turn round
are changed, so that fine work elsewhere stays.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, VolumeGeometry, closest_axes
from inference.patches import (
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    Float32,
    FloatArray,
    IntArray,
    patch_origin,
)
from inference.prepare import prepare
from inference.sampling import IsoGrid, cubic, linear, resample_axes, sample_block
from inference.stages.components import fill_cavities, keep_largest_component
from inference.stages.fuse import Box
from inference.weights import WeightSet, find_weights

Point = tuple[float, float, float]
Bools = npt.NDArray[np.bool_]

REACH_MM = 15.0
_SEED_MM = 1.6
# A click tells something of the threshold only where the network was undecided (log-odds).
_UNDECIDED, _MOST_SHIFT = 3.0, 1.6
_EDGE_HU = 120.0
_HOLD_NEAR, _HOLD_FAR, _SEED_WEIGHT = 0.6, 30.0, 50.0
_SOFT_TISSUE_HU = 50.0
_SWEEPS, _OVER = 15, 1.5


@dataclass(frozen=True)
class Click:
    """A point (RAS mm) that belongs to the vertebra, or does not."""

    point_ras_mm: Point
    positive: bool


@dataclass(frozen=True)
class Refined:
    """The vertebra's voxels in a crop of the mask's grid that begins at `origin`, and the seconds taken."""

    origin: tuple[int, int, int]
    inside: Bools
    seconds: float


@dataclass(frozen=True)
class _Crop:
    """What is known round the vertebra on the 1.5 mm patch: HU, shares of the vertebra and of others."""

    grid: IsoGrid
    origin: IntArray
    hu: Float32
    own: Float32
    others: Float32


def refine_vertebra(
    volume: Volume,
    mask: Mask,
    label: int,
    clicks: Sequence[Click],
    *,
    centroid_ras_mm: Point | None = None,
    weights: WeightSet | None = None,
) -> Refined:
    """The mask of one vertebra after all `clicks` made so far on `mask`, which is as it was before the first.

    The patch lies round `centroid_ras_mm`, or round the middle of the vertebra's body in the mask. Voxels of
    other labels are never taken. Raises `BadInput`: no_clicks, other_grid, no_centre, click_outside.
    """
    began = time.monotonic()
    if not clicks:
        raise BadInput("no_clicks", "refining needs at least one click")
    if not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask is not on the grid of its CT")
    ct, labels = prepare(volume).volume, to_canonical(mask)
    centre = _centre(labels, label, centroid_ras_mm)
    crop = _crop(ct, labels, label, centre)
    at = _places(crop, clicks)
    probability = _probability(crop, centre, weights or find_weights())
    agree = (probability > 0.5) == (crop.own > 0.5)
    start = np.where(agree, probability, np.clip(crop.own, 0.05, 0.95))
    before = start > 0.5
    after = _solve(crop, start, at, np.array([click.positive for click in clicks]))
    box, inside = _change(crop, labels, label, before, after)
    place, turned = _to_original(mask.geometry, box, inside)
    return Refined(place, turned, round(time.monotonic() - began, 3))


def _centre(labels: Mask, label: int, given: Point | None) -> FloatArray:
    """The body's centre on the 1.5 mm grid."""
    from inference.training.real import body_centre

    grid = IsoGrid(labels.geometry, PATCH_SPACING_MM)
    if given is not None:
        return grid.from_source(labels.geometry.ras_mm_to_voxel(given))
    inside = labels.array == label
    if not inside.any():
        raise BadInput("no_centre", "the vertebra has no voxel yet: say where its body's centre is")
    box = _bounds(inside)
    starts = np.array([side.start for side in box])
    return grid.from_source(body_centre(inside[box], labels.geometry.spacing_mm) + starts)


def _bounds(inside: Bools) -> Box:
    lines = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    a, b, c = (slice(int(line[0]), int(line[-1]) + 1) for line in lines)
    return a, b, c


def _crop(ct: Volume, labels: Mask, label: int, centre: FloatArray) -> _Crop:
    grid, origin = IsoGrid(ct.geometry, PATCH_SPACING_MM), patch_origin(centre)
    first, last = (grid.to_source(origin + reach) for reach in (np.zeros(3), np.array(PATCH_SHAPE) - 1))
    if (last <= -0.5).any() or (first >= np.array(ct.geometry.shape) - 0.5).any():
        raise BadInput("no_centre", "the centre of the vertebra lies outside the image")
    own, any_bone = labels.array == label, labels.array > 0

    def share(inside: Bools) -> Float32:
        return sample_block(inside.view(np.uint8), grid, origin.astype(float), PATCH_SHAPE, linear, 0.0)

    hu = sample_block(ct.array, grid, origin.astype(float), PATCH_SHAPE, cubic)
    return _Crop(grid, origin, hu, share(own), share(any_bone & ~own))


def _places(crop: _Crop, clicks: Sequence[Click]) -> FloatArray:
    """The clicks in voxels of the patch."""
    source = crop.grid.source
    points = np.array([click.point_ras_mm for click in clicks], float)
    at = crop.grid.from_source(source.ras_mm_to_voxel(points)) - crop.origin
    if not ((at > -0.5) & (at < np.array(PATCH_SHAPE) - 0.5)).all():
        raise BadInput("click_outside", "a click lies too far from the vertebra")
    return at


def _probability(crop: _Crop, centre: FloatArray, weights: WeightSet) -> Float32:
    from inference.loading import load_network
    from inference.runtime import Runtime, has_fast_bf16
    from inference.stages.segment import predict_block

    network = load_network(weights.files["segment"], "cpu")
    runtime = Runtime("cpu", has_fast_bf16())
    return predict_block(network, crop.hu, centre - crop.origin, runtime)


def _shift(odds: FloatArray, positive: Bools) -> float:
    """How far the clicks move the threshold (log-odds), each counting if the network was undecided there."""
    wrong = np.where(positive, odds < 0, odds > 0) & (np.abs(odds) < _UNDECIDED)
    if not wrong.any():
        return 0.0
    mean = float(-odds[wrong].sum() / (len(odds) + 0.5))
    return float(np.clip(mean, -_MOST_SHIFT, _MOST_SHIFT))


def _solve(crop: _Crop, start: Float32, at: FloatArray, positive: Bools) -> Float32:
    """The field that the clicks and the image make of the start."""
    nearest = tuple(np.clip(np.rint(at), 0, np.array(PATCH_SHAPE) - 1).astype(int).T)
    odds = logit(np.clip(start, 0.005, 0.995).astype(np.float64))
    target = expit(odds + _shift(odds[nearest], positive))
    seeds, reached = np.zeros(PATCH_SHAPE, bool), np.zeros(PATCH_SHAPE)
    index = np.indices(PATCH_SHAPE, dtype=np.float32)
    for point, wanted in zip(at, positive, strict=True):
        away = np.sqrt(((index - point[:, None, None, None].astype(np.float32)) ** 2).sum(axis=0))
        away = away * PATCH_SPACING_MM
        pull = np.exp(-(away**2) / (2 * (REACH_MM / 2) ** 2))
        like = _likeness(crop.hu, point, wanted)
        target += pull * like * (float(wanted) - target)
        reached = np.maximum(reached, pull)
        seed = away <= _SEED_MM
        target[seed], seeds[seed] = float(wanted), True
    seeds |= crop.others > 0.5
    target[crop.others > 0.5] = 0.0
    # Far from all clicks the field stays what it was.
    hold = np.where(seeds, _SEED_WEIGHT, _HOLD_NEAR + (_HOLD_FAR - _HOLD_NEAR) * (1 - reached))
    return _walk(crop.hu, target, hold)


def _likeness(hu: Float32, point: FloatArray, wanted: bool) -> FloatArray:
    """How far (0 to 1) each voxel is of the kind of the clicked one: for a click on bone whatever is at least
    nearly as dense; for a click beside it, whatever is at most as dense."""
    i, j, k = (int(np.clip(round(float(c)), 1, n - 2)) for c, n in zip(point, hu.shape, strict=True))
    here = float(hu[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2].mean())
    if wanted:
        return np.asarray(expit((hu - (here - max(80.0, 0.5 * (here - _SOFT_TISSUE_HU)))) / 30.0), float)
    return np.asarray(expit(((here + 150.0) - hu) / 50.0), float)


@numba.njit(cache=True)
def _relax(x, target, hold, wx, wy, wz, sweeps, over):  # type: ignore[no-untyped-def]
    """Successive over-relaxation of hold (x - target) + sum of w (x - neighbour) = 0, in place."""
    n, m, p = x.shape
    for _ in range(sweeps):
        for i in range(n):
            for j in range(m):
                for k in range(p):
                    total, weight = hold[i, j, k] * target[i, j, k], hold[i, j, k]
                    if i > 0:
                        total, weight = total + wx[i - 1, j, k] * x[i - 1, j, k], weight + wx[i - 1, j, k]
                    if i < n - 1:
                        total, weight = total + wx[i, j, k] * x[i + 1, j, k], weight + wx[i, j, k]
                    if j > 0:
                        total, weight = total + wy[i, j - 1, k] * x[i, j - 1, k], weight + wy[i, j - 1, k]
                    if j < m - 1:
                        total, weight = total + wy[i, j, k] * x[i, j + 1, k], weight + wy[i, j, k]
                    if k > 0:
                        total, weight = total + wz[i, j, k - 1] * x[i, j, k - 1], weight + wz[i, j, k - 1]
                    if k < p - 1:
                        total, weight = total + wz[i, j, k] * x[i, j, k + 1], weight + wz[i, j, k]
                    x[i, j, k] += over * (total / weight - x[i, j, k])


def _walk(hu: Float32, target: FloatArray, hold: FloatArray) -> Float32:
    """Minimise the sum of hold (x - target)^2 and of (x_i - x_j)^2 over neighbours, less across edges."""
    weights = [
        np.ascontiguousarray(np.exp(-((np.diff(hu, axis=axis) / _EDGE_HU) ** 2)) + 1e-3, np.float32)
        for axis in range(3)
    ]
    x = np.ascontiguousarray(target, np.float32)
    wx, wy, wz = weights
    _relax(x, x.copy(), np.ascontiguousarray(hold, np.float32), wx, wy, wz, _SWEEPS, _OVER)
    return x


def _change(crop: _Crop, labels: Mask, label: int, before: Bools, after: Float32) -> tuple[Box, Bools]:
    """The vertebra on the mask's own grid: as it was, but for voxels whose answer has turned round."""
    after = fill_cavities(keep_largest_component(np.asarray(after, np.float32)))
    grid, shape = crop.grid, labels.geometry.shape
    low = np.maximum(0, np.ceil(grid.to_source(crop.origin))).astype(int)
    high = np.minimum(
        shape, np.floor(grid.to_source(crop.origin + np.array(PATCH_SHAPE) - 1)).astype(int) + 1
    )
    places = [
        grid.from_source_axis(np.arange(a, b), axis) - crop.origin[axis]
        for axis, (a, b) in enumerate(zip(low, high, strict=True))
    ]
    was, now = (
        resample_axes(np.asarray(field, np.float32), places, np.ones(3)) > 0.5 for field in (before, after)
    )
    a, b, c = (slice(int(x), int(y)) for x, y in zip(low, high, strict=True))
    current = labels.array[a, b, c]
    inside = current == label
    inside = np.where(now & ~was & (current == 0), True, inside)
    return (a, b, c), np.asarray(np.where(was & ~now, False, inside), bool)


def _to_original(geometry: VolumeGeometry, box: Box, inside: Bools) -> tuple[tuple[int, int, int], Bools]:
    """A crop in canonical order as a crop in the order of the mask's array."""
    order, signs = closest_axes(geometry.directions)
    starts = []
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        side = box[world]
        starts.append(side.start if sign > 0 else geometry.shape[axis] - side.stop)
    turned = inside.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]
    return (starts[0], starts[1], starts[2]), np.ascontiguousarray(turned)
