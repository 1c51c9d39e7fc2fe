"""Sums over resampled patients give what the statistics themselves give, sample by sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from backend.science.agreement import resampling
from backend.science.agreement.grades import (
    Estimate,
    bootstrap,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac2,
    krippendorff_alpha,
)

SAMPLES = 60


def grades(items: int, raters: int, *, missing: float = 0.0) -> tuple[np.ndarray, list[str]]:
    """Grades that depend on the vertebra, at least two of each, and whose patients the vertebrae are."""
    rng = np.random.default_rng(7)
    truth = rng.choice(4, size=items, p=[0.6, 0.2, 0.1, 0.1])
    given = np.clip(truth[:, None] + rng.integers(-1, 2, size=(items, raters)), 0, 3).astype(float)
    lost = rng.random((items, raters)) < missing
    lost[:, :2] = False
    given[lost] = np.nan
    return given, [f"patient {number}" for number in rng.integers(items // 3, size=items)]


def assert_same(found: Estimate, wanted: Estimate) -> None:
    expected = (wanted.value, wanted.low, wanted.high)
    assert (found.value, found.low, found.high) == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("rows", "statistic", "slow_way", "missing"),
    [
        (resampling.fleiss_rows, resampling.fleiss_of, fleiss_kappa, 0.0),
        (resampling.alpha_rows, resampling.alpha_of, krippendorff_alpha, 0.4),
        (resampling.ac2_rows, resampling.ac2_of, gwet_ac2, 0.4),
    ],
    ids=["fleiss", "alpha", "ac2"],
)
@pytest.mark.parametrize("items", [30, 600])  # few patients, whose draws are kept, and many
def test_coefficients_of_all_raters(
    rows: Callable[..., np.ndarray],
    statistic: resampling.SizedStatistic,
    slow_way: Callable[[np.ndarray], float],
    missing: float,
    items: int,
) -> None:
    given, patients = grades(items, 4, missing=missing)
    sums = resampling.by_patient(rows(resampling.counts_of(given)), patients)
    found = resampling.resampled(statistic, sums, samples=SAMPLES, seed=3)
    assert_same(found, bootstrap(slow_way, given, patients, samples=SAMPLES, seed=3))


@pytest.mark.parametrize("items", [4, 30])
def test_kappa_of_two_raters(items: int) -> None:
    given, patients = grades(items, 2)
    sums = resampling.by_patient(resampling.kappa_rows(given), patients)
    found = resampling.resampled(resampling.kappa_of, sums, samples=SAMPLES, seed=3)

    def slow_way(table: np.ndarray) -> float:
        return cohen_kappa(table[:, 0], table[:, 1])

    assert_same(found, bootstrap(slow_way, given, patients, samples=SAMPLES, seed=3))


def test_one_grade_throughout_has_no_kappa_and_one_patient_no_interval() -> None:
    same = resampling.by_patient(resampling.kappa_rows(np.zeros((6, 2))), list("aabbcc"))
    found = resampling.resampled(resampling.kappa_of, same, samples=SAMPLES, seed=3)
    assert np.isnan([found.value, found.low, found.high]).all()
    lone = resampling.by_patient(resampling.kappa_rows(np.array([[0, 0], [3, 2], [1, 1]])), list("aaa"))
    found = resampling.resampled(resampling.kappa_of, lone, samples=SAMPLES, seed=3)
    assert np.isfinite(found.value)
    assert np.isnan([found.low, found.high]).all()
