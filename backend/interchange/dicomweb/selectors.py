"""Which studies somebody may read over DICOMweb, and what is known of their vertebrae.

Managers: the accepted cases of their projects, under the case's alias. Researchers: the cases of releases
whose terms they have accepted, under the name they have in the release, and no mask that is sealed. The
UIDs of the two have nothing in common. Nobody a case that they rate blindly now; who only rates sees nothing
here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.common.errors import NotFound
from backend.consensus.models import AgreedGrade
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.releases.layouts.measured import vertebra_findings
from backend.releases.models import Release, ReleaseItem, ReleaseState
from backend.releases.published import withdrawn_q
from backend.releases.selectors import (
    has_accepted,
    is_manager,
    items_open_to,
    mask_is_open,
    releases_visible_to,
)
from backend.science.errors import BadInput
from backend.science.formats.dicom_series import Identity, upright_geometry

if TYPE_CHECKING:
    from backend.science.formats.dicom_report import VertebraFindings

_KEPT_SECONDS = 24 * 3600
_SEXES = ("M", "F", "O")


@dataclass(frozen=True, slots=True)
class Study:
    """A case as one person may read it: ``release`` None where they manage it, ``mask`` None where sealed."""

    case: Case
    identity: Identity
    images: int
    mask: MaskVersion | None
    release: Release | None = None

    @property
    def segmented(self) -> MaskVersion | None:
        """The mask, where there is a vertebra in it: without one it makes no DICOM Segmentation."""
        return self.mask if self.mask is not None and self.mask.label_voxels else None

    @property
    def modalities(self) -> list[str]:
        return ["CT", "SEG", "SR"] if self.segmented is not None else ["CT"]

    @property
    def instances(self) -> int:
        return self.images + len(self.modalities) - 1


def studies_open_to(user: User) -> list[Study]:
    """All studies that this person may read, by alias."""
    managed = (_of_case(case) for case in _managed_cases(user))
    released = (
        _of_item(item, release, user)
        for release in _releases(user)
        for item in items_open_to(user, release).select_related("case__volume__series__patient")
    )
    found = [study for study in (*managed, *released) if study is not None]
    return sorted(found, key=lambda study: (study.identity.patient, study.identity.study_uid))


def study_open_to(user: User, study_uid: str) -> Study:
    """One of them.

    Raises
    ------
    NotFound
        There is none of that UID, or none for this person.
    """
    found = next((one for one in _candidates(user, study_uid) if one.identity.study_uid == study_uid), None)
    if found is None:
        raise NotFound
    cache.set(_place(study_uid), (found.release.pk if found.release else None, found.case.pk), _KEPT_SECONDS)
    return found


def _candidates(user: User, study_uid: str) -> Iterator[Study]:
    """What a UID was found to stand for before, then all: a UID cannot be turned back."""
    known: tuple[UUID | None, UUID] | None = cache.get(_place(study_uid))
    if known is not None:
        release_id, case_id = known
        if release_id is None:
            rows = [_of_case(case) for case in _managed_cases(user).filter(pk=case_id)]
        else:
            rows = [
                _of_item(item, release, user)
                for release in _releases(user, release_id)
                for item in items_open_to(user, release).filter(case=case_id)
            ]
        yield from (study for study in rows if study is not None)
    yield from studies_open_to(user)


def _place(study_uid: str) -> str:
    return f"dicomweb:study:{study_uid}"


def _managed_cases(user: User) -> QuerySet[Case]:
    return (
        cases_open_to(user)
        .filter(pk__in=cases_managed_by(user).values("pk"), state=CaseState.ACCEPTED, project__dicomweb=True)
        .select_related("project", "volume__series__patient", "accepted_mask")
    )


def _releases(user: User, release_id: UUID | None = None) -> list[Release]:
    """Frozen releases that the person reads as a researcher, having accepted their terms as they stand."""
    rows = releases_visible_to(user).filter(state=ReleaseState.FROZEN, project__dicomweb=True)
    rows = rows.exclude(withdrawn_q())
    if release_id is not None:
        rows = rows.filter(pk=release_id)
    return [row for row in rows if not is_manager(user, row) and has_accepted(user, row)]


def ct_series_uid(case: Case) -> str:
    """The SeriesInstanceUID of a case's CT here, as its managers see it."""
    return str(_identity(case, f"case {case.pk}", case.alias, timezone.localdate()).series_uid("CT"))


def _of_case(case: Case) -> Study | None:
    made_on = timezone.localdate(case.accepted_at) if case.accepted_at else timezone.localdate()
    identity = _identity(case, f"case {case.pk}", case.alias, made_on)
    return _study(case, identity, case.accepted_mask, None)


def _of_item(item: ReleaseItem, release: Release, user: User) -> Study | None:
    item.release = release
    made_on = timezone.localdate(release.frozen_at or release.created_at)
    name = f"release {release.pk} case {item.case_id}"
    identity = _identity(item.case, name, item.release_patient.subject, made_on)
    return _study(item.case, identity, item.mask if mask_is_open(user, item) else None, release)


def _identity(case: Case, name: str, patient: str, made_on: date) -> Identity:
    sex = case.volume.series.patient.sex
    return Identity(
        key=f"dicom {case.volume.series.project.pseudonym_secret}".encode(),
        case=name,
        patient=patient,
        made_on=made_on,
        sex=sex if sex in _SEXES else "",
        software=settings.VERTEBASE_VERSION,
    )


def _study(case: Case, identity: Identity, mask: MaskVersion | None, release: Release | None) -> Study | None:
    try:
        images = upright_geometry(geometry_of(case.volume)).shape[2]
    except BadInput:  # a sheared grid, which DICOM cannot say
        return None
    return Study(case, identity, images, mask, release)


def findings_of(study: Study) -> dict[int, VertebraFindings]:
    """What was measured of the study's mask, and the grades agreed on; of a release as it was frozen."""
    mask = study.segmented
    return {} if mask is None else vertebra_findings(mask, _grades(study))


def _grades(study: Study) -> dict[int, AgreedGrade]:
    rows = AgreedGrade.objects.filter(case=study.case).order_by("created_at")
    if study.release is not None and study.release.frozen_at is not None:
        rows = rows.filter(created_at__lte=study.release.frozen_at)
        return {row.label: row for row in rows}
    return {row.label: row for row in rows.filter(current=True)}
