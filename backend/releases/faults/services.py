"""Faults in a release: reported by whoever uses it, taken up or declined by its managers."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import SightKind
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.audit.acts.act import Act
from backend.common.errors import Invalid, NotFound
from backend.common.storage import put_blob
from backend.projects.guideline_pictures import cleaned_picture
from backend.releases.access.services import mail_on_request
from backend.releases.errors import FaultAnsweredAlready, TooManyWait
from backend.releases.faults.selectors import items_of_a_link
from backend.releases.models import AccessRequest, FaultReport, FaultState, Release
from backend.releases.published import Standing, standing_of
from backend.releases.selectors import granted_now, items_open_to, mask_is_open
from backend.releases.services.downloading import check_may_download
from backend.releases.services.drafting import add_erratum
from backend.review.reopening import review_again
from backend.science.labels import BY_LABEL, name_of

MOST_WAITING = 50  # of one person in one release
MOST_WAITING_BY_LINK = 20


@transaction.atomic
def report_fault(
    *, release: Release, actor: User, item_id: UUID, text: str, label: int | None = None
) -> FaultReport:
    """Say what is wrong in a case, to the managers of its project and nobody else.

    Raises
    ------
    NotFrozen, Withdrawn, TermsNotAccepted
        As for a download.
    NotFound
        The case is not in the release, or its mask is not open to this person.
    Invalid, TooManyWait
    """
    check_may_download(release=release, user=actor)
    item = items_open_to(actor, release).filter(pk=item_id).first()
    if item is None or not mask_is_open(actor, item):
        raise NotFound
    mine = FaultReport.objects.filter(item__release=release, reporter=actor)
    _require_sayable(text, label, mine, MOST_WAITING)
    report = FaultReport.objects.create(item=item, label=label, text=text.strip(), reporter=actor)
    _note(release, actor, product_acts.ReleaseFaultReported(report=report.pk))
    return report


@transaction.atomic
def report_by_link(
    *, access: AccessRequest, item_id: UUID, text: str, label: int | None = None
) -> FaultReport:
    """The same from whoever holds a link to the files, and has no account.

    Raises
    ------
    NotFound
        The case is not in the release, or nobody but those who keep it reads its mask.
    Invalid, TooManyWait
    """
    AccessRequest.objects.select_for_update().get(pk=access.pk)  # one after the other, for the limit
    item = next((one for one in items_of_a_link(access) if one.pk == item_id), None)
    if item is None:
        raise NotFound
    _require_sayable(text, label, access.faults.all(), MOST_WAITING_BY_LINK)
    report = FaultReport.objects.create(item=item, label=label, text=text.strip(), access=access)
    _note(access.release, None, product_acts.ReleaseFaultReported(report=report.pk))
    return report


def _require_sayable(text: str, label: int | None, mine: QuerySet[FaultReport], most: int) -> None:
    if not text.strip():
        raise Invalid("fault_empty", "Say what is wrong.")
    if label is not None and label not in BY_LABEL:
        raise Invalid("label_unknown", "There is no vertebra of this label.")
    if mine.filter(state=FaultState.WAITING).count() >= most:
        raise TooManyWait


@transaction.atomic
def add_picture(*, report: FaultReport, actor: User, data: bytes) -> FaultReport:
    """Show the fault in a picture, of which the pixels alone are kept; a second one takes its place.

    Raises
    ------
    NotFound, FaultAnsweredAlready
        It is somebody else's report; it was answered.
    NotAPicture, PictureTooLarge
    """
    if report.reporter_id != actor.pk:
        raise NotFound
    return _shown(report.pk, data)


@transaction.atomic
def add_picture_by_link(*, access: AccessRequest, fault_id: UUID, data: bytes) -> FaultReport:
    """The same for a report that was made by this link. Raises as `add_picture`."""
    if not access.faults.filter(pk=fault_id).exists():
        raise NotFound
    return _shown(fault_id, data)


def _shown(report_id: UUID, data: bytes) -> FaultReport:
    row = _waiting(report_id)
    picture = cleaned_picture(data)
    row.picture = put_blob(data=picture.data, media_type=picture.media_type)
    row.save(update_fields=["picture", "updated_at"])
    return row


def read_faults(*, reports: list[FaultReport], reader: User) -> list[FaultReport]:
    """Reports that somebody reads: of cases that are others' work it is noted that they have seen them."""
    for report in reports:
        if report.reporter_id != reader.pk:
            note_sighting(case=report.item.case, user=reader, kind=SightKind.NOTES)
    return reports


@transaction.atomic
def take_up(*, report: FaultReport, actor: User, text: str, review: bool) -> FaultReport:
    """It is a fault: users of the version read of it as an erratum, and the case is reviewed again if asked.

    Raises
    ------
    FaultAnsweredAlready, Invalid
    NotAccepted
        The case cannot be reviewed again; without ``review`` the erratum is noted all the same.
    """
    said = text.strip()
    if not said:
        raise Invalid("erratum_empty", "Say what users of this version should know.")
    row = _waiting(report.pk)
    release = row.item.release
    if review:
        review_again(case_id=row.item.case_id, actor=actor, note=said)
    row.erratum = add_erratum(release=release, actor=actor, text=said, item=row.item)
    _answer(row, actor, FaultState.TAKEN_UP, said)
    _note(release, actor, product_acts.ReleaseFaultTakenUp(report=row.pk))
    return row


@transaction.atomic
def decline(*, report: FaultReport, actor: User, reason: str) -> FaultReport:
    """It is none, and why.

    Raises
    ------
    FaultAnsweredAlready, Invalid
    """
    said = reason.strip()
    if not said:
        raise Invalid("reason_missing", "Say why: whoever reported it is told it.")
    row = _waiting(report.pk)
    _answer(row, actor, FaultState.DECLINED, said)
    _note(row.item.release, actor, product_acts.ReleaseFaultDeclined(report=row.pk))
    return row


def _waiting(report_id: UUID) -> FaultReport:
    rows = FaultReport.objects.select_for_update(of=("self",)).select_related("item__release__project")
    row = rows.get(pk=report_id)
    if row.state != FaultState.WAITING:
        raise FaultAnsweredAlready
    return row


def _answer(row: FaultReport, actor: User, state: FaultState, said: str) -> None:
    row.state, row.answer, row.answered_by, row.answered_at = state, said, actor, timezone.now()
    row.save()
    if row.access is not None:
        _tell_by_mail(row, row.access)


def _tell_by_mail(row: FaultReport, asked: AccessRequest) -> None:
    """Whoever reported it by a link, while that holds."""
    access = granted_now().select_related("release").filter(pk=asked.pk).first()
    if access is None or standing_of(access.release) != Standing.PUBLISHED:
        return
    level = "" if row.label is None else f", {name_of(row.label)}"
    about = f"Your report on {row.item.release_patient.subject}{level}:\n\n{row.text}\n\n"
    mail_on_request(access, "your report was answered", f"{about}The answer:\n\n{row.answer}\n")


def _note(release: Release, actor: User | None, act: Act) -> None:
    audit.record(actor=actor, act=act, subject=release, project_id=release.project_id)
