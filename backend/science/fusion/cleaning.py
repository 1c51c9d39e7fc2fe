"""Islands and holes of a fused vertebra. What all raters agree on is never changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.components import pieces_of

BoolArray = NDArray[np.bool_]
MaskArray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many voxels of one vertebra were taken away as islands and how many were filled as holes."""

    removed: int
    filled: int


def clean_instance(crop: MaskArray, disputed: BoolArray, value: int) -> Cleaned:
    """Take away islands and fill holes of one value in a crop, in place.

    An island (26-connected) goes if none of its voxels was drawn by all raters; without any such voxel at all
    the largest piece stays. A hole (6-connected background that does not reach the crop's faces) is filled if
    no voxel of it was left empty by all raters. The crop holds all voxels of the value; it needs no margin:
    what reaches a face of it is open to the background around, or to the volume's end.
    """
    inside = crop == value
    removed = _remove_islands(crop, inside, disputed)
    filled = _fill_holes(crop, crop == value, disputed, value)
    return Cleaned(removed, filled)


def _remove_islands(crop: MaskArray, inside: BoolArray, disputed: BoolArray) -> int:
    pieces, count = pieces_of(inside, 26)
    if count < 2:
        return 0
    certain = np.bincount(pieces[inside & ~disputed], minlength=count + 1)
    keep = certain > 0
    if not keep[1:].any():
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        keep[1 + int(sizes[1:].argmax())] = True
    keep[0] = True
    drop = ~keep[pieces]
    crop[drop] = 0
    return int(np.count_nonzero(drop))


def _fill_holes(crop: MaskArray, inside: BoolArray, disputed: BoolArray, value: int) -> int:
    pieces, count = pieces_of(~inside, 6)
    if count < 2:
        return 0
    hole = np.ones(count + 1, dtype=np.bool_)
    hole[0] = False
    for axis in range(3):
        for end in (0, -1):
            hole[np.unique(pieces.take(end, axis=axis))] = False
    # a voxel that all left empty, or that belongs to a neighbour, is not ours to fill
    fixed = ~inside & (~disputed | (crop != 0))
    hole[np.unique(pieces[fixed])] = False
    fill = hole[pieces]
    crop[fill] = value
    return int(np.count_nonzero(fill))
