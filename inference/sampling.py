"""Isotropic copies of a volume along its own axes, and the way back.

An oblique or anisotropic volume is not turned: its array axes are brought to the wanted spacing one after
the other, with averaging where that reduces and linear interpolation where it enlarges. The relation
between the grids is then a factor and a shift per axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.volume import VolumeGeometry, closest_axes
from inference.patches import Float32, FloatArray


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


def axis_weights(targets: FloatArray, width: float, n: int) -> tuple[int, int, Float32]:
    """Weights by which source samples 0..n-1 make values at `targets`, as (first, last, weights of that
    range).

    `width` is the target's voxel in source voxels: a tent of that half-width averages when reducing and
    interpolates linearly when enlarging. Beyond the ends the nearest sample counts.
    """
    half = max(1.0, width)
    at = np.clip(targets, 0, n - 1)
    first, last = max(0, int(np.floor(at.min() - half))), min(n, int(np.ceil(at.max() + half)) + 1)
    distance = np.abs(at[:, None] - np.arange(first, last)[None])
    weights = np.maximum(0.0, 1 - distance / half)
    return first, last, np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def resample_axes(array: npt.NDArray[np.generic], targets: list[FloatArray], widths: FloatArray) -> Float32:
    """Values of the array at a grid of source coordinates, one list for each axis."""
    plans = [axis_weights(t, float(w), n) for t, w, n in zip(targets, widths, array.shape, strict=True)]
    block = array[tuple(slice(first, last) for first, last, _ in plans)]
    # The axis that shrinks most goes first, in blocks of the last axis, so that no float copy of the
    # whole is made.
    out = np.empty((len(targets[0]), len(targets[1]), block.shape[2]), np.float32)
    for k in range(block.shape[2]):
        out[:, :, k] = plans[0][2] @ block[:, :, k].astype(np.float32) @ plans[1][2].T
    return np.asarray(out @ plans[2][2].T, np.float32)


def make_isotropic(array: npt.NDArray[np.generic], grid: IsoGrid) -> Float32:
    """The array on the isotropic grid."""
    if np.allclose(grid.factor, 1.0, atol=1e-3):
        return np.asarray(array, np.float32)
    targets = [(np.arange(n) + 0.5) * f - 0.5 for n, f in zip(grid.shape, grid.factor, strict=True)]
    return resample_axes(array, targets, grid.factor)


def canonical_to_original(array: npt.NDArray[np.uint8], geometry: VolumeGeometry) -> npt.NDArray[np.uint8]:
    """Bring an array in closest canonical order back to the order of the original `geometry`."""
    order, signs = closest_axes(geometry.directions)
    flipped = array.transpose(order)
    return np.asfortranarray(flipped[tuple(slice(None, None, sign) for sign in signs)])
