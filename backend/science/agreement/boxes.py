"""Boxes of labels, found in one pass over the foreground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

MaskArray = NDArray[np.uint8]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where one label lies: its smallest box, its number of voxels and the sum of their indices."""

    box: Box
    voxels: int
    index_sum: tuple[int, int, int]


def label_extents(array: MaskArray) -> dict[int, Extent]:
    """The extent of each label of a mask, background left out."""
    order: Literal["C", "F"] = "F" if array.flags.f_contiguous else "C"
    flat = array.reshape(-1, order=order)
    index, found = _foreground(flat)
    labels = found.astype(np.int64)
    voxels = np.bincount(labels, minlength=256)
    present = [int(label) for label in np.flatnonzero(voxels)]
    ranges: list[dict[int, slice]] = []
    sums: list[NDArray[np.int64]] = []
    for size, place in zip(array.shape, np.unravel_index(index, array.shape, order=order), strict=True):
        profile = np.bincount(labels * size + place, minlength=256 * size).reshape(256, size)
        ranges.append({label: _extent(profile[label]) for label in present})
        sums.append(profile @ np.arange(size))
    return {
        label: Extent(
            box=(ranges[0][label], ranges[1][label], ranges[2][label]),
            voxels=int(voxels[label]),
            index_sum=(int(sums[0][label]), int(sums[1][label]), int(sums[2][label])),
        )
        for label in present
    }


def label_boxes(array: MaskArray) -> dict[int, Box]:
    """The smallest box of each label of a mask, background left out."""
    return {label: extent.box for label, extent in label_extents(array).items()}


def union(first: Box, second: Box) -> Box:
    """The smallest box around both."""
    return cast(
        Box,
        tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(first, second, strict=True)),
    )


def grow(box: Box, voxels: int, shape: tuple[int, ...]) -> Box:
    """The box with a margin on each side, kept inside the array."""
    return cast(
        Box,
        tuple(
            slice(max(0, side.start - voxels), min(size, side.stop + voxels))
            for side, size in zip(box, shape, strict=True)
        ),
    )


def origin(box: Box) -> tuple[int, int, int]:
    """Index of the first voxel of a box."""
    return (box[0].start, box[1].start, box[2].start)


def _foreground(flat: MaskArray) -> tuple[NDArray[np.int64], MaskArray]:
    """Indices and labels of voxels that are not background; empty stretches are skipped eight at a time."""
    whole = flat.size // 8 * 8
    words = flat[:whole].view(np.uint64)
    rows = np.flatnonzero(words != 0)
    labels = words[rows].view(np.uint8)
    filled = np.flatnonzero(labels)
    tail = np.flatnonzero(flat[whole:]) + whole
    index = np.concatenate([rows[filled >> 3] * 8 + (filled & 7), tail]).astype(np.int64)
    return index, np.concatenate([labels[filled], flat[tail]])


def _extent(profile: NDArray[np.int64]) -> slice:
    where = np.flatnonzero(profile)
    return slice(int(where[0]), int(where[-1]) + 1)
