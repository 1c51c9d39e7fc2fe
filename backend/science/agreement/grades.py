"""Agreement of ordinal grades, and of measured values, between raters.

Ratings are an items x raters array; a missing rating is nan. An item is a vertebra, and the vertebrae of one
patient are not independent, so confidence intervals resample patients. Statistics without a defined value
(nothing rated twice, no variation at all where the formula divides by it) are nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.science.agreement.pair import number

FloatArray = NDArray[np.float64]
Weights = Literal["quadratic", "linear", "identity"]
Statistic = Callable[[FloatArray], float]

GENANT_GRADES = (0, 1, 2, 3)
BOOTSTRAP_SAMPLES = 1000
CONFIDENCE = 0.95


def agreement_weights(categories: int, kind: Weights) -> FloatArray:
    """How much two grades agree: 1 on the diagonal, falling with their distance, 0 between the extremes."""
    grades = np.arange(categories, dtype=np.float64)
    distance = np.abs(grades[:, None] - grades[None, :]) / max(categories - 1, 1)
    if kind == "quadratic":
        return np.asarray(1 - distance**2)
    if kind == "linear":
        return np.asarray(1 - distance)
    return np.eye(categories)


def cohen_kappa(
    first: ArrayLike,
    second: ArrayLike,
    *,
    categories: Sequence[int] = GENANT_GRADES,
    weights: Weights = "quadratic",
) -> float:
    """Cohen's (weighted) kappa of two raters over the items both rated.

    Cohen, Psychol Bull 1968;70:213. nan when both gave one and the same grade throughout.
    """
    a, b = _codes(first, categories), _codes(second, categories)
    both = ~(np.isnan(a) | np.isnan(b))
    if not both.any():
        return float("nan")
    table = np.zeros((len(categories), len(categories)))
    np.add.at(table, (a[both].astype(int), b[both].astype(int)), 1.0)
    table /= table.sum()
    agree = agreement_weights(len(categories), weights)
    expected = float((agree * np.outer(table.sum(axis=1), table.sum(axis=0))).sum())
    return _above_chance(float((agree * table).sum()), expected)


def fleiss_kappa(ratings: ArrayLike, *, categories: Sequence[int] = GENANT_GRADES) -> float:
    """Fleiss' kappa for any number of raters, grades taken as names.

    Fleiss, Psychol Bull 1971;76:378. Only items that all raters rated count.
    """
    counts = _category_counts(_complete(_codes(ratings, categories)), len(categories))
    if len(counts) == 0 or counts.sum(axis=1)[0] < 2:
        return float("nan")
    raters = counts.sum(axis=1)[0]
    observed = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    share = counts.sum(axis=0) / counts.sum()
    return _above_chance(float(observed.mean()), float((share**2).sum()))


def krippendorff_alpha(ratings: ArrayLike, *, categories: Sequence[int] = GENANT_GRADES) -> float:
    """Krippendorff's alpha with ordinal distances; ratings may be missing.

    Krippendorff, Content Analysis, 2004. nan when only one grade occurs.
    """
    counts = _category_counts(_codes(ratings, categories), len(categories))
    counts = counts[counts.sum(axis=1) >= 2]
    if len(counts) == 0:
        return float("nan")
    pairs = counts[:, :, None] * counts[:, None, :] - np.einsum("ik,kl->ikl", counts, np.eye(len(categories)))
    coincidence = (pairs / (counts.sum(axis=1) - 1)[:, None, None]).sum(axis=0)
    totals = coincidence.sum(axis=0)
    below = np.cumsum(totals) - totals / 2
    distance = (below[:, None] - below[None, :]) ** 2
    expected = float((np.outer(totals, totals) * distance).sum() / (totals.sum() - 1))
    return 1.0 - float((coincidence * distance).sum()) / expected if expected > 0 else float("nan")


def gwet_ac2(
    ratings: ArrayLike, *, categories: Sequence[int] = GENANT_GRADES, weights: Weights = "quadratic"
) -> float:
    """Gwet's AC2: weighted agreement that does not fall apart where nearly all vertebrae are normal.

    Gwet, Handbook of Inter-Rater Reliability, 2014. Ratings may be missing; ``identity`` weights give AC1.
    """
    counts = _category_counts(_codes(ratings, categories), len(categories))
    counts = counts[counts.sum(axis=1) > 0]
    raters = counts.sum(axis=1)
    twice = raters >= 2
    if not twice.any():
        return float("nan")
    agree = agreement_weights(len(categories), weights)
    weighted = counts @ agree
    observed = (counts * (weighted - 1))[twice].sum(axis=1) / (raters * (raters - 1))[twice]
    share = (counts / raters[:, None]).mean(axis=0)
    size = len(categories)
    expected = float(agree.sum() / (size * (size - 1)) * (share * (1 - share)).sum())
    return _above_chance(float(observed.mean()), expected)


def icc_2_1(values: ArrayLike) -> float:
    """ICC(2,1): absolute agreement of single measurements, raters taken as a random sample.

    Shrout and Fleiss, Psychol Bull 1979;86:420. Items that a rater did not measure are left out.
    """
    table = _complete(np.asarray(values, dtype=np.float64))
    items, raters = table.shape
    if items < 2 or raters < 2:
        return float("nan")
    mean = table.mean()
    rows = raters * ((table.mean(axis=1) - mean) ** 2).sum() / (items - 1)
    columns = items * ((table.mean(axis=0) - mean) ** 2).sum() / (raters - 1)
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + mean
    error = (residual**2).sum() / ((items - 1) * (raters - 1))
    below = rows + (raters - 1) * error + raters * (columns - error) / items
    return float((rows - error) / below) if below > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its confidence interval; nan where it is not defined."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """For JSON; nan becomes null."""
        return {"value": number(self.value), "low": number(self.low), "high": number(self.high)}


def bootstrap(
    statistic: Statistic,
    ratings: ArrayLike,
    patients: Sequence[object],
    *,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> Estimate:
    """A statistic with its percentile interval (95 %) over resampled patients, all their items together."""
    table = np.asarray(ratings, dtype=np.float64)
    if len(patients) != len(table):
        raise ValueError("one patient per item is needed")
    _, patient = np.unique([str(p) for p in patients], return_inverse=True)
    members = [np.flatnonzero(patient == p) for p in range(int(patient.max()) + 1 if len(patient) else 0)]
    value = statistic(table)
    if len(members) < 2:
        return Estimate(value, float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(samples):
        drawn = rng.integers(len(members), size=len(members))
        found.append(statistic(table[np.concatenate([members[p] for p in drawn])]))
    defined = np.array([one for one in found if np.isfinite(one)])
    if defined.size == 0:
        return Estimate(value, float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


@dataclass(frozen=True, slots=True)
class GradeAgreement:
    """All measures of agreement on one set of grades; ``kappa`` is quadratic, by pair of raters."""

    items: int
    patients: int
    raters: int
    kappa: dict[tuple[int, int], Estimate]
    fleiss: Estimate
    alpha: Estimate
    ac2: Estimate
    disagreeing: list[int]

    def to_json(self) -> dict[str, Any]:
        """For JSON: counts, and each coefficient with its interval."""
        return {
            "items": self.items,
            "patients": self.patients,
            "raters": self.raters,
            "kappa": [{"raters": list(pair), **value.to_json()} for pair, value in self.kappa.items()],
            "fleiss": self.fleiss.to_json(),
            "alpha": self.alpha.to_json(),
            "ac2": self.ac2.to_json(),
            "disagreeing": self.disagreeing,
        }


def compare_grades(
    ratings: ArrayLike,
    patients: Sequence[object],
    *,
    categories: Sequence[int] = GENANT_GRADES,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> GradeAgreement:
    """All measures, each with its interval; ``disagreeing`` are the items on which not all raters agree."""
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError("ratings must be items x raters")

    def estimate(statistic: Statistic) -> Estimate:
        return bootstrap(statistic, table, patients, samples=samples, seed=seed)

    def kappa_of(a: int, b: int) -> Statistic:
        return lambda t: cohen_kappa(t[:, a], t[:, b], categories=categories)

    return GradeAgreement(
        items=len(table),
        patients=len({str(patient) for patient in patients}),
        raters=table.shape[1],
        kappa={(a, b): estimate(kappa_of(a, b)) for a, b in combinations(range(table.shape[1]), 2)},
        fleiss=estimate(lambda t: fleiss_kappa(t, categories=categories)),
        alpha=estimate(lambda t: krippendorff_alpha(t, categories=categories)),
        ac2=estimate(lambda t: gwet_ac2(t, categories=categories)),
        disagreeing=tally_grades(table).disagreeing,
    )


@dataclass(frozen=True, slots=True)
class GradeTally:
    """Plain counts over all pairs of raters; they say something of a single case too.

    ``pairs`` are pairs of answers to one item, of which ``exact`` are alike and ``near`` at most one grade
    apart; ``disagreeing`` are the items on which not all answers are alike, ``incomplete`` those that not all
    raters answered.
    """

    pairs: int
    exact: int
    near: int
    disagreeing: list[int]
    incomplete: list[int]

    @property
    def exact_share(self) -> float:
        """Pairs of equal grades over all pairs; nan without a pair."""
        return self.exact / self.pairs if self.pairs else float("nan")

    @property
    def near_share(self) -> float:
        """Pairs at most one grade apart over all pairs; nan without a pair."""
        return self.near / self.pairs if self.pairs else float("nan")


def tally_grades(ratings: ArrayLike) -> GradeTally:
    """Count how alike the answers are; ``ratings`` are items x raters, nan where missing."""
    table = np.asarray(ratings, dtype=np.float64)
    apart = np.stack(
        [np.abs(table[:, a] - table[:, b]) for a, b in combinations(range(table.shape[1]), 2)]
        or [np.full(len(table), np.nan)]
    )
    return GradeTally(
        pairs=int(np.count_nonzero(~np.isnan(apart))),
        exact=int(np.count_nonzero(apart == 0)),
        near=int(np.count_nonzero(apart <= 1)),
        disagreeing=np.flatnonzero((apart > 0).any(axis=0)).tolist(),
        incomplete=np.flatnonzero(np.isnan(table).any(axis=1)).tolist(),
    )


def _codes(ratings: ArrayLike, categories: Sequence[int]) -> FloatArray:
    """Ratings as positions in the list of categories; ``ValueError`` for a grade that is not in it."""
    values = np.asarray(ratings, dtype=np.float64)
    codes = np.full(values.shape, np.nan)
    for code, category in enumerate(categories):
        codes[values == category] = code
    unknown = np.isnan(codes) & ~np.isnan(values)
    if unknown.any():
        raise ValueError(f"grade {values[unknown][0]:g} is not one of {list(categories)}")
    return codes


def _category_counts(codes: FloatArray, categories: int) -> FloatArray:
    return np.stack([(codes == code).sum(axis=1) for code in range(categories)], axis=1).astype(np.float64)


def _complete(table: FloatArray) -> FloatArray:
    return table[~np.isnan(table).any(axis=1)]


def _above_chance(observed: float, expected: float) -> float:
    return (observed - expected) / (1 - expected) if expected < 1 - 1e-12 else float("nan")
