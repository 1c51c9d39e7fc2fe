"""The release's Table 1 and tests held against the recipe's, which at full size is the paper's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backend.replay.recipe import Recipe, column_of
from backend.replay.table import SPLITS, Column, expected_p
from backend.science.statistics import MeanSd, TestResult, contingency_test, t_test

AGE_OFF = 0.1  # years: as printed
BMD_OFF = 5.0  # mg/cm3: what measuring in a CT may differ from what was painted
P_OFF = {"age": 0.02, "bmd": 0.05}
COUNT_P_OFF = 0.006  # of tests on counts: they are the same counts
PAIRS = (("training", "test"), ("training", "validation"))


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what was asked for, what the release tells, and whether that is the same."""

    group: str
    name: str
    wanted: str
    found: str
    ok: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def table_lines(recipe: Recipe, statistics: Mapping[str, Any]) -> list[Line]:
    """Each count of each split."""
    cells = {
        row["name"]: dict(zip(statistics["columns"], row["cells"], strict=True)) for row in statistics["rows"]
    }
    return [line for split in SPLITS for line in _column(split, column_of(recipe.of(split)), cells)]


def _column(split: str, wanted: Column, cells: Mapping[str, Mapping[str, str]]) -> Iterator[Line]:
    for name, count in _counts(wanted).items():
        found = cells.get(name, {}).get(split, "0")
        yield Line(split, name, str(count), found, found == str(count))
    for name, (mean, sd), off in (
        ("Age in years, mean (SD)", wanted.age_years, AGE_OFF),
        ("Bone density in mg/cm³, mean (SD)", wanted.bmd_mg_cm3, BMD_OFF),
    ):
        found = cells.get(name, {}).get(split, "n/a")
        told = mean_sd(found)
        near = told is not None and abs(told.mean - mean) <= off and abs(told.sd - sd) <= off
        all_known = told is not None and told.n == wanted.patients
        yield Line(split, name, f"{mean:.1f} ({sd:.1f}), n = {wanted.patients}", found, near and all_known)


def _counts(wanted: Column) -> dict[str, int]:
    return {
        "CT series": wanted.scans,
        "Vertebrae": wanted.vertebrae,
        **{f"Vertebrae, {region}": n for region, n in wanted.regions.items()},
        "Fractured vertebrae": wanted.fractures,
        **{f"Fractures of grade {grade}": n for grade, n in wanted.grades.items()},
        "Foreign material": wanted.foreign_material,
        "Patients": wanted.patients,
        "Women": wanted.women,
        "Sex not known": 0,
        **{f"Contrast: {phase}": n for phase, n in wanted.contrast.items()},
        **{f"Scanner: {scanner}": n for scanner, n in wanted.scanners.items()},
    }


def mean_sd(cell: str) -> MeanSd | None:
    """Read "65.7 (15.5), n = 67" as the table writes it; None for anything else."""
    found = re.fullmatch(r"(-?[\d.]+) \((-?[\d.]+|n/a)\), n = (\d+)", cell)
    if found is None:
        return None
    mean, sd, n = found.groups()
    return MeanSd(float(mean), float("nan") if sd == "n/a" else float(sd), int(n))


def p_lines(recipe: Recipe, statistics: Mapping[str, Any]) -> list[Line]:
    """Each test between splits: Pearson's for counts, Student's for means."""
    found = {
        (test["groups"], test["name"]): test["p"]
        for test in statistics["tests"]
        if test["variant"].startswith(("Pearson", "student", "none"))
    }
    printed = expected_p() if recipe.share == 1 else {}
    lines = []
    for first, second in PAIRS:
        groups = f"{first}, {second}"
        wanted = recipe_p(column_of(recipe.of(first)), column_of(recipe.of(second)))
        for name, result in wanted.items():
            p = printed.get(groups, {}).get(name, result.p)
            told = found.get((groups, name))
            lines.append(Line(groups, name, _p(p), _p(told), _same(p, told, P_OFF.get(name, COUNT_P_OFF))))
    return lines


def _p(value: float | None) -> str:
    return "n/a" if value is None or value != value else f"{value:.3f}"


def _same(wanted: float, found: float | None, off: float) -> bool:
    if found is None or wanted != wanted:
        return found is None and wanted != wanted
    return abs(wanted - found) <= off


def recipe_p(first: Column, second: Column) -> dict[str, TestResult]:
    """The tests of the paper between two columns of the recipe."""
    columns = (first, second)
    return {
        "age": t_test(*(MeanSd(*column.age_years, column.patients) for column in columns)),
        "bmd": t_test(*(MeanSd(*column.bmd_mg_cm3, column.patients) for column in columns)),
        "sex": contingency_test([[c.women, c.patients - c.women] for c in columns], variant="pearson"),
        **{
            name: contingency_test(
                [[getattr(c, field).get(kind, 0) for kind in _kinds(columns, field)] for c in columns],
                variant="pearson",
            )
            for name, field in (("contrast", "contrast"), ("scanner", "scanners"))
        },
    }


def _kinds(columns: tuple[Column, Column], field: str) -> list[str]:
    return sorted({kind for column in columns for kind in getattr(column, field)})
