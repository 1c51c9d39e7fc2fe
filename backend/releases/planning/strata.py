"""What a split spreads evenly: levels, fractures by grade, scanners, contrast, sex and age of patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.annotation.models import Case
from backend.progress.figures.selectors.statistics import counted
from backend.projects.models import Project
from backend.releases.splitting import SPLIT_ORDER
from backend.science.labels import BY_LABEL, name_of
from backend.science.statistics import SeriesRecord, first_series

KINDS = ("Series", "Level", "Fracture", "Sex", "Age", "Contrast", "Scanner")  # in the order that is shown
UNKNOWN = "not known"
SEXES = {"F": "women", "M": "men", "O": "other"}


@dataclass(frozen=True)
class Balance:
    """One trait in the splits: how much of it there is, and how much the shares ask for."""

    kind: str
    name: str
    total: float
    splits: Mapping[str, float]
    wanted: Mapping[str, float]


def records_by_patient(project: Project, cases: Sequence[Case]) -> dict[UUID, list[SeriesRecord]]:
    """The cases as Table 1 counts them, patient by patient."""
    masks = {case: case.accepted_mask for case in cases if case.accepted_mask is not None}
    patient_of = {case.pk: case.volume.series.patient_id for case in cases}
    found: dict[UUID, list[SeriesRecord]] = {}
    for case, one in counted(project, masks).items():
        found.setdefault(patient_of[case.pk], []).append(one.record)
    return found


def traits_of(patients: Sequence[Sequence[SeriesRecord]]) -> dict[str, float]:
    """What some patients have together: vertebrae are counted, patients' facts once for each."""
    found: Counter[str] = Counter()
    for records in patients:
        found["Series: all"] += len(records)
        for vertebra in (vertebra for record in records for vertebra in record.vertebrae):
            found[f"Level: {name_of(vertebra.label)}"] += 1
            if vertebra.grade and BY_LABEL[vertebra.label].thoracolumbar:
                found[f"Fracture: grade {vertebra.grade}"] += 1
        for patient in first_series(records):
            found[f"Sex: {SEXES.get(patient.sex.upper(), UNKNOWN)}"] += 1
            found[f"Age: {_decade(patient.age_years)}"] += 1
            found[f"Contrast: {patient.contrast or UNKNOWN}"] += 1
            found[f"Scanner: {patient.scanner or UNKNOWN}"] += 1
    return {name: float(amount) for name, amount in found.items()}


def _decade(age: float | None) -> str:
    """As the paper's figure groups them: below 30, by tens, 80 and over."""
    if age is None:
        return UNKNOWN
    if age < 30:
        return "under 30"
    if age >= 80:
        return "80 and over"
    start = int(age // 10) * 10
    return f"{start} to {start + 9}"


def balance(
    traits: Mapping[str, Mapping[str, float]], places: Mapping[str, str], shares: Mapping[str, float]
) -> list[Balance]:
    """Each trait in the splits, in the order of kinds; ``traits`` and ``places`` by the same keys."""
    held: dict[str, Counter[str]] = {split: Counter() for split in SPLIT_ORDER}
    for key, amounts in traits.items():
        held[places[key]].update(amounts)
    total: Counter[str] = Counter()
    for counter in held.values():
        total.update(counter)
    return [
        Balance(
            kind=name.partition(": ")[0],
            name=name.partition(": ")[2],
            total=total[name],
            splits={split: float(held[split][name]) for split in SPLIT_ORDER},
            wanted={split: round(shares.get(split, 0.0) * total[name], 3) for split in SPLIT_ORDER},
        )
        for name in sorted(total, key=_order)
    ]


def _order(trait: str) -> tuple[int, int, str]:
    kind, _, name = trait.partition(": ")
    levels = {level.name: level.order for level in BY_LABEL.values()}
    return KINDS.index(kind), levels.get(name, 0), name
