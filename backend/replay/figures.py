"""Ages and bone densities with a given mean and standard deviation."""

from __future__ import annotations

import numpy as np
from scipy.stats import gamma, norm

YOUNGEST, OLDEST = 31, 89  # "older than 30"; from 90 on de-identification tells no age
MOST_STEPS = 4000
ENOUGH = 0.02  # years by which the deviation may be off: less than what is printed


def ages(n: int, mean: float, sd: float, rng: np.random.Generator) -> list[int]:
    """Whole years in rising order, with the mean and standard deviation as near as whole years come."""
    places = (np.arange(n) + 0.5) / n
    found = np.clip(np.rint(mean + sd * norm.ppf(places)), YOUNGEST, OLDEST).astype(int)
    _set_sum(found, round(mean * n), rng)
    best, best_off = found.copy(), _off(found, sd)
    for _ in range(MOST_STEPS):
        if best_off <= ENOUGH or n < 2:
            break
        low, high = sorted(rng.choice(n, size=2, replace=False), key=lambda at: found[at])
        step = 1 if found.std(ddof=1) < sd else -1
        if step < 0 and found[high] - found[low] < 2:
            continue
        if found[low] - step < YOUNGEST or found[high] + step > OLDEST:
            continue
        found[low] -= step
        found[high] += step
        if _off(found, sd) < best_off:
            best, best_off = found.copy(), _off(found, sd)
    return sorted(int(age) for age in best)


def _off(values: np.ndarray, sd: float) -> float:
    return abs(float(values.std(ddof=1)) - sd) if len(values) > 1 else 0.0


def _set_sum(values: np.ndarray, total: int, rng: np.random.Generator) -> None:
    """Make the sum right, a year here and there."""
    while (left := total - int(values.sum())) != 0:
        step = 1 if left > 0 else -1
        at = int(rng.integers(len(values)))
        if YOUNGEST <= values[at] + step <= OLDEST:
            values[at] += step


def densities(n: int, mean: float, sd: float) -> list[float]:
    """Bone densities (mg/cm3) in rising order with exactly that mean and deviation, skewed as bone is."""
    if n < 2:
        return [mean] * n
    shape = (mean / sd) ** 2
    drawn = gamma.ppf((np.arange(n) + 0.5) / n, shape)
    scaled = (drawn - drawn.mean()) / drawn.std(ddof=1) * sd + mean
    return [round(float(value), 2) for value in scaled]
