"""Table 1 of the VerSe 2019 paper, its figures' counts, and its tests, for any set of series.

Units of the rows follow the paper as far as its sums tell: series and vertebrae are counted as they are; age,
sex, BMD, contrast and scanner are per patient, from the patient's first series. A test names its variant,
because the paper's conclusion for sex holds under one variant and not under the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from backend.science.agreement.pair import number
from backend.science.bmd import NORMAL_ABOVE, OSTEOPOROSIS_BELOW, category_of
from backend.science.labels import ANATOMICAL_ORDER, BY_LABEL, name_of

FloatArray = NDArray[np.float64]
Variant = Literal["pearson", "yates", "fisher", "permutation"]

# Under this expected count Pearson's approximation is not trusted (Cochran's rule, strictly).
SMALLEST_EXPECTED = 5.0
PERMUTATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One fully visible, masked vertebra. ``grade`` is None where it is not graded."""

    label: int
    grade: int | None = None
    fracture_type: str = ""
    foreign_material: str = "none"


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One image series with its patient's data; unknown values are None or ""."""

    patient: str
    vertebrae: tuple[Vertebra, ...] = ()
    sex: str = ""
    age_years: float | None = None
    bmd_mg_cm3: float | None = None
    contrast: str = ""
    scanner: str = ""


@dataclass(frozen=True, slots=True)
class MeanSd:
    """Mean and sample standard deviation of n values; nan where undefined."""

    mean: float
    sd: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> MeanSd:
        """From the values that are known; the deviation of a sample (n - 1), nan for fewer than two."""
        known = np.array([value for value in values if value is not None], dtype=np.float64)
        mean = float(known.mean()) if known.size else float("nan")
        return cls(mean, float(known.std(ddof=1)) if known.size > 1 else float("nan"), int(known.size))

    def to_json(self) -> dict[str, float | int | None]:
        """For JSON; nan becomes null."""
        return {"mean": number(self.mean), "sd": number(self.sd), "n": self.n}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of Table 1: a split, or all."""

    scans: int
    patients: int
    vertebrae: int
    regions: dict[str, int]
    fractures: int
    grades: dict[int, int]
    foreign_material: int
    women: int
    sex_unknown: int
    age_years: MeanSd
    bmd_mg_cm3: MeanSd
    contrast: dict[str, int]
    scanners: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """For JSON: one column of the table of participants."""
        value: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        value["grades"] = {str(grade): count for grade, count in self.grades.items()}
        value["age_years"], value["bmd_mg_cm3"] = self.age_years.to_json(), self.bmd_mg_cm3.to_json()
        return value


def table_column(series: Sequence[SeriesRecord]) -> TableColumn:
    """Count one column of Table 1. Fractures are thoracic and lumbar vertebrae of grade 1 to 3."""
    vertebrae = [vertebra for record in series for vertebra in record.vertebrae]
    graded = [v.grade for v in vertebrae if v.grade and BY_LABEL[v.label].thoracolumbar]
    patients = first_series(series)
    regions = Counter(BY_LABEL[v.label].region for v in vertebrae)
    return TableColumn(
        scans=len(series),
        patients=len(patients),
        vertebrae=len(vertebrae),
        regions={region: regions[region] for region in ("cervical", "thoracic", "lumbar")},
        fractures=len(graded),
        grades={grade: graded.count(grade) for grade in (1, 2, 3)},
        foreign_material=sum(1 for v in vertebrae if v.foreign_material not in ("", "none")),
        women=sum(1 for p in patients if p.sex.upper() == "F"),
        sex_unknown=sum(1 for p in patients if p.sex.upper() not in ("F", "M")),
        age_years=MeanSd.of(p.age_years for p in patients),
        bmd_mg_cm3=MeanSd.of(p.bmd_mg_cm3 for p in patients),
        contrast=_counted(p.contrast for p in patients),
        scanners=_counted(p.scanner for p in patients),
    )


def first_series(series: Sequence[SeriesRecord]) -> list[SeriesRecord]:
    """Each patient once: the first series, unknown values filled from later ones."""
    merged: dict[str, SeriesRecord] = {}
    for record in series:
        known = merged.get(record.patient)
        if known is None:
            merged[record.patient] = record
            continue
        merged[record.patient] = SeriesRecord(
            patient=known.patient,
            vertebrae=known.vertebrae,
            sex=known.sex or record.sex,
            age_years=record.age_years if known.age_years is None else known.age_years,
            bmd_mg_cm3=record.bmd_mg_cm3 if known.bmd_mg_cm3 is None else known.bmd_mg_cm3,
            contrast=known.contrast or record.contrast,
            scanner=known.scanner or record.scanner,
        )
    return list(merged.values())


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(value or "unknown" for value in values)
    return {value: counts[value] for value in sorted(counts)}


# Tests


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test with the variant that was used and, for tables, the smallest expected count."""

    __test__ = False

    name: str
    variant: str
    statistic: float
    p: float
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """For JSON: the test, its variant, statistic and p; nan becomes null."""
        return {
            "name": self.name,
            "variant": self.variant,
            "statistic": number(self.statistic),
            "p": number(self.p),
            "note": self.note,
        }


