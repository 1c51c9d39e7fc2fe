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
        some = labels != 0
        tail = np.flatnonzero(flat[whole:]) + whole
        index = (words[:, None] * 8 + np.arange(8)).ravel()[some]
        index = np.concatenate([index, tail]).astype(np.int64, copy=False)
        return cls(shape, order, index, np.concatenate([labels[some], flat[tail]]))

    def extents(self) -> dict[int, Extent]:
        """The extent of each label, from its runs along the axis that memory runs in."""
        begins = self._runs()
        lengths = np.diff(begins, append=self.index.size)
        labels = self.labels[begins].astype(np.intp)  # indices that ufunc.at takes as they are
        voxels = np.bincount(labels, weights=lengths, minlength=256)
        low = np.full((3, 256), np.iinfo(np.int64).max)
        high = np.full((3, 256), -1)
        sums = np.zeros((3, 256))
        along = 0 if self.order == "F" else 2
        for axis, place in enumerate(unravel(self.index[begins], self.shape, self.order)):
            more = lengths - 1 if axis == along else np.zeros_like(lengths)
            place = place.astype(np.int64)
            np.minimum.at(low[axis], labels, place)
            np.maximum.at(high[axis], labels, place + more)
            sums[axis] = np.bincount(labels, weights=lengths * (place + more / 2), minlength=256)
        return {
            int(label): Extent(
                box=(
                    slice(int(low[0, label]), int(high[0, label]) + 1),
                    slice(int(low[1, label]), int(high[1, label]) + 1),
                    slice(int(low[2, label]), int(high[2, label]) + 1),
                ),
                voxels=int(voxels[label]),
                index_sum=(int(sums[0, label]), int(sums[1, label]), int(sums[2, label])),
            )
            for label in np.flatnonzero(voxels)
        }

    def _runs(self) -> NDArray[np.intp]:
        """Where in the list a run begins: voxels of one label, one after the other in one line."""
        line = self.shape[0] if self.order == "F" else self.shape[-1]
        begins = self.index % line == 0
        begins[:1] = True
        begins[1:] |= self.index[1:] != self.index[:-1] + 1
        begins[1:] |= self.labels[1:] != self.labels[:-1]
        return np.flatnonzero(begins)


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
