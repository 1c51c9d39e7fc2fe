"""Voting on vote patterns: absolute majority, plain or weighted, with undecided voxels kept apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.uint8]

# No label of the table; a voxel without a majority is never given a number that looks like a vertebra.
UNDECIDED = 255
# A rater who says nothing about a voxel, not even that it is background.
ABSTAIN = 254
# Shares are sums of a few weights; this is far above their rounding and far below any real difference.
_ROUNDING = 1e-9


def vote_shares(patterns: MaskArray, weights: ArrayLike | None = None) -> FloatArray:
    """Share of the weight that each value has in each pattern: patterns x 256.

    Who abstains has no weight there; where all abstain it is background.
    """
    raters = patterns.shape[1]
    weight = np.ones(raters) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != (raters,) or (weight < 0).any() or weight.sum() <= 0:
        raise ValueError("weights must be one non-negative number per rater, not all 0")
    shares = np.zeros((len(patterns), 256))
    rows = np.arange(len(patterns))
    for rater in range(raters):
        np.add.at(shares, (rows, patterns[:, rater]), weight[rater] / weight.sum())
    if not (patterns == ABSTAIN).any():
        return shares
    shares[:, ABSTAIN] = 0
    told = shares.sum(axis=1)
    silent = told <= _ROUNDING
    shares[silent, 0] = told[silent] = 1.0
    return np.asarray(shares / told[:, None], dtype=np.float64)


def majority(patterns: MaskArray, weights: ArrayLike | None = None) -> MaskArray:
    """The value with more than half of the weight in each pattern, ``UNDECIDED`` where there is none.

    Two raters who differ, two against two, and three who all say something else are undecided: a tie is never
    settled by the order of the raters or of the labels.
    """
    shares = vote_shares(patterns, weights)
    best = shares.argmax(axis=1)
    clear = shares[np.arange(len(patterns)), best] > 0.5 + _ROUNDING
    result: MaskArray = np.where(clear, best, UNDECIDED).astype(np.uint8)
    return result


def pattern_entropy(patterns: MaskArray, weights: ArrayLike | None = None) -> FloatArray:
    """Entropy of the votes of each pattern, 0 (all agree) to 1 (all values there have equal shares).

    -sum p ln p / ln K with the K values that at least one rater gave.
    """
    shares = vote_shares(patterns, weights)
    kinds = (shares > 0).sum(axis=1)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy = -(shares * logs).sum(axis=1)
    result: FloatArray = np.where(kinds > 1, entropy / np.log(np.maximum(kinds, 2)), 0.0)
    return result
