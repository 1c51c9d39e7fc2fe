"""Intervals over resampled patients without computing a statistic anew for each sample.

What a coefficient needs of its items are sums: how often which grades met, how many gave which. Sums of a
sample are those of each patient times how often it was drawn, one product of matrices for all samples. The
draws are those of `grades.bootstrap`, so figures are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.grades import CONFIDENCE, GENANT_GRADES, Estimate, agreement_weights

FloatArray = NDArray[np.float64]
SizedStatistic = Callable[[FloatArray], FloatArray]

FEW = 64  # patients whose draws are kept: two raters rarely share more, and there are very many such pairs
EPSILON = 1e-12


def draws(patients: int, samples: int, seed: int) -> FloatArray:
    """How often each patient is drawn, samples x patients."""
    return (_few_draws if patients <= FEW else _draws)(patients, samples, seed)


def _draws(patients: int, samples: int, seed: int) -> FloatArray:
    drawn = np.random.default_rng(seed).integers(patients, size=(samples, patients))
    places = drawn + patients * np.arange(samples)[:, None]
    counts = np.bincount(places.ravel(), minlength=samples * patients)
    return counts.reshape(samples, patients).astype(np.float64)


_few_draws = lru_cache(maxsize=FEW)(_draws)


def by_patient(rows: FloatArray, patients: Sequence[str]) -> FloatArray:
    """Rows of one patient added up, patients in the order of their names."""
    _, patient = np.unique(np.asarray(patients), return_inverse=True)
    sums = np.zeros((int(patient.max()) + 1, rows.shape[1]))
    np.add.at(sums, patient, rows)
    return sums


def resampled(statistic: SizedStatistic, sums: FloatArray, *, samples: int, seed: int) -> Estimate:
    """A statistic of sums (rows: patients) with its percentile interval (95 %); nan where not defined."""
    value = float(statistic(sums.sum(axis=0, keepdims=True))[0])
    if len(sums) < 2:
        return Estimate(value, float("nan"), float("nan"))
    found = statistic(draws(len(sums), samples, seed) @ sums)
    defined = found[np.isfinite(found)]
    if defined.size == 0:
        return Estimate(value, float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


def kappa_rows(pairs: FloatArray) -> FloatArray:
    """Items x 2 grades as rows of the table of both raters, flattened."""
    size = len(GENANT_GRADES)
    rows = np.zeros((len(pairs), size * size))
    codes = pairs.astype(int)
    rows[np.arange(len(pairs)), codes[:, 0] * size + codes[:, 1]] = 1.0
    return rows


def kappa_of(sums: FloatArray) -> FloatArray:
    """Cohen's kappa with quadratic weights of each row of `kappa_rows`' sums."""
    size = len(GENANT_GRADES)
    tables = sums.reshape(-1, size, size) / sums.sum(axis=1)[:, None, None]
    agree = agreement_weights(size, "quadratic")
    observed = np.einsum("nij,ij->n", tables, agree)
    expected = np.einsum("ni,ij,nj->n", tables.sum(axis=2), agree, tables.sum(axis=1))
    return _above_chance(observed, expected)


def counts_of(ratings: FloatArray) -> FloatArray:
    """How many gave each grade, items x grades."""
    return np.stack([(ratings == grade).sum(axis=1) for grade in GENANT_GRADES], axis=1).astype(np.float64)


def fleiss_rows(counts: FloatArray) -> FloatArray:
    """What Fleiss' kappa adds up of items that equally many rated: 1, pairs that agree, grades."""
    raters = counts.sum(axis=1)
    agreeing = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    return np.column_stack([np.ones(len(counts)), agreeing, counts])


def fleiss_of(sums: FloatArray) -> FloatArray:
    """Fleiss' kappa of each row of sums."""
    grades = sums[:, 2:]
    share = grades / grades.sum(axis=1, keepdims=True)
    return _above_chance(sums[:, 1] / sums[:, 0], (share**2).sum(axis=1))


def alpha_rows(counts: FloatArray) -> FloatArray:
    """Krippendorff's coincidences of each item, flattened; every item has at least two ratings."""
    size = counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :] - np.einsum("ik,kl->ikl", counts, np.eye(size))
    rows: FloatArray = (pairs / (counts.sum(axis=1) - 1)[:, None, None]).reshape(len(counts), size * size)
    return rows


def alpha_of(sums: FloatArray) -> FloatArray:
    """Krippendorff's alpha of each row of sums."""
    size = len(GENANT_GRADES)
    coincidence = sums.reshape(-1, size, size)
    totals = coincidence.sum(axis=1)
    below = np.cumsum(totals, axis=1) - totals / 2
    distance = (below[:, :, None] - below[:, None, :]) ** 2
    chance = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2)) / (totals.sum(axis=1) - 1)
    found = (coincidence * distance).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance > 0, 1 - found / chance, np.nan)


def ac2_rows(counts: FloatArray) -> FloatArray:
    """What Gwet's AC2 adds up: 1, pairs that agree by weight, shares; at least two ratings an item."""
    raters = counts.sum(axis=1)
    weighted = counts @ agreement_weights(counts.shape[1], "quadratic")
    agreeing = (counts * (weighted - 1)).sum(axis=1) / (raters * (raters - 1))
    return np.column_stack([np.ones(len(counts)), agreeing, counts / raters[:, None]])


def ac2_of(sums: FloatArray) -> FloatArray:
    """Gwet's AC2 of each row of sums."""
    size = len(GENANT_GRADES)
    share = sums[:, 2:] / sums[:, :1]
    weights = float(agreement_weights(size, "quadratic").sum())
    expected = weights / (size * (size - 1)) * (share * (1 - share)).sum(axis=1)
    return _above_chance(sums[:, 1] / sums[:, 0], expected)


def _above_chance(observed: FloatArray, expected: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected < 1 - EPSILON, (observed - expected) / (1 - expected), np.nan)
