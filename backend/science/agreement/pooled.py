"""Agreement over many cases: by level, by pair of raters, of volumes and of grades.

Vertebrae of one patient resemble each other, so every interval comes from resampling patients, with all that
was measured on them. What is not defined (nothing measured, one patient only for an interval) is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.grades import CONFIDENCE, Estimate
from backend.science.agreement.resampling import (
    FEW,
    SizedStatistic,
    ac2_of,
    ac2_rows,
    alpha_of,
    alpha_rows,
    by_patient,
    counts_of,
    fleiss_of,
    fleiss_rows,
    kappa_of,
    kappa_rows,
    resampled,
)

FloatArray = NDArray[np.float64]
Rows = Callable[[FloatArray], FloatArray]
Draws = Callable[[int, int, int], FloatArray]

MEASURES = ("dice", "hd95_mm", "assd_mm", "nsd_1mm", "nsd_2mm")
MEAN_SAMPLES = 2000
GRADE_SAMPLES = 400
# Limits of agreement: where 95 % of differences lie if they are normal (Bland and Altman, Lancet 1986;1:307).
NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class PairMeasure:
    """Two raters on one vertebra of one patient.

    ``values`` has an entry for each of ``MEASURES`` that is defined; where one of the two did not draw the
    vertebra, ``drawn`` is false, Dice counts as 0 and the distances are left out.
    """

    patient: str
    case: str
    label: int
    raters: tuple[str, str]
    drawn: bool
    values: Mapping[str, float]
    volumes_ml: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class GradedVertebra:
    """The grades that several raters gave one vertebra; nobody's answer is left out."""

    patient: str
    grades: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bland-Altman: mean difference in ml with its interval, and the limits of agreement."""

    bias: Estimate
    lower: float
    upper: float
    pairs: int


@dataclass(frozen=True, slots=True)
class PooledGrades:
    """Chance-corrected agreement of all raters (``kappa``: quadratic, of each two who share vertebrae)."""

    vertebrae: int
    patients: int
    differing: int
    fleiss: Estimate
    alpha: Estimate
    ac2: Estimate
    kappa: dict[tuple[str, str], tuple[int, Estimate]]


def mean_by_patient(
    values: Sequence[float],
    patients: Sequence[str],
    *,
    samples: int = MEAN_SAMPLES,
    seed: int = 0,
    shares: Draws | None = None,
) -> Estimate:
    """Mean with its percentile interval (95 %) over resampled patients; ``shares`` draws them."""
    if not values:
        return Estimate(float("nan"), float("nan"), float("nan"))
    table = np.asarray(values, dtype=np.float64)
    mean = float(table.mean())
    _, patient = np.unique(np.asarray(patients), return_inverse=True)
    counts = np.bincount(patient).astype(np.float64)
    if counts.size < 2:
        return Estimate(mean, float("nan"), float("nan"))
    sums = np.bincount(patient, weights=table)
    drawn = (_few_shares if counts.size <= FEW else shares or _shares)(counts.size, samples, seed)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((drawn @ sums) / (drawn @ counts), [tail, 1 - tail])
    return Estimate(mean, float(low), float(high))


def _shares(patients: int, samples: int, seed: int) -> FloatArray:
    """How often each patient is drawn, samples x patients."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(patients, np.full(patients, 1 / patients), size=samples)
    return drawn.astype(np.float64)


_few_shares = lru_cache(maxsize=FEW)(_shares)


def means(measures: Iterable[PairMeasure], *, seed: int = 0) -> dict[str, Estimate]:
    """The mean of each of ``MEASURES`` over the pairs for which it is defined."""
    rows = list(measures)
    result = {}
    shares = lru_cache(maxsize=1)(_shares)  # most measures are of equally many patients
    for name in MEASURES:
        known = [row for row in rows if name in row.values]
        result[name] = mean_by_patient(
            [row.values[name] for row in known], [row.patient for row in known], seed=seed, shares=shares
        )
    return result


def volume_limits(measures: Iterable[PairMeasure], *, seed: int = 0) -> Limits:
    """How far volumes of one vertebra by two raters differ (first less second), in ml."""
    rows = [(row.volumes_ml, row.patient) for row in measures if row.volumes_ml is not None]
    differences = [a - b for (a, b), _ in rows]
    bias = mean_by_patient(differences, [patient for _, patient in rows], seed=seed)
    spread = NORMAL_95 * float(np.std(differences, ddof=1)) if len(differences) > 1 else float("nan")
    return Limits(bias, bias.value - spread, bias.value + spread, len(rows))


def pool_grades(
    vertebrae: Sequence[GradedVertebra], *, samples: int = GRADE_SAMPLES, seed: int = 0
) -> PooledGrades:
    """All measures over all vertebrae that at least two raters graded.

    Who the raters are matters for kappa only. The other measures ask how many gave which grade, so raters may
    change from case to case; Fleiss' kappa takes the vertebrae with the most common number of raters.
    """
    rows = [(v.patient, {r: g for r, g in v.grades.items() if g is not None}) for v in vertebrae]
    rows = [(patient, given) for patient, given in rows if len(given) > 1]
    patients = [patient for patient, _ in rows]
    counts = counts_of(_as_table([list(given.values()) for _, given in rows]))
    sizes = [len(given) for _, given in rows]
    usual = max(set(sizes), key=sizes.count) if sizes else 0
    whole = [place for place, size in enumerate(sizes) if size == usual]

    def estimate(made: Rows, statistic: SizedStatistic, places: Sequence[int]) -> Estimate:
        if not places:
            return Estimate(float("nan"), float("nan"), float("nan"))
        sums = by_patient(made(counts[list(places)]), [patients[place] for place in places])
        return resampled(statistic, sums, samples=samples, seed=seed)

    every = range(len(rows))
    return PooledGrades(
        vertebrae=len(rows),
        patients=len(set(patients)),
        differing=sum(1 for _, given in rows if len(set(given.values())) > 1),
        fleiss=estimate(fleiss_rows, fleiss_of, whole),
        alpha=estimate(alpha_rows, alpha_of, every),
        ac2=estimate(ac2_rows, ac2_of, every),
        kappa=_kappas(rows, samples=samples, seed=seed),
    )


def _as_table(answers: Sequence[Sequence[int]]) -> FloatArray:
    """Answers left-aligned, the rest nan."""
    width = max((len(row) for row in answers), default=2)
    table = np.full((len(answers), width), np.nan)
    for place, row in enumerate(answers):
        table[place, : len(row)] = row
    return table


def _kappas(
    rows: Sequence[tuple[str, Mapping[str, int]]], *, samples: int, seed: int
) -> dict[tuple[str, str], tuple[int, Estimate]]:
    shared: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for patient, given in rows:
        for a, b in combinations(sorted(given), 2):
            shared.setdefault((a, b), []).append((patient, given[a], given[b]))
    return {
        pair: (
            len(found),
            resampled(
                kappa_of,
                by_patient(
                    kappa_rows(np.array([(a, b) for _, a, b in found])), [patient for patient, _, _ in found]
                ),
                samples=samples,
                seed=seed,
            ),
        )
        for pair, found in shared.items()
    }
