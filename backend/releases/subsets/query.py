"""What a subset asks for, and the facts of released cases that it is held against.

Facts come from the tables of the release as they were frozen, and only from those that the reader may have
now: of a sealed part nothing is found, counted or offered as a choice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from backend.common.models import Blob
from backend.common.storage import read_blob
from backend.releases.models import ReleaseFile
from backend.science.labels import LEVELS

CASES, GRADINGS, DENSITY, PEOPLE = "cases.csv", "gradings.csv", "bone_density.csv", "participants.tsv"
NOT_KNOWN = frozenset({"", "NA", "n/a"})


@dataclass(frozen=True)
class Query:
    """Each that is said narrows the cases; ``levels`` are all to be in the mask."""

    levels: tuple[str, ...] = ()
    fracture_from: int | None = None  # the worst Genant grade in the case, at the least
    contrast: str = ""
    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    subjects: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) not in ((), "", None) for field in fields(self))

    def said(self) -> dict[str, str]:
        """What is asked, in the order of the fields; lists are in order, so that one query has one form."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: ",".join(value) if isinstance(value, tuple) else str(value)
            for name, value in told.items()
            if value not in ((), "", None)
        }

    def address(self) -> str:
        """The same as a query string."""
        return urlencode(self.said())


@dataclass(frozen=True)
class Facts:
    """A released case as its tables tell it; None is not known, and fits no query for it."""

    subject: str
    series: str
    split: str
    folder: str  # with its slash; "" where the tables lie in the archive's root
    stem: str  # of its files' names
    levels: frozenset[str]
    worst_grade: int | None
    contrast: str | None
    sex: str | None
    age: int | None

    def fits(self, query: Query) -> bool:
        """Whether the case is one of those that are asked for."""
        return (
            self.levels.issuperset(query.levels)
            and (not query.subjects or self.subject in query.subjects)
            and (not query.contrast or self.contrast == query.contrast)
            and (not query.sex or self.sex == query.sex)
            and _at_least(self.worst_grade, query.fracture_from)
            and _at_least(self.age, query.age_from)
            and (query.age_to is None or (self.age is not None and self.age <= query.age_to))
        )

    @property
    def folders(self) -> tuple[str, ...]:
        """Where its files lie, with those of the patient's other series."""
        return tuple(f"{self.folder}{kind}/{self.subject}" for kind in ("rawdata", "derivatives"))

    def owns(self, path: str) -> bool:
        """Whether a file of the release is the case's."""
        return path.startswith(tuple(f"{folder}/{self.stem}_" for folder in self.folders))


def _at_least(value: int | None, least: int | None) -> bool:
    return least is None or (value is not None and value >= least)


def facts_of(files: Sequence[ReleaseFile]) -> list[Facts]:
    """The cases of which the tables are among ``files``, in the order of the tables."""
    people = {row["participant_id"]: row for row in _rows_of(files, PEOPLE, "\t")}
    found: list[Facts] = []
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if name == CASES:
            found += _of_folder(files, f"{folder}/" if folder else "", file, people)
    return found


def _of_folder(
    files: Sequence[ReleaseFile], folder: str, cases: ReleaseFile, people: Mapping[str, dict[str, str]]
) -> Iterable[Facts]:
    grades: dict[tuple[str, str], int] = {}
    for row in _rows_of(files, f"{folder}{GRADINGS}"):
        if row["fx_grade"] not in NOT_KNOWN:
            key = (row["subject"], row["series"])
            grades[key] = max(grades.get(key, 0), int(row["fx_grade"]))
    contrast = {
        (row["subject"], row["series"]): row["contrast"] for row in _rows_of(files, f"{folder}{DENSITY}")
    }
    for row in _lines(cases):
        key = (row["subject"], row["series"])
        person = people.get(row["subject"], {})
        yield Facts(
            subject=row["subject"],
            series=row["series"],
            split=cases.split,
            folder=folder,
            stem=row["ct"].rpartition("/")[2].removesuffix("_ct.nii.gz"),
            levels=frozenset(_known(row.get("levels")).split()),
            worst_grade=grades.get(key),
            contrast=_known(contrast.get(key)) or None,
            sex=_known(person.get("sex")) or None,
            age=_number(person.get("age")),
        )


def _rows_of(files: Sequence[ReleaseFile], path: str, delimiter: str = ",") -> Iterable[dict[str, str]]:
    for file in files:
        if file.path == path:
            yield from _lines(file, delimiter)


def _lines(file: ReleaseFile, delimiter: str = ",") -> Iterable[dict[str, str]]:
    return csv.DictReader(io.StringIO(read_blob(Blob(sha256=file.blob_id)).decode()), delimiter=delimiter)


def _known(value: str | None) -> str:
    return "" if value is None or value in NOT_KNOWN else value


def _number(value: str | None) -> int | None:
    """A whole number of years; what stands for a range at its end, such as 90+, counts as its least."""
    text = _known(value).rstrip("+")
    return int(float(text)) if text.replace(".", "", 1).isdigit() else None


def choices_of(facts: Sequence[Facts]) -> dict[str, Any]:
    """What can be asked for, so that it finds something: of cases that the reader may know of."""
    ages = [one.age for one in facts if one.age is not None]
    grades = [one.worst_grade for one in facts if one.worst_grade is not None]
    return {
        "levels": [level.name for level in LEVELS if any(level.name in one.levels for one in facts)],
        "worst_grade": max(grades, default=None),
        "contrasts": sorted({one.contrast for one in facts if one.contrast}),
        "sexes": sorted({one.sex for one in facts if one.sex}),
        "age_from": min(ages, default=None),
        "age_to": max(ages, default=None),
    }
