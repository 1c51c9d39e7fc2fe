"""Which labelled cases there are to train and measure on, and how patients are split between the two.

Cases and releases live in higher layers, which register what they have to offer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.common.errors import Invalid
from backend.projects.models import Project

VALIDATION_SHARE = 0.2


class UnknownSource(Invalid):
    code = "unknown_training_source"
    message = "There is no such source of training cases."


@dataclass(frozen=True, slots=True)
class TrainingCase:
    """A case whose mask was accepted. ``mask_id`` is the mask version, never the case's latest."""

    case_id: UUID
    patient: str
    volume_id: UUID
    mask_id: UUID

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.case_id),
            "patient": self.patient,
            "volume": str(self.volume_id),
            "mask": str(self.mask_id),
        }


@dataclass(frozen=True, slots=True)
class UndrawnCase:
    """A case that nobody has drawn yet."""

    case_id: UUID
    patient: str
    volume_id: UUID

    def to_json(self) -> dict[str, Any]:
        return {"id": str(self.case_id), "patient": self.patient, "volume": str(self.volume_id), "mask": ""}


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A set of cases that a person can choose: all accepted ones, or those of one release."""

    kind: str
    reference: str
    title: str
    cases: int


Cases = Callable[[Project, str], Sequence[TrainingCase]]
Choices = Callable[[Project], Sequence[SourceChoice]]
_sources: dict[str, tuple[Cases, Choices]] = {}
Undrawn = Callable[[Project], Sequence[UndrawnCase]]
Barred = Callable[[Project], set[str]]
_undrawn: list[Undrawn] = []
_barred: list[Barred] = []
MOST_UNDRAWN = 100


def register_training_source(kind: str, cases: Cases, choices: Choices) -> None:
    """Let a higher layer offer ``cases(project, reference)``, and ``choices(project)`` to pick from."""
    _sources[kind] = (cases, choices)


def register_undrawn_cases(cases: Undrawn) -> None:
    """Let a higher layer offer cases that nobody has drawn."""
    if cases not in _undrawn:
        _undrawn.append(cases)


def register_barred_patients(patients: Barred) -> None:
    """Let a higher layer name patients (pseudonyms) whose undrawn cases no network may learn from."""
    if patients not in _barred:
        _barred.append(patients)


def undrawn_cases(project: Project, apart: Iterable[str] = ()) -> list[UndrawnCase]:
    """Cases that a network may draw by itself and learn from, by patient.

    Never of a patient who is, or once accepted would be, of the validation set, nor of one who is barred:
    of a test part, or whose cases measure raters. ``apart`` names more patients to leave out.
    """
    barred = set(apart).union(*(patients(project) for patients in _barred))
    found = [
        case
        for cases in _undrawn
        for case in cases(project)
        if case.patient not in barred and _place(project, case.patient) >= VALIDATION_SHARE
    ]
    return sorted(found, key=lambda case: (case.patient, str(case.case_id)))[:MOST_UNDRAWN]


def training_choices(project: Project) -> list[SourceChoice]:
    """Every set of cases that the project could train on."""
    return [choice for _, choices in _sources.values() for choice in choices(project)]


def training_cases(project: Project, kind: str, reference: str = "") -> list[TrainingCase]:
    """The cases of one source, by patient. Raises `UnknownSource`."""
    if kind not in _sources:
        raise UnknownSource
    cases = _sources[kind][0](project, reference)
    return sorted(cases, key=lambda case: (case.patient, str(case.case_id)))


def _place(project: Project, patient: str) -> float:
    """Where a patient falls between 0 and 1: the same always, and nobody's choice."""
    digest = hashlib.sha256(f"{project.pseudonym_secret}:validation:{patient}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def split(project: Project, cases: Iterable[TrainingCase]) -> tuple[list[TrainingCase], list[TrainingCase]]:
    """To train on, and to validate on. No patient is in both.

    A patient belongs to the validation set by a hash of the pseudonym, so that the set stays the same from
    one training to the next. Where the hash puts nobody there, the one nearest to it goes.
    """
    listed = list(cases)
    patients = sorted({case.patient for case in listed}, key=lambda patient: _place(project, patient))
    held = {patient for patient in patients if _place(project, patient) < VALIDATION_SHARE}
    if not held and len(patients) > 1:
        held = {patients[0]}
    if held == set(patients) and len(patients) > 1:
        held = set(patients[:-1])
    if len(patients) == 1:
        held = set()
    train = [case for case in listed if case.patient not in held]
    return train, [case for case in listed if case.patient in held]
