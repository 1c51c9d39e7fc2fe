"""Isotropic copies of a volume along its own axes, and the way back.

An oblique or anisotropic volume is not turned: its array axes are brought to the wanted spacing one after
the other, with averaging where that reduces and interpolation where it enlarges. The relation between the
grids is then a factor and a shift per axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from backend.science.volume import VolumeGeometry, closest_axes
from inference.patches import AIR_HU, Float32, FloatArray

# Source samples first to last - 1, and how much each of them counts at each target.
Plan = tuple[int, int, Float32]
# A plan from the targets (source coordinates along one axis), the width of a target's voxel in source
# voxels, and the number of source samples.
Weighing = Callable[[FloatArray, float, int], Plan]

# A cubic spline reaches over the whole line, but what lies this many samples beyond the targets counts for
# less than a hundred-thousandth.
_SPLINE_MARGIN = 9
_FEWEST_FOR_SPLINE = 4
_SLICES = 16


@dataclass(frozen=True)
class IsoGrid:
    """A grid of `spacing_mm` over a source grid; both cover the same outer borders to within half a voxel."""

    source: VolumeGeometry
    spacing_mm: float

    @property
    def factor(self) -> FloatArray:
        """Source voxels per voxel of this grid, by axis."""
        return self.spacing_mm / np.asarray(self.source.spacing_mm)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels by axis, at least one."""
        a, b, c = (max(1, round(n / f)) for n, f in zip(self.source.shape, self.factor, strict=True))
        return a, b, c

    def to_source(self, voxels: npt.ArrayLike) -> FloatArray:
        """Voxel coordinates of this grid as voxel coordinates of the source."""
        return (np.asarray(voxels, float) + 0.5) * self.factor - 0.5

    def from_source(self, voxels: npt.ArrayLike) -> FloatArray:
        """The inverse of `to_source`."""
        return (np.asarray(voxels, float) + 0.5) / self.factor - 0.5

    def from_source_axis(self, voxels: npt.ArrayLike, axis: int) -> FloatArray:
        """Source coordinates along one axis as coordinates of this grid."""
        return np.asarray((np.asarray(voxels, float) + 0.5) / self.factor[axis] - 0.5)

    def to_ras_mm(self, voxels: npt.ArrayLike) -> FloatArray:
        """Voxel coordinates of this grid in RAS mm."""
        return self.source.voxel_to_ras_mm(self.to_source(voxels))


def linear(targets: FloatArray, width: float, n: int) -> Plan:
    """A tent of the target's width averages when reducing and interpolates linearly when enlarging. Beyond
    the ends the nearest sample counts."""
    half = max(1.0, width)
    at = np.clip(targets, 0, n - 1)
    first, last = max(0, int(np.floor(at.min() - half))), min(n, int(np.ceil(at.max() + half)) + 1)
    distance = np.abs(at[:, None] - np.arange(first, last)[None])
    weights = np.maximum(0.0, 1 - distance / half)
    return first, last, np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def cubic(targets: FloatArray, width: float, n: int) -> Plan:
    """As `linear` where that reduces, and a cubic spline through the samples where it enlarges or only
    shifts: the shell of a bone that is thinner than a voxel stays as bright as it was."""
    if width > 1.001 or n < _FEWEST_FOR_SPLINE:
        return linear(targets, width, n)
    at = np.clip(targets, 0, n - 1)
    first = max(0, min(int(at.min()) - _SPLINE_MARGIN, n - _FEWEST_FOR_SPLINE))
    last = min(n, max(int(at.max()) + _SPLINE_MARGIN + 2, first + _FEWEST_FOR_SPLINE))
    spline = CubicSpline(np.arange(first, last), np.eye(last - first))
    return first, last, np.asarray(spline(at), np.float32)


def resample_axes(
    array: npt.NDArray[np.generic], targets: list[FloatArray], widths: FloatArray, weigh: Weighing = linear
) -> Float32:
    """Values of the array at a grid of source coordinates, one list for each axis."""
    plans = [weigh(t, float(w), n) for t, w, n in zip(targets, widths, array.shape, strict=True)]
    block = array[tuple(slice(first, last) for first, last, _ in plans)]
    # Some slices at a time, so that no float copy of the whole is made; and few large products, because many
    # small ones wait for their threads where other work runs beside.
    out = np.empty((len(targets[0]), len(targets[1]), block.shape[2]), np.float32)
    for k in range(0, block.shape[2], _SLICES):
        part = np.ascontiguousarray(block[:, :, k : k + _SLICES], np.float32)
        first = plans[0][2] @ part.reshape(part.shape[0], -1)
        out[:, :, k : k + _SLICES] = plans[1][2] @ first.reshape(len(first), *part.shape[1:])
    flat = out.reshape(-1, block.shape[2]) @ plans[2][2].T
    return np.asarray(flat.reshape(*out.shape[:2], -1), np.float32)


def make_isotropic(array: npt.NDArray[np.generic], grid: IsoGrid, weigh: Weighing = linear) -> Float32:
    """The array on the isotropic grid."""
    if np.allclose(grid.factor, 1.0, atol=1e-3):
        return np.asarray(array, np.float32)
    targets = [(np.arange(n) + 0.5) * f - 0.5 for n, f in zip(grid.shape, grid.factor, strict=True)]
    return resample_axes(array, targets, grid.factor, weigh)


def sample_block(
    array: npt.NDArray[np.generic],
    grid: IsoGrid,
    origin: FloatArray,
    shape: tuple[int, ...],
    weigh: Weighing,
    outside: float = AIR_HU,
) -> Float32:
    """A block of the isotropic grid that begins at `origin`, which may lie between its voxels.

    Voxels whose middle is outside the image get the value `outside`.
    """
    out = np.full(shape, outside, np.float32)
    targets, inside = [], []
    for start, size, factor, n in zip(origin, shape, grid.factor, array.shape, strict=True):
        at = (start + np.arange(size) + 0.5) * factor - 0.5
        seen = np.flatnonzero((at > -0.5) & (at < n - 0.5))
        if seen.size == 0:
            return out
        targets.append(at[seen])
        inside.append(slice(int(seen[0]), int(seen[-1]) + 1))
    out[tuple(inside)] = resample_axes(array, targets, grid.factor, weigh)
    return out


def canonical_to_original(array: npt.NDArray[np.uint8], geometry: VolumeGeometry) -> npt.NDArray[np.uint8]:
    """Bring an array in closest canonical order back to the order of the original `geometry`."""
    order, signs = closest_axes(geometry.directions)
    flipped = array.transpose(order)
    return np.asfortranarray(flipped[tuple(slice(None, None, sign) for sign in signs)])
