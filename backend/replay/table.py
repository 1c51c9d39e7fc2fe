"""Table 1 of the paper as data, whole or a share of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

PATH = Path(__file__).with_name("table1.json")
SPLITS = ("training", "validation", "test")
REGIONS = ("cervical", "thoracic", "lumbar")
Key = TypeVar("Key")
FEWEST_PATIENTS = 2  # of a split: a standard deviation needs two


@dataclass(frozen=True, slots=True)
class Column:
    """One split of the table. Contrast, scanners and women count patients; the rest counts vertebrae."""

    scans: int
    patients: int
    women: int
    regions: Mapping[str, int]
    grades: Mapping[int, int]
    foreign_material: int
    age_years: tuple[float, float]  # mean and standard deviation
    bmd_mg_cm3: tuple[float, float]
    contrast: Mapping[str, int]
    scanners: Mapping[str, int]

    @property
    def vertebrae(self) -> int:
        return sum(self.regions.values())

    @property
    def fractures(self) -> int:
        return sum(self.grades.values())


@cache
def _told() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return told


def source() -> str:
    """Where the numbers stand in print."""
    return str(_told()["source"])


def expected_p() -> dict[str, dict[str, float]]:
    """By pair of splits ("training, test") and test: the p-values that the table's own numbers give."""
    told = _told()["printed_p"]
    return {pair: dict(tests) for pair, tests in told.items() if pair != "note"}


def paper() -> dict[str, Column]:
    """The splits as printed."""
    return {split: _column(_told()["splits"][split]) for split in SPLITS}


def _column(told: Mapping[str, Any]) -> Column:
    return Column(
        scans=told["scans"],
        patients=told["patients"],
        women=told["women"],
        regions=dict(told["regions"]),
        grades={int(grade): n for grade, n in told["grades"].items()},
        foreign_material=told["foreign_material"],
        age_years=(told["age_years"]["mean"], told["age_years"]["sd"]),
        bmd_mg_cm3=(told["bmd_mg_cm3"]["mean"], told["bmd_mg_cm3"]["sd"]),
        contrast=dict(told["contrast"]),
        scanners=dict(told["scanners"]),
    )


def share_of(column: Column, share: float) -> Column:
    """A split with a share of everything; the whole is the column itself. Raises ``ValueError``."""
    if not 0 < share <= 1:
        raise ValueError("the share is more than 0 and at most 1")
    if share == 1:
        return column
    patients = max(FEWEST_PATIENTS, round(column.patients * share))
    return Column(
        scans=max(patients, round(column.scans * share)),
        patients=patients,
        women=round(column.women * patients / column.patients),
        regions=_apportioned(column.regions, max(5 * patients, round(column.vertebrae * share))),
        grades=_apportioned(column.grades, round(column.fractures * share)),
        foreign_material=round(column.foreign_material * share),
        age_years=column.age_years,
        bmd_mg_cm3=column.bmd_mg_cm3,
        contrast=_apportioned(column.contrast, patients),
        scanners=_apportioned(column.scanners, patients),
    )


def _apportioned(counts: Mapping[Key, int], total: int) -> dict[Key, int]:
    """The counts in the same proportions with another sum, by largest remainder."""
    whole = sum(counts.values())
    exact = {key: n * total / whole for key, n in counts.items()}
    found = {key: int(value) for key, value in exact.items()}
    behind = sorted(exact, key=lambda key: found[key] - exact[key])
    for key in behind[: total - sum(found.values())]:
        found[key] += 1
    return found
