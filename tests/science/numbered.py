"""Spines of blocks with the usual volume of each level, under any numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.science.anatomy import USUAL_ML
from backend.science.labels import SACRUM, sort_labels
from backend.science.volume import Mask, VolumeGeometry

VOXEL_MM = 2.0
STEP = 14  # voxels from one vertebra to the next
_HEIGHT = 12


def block_spine(numbers: dict[int, int], *, scale: float = 1.0) -> Mask:
    """A mask in which each level (VerSe label) stands under ``numbers[level]``, from the head down."""
    levels = sort_labels(numbers)
    shape = (44, 44, STEP * len(levels) + 10)
    array = np.zeros(shape, dtype=np.uint8, order="F")
    for place, level in enumerate(levels):
        ml = 90.0 if level == SACRUM else USUAL_ML[level]
        area = round(ml * scale * 1000 / VOXEL_MM**3 / _HEIGHT)
        wide = int(np.ceil(np.sqrt(area)))
        layer = np.zeros((wide, wide), dtype=bool)
        layer.ravel()[:area] = True
        top = shape[2] - 5 - STEP * place
        array[4 : 4 + wide, 4 : 4 + wide, top - _HEIGHT : top][layer] = numbers[level]
    return Mask(VolumeGeometry(shape, np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])), array)


def under_verse(levels: Sequence[int], *, scale: float = 1.0) -> Mask:
    """The same under VerSe's own numbers."""
    return block_spine({level: level for level in levels}, scale=scale)
