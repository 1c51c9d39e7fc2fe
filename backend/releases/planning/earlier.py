"""Where patients stood in the project's earlier versions, and what that leaves open for the next.

What was public once is never made a secret test, and a secret test never becomes training data: who has
learned from a case cannot be tested on it. Patients are followed through merging, and by their scans, whose
voxels may have come in under another patient before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.imaging.models import Series
from backend.projects.models import Project
from backend.releases.embargo import is_sealed, locked_until
from backend.releases.models import Release, ReleaseItem, ReleaseState, Split

PUBLIC = (Split.TRAINING.value, Split.VALIDATION.value)
TEST = Split.TEST.value


@dataclass(frozen=True)
class Stood:
    """One place in an earlier version. ``sealed_until``: its masks are secret until then."""

    split: str
    version: str
    sealed_until: date | None
    images_sealed: bool = False


@dataclass(frozen=True)
class Bound:
    """What earlier versions leave open: the splits to choose from, the one to keep, and the version."""

    allowed: tuple[str, ...]
    kept: str
    version: str


class Contradiction(Exception):
    """Of one patient's scans some were public and some are still secret."""


@dataclass(frozen=True)
class Earlier:
    """By patient and by scan all places in frozen versions, the oldest first."""

    by_patient: Mapping[UUID, list[Stood]]
    by_pixels: Mapping[str, list[Stood]]

    def of(self, series: Iterable[Series]) -> list[Stood]:
        """Where these series' patients and scans stood."""
        found: list[Stood] = []
        for one in series:
            for stood in (
                *self.by_patient.get(one.patient_id, ()),
                *(self.by_pixels.get(one.pixels_hmac, ()) if one.pixels_hmac else ()),
            ):
                if stood not in found:
                    found.append(stood)
        return found


def earlier_places(project: Project, but: UUID | None = None) -> Earlier:
    """The places in all frozen versions of the project but one."""
    by_patient: dict[UUID, list[Stood]] = {}
    by_pixels: dict[str, list[Stood]] = {}
    frozen = Release.objects.filter(project=project, state=ReleaseState.FROZEN)
    releases = {row.pk: row for row in frozen if row.pk != but}
    items = ReleaseItem.objects.filter(release__in=releases).order_by("release__frozen_at", "pk")
    for release_id, split, patient, pixels in items.values_list(
        "release_id",
        "release_patient__split",
        "case__volume__series__patient_id",  # as it is now: whoever was merged since is followed
        "case__volume__series__pixels_hmac",
    ):
        stood = _stood(releases[release_id], split)
        if stood not in by_patient.setdefault(patient, []):
            by_patient[patient].append(stood)
        if pixels and stood not in by_pixels.setdefault(pixels, []):
            by_pixels[pixels].append(stood)
    return Earlier(by_patient, by_pixels)


def _stood(release: Release, split: str) -> Stood:
    until = locked_until(release) if split == TEST else None
    return Stood(split, release.version, until, is_sealed(release, split, image=True))


def bound_by(stood: list[Stood], *, sealed: bool, shares: Mapping[str, float]) -> Bound | None:
    """What earlier places leave open in a version whose test part is ``sealed`` (or not); None: all of it.

    Raises
    ------
    Contradiction
    """
    if not stood:
        return None
    secret = [place for place in stood if place.sealed_until is not None]
    known = [place for place in stood if place.sealed_until is None]
    if secret and known:
        raise Contradiction
    if secret:
        return Bound((TEST,), TEST, secret[-1].version)
    last = known[-1]
    if last.split in PUBLIC:
        return Bound(PUBLIC, last.split, last.version)
    if not sealed:  # the test part that everybody knows stays the test part
        return Bound((TEST,), TEST, last.version)
    used = [split for split in reversed(PUBLIC) if shares.get(split, 0) > 0]
    return Bound(PUBLIC, used[0] if used else Split.TRAINING.value, last.version)
