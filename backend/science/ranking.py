"""Who of several teams is better, told by tests and not by the third decimal of a mean.

After Wiesenfarth et al. 2021 ("Methods and open-source toolkit for analyzing and visualizing challenge
results", significance ranking): each two teams are held against each other by a one-sided Wilcoxon
signed-rank test, all tests together are corrected by Holm's method, and a team's rank follows from the number
of teams that it significantly beats. The unit of a test is the patient: scans of one patient are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from backend.science.agreement.grades import CONFIDENCE, Estimate
from backend.science.agreement.pair import number
from backend.science.agreement.pooled import mean_by_patient
from backend.science.errors import BadInput

FloatArray = NDArray[np.float64]

ALPHA = 0.05
SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """One team: its mean over scans, whom it significantly beats, and where resampling puts it.

    ``rank`` counts the teams that beat more others, plus one: equals share it. ``rank_low`` and ``rank_high``
    (95 %) and ``first_share`` are of the rank by mean over resampled patients, 1 the best.
    """

    team: str
    mean: Estimate
    beats: tuple[str, ...]
    rank: int
    rank_low: int
    rank_high: int
    first_share: float

    def to_json(self) -> dict[str, Any]:
        """For JSON: a row of the table."""
        return {
            "team": self.team,
            "rank": self.rank,
            "mean": self.mean.to_json(),
            "beats": list(self.beats),
            "rank_low": self.rank_low,
            "rank_high": self.rank_high,
            "first_share": number(self.first_share),
        }


@dataclass(frozen=True, slots=True)
class Ranking:
    """The teams from the best down, and Holm's p-value of each ordered pair (first better than second)."""

    standings: tuple[Standing, ...]
    p_values: dict[tuple[str, str], float]
    patients: int

    def to_json(self) -> dict[str, Any]:
        """For JSON: the table, and the tests under it."""
        tests = [
            {"better": better, "worse": worse, "p": number(p)} for (better, worse), p in self.p_values.items()
        ]
        return {
            "patients": self.patients,
            "alpha": ALPHA,
            "standings": [standing.to_json() for standing in self.standings],
            "tests": tests,
        }


def rank_teams(
    scores: Mapping[str, Mapping[str, float]],
    patients: Mapping[str, str],
    *,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Ranking:
    """Rank teams by scores of which higher is better.

    Parameters
    ----------
    scores
        Team to scan to score. Every team needs a finite score for every scan: what was missed counts as 0.
    patients
        Scan to patient.

    Raises
    ------
    BadInput
        ``no_scores`` without teams or scans, ``scores_differ`` where teams were scored on other scans,
        ``not_finite`` for a score that is no number.
    """
    teams = sorted(scores)
    cases = sorted(scores[teams[0]]) if teams else []
    if not cases:
        raise BadInput("no_scores", "there are no scores to rank by")
    for team in teams:
        if sorted(scores[team]) != cases:
            raise BadInput("scores_differ", f"{team} was scored on other scans than {teams[0]}")
    table = np.array([[scores[team][case] for case in cases] for team in teams], dtype=np.float64)
    if not np.isfinite(table).all():
        raise BadInput("not_finite", "a score is not a finite number")
    owners = [patients[case] for case in cases]
    sums, counts = _by_patient(table, owners)
    p_values = _tests(teams, sums / counts)
    beats = {team: tuple(o for o in teams if o != team and p_values[team, o] < ALPHA) for team in teams}
    resampled = _resampled_ranks(sums, counts, samples, seed)
    standings = [
        _standing(
            team,
            mean_by_patient(list(row), owners, samples=samples, seed=seed),
            beats,
            ranks,
        )
        for team, row, ranks in zip(teams, table, resampled, strict=True)
    ]
    standings.sort(key=lambda one: (one.rank, -one.mean.value, one.team))
    return Ranking(tuple(standings), p_values, len(counts))


def holm(p_values: ArrayLike) -> FloatArray:
    """P-values corrected for their number by Holm's step-down method (Holm 1979), in the order given."""
    raw = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    steps = np.minimum(1.0, raw[order] * np.arange(len(raw), 0, -1))
    corrected = np.empty_like(raw)
    corrected[order] = np.maximum.accumulate(steps)
    return corrected


def _by_patient(table: FloatArray, owners: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Sums of each team's scores per patient (teams x patients), and the scans of each patient."""
    _, place = np.unique(np.asarray(owners), return_inverse=True)
    counts = np.bincount(place).astype(np.float64)
    sums = np.array([np.bincount(place, weights=row) for row in table])
    return sums, counts


def _tests(teams: Sequence[str], means: FloatArray) -> dict[tuple[str, str], float]:
    pairs = list(permutations(range(len(teams)), 2))
    corrected = holm([_one_sided(means[a] - means[b]) for a, b in pairs])
    return {(teams[a], teams[b]): float(p) for (a, b), p in zip(pairs, corrected, strict=True)}


def _one_sided(differences: FloatArray) -> float:
    """P-value of the signed-rank test that differences lie above zero; 1 where there is none at all."""
    if not differences.any():
        return 1.0
    return float(scipy.stats.wilcoxon(differences, alternative="greater").pvalue)


def _resampled_ranks(sums: FloatArray, counts: FloatArray, samples: int, seed: int) -> NDArray[np.int64]:
    """Each team's rank by mean (teams x samples) where whole patients are drawn anew; equals share a rank."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(counts.size, np.full(counts.size, 1 / counts.size), size=samples)
    means = (drawn @ sums.T) / (drawn @ counts)[:, None]
    ranks: NDArray[np.int64] = scipy.stats.rankdata(-means, method="min", axis=1).astype(np.int64)
    return ranks.T


def _standing(
    team: str, mean: Estimate, beats: Mapping[str, tuple[str, ...]], ranks: NDArray[np.int64]
) -> Standing:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], method="inverted_cdf")
    return Standing(
        team=team,
        mean=mean,
        beats=beats[team],
        rank=1 + sum(len(others) > len(beats[team]) for others in beats.values()),
        rank_low=int(low),
        rank_high=int(high),
        first_share=float(np.mean(ranks == 1)),
    )
