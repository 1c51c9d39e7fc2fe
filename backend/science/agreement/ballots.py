"""What several raters wrote into one grid, kept only where it matters.

Raters who correct the same start agree on nearly every voxel. A ``Ballots`` holds the few voxels where they
do not, as patterns (the labels that the raters gave, rater by rater) with a number for each pattern, and
counts the rest. Comparing, voting and expectation-maximisation work on the patterns, of which there are
hundreds, instead of on the voxels, of which there are tens of millions.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.boxes import Foreground, MaskArray, Order, flat_view
from backend.science.errors import BadInput
from backend.science.volume import Mask

IntArray = NDArray[np.int64]

LABELS = 256
# Words compared at a time: half a megabyte of each mask.
_STRETCH = 1 << 16
# Words from which on a second thread is worth its start.
_WORTH_A_THREAD = 1 << 20
# Largest table of keys that is quicker than sorting them.
_TABLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Ballots:
    """The raters' masks of one grid, compared voxel by voxel.

    ``disputed`` are flat indices (in ``order``) of voxels with more than one opinion, ``pattern_of`` the
    row of ``patterns`` (patterns x raters, uint8) that each of them shows, ``counts`` how often each
    pattern occurs and ``unanimous`` how many voxels all raters gave each label (background included).
    ``drawn`` is what the first rater drew; with the disputed voxels it holds all that anyone drew.
    """

    shape: tuple[int, int, int]
    order: Order
    disputed: IntArray
    pattern_of: IntArray
    patterns: MaskArray
    counts: IntArray
    unanimous: IntArray
    drawn: Foreground = field(repr=False)

    @property
    def raters(self) -> int:
        """How many raters there are."""
        return int(self.patterns.shape[1])

    def joint(self, first: int, second: int) -> IntArray:
        """Voxels by label of one rater (rows) and label of another (columns), 256 x 256."""
        keys = self.patterns[:, first].astype(np.int64) * LABELS + self.patterns[:, second]
        table = np.bincount(keys, weights=self.counts, minlength=LABELS * LABELS).astype(np.int64)
        table = table.reshape(LABELS, LABELS)
        table[np.arange(LABELS), np.arange(LABELS)] += self.unanimous
        return table

    def voxels(self, rater: int) -> IntArray:
        """Voxels of each label of one rater."""
        own = np.bincount(self.patterns[:, rater], weights=self.counts, minlength=LABELS).astype(np.int64)
        total: IntArray = own + self.unanimous
        return total

    def labels(self, rater: int) -> list[int]:
        """Labels that a rater used, in numeric order, background left out."""
        return [int(label) for label in np.flatnonzero(self.voxels(rater)) if label]


def common_order(arrays: Sequence[MaskArray]) -> Order:
    """The memory order of most arrays, so that as few as possible are copied."""
    fortran = sum(1 for array in arrays if array.flags.f_contiguous)
    return "F" if 2 * fortran >= len(arrays) else "C"


def require_one_grid(masks: Sequence[Mask]) -> None:
    """Raises ``BadInput("other_grid")`` unless all masks describe the same voxels."""
    if not masks:
        raise BadInput("no_masks", "at least one mask is needed")
    for number, mask in enumerate(masks[1:], start=2):
        if not masks[0].geometry.matches(mask.geometry):
            raise BadInput("other_grid", f"mask {number} lies on another grid than mask 1")


def count_ballots(arrays: Sequence[MaskArray]) -> Ballots:
    """Hold the masks of one grid against each other."""
    order = common_order(arrays)
    flats = [np.asarray(flat_view(array, order), dtype=np.uint8) for array in arrays]
    differing, filled = _scan([_words(flat)[0] for flat in flats])
    disputed, votes = _disputed_voxels(flats, differing)
    pattern_of, patterns, counts = _unique_patterns(votes)
    shape = arrays[0].shape
    drawn = Foreground.of_words(flats[0], filled, shape, order)
    unanimous = np.bincount(drawn.labels, minlength=LABELS).astype(np.int64)
    unanimous[0] = flats[0].size - drawn.labels.size
    first = np.bincount(patterns[:, 0], weights=counts, minlength=LABELS).astype(np.int64)
    return Ballots(
        shape=(int(shape[0]), int(shape[1]), int(shape[2])),
        order=order,
        disputed=disputed,
        pattern_of=pattern_of,
        patterns=patterns,
        counts=counts,
        unanimous=unanimous - first,
        drawn=drawn,
    )


def _words(flat: MaskArray) -> tuple[NDArray[np.uint64], MaskArray]:
    """The array as 8-byte words and the bytes that are left over."""
    whole = flat.size // 8 * 8
    return flat[:whole].view(np.uint64), flat[whole:]


def _scan(words: Sequence[NDArray[np.uint64]]) -> tuple[IntArray, IntArray]:
    """Numbers of the words that are not the same in all arrays, and of those not empty in the first.

    Stretch by stretch, so that each mask is read from memory once: a stretch of the first stays in the cache
    while the others are held against it. Large masks in two halves at once: NumPy compares without Python's
    lock.
    """
    differs = np.zeros(words[0].size, dtype=np.bool_)
    filled = np.empty_like(differs)
    if differs.size < _WORTH_A_THREAD:
        _scan_part(words, differs, filled, range(0, differs.size, _STRETCH))
    else:
        middle = differs.size // _STRETCH // 2 * _STRETCH
        with ThreadPoolExecutor(1) as second:
            rest = range(middle, differs.size, _STRETCH)
            done = second.submit(_scan_part, words, differs, filled, rest)
            _scan_part(words, differs, filled, range(0, middle, _STRETCH))
            done.result()
    return np.flatnonzero(differs), np.flatnonzero(filled)


def _scan_part(
    words: Sequence[NDArray[np.uint64]],
    differs: NDArray[np.bool_],
    filled: NDArray[np.bool_],
    starts: range,
) -> None:
    """`_scan` of the stretches that begin at ``starts``, written into ``differs`` and ``filled``."""
    scratch = np.empty(min(_STRETCH, differs.size), dtype=np.bool_)
    for start in starts:
        part = slice(start, start + _STRETCH)
        first, found = words[0][part], differs[part]
        np.not_equal(first, 0, out=filled[part])
        for other in words[1:]:
            np.not_equal(first, other[part], out=scratch[: found.size])
            found |= scratch[: found.size]


def _disputed_voxels(flats: list[MaskArray], rows: IntArray) -> tuple[IntArray, MaskArray]:
    """Indices of voxels where not all agree, and the labels given there (voxels x raters).

    ``rows`` are the words that differ.
    """
    words, _ = _words(flats[0])
    tail = words.size * 8
    votes = np.empty((len(flats), rows.size * 8 + flats[0].size - tail), dtype=np.uint8)
    for rater, flat in enumerate(flats):
        bulk, rest = _words(flat)
        votes[rater, : rows.size * 8] = bulk[rows].view(np.uint8)
        votes[rater, rows.size * 8 :] = rest
    apart = np.zeros(votes.shape[1], dtype=np.bool_)
    for own in votes[1:]:
        apart |= own != votes[0]
    place = np.flatnonzero(apart)
    # a word's number and the place in it give the voxel; the left-over bytes follow the last word
    number = np.append(rows, words.size)[np.minimum(place >> 3, rows.size)]
    index = number * 8 + np.where(place < rows.size * 8, place & 7, place - rows.size * 8)
    return index.astype(np.int64), np.ascontiguousarray(votes[:, place].T)


def _unique_patterns(votes: MaskArray) -> tuple[IntArray, MaskArray, IntArray]:
    """Number of the pattern of each row, the patterns in order, and how often each occurs."""
    rows, raters = votes.shape
    if rows == 0:
        return np.zeros(0, np.int64), np.zeros((0, raters), np.uint8), np.zeros(0, np.int64)
    number = votes[:, 0].astype(np.int64)
    kinds = LABELS
    for own in votes.T[1:]:
        number, kinds = _renumbered(number * LABELS + own, kinds * LABELS)
    if raters == 1:
        number, kinds = _renumbered(number, kinds)
    patterns = np.empty((kinds, raters), dtype=np.uint8)
    patterns[number] = votes
    return number, patterns, np.bincount(number, minlength=kinds).astype(np.int64)


def _renumbered(keys: IntArray, limit: int) -> tuple[IntArray, int]:
    """The rank of each key among those that occur, and how many occur; keys lie below ``limit``."""
    if limit > _TABLE:
        found, number = np.unique(keys, return_inverse=True)
        return number, len(found)
    present = np.zeros(limit, dtype=np.bool_)
    present[keys] = True
    rank = np.cumsum(present, dtype=np.int64) - 1
    return rank[keys], int(rank[-1]) + 1
