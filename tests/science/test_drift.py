"""Drift: the chart's scores, its rate of false alarms on raters who do not change, and what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from backend.science.agreement.drift import (
    LEARNING,
    first_shift,
    limit_for,
    scores,
    values_between_false_alarms,
)

HAND_INS = 1000  # between two false alarms of one rater, as the site sets it


def test_the_limit_is_that_of_the_published_tables() -> None:
    # Montgomery, Introduction to Statistical Quality Control, table 9.3: one-sided, allowance 0.5
    assert values_between_false_alarms(4.0) == pytest.approx(336, rel=0.01)
    assert values_between_false_alarms(5.0) == pytest.approx(930, rel=0.02)
    assert limit_for(values_between_false_alarms(6.5)) == pytest.approx(6.5, abs=1e-4)


def test_a_score_is_that_of_student_s_t_against_all_before() -> None:
    values = [1.0, 3.0, 2.0, 7.0]
    t = (7.0 - 2.0) / np.std([1, 3, 2], ddof=1) * np.sqrt(3 / 4)
    assert scores(values)[3] == pytest.approx(stats.norm.ppf(stats.t.cdf(t, df=2)))
    assert np.isnan(scores(values)[:2]).all()
    assert scores([1.0, 1.0, 1.0, 0.9]).tolist()[2:] == [0.0, -3.0]
    steady = scores(np.random.default_rng(1).normal(40, 7, 4000).tolist())[50:]
    assert stats.kstest(np.clip(steady, -2.9, 2.9), "norm").pvalue > 0.01


def false_alarms(draw: str, *, raters: int, length: int, charts: int) -> float:
    """The share of raters who do not change, and get an alarm within so many hand-ins all the same."""
    rng = np.random.default_rng(7)
    limit = limit_for(HAND_INS * charts)
    hit = 0
    for _ in range(raters):
        if draw == "normal":
            rows = rng.normal(0, 1, (charts, length))
        else:  # Dice of 0.80 to 0.99, as logits, as the site charts them
            dice = rng.beta(40, 3, (charts, length))
            rows = np.log(dice / (1 - dice))
        hit += any(first_shift(row.tolist(), side="down", limit=limit) is not None for row in rows)
    return hit / raters


@pytest.mark.parametrize("draw", ["normal", "dice"])
def test_a_stable_rater_has_a_false_alarm_in_a_thousand_hand_ins(draw: str) -> None:
    # over 200 hand-ins 200 / 1000 are expected, 1 - exp(-0.2) = 0.18 of raters; the first 12 raise none
    share = false_alarms(draw, raters=120, length=200, charts=3)
    assert 0.02 < share < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["normal", "dice"])
def test_the_rate_holds_for_many_raters_with_many_levels(draw: str) -> None:
    share = false_alarms(draw, raters=400, length=200, charts=20)
    assert 0.02 < share < 0.25


def test_a_rater_who_gets_worse_is_found_soon_and_since_when_is_told() -> None:
    limit = limit_for(HAND_INS * 20)
    delays, begins = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = [*rng.normal(0, 1, 60), *rng.normal(-1.5, 1, 60)]
        shift = first_shift(values, side="down", limit=limit)
        assert shift is not None
        delays.append(shift.at - 59)
        begins.append(shift.since)
        assert first_shift(values, side="up", limit=limit) is None
    assert 5 <= np.median(delays) <= 20
    assert abs(float(np.median(begins)) - 60) <= 3


def test_one_odd_case_and_the_first_ones_raise_nothing() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, 80)
    values[40] = -50
    limit = limit_for(HAND_INS * 3)
    assert first_shift(values.tolist(), side="down", limit=limit) is None
    shifted = [*rng.normal(0, 0.1, 4), *rng.normal(-9, 0.1, LEARNING - 4)]
    assert first_shift(shifted, side="down", limit=0.1) is None
