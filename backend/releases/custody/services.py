"""Custody of a sealed part: naming, accepting, handing over, leaving, and opening it by two."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import Language, User
from backend.accounts.selectors import user_by_email
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.audit.acts.act import Act
from backend.common.errors import NotFound
from backend.common.events import publish
from backend.projects.models import Membership, Role
from backend.projects.selectors import require_role
from backend.releases.access.selectors import rates_in
from backend.releases.custody.mails import ASKED, CHANGED, CONFIRMED, Said, mail
from backend.releases.custody.mails import OPENED as OPENED_MAIL
from backend.releases.custody.selectors import (
    PLACES,
    confirms,
    is_sealed_now,
    keepers_of,
    managers_name,
    place_of,
    places_taken,
)
from backend.releases.errors import (
    CustodianNamed,
    CustodiansName,
    CustodianUnfit,
    LastCustodian,
    NotACustodian,
    NothingSealed,
    PlacesTaken,
)
from backend.releases.events import CUSTODY, OPENED, ReleaseChanged
from backend.releases.models import Custodian, CustodianState, EmbargoOpening, Release
from backend.releases.published import Standing, standing_of
from backend.releases.selectors import is_manager

HELD = (CustodianState.ASKED, CustodianState.ACCEPTED)


@transaction.atomic
def name_custodian(*, release: Release, actor: User, email: str, instead_of_me: bool = False) -> Custodian:
    """Ask somebody to keep the sealed part. They are custodian once they accept.

    Managers name until both places have been held once; from then on custodians do, so that no manager
    fills a place that fell free with a person of their own. ``instead_of_me``: a custodian hands over.

    Raises
    ------
    NothingSealed, NotACustodian, CustodiansName, PlacesTaken, CustodianUnfit, CustodianNamed
    """
    locked = _locked(release)
    mine = place_of(actor, locked)
    if instead_of_me and mine is None:
        raise NotACustodian
    if mine is None:
        require_role(actor, locked.project, Role.MANAGER)
        if not managers_name(locked):
            raise CustodiansName
    if not instead_of_me and places_taken(locked) >= PLACES:
        raise PlacesTaken
    person = user_by_email(email)
    if person is None or rates_in(person, locked.project):
        raise CustodianUnfit
    if Custodian.objects.filter(release=locked, user=person, state__in=HELD).exists():
        raise CustodianNamed
    follows = mine if instead_of_me else None
    row = Custodian.objects.create(release=locked, user=person, named_by=actor, follows=follows)
    _note(locked, actor, product_acts.CustodianNamed(custodian=row.pk, person=person.pk))
    mail(ASKED, locked, [person], actor)
    return row


@transaction.atomic
def answer(*, release: Release, actor: User, custodian_id: UUID, accept: bool) -> Custodian:
    """Accept or decline to be custodian; who hands over keeps their place until then.

    Raises
    ------
    NotFound
        Somebody else is asked, or nobody any more.
    NothingSealed, CustodianUnfit, PlacesTaken
    """
    locked = _locked(release)
    row = _mine(locked, actor, custodian_id, CustodianState.ASKED)
    if not accept:
        row.state, row.ended_at = CustodianState.DECLINED, timezone.now()
        row.save()
        _note(locked, actor, product_acts.CustodianDeclined(custodian=row.pk))
        return row
    if rates_in(actor, locked.project):
        raise CustodianUnfit
    if row.follows is not None and row.follows.state == CustodianState.ACCEPTED:
        _end(row.follows)
    if keepers_of(locked).count() >= PLACES:
        raise PlacesTaken
    row.state, row.accepted_at = CustodianState.ACCEPTED, timezone.now()
    row.save()
    _note(locked, actor, product_acts.CustodianAccepted(custodian=row.pk))
    _tell(CHANGED, locked, actor)
    return row


@transaction.atomic
def end_custody(*, release: Release, actor: User, custodian_id: UUID) -> None:
    """Leave one's place, or take back a question that was not answered yet.

    Raises
    ------
    NotFound, NothingSealed
    LastCustodian
        Nobody would keep the part: hand the place over instead.
    """
    locked = _locked(release)
    row = Custodian.objects.filter(release=locked, pk=custodian_id, state__in=HELD).first()
    if row is None:
        raise NotFound
    if row.state == CustodianState.ASKED:
        if row.named_by_id != actor.pk and not is_manager(actor, locked):
            raise NotFound
    elif row.user_id != actor.pk:
        raise NotFound
    elif keepers_of(locked).count() == 1:
        raise LastCustodian
    _end(row)
    _note(locked, actor, product_acts.CustodyEnded(custodian=row.pk))
    if row.accepted_at is not None:
        _tell(CHANGED, locked, actor)


@transaction.atomic
def confirm_opening(*, release: Release, actor: User, opens: bool) -> EmbargoOpening | None:
    """Confirm that the part is opened now, or take that back. With the second custodian's it opens for good.

    Raises
    ------
    NothingSealed, NotACustodian
    """
    locked = _locked(release)
    mine = place_of(actor, locked)
    if mine is None:
        raise NotACustodian
    mine.wants_open_at = timezone.now() if opens else None
    mine.save(update_fields=["wants_open_at", "updated_at"])
    if not opens:
        _note(locked, actor, product_acts.OpeningTakenBack())
        return None
    _note(locked, actor, product_acts.OpeningConfirmed())
    others = [row for row in keepers_of(locked) if row.pk != mine.pk and _still_may(row) and confirms(row)]
    if not others:
        _tell(CONFIRMED, locked, actor)
        return None
    opening = EmbargoOpening.objects.create(release=locked, first=others[0], second=mine)
    _note(locked, actor, product_acts.SealedPartOpened(first=others[0].user_id, second=actor.pk))
    _tell(OPENED_MAIL, locked, actor)
    if standing_of(locked) == Standing.PUBLISHED:
        publish(ReleaseChanged(locked.pk, locked.project_id, OPENED))
    return opening


def _still_may(row: Custodian) -> bool:
    """Their confirmation counts: the account is open, and they do not rate in the project since."""
    return row.user.is_active and place_of(row.user, row.release) is not None


def _locked(release: Release) -> Release:
    """The release, one after the other; its part is sealed."""
    row = Release.objects.select_for_update(of=("self",)).select_related("project").get(pk=release.pk)
    if not is_sealed_now(row):
        raise NothingSealed
    return row


def _mine(release: Release, actor: User, custodian_id: UUID, state: CustodianState) -> Custodian:
    rows = Custodian.objects.filter(release=release, user=actor, state=state).select_related("follows")
    row = rows.filter(pk=custodian_id).first()
    if row is None:
        raise NotFound
    return row


def _end(row: Custodian) -> None:
    """A confirmation ends with its place, and so do questions of theirs to others."""
    row.state, row.ended_at, row.wants_open_at = CustodianState.ENDED, timezone.now(), None
    row.save()
    followers = Custodian.objects.filter(follows=row, state=CustodianState.ASKED)
    followers.update(state=CustodianState.ENDED, ended_at=row.ended_at)


def _tell(words: dict[Language, Said], release: Release, actor: User) -> None:
    """Managers and custodians."""
    managers = Membership.objects.filter(project=release.project, role=Role.MANAGER, active=True)
    people = {row.user_id: row.user for row in managers.select_related("user")}
    people |= {row.user_id: row.user for row in keepers_of(release)}
    mail(words, release, people.values(), actor)


def _note(release: Release, actor: User, act: Act) -> None:
    audit.record(actor=actor, act=act, subject=release, project_id=release.project_id)
    publish(ReleaseChanged(release.pk, release.project_id, CUSTODY))
