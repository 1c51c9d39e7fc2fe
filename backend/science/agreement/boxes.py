"""Boxes of labels, found in one pass over the foreground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

MaskArray = NDArray[np.uint8]
Box = tuple[slice, slice, slice]
Order = Literal["C", "F"]


def flat_view(array: MaskArray, order: Order) -> MaskArray:
    """The array as one contiguous dimension in the given order, without a copy where memory runs that way.

    Every second voxel of an array may also be had as one dimension, but one that cannot be read by words.
    """
    return array.ravel(order)


@dataclass(frozen=True, slots=True)
class Extent:
    """Where one label lies: its smallest box, its number of voxels and the sum of their indices."""

    box: Box
    voxels: int
    index_sum: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Foreground:
    """The voxels of a mask that are not background: flat indices (in ``order``) and labels."""

    shape: tuple[int, ...]
    order: Order
    index: NDArray[np.int64]
    labels: MaskArray

    @classmethod
    def of(cls, array: MaskArray) -> Foreground:
        """In the order that the array's memory runs in; empty stretches are skipped eight at a time."""
        order: Order = "F" if array.flags.f_contiguous else "C"
        flat = flat_view(array, order)
        whole = flat.size // 8 * 8
        return cls.of_words(flat, np.flatnonzero(flat[:whole].view(np.uint64) != 0), array.shape, order)

    @classmethod
    def of_words(
        cls, flat: MaskArray, words: NDArray[np.intp], shape: tuple[int, ...], order: Order
    ) -> Foreground:
        """The same where the 8-byte words with anything in them are known."""
        whole = flat.size // 8 * 8
        labels = flat[:whole].view(np.uint64)[words].view(np.uint8)
        filled = np.flatnonzero(labels)
        tail = np.flatnonzero(flat[whole:]) + whole
        index = np.concatenate([words[filled >> 3] * 8 + (filled & 7), tail]).astype(np.int64)
        return cls(shape, order, index, np.concatenate([labels[filled], flat[tail]]))

    def extents(self) -> dict[int, Extent]:
        """The extent of each label."""
        voxels = np.bincount(self.labels, minlength=256)
        present = [int(label) for label in np.flatnonzero(voxels)]
        ranges: list[dict[int, slice]] = []
        sums: list[NDArray[np.int64]] = []
        for size, place in zip(self.shape, unravel(self.index, self.shape, self.order), strict=True):
            keys = self.labels.astype(place.dtype)
            keys *= place.dtype.type(size)
            keys += place
            profile = np.bincount(keys, minlength=256 * size).reshape(256, size)
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


def label_extents(array: MaskArray) -> dict[int, Extent]:
    """The extent of each label of a mask, background left out."""
    return Foreground.of(array).extents()


def unravel(
    index: NDArray[np.int64], shape: tuple[int, ...], order: Order
) -> tuple[NDArray[np.signedinteger[Any]], ...]:
    """Indices on each axis of flat indices, as ``np.unravel_index`` but several times as fast."""
    # dividing many numbers by one is quick in 32 bits, and every volume that fits in memory twice has fewer
    small = index.astype(np.int32) if int(np.prod(shape, dtype=np.int64)) < 2**31 else index
    quick = shape[::-1] if order == "C" else shape
    places = []
    for size in quick[:-1]:
        above = small // small.dtype.type(size)
        places.append(small - above * small.dtype.type(size))
        small = above
    places.append(small)
    return tuple(places[::-1] if order == "C" else places)


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


def _extent(profile: NDArray[np.int64]) -> slice:
    where = np.flatnonzero(profile)
    return slice(int(where[0]), int(where[-1]) + 1)
