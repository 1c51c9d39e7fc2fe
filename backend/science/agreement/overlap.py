"""Overlap, volume and place of two binary masks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def dice(a: BoolArray, b: BoolArray) -> float:
    """``2|A and B| / (|A| + |B|)``; nan when both are empty (both say nothing is there), 0 when one is."""
    return dice_of_counts(int(np.count_nonzero(a)), int(np.count_nonzero(b)), int(np.count_nonzero(a & b)))


def dice_of_counts(size_a: int, size_b: int, intersection: int) -> float:
    """Dice's coefficient from voxel counts; nan when both are empty."""
    total = size_a + size_b
    return 2.0 * intersection / total if total else float("nan")


def jaccard_of_counts(size_a: int, size_b: int, intersection: int) -> float:
    """``|A and B| / |A or B|`` from voxel counts; nan when both are empty."""
    union = size_a + size_b - intersection
    return intersection / union if union else float("nan")


def conformity_index(masks: Sequence[BoolArray]) -> float:
    """Generalised conformity index of a group: shared voxels of all pairs over joined voxels of all pairs.

    Kouwenhoven et al., Phys Med Biol 2009. One pair gives Jaccard's index; nan when all are empty.
    """
    pairs = [(int(np.count_nonzero(a & b)), int(np.count_nonzero(a | b))) for a, b in combinations(masks, 2)]
    return conformity_of_counts(pairs)


def conformity_of_counts(pairs: Sequence[tuple[int, int]]) -> float:
    """The index from (intersection, union) of every pair."""
    union = sum(joined for _, joined in pairs)
    return sum(shared for shared, _ in pairs) / union if union else float("nan")


def centroid_voxel(inside: BoolArray, origin: tuple[int, int, int] = (0, 0, 0)) -> NDArray[np.float64]:
    """Centre of mass in voxel indices of the volume; ``origin`` is the crop's first voxel. nan when empty."""
    total = int(np.count_nonzero(inside))
    if total == 0:
        return np.full(3, np.nan)
    centre = [
        float(inside.sum(axis=tuple(other for other in range(3) if other != axis)) @ np.arange(size)) / total
        for axis, size in enumerate(inside.shape)
    ]
    return np.array(centre, dtype=np.float64) + np.asarray(origin, dtype=np.float64)
