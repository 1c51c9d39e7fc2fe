"""When somebody's figures leave their own band: a self-starting CUSUM.

Each value is held against all that came before it of the same person (Hawkins, The Statistician
1987;36:299): with mean m and standard deviation s of the n - 1 values before, (x - m) / s * sqrt((n - 1) /
n) follows Student's t with n - 2 degrees of freedom while nothing changes, so that its normal score is
standard normal and independent of the scores before, whatever the person's level and spread. So the chart
knows its rate of false alarms though nobody has set a band. The scores are cut at 3, that one odd case
alone raises no alarm, and summed (Page, Biometrika 1954;41:100): the sum grows by what a score lies beyond
the allowance of 0.5, which finds shifts of one standard deviation soonest, and alarms above a limit. The
limit follows from how many values are to lie between two false alarms, by Siegmund's approximation
(Sequential Analysis, 1985, section 2.6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Side = Literal["down", "up"]

ALLOWANCE = 0.5  # standard deviations; half the shift to be found soonest
LEARNING = 12  # values from which no alarm comes: the band is known too badly
CUT = 3.0  # scores beyond count as this
OVERSHOOT = 1.166  # Siegmund: how far a sum of normal scores is beyond its limit when it gets there


@dataclass(frozen=True, slots=True)
class Shift:
    """That values have left the band: places in the series, 0-based.

    ``since`` is the first value of the run that led to the alarm, the likeliest beginning of the change.
    """

    side: Side
    since: int
    at: int


def values_between_false_alarms(limit: float, allowance: float = ALLOWANCE) -> float:
    """Mean number of values until a one-sided chart alarms though nothing has changed (Siegmund)."""
    reach = 2 * allowance * (limit + OVERSHOOT)
    return (math.exp(reach) - reach - 1) / (2 * allowance**2)


def limit_for(values: float, allowance: float = ALLOWANCE) -> float:
    """The limit at which a one-sided chart has so many values between two false alarms."""
    low, high = 0.0, 50.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if values_between_false_alarms(middle, allowance) < values:
            low = middle
        else:
            high = middle
    return high


def scores(values: Sequence[float]) -> FloatArray:
    """Each value's normal score against those before it; nan for the first two.

    Where all values before are equal there is no band yet: an equal one has 0, another the largest score.
    """
    from scipy.special import ndtri, stdtr

    found = np.full(len(values), np.nan)
    mean, squares = 0.0, 0.0
    for n, value in enumerate(values, start=1):
        if n > 2:
            spread = math.sqrt(max(squares, 0.0) / (n - 2))
            if spread > 0:
                t = (value - mean) / spread * math.sqrt((n - 1) / n)
                score = float(ndtri(stdtr(n - 2, t)))
            else:
                score = math.copysign(CUT, value - mean) if value != mean else 0.0
            found[n - 1] = min(max(score, -CUT), CUT)
        before = mean
        mean += (value - mean) / n
        squares += (value - before) * (value - mean)
    return found


def first_shift(values: Sequence[float], *, side: Side, limit: float) -> Shift | None:
    """The first alarm of a one-sided chart; none where the values stay in their band."""
    sign = 1.0 if side == "up" else -1.0
    total, since = 0.0, LEARNING
    for place, score in enumerate(scores(values)):
        if place < LEARNING:
            continue
        if total == 0.0:
            since = place
        total = max(0.0, total + sign * float(score) - ALLOWANCE)
        if total > limit:
            return Shift(side, since, place)
    return None
