"""STAPLE for one structure: the hidden truth and each rater's sensitivity and specificity.

Warfield, Zou and Wells, IEEE Trans Med Imaging 2004;23(7):903. All voxels with the same votes have the same
posterior, so the expectation-maximisation runs over the unique vote patterns and their counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# A pattern that the rates make impossible either way has no posterior of its own; it gets the prior.
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class StapleResult:
    """Posterior of the structure for each pattern; per rater sensitivity and specificity; iterations run."""

    probability: FloatArray
    sensitivity: FloatArray
    specificity: FloatArray
    prior: float
    iterations: int
    converged: bool


def staple(
    votes: ArrayLike,
    counts: ArrayLike,
    *,
    prior: float | None = None,
    iterations: int = 1000,
    tolerance: float = 1e-7,
    agreed_inside: int = 0,
    agreed_outside: int = 0,
) -> StapleResult:
    """Run STAPLE on vote patterns.

    Parameters
    ----------
    votes
        Patterns x raters, true where the rater drew the structure.
    counts
        Voxels with each pattern.
    prior
        Probability of the structure before any vote, the same everywhere and never updated. None takes the
        raters' mean share of foreground, which depends on how much background is counted.
    iterations, tolerance
        The loop ends when no rate moves by more than ``tolerance``, at the latest after ``iterations``.
    agreed_inside, agreed_outside
        Voxels that all raters drew, or all left out, and that are no part of the patterns. They are taken as
        settled and count in the raters' rates only. Without them the rates of a few exchangeable raters run
        to one rater being perfect.
    """
    drew = np.asarray(votes, dtype=np.bool_)
    weight = np.asarray(counts, dtype=np.float64)
    raters = drew.shape[1]
    if prior is None:
        total = weight.sum() + agreed_inside + agreed_outside
        inside = (weight @ drew).sum() / raters + agreed_inside
        prior = float(inside / total) if total else 0.5
    # the first guess is the share of raters, as in ITK; with two raters the result depends on it
    probability = drew.mean(axis=1) if len(drew) else np.zeros(0)
    sensitivity, specificity = np.ones(raters), np.ones(raters)
    done = 0
    converged = weight.sum() == 0
    while done < iterations and not converged:
        before = np.concatenate([sensitivity, specificity])
        rates = rates_against(drew, weight, probability, agreed_inside, agreed_outside)
        # where nothing is inside, or nothing outside, the former rates stand
        sensitivity = np.where(np.isnan(rates[0]), sensitivity, rates[0])
        specificity = np.where(np.isnan(rates[1]), specificity, rates[1])
        probability = _posterior(drew, sensitivity, specificity, prior)
        done += 1
        moved = np.abs(np.concatenate([sensitivity, specificity]) - before).max()
        converged = bool(moved <= tolerance)
    return StapleResult(probability, sensitivity, specificity, prior, done, bool(converged))


def _posterior(drew: BoolArray, sensitivity: FloatArray, specificity: FloatArray, prior: float) -> FloatArray:
    inside = prior * np.prod(np.where(drew, sensitivity, 1 - sensitivity), axis=1)
    outside = (1 - prior) * np.prod(np.where(drew, 1 - specificity, specificity), axis=1)
    total = inside + outside
    result: FloatArray = np.where(total > _TINY, inside / np.maximum(total, _TINY), prior)
    return result


def rates_against(
    drew: BoolArray, weight: FloatArray, probability: FloatArray, agreed_inside: int, agreed_outside: int
) -> tuple[FloatArray, FloatArray]:
    """Sensitivity and specificity per rater with the voxels on which all agree counted in; nan if
    undefined.
    """
    inside, outside = weight * probability, weight * (1 - probability)
    total_in, total_out = inside.sum() + agreed_inside, outside.sum() + agreed_outside
    undefined = np.full(drew.shape[1], np.nan)
    sensitivity = (inside @ drew + agreed_inside) / total_in if total_in > 0 else undefined
    specificity = (outside @ ~drew + agreed_outside) / total_out if total_out > 0 else undefined
    return sensitivity, specificity


def expected_dice(
    drew: BoolArray, weight: FloatArray, probability: FloatArray, agreed_inside: int
) -> FloatArray:
    """Expected Dice of each rater with the hidden truth: 2 sum p d / (sum p + sum d); nan if all is empty.

    Unlike sensitivity alone it falls for who draws too much as for who draws too little.
    """
    shared = 2 * ((weight * probability) @ drew + agreed_inside)
    total = (weight * probability).sum() + weight @ drew + 2 * agreed_inside
    result: FloatArray = np.where(total > 0, shared / np.maximum(total, _TINY), np.nan)
    return result