def t_test(first: MeanSd, second: MeanSd, *, name: str = "", welch: bool = False) -> TestResult:
    """Independent two-sample t-test from means, sample SDs and sizes; equal variances unless ``welch``."""
    variant = "welch" if welch else "student, equal variances"
    if first.n < 2 or second.n < 2:
        return TestResult(name, variant, float("nan"), float("nan"), "too few values")
    found = scipy.stats.ttest_ind_from_stats(
        first.mean, first.sd, first.n, second.mean, second.sd, second.n, equal_var=not welch
    )
    return TestResult(name, variant, float(found.statistic), float(found.pvalue))


def contingency_test(
    table: ArrayLike, *, name: str = "", variant: Variant | None = None, seed: int = 0
) -> TestResult:
    """Test of a table of counts, groups in rows.

    Without a ``variant``: Pearson's chi-squared; where an expected count is under 5, Fisher's exact test for
    2 x 2 and a permutation test of the chi-squared statistic otherwise. ``yates`` is Pearson with continuity
    correction (2 x 2). Rows and columns without any count are left out.
    """
    counts = np.asarray(table, dtype=np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if counts.shape[0] < 2 or counts.shape[1] < 2:
        return TestResult(name, variant or "none", float("nan"), float("nan"), "nothing to compare")
    two_by_two = counts.shape == (2, 2)
    expected = scipy.stats.contingency.expected_freq(counts)
    smallest = float(expected.min())
    chosen = variant or _variant_for(two_by_two, smallest)
    note = f"smallest expected count {smallest:.1f}"
    if chosen in ("fisher", "yates") and not two_by_two:
        raise ValueError(f"{chosen} is for tables of two by two")
    if chosen == "fisher":
        odds, p = scipy.stats.fisher_exact(counts)
        return TestResult(name, "Fisher's exact", float(odds), float(p), note)
    if chosen == "permutation":
        statistic, p = _permutation(counts, expected, seed)
        return TestResult(name, f"permutation of chi-squared ({PERMUTATIONS})", statistic, p, note)
    found = scipy.stats.chi2_contingency(counts, correction=chosen == "yates")
    label = "chi-squared, Yates' correction" if chosen == "yates" else "Pearson's chi-squared, uncorrected"
    return TestResult(name, label, float(found.statistic), float(found.pvalue), note)


def _variant_for(two_by_two: bool, smallest: float) -> Variant:
    if smallest >= SMALLEST_EXPECTED:
        return "pearson"
    return "fisher" if two_by_two else "permutation"


def _permutation(counts: NDArray[np.int64], expected: FloatArray, seed: int) -> tuple[float, float]:
    """Share of random tables with the same margins that are at least as far from expectation."""
    observed = float(((counts - expected) ** 2 / expected).sum())
    drawn = scipy.stats.random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(
        PERMUTATIONS, random_state=np.random.default_rng(seed)
    )
    values = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    return observed, float((np.sum(values >= observed - 1e-9) + 1) / (PERMUTATIONS + 1))


def compare_splits(first: TableColumn, second: TableColumn) -> list[TestResult]:
    """The paper's tests between two columns: age and BMD, sex, contrast, scanner; sex under every variant."""
    sexes = [
        [column.women, column.patients - column.women - column.sex_unknown] for column in (first, second)
    ]
    results = [
        t_test(first.age_years, second.age_years, name="age"),
        t_test(first.bmd_mg_cm3, second.bmd_mg_cm3, name="bmd"),
        contingency_test(sexes, name="sex", variant="pearson"),
        contingency_test(sexes, name="sex", variant="yates"),
        contingency_test(sexes, name="sex", variant="fisher"),
    ]
    for name, one, two in (
        ("contrast", first.contrast, second.contrast),
        ("scanner", first.scanners, second.scanners),
    ):
        kinds = sorted((one.keys() | two.keys()) - {"unknown"})
        table = [[column.get(kind, 0) for kind in kinds] for column in (one, two)]
        results.append(contingency_test(table, name=name, variant="pearson"))
        if len(kinds) > 1 and (chosen := contingency_test(table, name=name)).variant != "pearson":
            results.append(chosen)
    return results


# Figures


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts behind the paper's figures E1 to E4, each in the order in which it is drawn.

    Vertebrae per level, fractured vertebrae per level, fracture type by grade, patients by decade of age and
    by class of BMD.
    """

    vertebrae: dict[str, int]
    fractured: dict[str, int]
    types: dict[str, dict[int, int]]
    decades: dict[str, int]
    bmd_classes: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For JSON: the counts that the plots show."""
        return {
            "vertebrae": self.vertebrae,
            "fractured": self.fractured,
            "types": {kind: {str(g): n for g, n in row.items()} for kind, row in self.types.items()},
            "decades": self.decades,
            "bmd_classes": self.bmd_classes,
        }


def figures(series: Sequence[SeriesRecord]) -> Figures:
    """Count what the figures show."""
    vertebrae = [v for record in series for v in record.vertebrae]
    present = Counter(v.label for v in vertebrae)
    fractured = [v for v in vertebrae if v.grade and BY_LABEL[v.label].thoracolumbar]
    broken = Counter(v.label for v in fractured)
    patients = first_series(series)
    kinds = ["wedge", "biconcave", "crush"]
    kinds += sorted({v.fracture_type or "unknown" for v in fractured} - set(kinds))
    return Figures(
        vertebrae={name_of(label): present[label] for label in ANATOMICAL_ORDER if present[label]},
        fractured={name_of(label): broken[label] for label in ANATOMICAL_ORDER if present[label]},
        types={
            kind: {
                grade: sum(
                    1 for v in fractured if (v.fracture_type or "unknown") == kind and v.grade == grade
                )
                for grade in (1, 2, 3)
            }
            for kind in kinds
        },
        decades=_decades([p.age_years for p in patients if p.age_years is not None]),
        bmd_classes=_bmd_classes([p.bmd_mg_cm3 for p in patients if p.bmd_mg_cm3 is not None]),
    )


def _decades(ages: Sequence[float]) -> dict[str, int]:
    if not ages:
        return {}
    low, high = int(min(ages) // 10) * 10, int(max(ages) // 10) * 10 + 10
    edges = list(range(low, high + 1, 10))
    return {f"{a}-{b - 1}": sum(1 for age in ages if a <= age < b) for a, b in pairwise(edges)}


def _bmd_classes(values: Sequence[float]) -> dict[str, int]:
    counts: Mapping[str, int] = Counter(category_of(value) for value in values)
    low, high = f"{OSTEOPOROSIS_BELOW:g}", f"{NORMAL_ABOVE:g}"
    return {
        f"<{low}": counts.get("osteoporosis", 0),
        f"{low}-{high}": counts.get("low", 0),
        f">{high}": counts.get("normal", 0),
    }
