"""What training and inference must agree on: intensities, patch shapes, heatmaps, tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PATCH_SPACING_MM = 1.5
PATCH_SHAPE = (64, 72, 64)
# From the body's centre to the patch's (voxels): the arch and the processes lie behind and below.
PATCH_OFFSET = np.array([0.0, -16.0, -4.0])
HEAT_SIGMA = 4.0  # voxels of 1.5 mm: 6 mm

WIDE_SPACING_MM = 3.0
TILE_SHAPE = (64, 64, 96)
CENTRE_SIGMA = 1.6  # voxels of 3 mm: 4.8 mm

AIR_HU = -1024.0


def normalise(hu: npt.NDArray[np.generic]) -> Float32:
    """HU to the networks' range: -1 (fat and air) to 3 (metal)."""
    return np.asarray(np.clip(np.asarray(hu, np.float32), -500, 1500) / np.float32(500))


def heatmap(shape: Sequence[int], centre: Sequence[float] | FloatArray, sigma: float) -> Float32:
    """A Gaussian of height 1 round a point given in voxels."""
    axes = [
        np.exp(-((np.arange(n, dtype=np.float32) - np.float32(c)) ** 2) / np.float32(2 * sigma * sigma))
        for n, c in zip(shape, centre, strict=True)
    ]
    return np.asarray(axes[0][:, None, None] * axes[1][None, :, None] * axes[2][None, None, :], np.float32)


def patch_origin(centre: Sequence[float] | FloatArray) -> IntArray:
    """The first voxel of the patch that belongs to a body centre (voxels of 1.5 mm)."""
    origin = np.rint(np.asarray(centre) + PATCH_OFFSET - np.array(PATCH_SHAPE) / 2)
    return np.asarray(origin, np.int64)


def cut(
    array: npt.NDArray[Any], origin: Sequence[int] | IntArray, shape: Sequence[int], fill: float
) -> npt.NDArray[Any]:
    """A block of the array; what lies outside it is filled."""
    block = np.full(tuple(shape), fill, array.dtype)
    low = np.maximum(np.asarray(origin), 0)
    high = np.minimum(np.asarray(origin) + np.asarray(shape), array.shape)
    if (high > low).all():
        inside = tuple(slice(int(a), int(b)) for a, b in zip(low - origin, high - origin, strict=True))
        block[inside] = array[tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))]
    return block
