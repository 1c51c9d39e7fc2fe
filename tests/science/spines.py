"""Small masks with known answers for the tests of agreement and fusion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from backend.science.volume import Mask, VolumeGeometry

SHAPE = (44, 40, 96)
MIDDLES = ((22, 20, 78), (22, 20, 48), (22, 20, 18))


def geometry(
    shape: tuple[int, int, int] = SHAPE, spacing: Sequence[float] = (1.0, 1.0, 1.0)
) -> VolumeGeometry:
    return VolumeGeometry(shape, np.diag([*spacing, 1.0]))


def mask(array: NDArray[np.generic] | Sequence[object], spacing: Sequence[float] = (1.0, 1.0, 1.0)) -> Mask:
    """A mask from an array of one to three axes."""
    values = np.asarray(array, dtype=np.uint8)
    nx, ny, nz = (*values.shape, 1, 1)[:3]
    return Mask(geometry((nx, ny, nz), spacing), values.reshape(nx, ny, nz))


def balls(
    names: Sequence[int] = (19, 20, 21), radius: float = 10.0, noise: float = 0.0, seed: int = 0
) -> Mask:
    """A column of three balls from the head down; name 0 leaves one out; noise roughens the surface (mm)."""
    place = np.indices(SHAPE).astype(float)
    array = np.zeros(SHAPE, dtype=np.uint8, order="F")
    rng = np.random.default_rng(seed)
    for name, middle in zip(names, MIDDLES, strict=True):
        if not name:
            continue
        distance = np.sqrt(sum((place[axis] - middle[axis]) ** 2 for axis in range(3)))
        if noise:
            rough = ndimage.gaussian_filter(rng.normal(size=SHAPE), 2)
            distance = distance + rough / rough.std() * noise
        array[distance <= radius] = name
    return Mask(geometry(), array)


def bars_of(ends: dict[int, tuple[int, int]], spacing: Sequence[float] = (1.0, 1.0, 1.0)) -> Mask:
    """Labels that fill 10 x 10 voxels from one of forty layers to before another: distances run along z."""
    array = np.zeros((10, 10, 40), dtype=np.uint8)
    for label, end in ends.items():
        array[:, :, slice(*end)] = label
    return mask(array, spacing)


def empty() -> Mask:
    return Mask(geometry(), np.zeros(SHAPE, dtype=np.uint8))
