"""When a project will be done, from what it got done a week: a bootstrap of the observed weeks.

Each of `SIMULATIONS` futures draws whole weeks, with replacement, from the last `WINDOW` complete ones since
the first acceptance, until nothing is left (Efron, "Bootstrap methods", Ann. Statist. 7 (1979) 1-26). Within
the week that ends it, work is taken as even. The draw follows from the project and its numbers: the same
question has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backend.progress.managing.selectors.weeks import WEEK, Week

LEAST_WEEKS = 4
LEAST_ACCEPTED = 10  # in those weeks together
WINDOW = 12
SIMULATIONS = 2000
HORIZON_WEEKS = 520
EARLY, LATE = 10, 90  # percent of the futures that are done by then

State = Literal["ready", "too_little", "stalled", "done"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Dates by which 10, 50 and 90 % of the futures are done; null: later than `HORIZON_WEEKS` weeks."""

    state: State
    remaining: int
    weeks: int  # that were observed
    accepted: int  # in them
    early: datetime | None = None
    median: datetime | None = None
    late: datetime | None = None
    least_weeks: int = LEAST_WEEKS
    least_accepted: int = LEAST_ACCEPTED


def forecast(*, weeks: Sequence[Week], now: datetime, seed: str) -> Forecast:
    """The forecast of a project with these weeks, the last of them under way."""
    remaining = weeks[-1].total - weeks[-1].accepted if weeks else 0
    observed = observed_weeks(weeks)
    accepted = sum(observed)
    state = _state(bool(weeks), remaining, observed)
    if state != "ready":
        return Forecast(state, remaining, len(observed), accepted)
    needed = weeks_needed(observed, remaining, seed)
    early, median, late = (_date(needed, share, now) for share in (EARLY, 50, LATE))
    return Forecast(state, remaining, len(observed), accepted, early, median, late)


def observed_weeks(weeks: Sequence[Week]) -> list[int]:
    """Accepted cases of the last `WINDOW` complete weeks, none before the week of the first acceptance."""
    complete = [week for week in weeks if week.complete]
    begun = next((place for place, week in enumerate(complete) if week.accepted), len(complete))
    return [week.newly_accepted for week in complete[begun:]][-WINDOW:]


def _state(any_week: bool, remaining: int, observed: Sequence[int]) -> State:
    if any_week and remaining == 0:
        return "done"
    if len(observed) == WINDOW and sum(observed) == 0:
        return "stalled"
    if len(observed) < LEAST_WEEKS or sum(observed) < LEAST_ACCEPTED:
        return "too_little"
    return "ready"


def weeks_needed(observed: Sequence[int], remaining: int, seed: str) -> NDArray[np.float64]:
    """Weeks (with fractions) of each future, shape (SIMULATIONS,); infinite beyond `HORIZON_WEEKS`."""
    key = f"{seed}:{remaining}:{','.join(map(str, observed))}"
    rng = np.random.default_rng(int(sha256(key.encode()).hexdigest()[:16], 16))
    left = np.full(SIMULATIONS, float(remaining))
    needed = np.full(SIMULATIONS, np.inf)
    for week in range(HORIZON_WEEKS):
        drawn = rng.choice(np.asarray(observed, dtype=np.float64), size=SIMULATIONS)
        ends = np.isinf(needed) & (drawn >= left)
        needed[ends] = week + left[ends] / drawn[ends]
        left -= drawn
        if not np.isinf(needed).any():
            break
    return needed


def _date(needed: NDArray[np.float64], percent: int, now: datetime) -> datetime | None:
    # an order statistic, never a mean of two: infinity and a number have none
    weeks = float(np.percentile(needed, percent, method="inverted_cdf"))
    return None if np.isinf(weeks) else now + timedelta(seconds=round(weeks * WEEK.total_seconds()))
