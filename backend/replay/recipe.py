"""The paper's data set patient by patient: who is scanned by what, which levels show, what is broken.

The counts are the table's; what the table leaves open is drawn from a seed. The same share and seed give the
same recipe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from backend.replay import figures, ranges
from backend.replay.ranges import Shown
from backend.replay.table import SPLITS, Column, paper, share_of

SEED = 2019
DENSITY_LEVELS = frozenset({19, 20, 21, 22, 23})  # T12 to L4
LEFT_FOR_DENSITY = 2  # of a patient's levels that are whole: density needs two
FRACTURED_SHARE = 0.645  # of patients: 91 of 141 (the paper's text)
HIGHEST_BROKEN = 10  # T3: fractures are painted from there down
KINDS = (("wedge", 0.6), ("biconcave", 0.25), ("crush", 0.15))  # wedges predominate
OFTEN = {14: 2.0, 15: 2.0, 18: 1.5, 19: 3.0, 20: 3.0, 21: 2.0}  # the mid-thoracic spine and its junction


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """One series: its levels from the head down, what is broken, and where foreign material lies."""

    number: int  # in the whole recipe, from 1
    labels: tuple[int, ...]
    fractures: Mapping[int, tuple[str, int]] = field(default_factory=dict)  # type and Genant grade
    material: Mapping[int, str] = field(default_factory=dict)  # screw_rod or pmma

    def grade(self, label: int) -> int:
        """Its true Genant grade."""
        return self.fractures[label][1] if label in self.fractures else 0


@dataclass(frozen=True, slots=True)
class PatientPlan:
    """One patient with what the headers of all of their series say."""

    number: int
    split: str
    sex: str
    age_years: int
    bmd_mg_cm3: float
    contrast: str
    scanner: str
    series: tuple[SeriesPlan, ...]

    @property
    def name(self) -> str:
        """As in the headers; on the site it becomes a pseudonym."""
        return f"replay{self.number:03d}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """All patients, split by split."""

    share: float
    seed: int
    patients: tuple[PatientPlan, ...]

    def of(self, split: str) -> list[PatientPlan]:
        return [patient for patient in self.patients if patient.split == split]

    def series(self) -> Iterator[tuple[PatientPlan, SeriesPlan]]:
        """Every series with its patient, in their order."""
        for patient in self.patients:
            for one in patient.series:
                yield patient, one


def make_recipe(share: float = 1.0, seed: int = SEED) -> Recipe:
    """The recipe of a share of the paper's table. Raises ``ValueError`` for a share that is none."""
    rng = np.random.default_rng(seed)
    patients: list[PatientPlan] = []
    series = 0
    for split in SPLITS:
        made = _split(split, share_of(paper()[split], share), rng, len(patients), series)
        patients += made
        series += sum(len(patient.series) for patient in made)
    return Recipe(share, seed, tuple(patients))


@dataclass(slots=True)
class _Draft:
    """A patient while fractures and material are dealt out."""

    shown: list[Shown]
    broken: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)  # by series and label
    material: dict[tuple[int, int], str] = field(default_factory=dict)

    def whole(self) -> set[int]:
        """Levels that density can rest on: a rod reaches into the bodies next to its screws."""
        spoilt = {label for _, label in self.broken}
        for (_, label), kind in self.material.items():
            spoilt |= reach(label) if kind == "screw_rod" else {label}
        return set(self.shown[0].labels) & DENSITY_LEVELS - spoilt

    def may_spoil(self, label: int) -> bool:
        return label not in DENSITY_LEVELS or len(self.whole()) > LEFT_FOR_DENSITY

    def may_screw(self, label: int) -> bool:
        whole = self.whole()
        return not whole & reach(label) or len(whole - reach(label)) >= LEFT_FOR_DENSITY


def reach(label: int) -> set[int]:
    """A screwed level and its neighbours."""
    return {label - 1, label, label + 1}


def _split(
    split: str, column: Column, rng: np.random.Generator, patients: int, series: int
) -> list[PatientPlan]:
    mains, stacks = ranges.ranges_of(column, rng)
    drafts = [_Draft([shown]) for shown in mains]
    short = [draft for draft in drafts if draft.shown[0].thoracic < ranges.THORACIC - ranges.STACK_THORACIC]
    for at, stack in enumerate(stacks):
        (short or drafts)[at % len(short or drafts)].shown.append(stack)
    _break(drafts, column, rng)
    _implant(drafts, column.foreign_material, rng)
    people = _people(column, rng)
    found: list[PatientPlan] = []
    for draft, person in zip(drafts, people, strict=True):
        plans = tuple(_plan(draft, at, series + at + 1) for at in range(len(draft.shown)))
        series += len(plans)
        found.append(
            PatientPlan(number=patients + len(found) + 1, split=split, series=plans, **person)  # type: ignore[arg-type]
        )
    return found


