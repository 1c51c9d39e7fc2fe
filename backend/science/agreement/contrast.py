"""Two groups of patients compared by a mean: the difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.grades import CONFIDENCE, Estimate
from backend.science.agreement.pooled import MEAN_SAMPLES

FloatArray = NDArray[np.float64]
_SMALLEST = 2  # patients in each group, for an interval


def difference_of_means(
    first: Sequence[float],
    first_patients: Sequence[str],
    second: Sequence[float],
    second_patients: Sequence[str],
    *,
    samples: int = MEAN_SAMPLES,
    seed: int = 0,
) -> Estimate:
    """Mean of the first group less that of the second, with its percentile interval (95 %).

    Patients are resampled within each group, with all that was measured on them. nan where a group is empty;
    no interval where a group has fewer than two patients.
    """
    if not first or not second:
        return Estimate(float("nan"), float("nan"), float("nan"))
    value = float(np.mean(first) - np.mean(second))
    rng = np.random.default_rng(seed)
    one = _resampled(np.asarray(first, dtype=np.float64), first_patients, samples, rng)
    other = _resampled(np.asarray(second, dtype=np.float64), second_patients, samples, rng)
    if one is None or other is None:
        return Estimate(value, float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(one - other, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


def _resampled(
    values: FloatArray, patients: Sequence[str], samples: int, rng: np.random.Generator
) -> FloatArray | None:
    """Means of resampled patients; None where there are too few."""
    _, patient = np.unique(np.asarray(patients), return_inverse=True)
    counts = np.bincount(patient).astype(np.float64)
    if counts.size < _SMALLEST:
        return None
    sums = np.bincount(patient, weights=values)
    times = rng.multinomial(counts.size, np.full(counts.size, 1 / counts.size), size=samples)
    means: FloatArray = (times @ sums) / (times @ counts)
    return means
