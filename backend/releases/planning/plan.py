"""What a release would hold: which cases by the rules, and which patient in which split and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from django.utils import timezone

from backend.annotation.models import Case
from backend.imaging.models import Patient
from backend.projects.models import Project
from backend.releases.errors import OpensTooEarly, PlacesInvalid
from backend.releases.planning.earlier import Bound, Contradiction, Earlier, Stood, bound_by, earlier_places
from backend.releases.planning.rules import LeftOut, Rules, apply_rules, candidates, excluded
from backend.releases.planning.strata import Balance, balance, records_by_patient, traits_of
from backend.releases.splitting import SplitPatient, split_patients

Why = Literal["", "earlier", "hand"]


@dataclass(frozen=True)
class Asked:
    """What a plan is made from. ``by_hand``: patients' ids with the split that somebody chose for them."""

    project: Project
    rules: Rules
    fractions: Mapping[str, float]
    seed: int
    embargo_until: date | None = None
    by_hand: Mapping[str, str] = field(default_factory=dict)
    release_id: UUID | None = None  # the draft itself, which is no earlier version

    @property
    def sealed(self) -> bool:
        """Whether its test part would be secret now."""
        return self.embargo_until is not None and self.embargo_until > timezone.localdate()


@dataclass(frozen=True)
class Place:
    """A patient's split, who decided it, and of an earlier version which one."""

    patient: Patient
    split: str
    why: Why = ""
    version: str = ""


@dataclass(frozen=True)
class Plan:
    """Cases in the order of patients; ``places`` by patient."""

    cases: list[Case]
    left_out: list[LeftOut]
    places: dict[UUID, Place]
    balance: list[Balance]
    secret: tuple[Stood, ...] = ()  # places of its patients that an earlier version keeps secret


@dataclass(frozen=True)
class _Group:
    """Patients that must stand together, since they share a scan: mostly a single one."""

    key: str
    cases: list[Case]
    stood: list[Stood]

    @property
    def patients(self) -> dict[UUID, Patient]:
        return {case.volume.series.patient_id: case.volume.series.patient for case in self.cases}


def make_plan(asked: Asked) -> Plan:
    """Apply the rules, keep what earlier versions and people have decided, and deal out the others.

    Raises
    ------
    PlacesInvalid
        Somebody placed a patient where an earlier version does not let it be.
    """
    kept, left = apply_rules(asked.rules, candidates(asked.project))
    groups = _groups(kept, earlier_places(asked.project, asked.release_id))
    fixed: dict[str, Place] = {}
    stay: list[_Group] = []
    for group in groups:
        try:
            bound = bound_by(group.stood, sealed=asked.sealed, shares=asked.fractions)
        except Contradiction:
            left += [LeftOut(case, "earlier", _CONTRADICTS) for case in group.cases]
            continue
        stay.append(group)
        place = _fixed(group, bound, asked.by_hand)
        if place is not None:
            fixed[group.key] = place
    inside = {case.pk for group in stay for case in group.cases}
    cases = [case for case in kept if case.pk in inside]
    return _placed(asked, cases, [*left, *excluded(asked.project)], stay, fixed)


_CONTRADICTS = (
    "In earlier versions a scan of this patient was public, and another stands in a test part that is "
    "still secret."
)


def _placed(
    asked: Asked, cases: list[Case], left: list[LeftOut], groups: Sequence[_Group], fixed: Mapping[str, Place]
) -> Plan:
    records = records_by_patient(asked.project, cases)
    traits = {group.key: traits_of([records.get(pk, []) for pk in group.patients]) for group in groups}
    splits = split_patients(
        [SplitPatient(group.key, traits[group.key], len(group.patients)) for group in groups],
        asked.fractions,
        asked.seed,
        {key: place.split for key, place in fixed.items()},
    )
    places = {}
    for group in groups:
        held = fixed.get(group.key)
        for pk, patient in group.patients.items():
            why, version = (held.why, held.version) if held is not None else ("", "")
            places[pk] = Place(patient, splits[group.key], why, version)
    secret = tuple(stood for group in groups for stood in group.stood if stood.sealed_until is not None)
    return Plan(cases, left, places, balance(traits, splits, asked.fractions), secret)


def require_kept_secret(secret: Sequence[Stood], *, until: date | None, open_images: bool) -> None:
    """Refuse to open in a new version what an earlier one keeps secret.

    Raises
    ------
    OpensTooEarly
        naming the version and the day.
    """
    for stood in secret:
        day = stood.sealed_until
        if day is not None and (until is None or until < day):
            raise OpensTooEarly(
                message=f"Version {stood.version} keeps its test part secret until {day.isoformat()}, and "
                "this release has patients of it: let its own test part be secret until then at the least.",
                extra={"version": stood.version, "until": day.isoformat()},
            )
        if open_images and stood.images_sealed:
            raise OpensTooEarly(
                message=f"Version {stood.version} keeps the images of its test part secret, and this release "
                "has patients of it: do not open its test images.",
                extra={"version": stood.version, "until": day.isoformat() if day else None},
            )


def _fixed(group: _Group, bound: Bound | None, by_hand: Mapping[str, str]) -> Place | None:
    """Where a group has to stand; None where the seed decides."""
    patient = next(iter(group.patients.values()))
    chosen = {by_hand[str(pk)] for pk in group.patients if str(pk) in by_hand}
    if len(chosen) > 1:
        raise PlacesInvalid(
            message=f"{_named(group)} share a scan, and one scan must not lie in two parts: "
            "place them together."
        )
    if chosen:
        split = chosen.pop()
        if bound is not None and split not in bound.allowed:
            raise PlacesInvalid(message=_refusal(group, bound))
        return Place(patient, split, "hand", bound.version if bound else "")
    return Place(patient, bound.kept, "earlier", bound.version) if bound is not None else None


def _refusal(group: _Group, bound: Bound) -> str:
    name = _named(group)
    if bound.allowed == ("test",):
        return f"{name} stood in the test part of version {bound.version}: what is for testing stays there."
    return f"{name} was public in version {bound.version}: choose training or validation, not the test part."


def _named(group: _Group) -> str:
    return " and ".join(sorted(patient.pseudonym for patient in group.patients.values()))


def _groups(cases: Sequence[Case], earlier: Earlier) -> list[_Group]:
    """Patients with all their cases; those with a scan in common are one group."""
    root: dict[str, str] = {}

    def find(key: str) -> str:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for case in cases:
        series = case.volume.series
        if series.pixels_hmac:
            first, second = sorted((find(str(series.patient_id)), find(f"scan {series.pixels_hmac}")))
            root[second] = first
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(find(str(case.volume.series.patient_id)), []).append(case)
    return [
        _Group(
            min(case.volume.series.patient.pseudonym for case in mine),
            mine,
            earlier.of(case.volume.series for case in mine),
        )
        for mine in found.values()
    ]
