"""A draft: what a manager says of it, and the cases and splits that its plan has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.events import publish
from backend.imaging.selectors import require_same_scans_answered
from backend.projects.models import Project
from backend.releases.creators import read_creators
from backend.releases.datasheet.said import read_datasheet
from backend.releases.errors import (
    FractionsInvalid,
    NotADraft,
    NothingAccepted,
    NothingFits,
    VersionTaken,
)
from backend.releases.events import ReleaseChanged
from backend.releases.models import Erratum, Release, ReleaseItem, ReleasePatient, ReleaseState
from backend.releases.planning.plan import Asked, make_plan, require_kept_secret
from backend.releases.planning.rules import candidates, read_rules
from backend.releases.splitting import check_fractions

DEFAULT_FRACTIONS = {"training": 0.5, "validation": 0.25, "test": 0.25}  # as VerSe 2019: 80, 40, 40 scans
DEFAULT_TERMS = (
    "I will use these data for research and teaching, will not try to identify a patient, will not pass "
    "the data on under other terms than the licence of this release, and will name the data set in what I "
    "publish."
)


@dataclass(frozen=True)
class Draft:
    """What a manager says of a new release."""

    version: str
    title: str
    notes: str = ""
    licence: str = "CC-BY-SA-4.0"
    terms: str = DEFAULT_TERMS
    fractions: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_FRACTIONS))
    seed: int = 0
    embargo_until: date | None = None
    open_test_images: bool = False
    creators: list[dict[str, str]] = field(default_factory=list)
    publisher: str = ""
    doi: str = ""
    released_on: date | None = None
    dicom: bool = False
    rater_masks: bool = False
    stable_raters: bool = False
    disagreement_maps: bool = False
    probability_maps: bool = False
    datasheet: dict[str, str] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)

    def columns(self, project: Project) -> dict[str, Any]:
        """As the release's row has it.

        Raises
        ------
        CreatorsInvalid, DatasheetInvalid, FractionsInvalid, RulesInvalid
        """
        fractions = checked_fractions(self.fractions)
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "terms": self.terms or DEFAULT_TERMS,
            "fractions": fractions,
            "creators": [creator.to_json() for creator in read_creators(self.creators)],
            "released_on": self.released_on or timezone.localdate(),
            "datasheet": read_datasheet(self.datasheet).to_json(),
            "rules": read_rules(self.rules, project).to_json(),
        }


def checked_fractions(fractions: dict[str, float]) -> dict[str, float]:
    """The shares of the three splits.

    Raises
    ------
    FractionsInvalid
    """
    try:
        return check_fractions(fractions)
    except ValueError as error:
        raise FractionsInvalid(message=f"{error}."[0].upper() + f"{error}."[1:]) from error


@transaction.atomic
def create_release(*, project: Project, actor: User, draft: Draft) -> Release:
    """Draft a release of the cases that are accepted now and meet its rules, split by patient.

    Raises
    ------
    NothingAccepted, NothingFits, FractionsInvalid, RulesInvalid, CreatorsInvalid, DatasheetInvalid,
    VersionTaken, SameScansOpen, OpensTooEarly
    """
    release = Release(project=project, created_by=actor)
    accepted = _write(release, draft)
    audit.record(
        actor=actor,
        act=product_acts.ReleaseDrafted(version=draft.version, cases=len(accepted), seed=draft.seed),
        subject=release,
        project_id=project.pk,
    )
    publish(ReleaseChanged(release.pk, project.pk, release.state))
    return release


@transaction.atomic
def change_draft(*, release_id: UUID, actor: User, draft: Draft) -> Release:
    """Set a draft (or one whose building failed) anew: its cases are those that are accepted now.

    Patients that were placed by hand stay where they were placed.

    Raises
    ------
    NotADraft, and as `create_release`; PlacesInvalid where a hand correction no longer fits.
    """
    release = open_draft(release_id)
    empty(release)
    release.state, release.error = ReleaseState.DRAFT, ""
    accepted = _write(release, draft)
    audit.record(
        actor=actor,
        act=product_acts.ReleaseRedrafted(version=draft.version, cases=len(accepted), seed=draft.seed),
        subject=release,
        project_id=release.project_id,
    )
    publish(ReleaseChanged(release.pk, release.project_id, release.state))
    return release


@transaction.atomic
def discard_draft(*, release_id: UUID, actor: User) -> None:
    """Delete a draft (or one whose building failed).

    Raises
    ------
    NotADraft
    """
    release = open_draft(release_id)
    audit.record(
        actor=actor,
        act=product_acts.ReleaseDiscarded(version=release.version),
        subject=release,
        project_id=release.project_id,
    )
    empty(release)
    release.delete()
    publish(ReleaseChanged(release_id, release.project_id, "discarded"))


def open_draft(release_id: UUID) -> Release:
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state not in (ReleaseState.DRAFT, ReleaseState.FAILED):
        raise NotADraft
    return release


def empty(release: Release) -> None:
    """Take out what was drafted; the cases themselves stay."""
    release.files.all().delete()
    release.items.all().delete()
    release.patients.all().delete()


def _write(release: Release, draft: Draft) -> list[Case]:
    """Write the row, and the accepted cases that meet its rules, split by patient; these cases."""
    for name, value in draft.columns(release.project).items():
        setattr(release, name, value)
    accepted = accepted_cases(release.project)
    if not accepted:
        raise NothingAccepted
    require_same_scans_answered(case.volume.series_id for case in accepted)
    try:
        with transaction.atomic():
            release.save()
    except IntegrityError as error:
        raise VersionTaken from error
    return write_plan(release)


def write_plan(release: Release) -> list[Case]:
    """Fill an empty draft with what its plan has now; these cases.

    Raises
    ------
    NothingFits, PlacesInvalid, OpensTooEarly
    """
    plan = make_plan(asked_by(release))
    if not plan.cases:
        raise NothingFits
    require_kept_secret(plan.secret, until=release.embargo_until, open_images=release.open_test_images)
    rows = {
        pk: ReleasePatient.objects.create(
            release=release,
            patient=place.patient,
            split=place.split,
            subject=subject_name(place.patient.pseudonym),
        )
        for pk, place in plan.places.items()
    }
    ReleaseItem.objects.bulk_create(
        ReleaseItem(
            release=release,
            release_patient=rows[case.volume.series.patient_id],
            case=case,
            mask=case.accepted_mask,
        )
        for case in plan.cases
    )
    return plan.cases


def asked_by(release: Release) -> Asked:
    """What the plan of a draft is made from."""
    return Asked(
        project=release.project,
        rules=read_rules(release.rules),
        fractions=release.fractions,
        seed=release.seed,
        embargo_until=release.embargo_until,
        by_hand=release.by_hand,
        release_id=release.pk,
    )


def accepted_cases(project: Project) -> list[Case]:
    """Accepted cases with their patients. A series that an inclusion rule keeps out is not released."""
    return [case for case in candidates(project) if not case.volume.series.held]


def subject_name(pseudonym: str) -> str:
    """The patient's name in the archive: BIDS allows letters and digits only behind ``sub-``."""
    bare = "".join(ch for ch in pseudonym.removeprefix("sub-") if ch.isalnum() and ch.isascii())
    return f"sub-{bare}"


@transaction.atomic
def add_erratum(
    *, release: Release, actor: User, text: str, subject: str = "", item: ReleaseItem | None = None
) -> Erratum:
    """Note what turned out to be wrong; the frozen release itself stays as it is."""
    if item is None and subject:
        item = release.items.filter(release_patient__subject=subject).first()
    erratum = Erratum.objects.create(release=release, item=item, text=text.strip(), author=actor)
    audit.record(
        actor=actor,
        act=product_acts.ReleaseErratum(erratum=erratum.pk),
        subject=release,
        project_id=release.project_id,
    )
    return erratum