def _plan(draft: _Draft, at: int, number: int) -> SeriesPlan:
    return SeriesPlan(
        number=number,
        labels=draft.shown[at].labels,
        fractures={label: told for (where, label), told in sorted(draft.broken.items()) if where == at},
        material={label: kind for (where, label), kind in sorted(draft.material.items()) if where == at},
    )


def _break(drafts: list[_Draft], column: Column, rng: np.random.Generator) -> None:
    """Deal out the fractures: to most patients none or few, where the spine breaks most often."""
    grades = [grade for grade, n in column.grades.items() for _ in range(n)]
    rng.shuffle(grades)
    chosen = set(rng.permutation(len(drafts))[: max(1, round(FRACTURED_SHARE * len(drafts)))].tolist())
    rest = set(range(len(drafts))) - chosen
    places = [*_places(drafts, chosen, rng), *_places(drafts, rest, rng)]
    for grade in grades:
        at = next(n for n, (patient, _, label) in enumerate(places) if drafts[patient].may_spoil(label))
        patient, where, label = places.pop(at)
        kind = str(rng.choice([name for name, _ in KINDS], p=[share for _, share in KINDS]))
        drafts[patient].broken[where, label] = (kind, int(grade))


def _places(drafts: list[_Draft], patients: set[int], rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Patient, series and level of what may break, in the order in which it does."""
    found = [
        (patient, where, label)
        for patient in sorted(patients)
        for where, shown in enumerate(drafts[patient].shown)
        for label in shown.labels
        if label >= HIGHEST_BROKEN
    ]
    return sorted(found, key=lambda place: rng.exponential() / OFTEN.get(place[2], 1.0))


def _implant(drafts: list[_Draft], instances: int, rng: np.random.Generator) -> None:
    """Cement into broken bodies of grade 2 and 3, screws into neighbours that are whole."""
    left = instances
    for patient in rng.permutation(len(drafts)).tolist():
        draft = drafts[patient]
        cemented = [key for key, (_, grade) in draft.broken.items() if grade >= 2]
        screwed = [
            (0, label)
            for label in draft.shown[0].labels
            if label >= HIGHEST_BROKEN and (0, label) not in draft.broken
        ]
        fitting = cemented if cemented and rng.random() < 0.5 else screwed[-int(rng.integers(2, 5)) :]
        for key in fitting:
            if left and (key in draft.broken or draft.may_screw(key[1])):
                draft.material[key] = "pmma" if key in draft.broken else "screw_rod"
                left -= 1
        if not left:
            return


def _people(column: Column, rng: np.random.Generator) -> list[dict[str, object]]:
    """Sex, age, density, contrast and scanner; women are older, and bone is thinner with age."""
    n = column.patients
    female = np.zeros(n, bool)
    female[rng.permutation(n)[: column.women]] = True
    by_age = np.argsort(0.9 * female + rng.standard_normal(n))
    age = np.zeros(n, int)
    age[by_age] = figures.ages(n, *column.age_years, rng)
    strength = -(age - age.mean()) / (age.std() or 1) - 0.5 * female + 0.8 * rng.standard_normal(n)
    density = np.zeros(n)
    density[np.argsort(strength)] = figures.densities(n, *column.bmd_mg_cm3)
    contrast = _dealt(column.contrast, rng)
    scanners = _dealt(column.scanners, rng)
    return [
        {
            "sex": "F" if female[at] else "M",
            "age_years": int(age[at]),
            "bmd_mg_cm3": float(density[at]),
            "contrast": contrast[at],
            "scanner": scanners[at],
        }
        for at in range(n)
    ]


def _dealt(counts: Mapping[str, int], rng: np.random.Generator) -> list[str]:
    words = [word for word, n in counts.items() for _ in range(n)]
    return [words[at] for at in rng.permutation(len(words))]


def column_of(patients: list[PatientPlan]) -> Column:
    """What some patients count together: a column of the table, from the recipe."""
    series = [one for patient in patients for one in patient.series]
    labels = Counter(label for one in series for label in one.labels)
    grades = Counter(grade for one in series for _, grade in one.fractures.values())
    ages = np.array([patient.age_years for patient in patients], float)
    bmd = np.array([patient.bmd_mg_cm3 for patient in patients], float)
    return Column(
        scans=len(series),
        patients=len(patients),
        women=sum(patient.sex == "F" for patient in patients),
        regions={
            "cervical": sum(n for label, n in labels.items() if label < 8),
            "thoracic": sum(n for label, n in labels.items() if 8 <= label < 20),
            "lumbar": sum(n for label, n in labels.items() if label >= 20),
        },
        grades={grade: grades[grade] for grade in (1, 2, 3)},
        foreign_material=sum(len(one.material) for one in series),
        age_years=(float(ages.mean()), float(ages.std(ddof=1))),
        bmd_mg_cm3=(float(bmd.mean()), float(bmd.std(ddof=1))),
        contrast=dict(Counter(patient.contrast for patient in patients)),
        scanners=dict(Counter(patient.scanner for patient in patients)),
    )
