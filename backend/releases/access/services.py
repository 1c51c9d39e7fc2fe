"""Asking for the files of a public release, and what its managers answer.

Who is signed in asks as themselves; who is not asks under an e-mail address, which counts once a link that
was mailed there was opened. What is granted holds for a time and can be taken back, from the next request on.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.audit.acts.act import Act
from backend.common.errors import Invalid, Unavailable
from backend.releases.access.selectors import rates_in
from backend.releases.errors import (
    AnsweredAlready,
    LinkUnknown,
    NoRequestsTaken,
    RatersAsk,
    RequestedAlready,
    TermsChanged,
)
from backend.releases.models import (
    Access,
    AccessRequest,
    DownloadRecord,
    Release,
    RequestState,
    TermsAcceptance,
)
from backend.releases.published import Standing, publication_of, standing_of
from backend.releases.selectors import terms_sha256

logger = logging.getLogger(__name__)
CONFIRM_DAYS = 3
MOST_DAYS = 730
OPEN = (RequestState.ASKED, RequestState.GRANTED)
LinkOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says who asks; ``terms_sha256`` is of the terms that they read and accept."""

    name: str
    email: str
    institution: str
    purpose: str
    terms_sha256: str


def digest(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ask(*, release: Release, user: User | None, asked: Asked, link_of: LinkOf) -> AccessRequest:
    """Ask for a release. Without an account the answer is the same whether the address has asked before.

    Raises
    ------
    NoRequestsTaken, TermsChanged, RatersAsk, RequestedAlready
    Unavailable
        Who asks has no account, and no mail leaves the site.
    """
    _require_open(release)
    if asked.terms_sha256 != terms_sha256(release):
        raise TermsChanged
    if user is None:
        return _ask_by_mail(release, asked, link_of)
    if rates_in(user, release.project):
        raise RatersAsk
    return _ask_signed_in(release, user, asked)


def _require_open(release: Release) -> None:
    publication = publication_of(release)
    if standing_of(release) != Standing.PUBLISHED or publication is None:
        raise NoRequestsTaken
    if publication.access != Access.ON_REQUEST:
        raise NoRequestsTaken


@transaction.atomic
def _ask_signed_in(release: Release, user: User, asked: Asked) -> AccessRequest:
    Release.objects.select_for_update().get(pk=release.pk)
    email = user.email.lower()
    if AccessRequest.objects.filter(release=release, email=email, state__in=OPEN).exists():
        raise RequestedAlready
    row = _write(release, asked, email=email, user=user, state=RequestState.ASKED)
    _note(row, user, product_acts.ReleaseAccessAsked(request=row.pk))
    return row


def _ask_by_mail(release: Release, asked: Asked, link_of: LinkOf) -> AccessRequest:
    if not settings.VERTEBASE_SENDS_MAIL:
        raise Unavailable("no_mail", "This site sends no e-mail: sign in to ask for this release.")
    secret = secrets.token_urlsafe(32)
    row = _write(
        release,
        asked,
        email=asked.email.strip().lower(),
        state=RequestState.UNCONFIRMED,
        confirm_sha256=digest(secret),
    )
    mail_on_request(
        row,
        "please confirm your request",
        f"Somebody, probably you, asked for the files of {release.title}, version {release.version}.\n\n"
        f"Open this link to confirm your address: {link_of(secret)}\n\n"
        f"It works for {CONFIRM_DAYS} days. If it was not you, do nothing.\n",
    )
    return row


def _write(release: Release, asked: Asked, **fields: object) -> AccessRequest:
    return AccessRequest.objects.create(
        release=release,
        name=asked.name,
        institution=asked.institution,
        purpose=asked.purpose,
        terms_sha256=asked.terms_sha256,
        **fields,
    )


@transaction.atomic
def confirm(*, secret: str) -> AccessRequest:
    """The address is theirs: the request goes to the managers. Opened again, the link changes nothing.

    Raises
    ------
    LinkUnknown, RequestedAlready, NoRequestsTaken
    """
    since = timezone.now() - timedelta(days=CONFIRM_DAYS)
    mailed = AccessRequest.objects.select_for_update().filter(
        confirm_sha256=digest(secret), created_at__gt=since
    )
    row = mailed.first()
    if row is None:
        raise LinkUnknown
    if row.state != RequestState.UNCONFIRMED:
        return row
    _require_open(row.release)
    if AccessRequest.objects.filter(release=row.release, email=row.email, state__in=OPEN).exists():
        raise RequestedAlready
    row.state = RequestState.ASKED
    row.save(update_fields=["state", "updated_at"])
    _note(row, None, product_acts.ReleaseAccessAsked(request=row.pk))
    return row


@transaction.atomic
def grant(*, request_id: UUID, actor: User, days: int, link_of: LinkOf) -> AccessRequest:
    """Open the files to whoever asked, for so many days. Without an account they are sent a link.

    Raises
    ------
    AnsweredAlready, Invalid, NoRequestsTaken
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("days_invalid", f"Grant it for 1 to {MOST_DAYS} days.")
    row = _waiting(request_id)
    _require_open(row.release)
    row.state, row.decided_by, row.decided_at = RequestState.GRANTED, actor, timezone.now()
    row.expires_at = timezone.now() + timedelta(days=days)
    secret = secrets.token_urlsafe(32)
    if row.user_id is None:
        row.link_sha256 = digest(secret)
    else:
        TermsAcceptance.objects.get_or_create(
            release=row.release,
            user_id=row.user_id,
            terms_sha256=row.terms_sha256,
            defaults={"affiliation": row.institution, "purpose": row.purpose},
        )
    row.save()
    until = f"{row.expires_at:%Y-%m-%d}"
    _note(row, actor, product_acts.ReleaseAccessGranted(request=row.pk, until=until))
    where = (
        f"Your own link to the files, which you give to nobody: {link_of(secret)}\n"
        if row.user_id is None
        else "Sign in to find the files.\n"
    )
    mail_on_request(row, "your request was granted", f"You may download the files until {until}.\n\n{where}")
    return row


@transaction.atomic
def refuse(*, request_id: UUID, actor: User, reason: str) -> AccessRequest:
    """Say no, and why.

    Raises
    ------
    AnsweredAlready, Invalid
    """
    said = _reason(reason)
    row = _waiting(request_id)
    _decide(row, RequestState.REFUSED, actor, said)
    _note(row, actor, product_acts.ReleaseAccessRefused(request=row.pk, reason=said))
    mail_on_request(row, "your request was not granted", f"The answer of those who publish it:\n\n{said}\n")
    return row


@transaction.atomic
def revoke(*, request_id: UUID, actor: User, reason: str) -> AccessRequest:
    """Take back what was granted: the link, and what the account could see, are closed from now on.

    Raises
    ------
    AnsweredAlready, Invalid
    """
    said = _reason(reason)
    row = AccessRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if row.state != RequestState.GRANTED:
        raise AnsweredAlready(message="Nothing is granted that could be taken back.")
    _decide(row, RequestState.REVOKED, actor, said)
    _note(row, actor, product_acts.ReleaseAccessRevoked(request=row.pk, reason=said))
    mail_on_request(row, "your access was taken back", f"The reason:\n\n{said}\n")
    return row


@transaction.atomic
def record_linked_download(*, access: AccessRequest, archive: str, bytes_from: int, query: str = "") -> None:
    """Note that whoever holds a granted link took an archive, from which byte on."""
    DownloadRecord.objects.create(
        release=access.release, access=access, archive=archive, bytes_from=bytes_from
    )
    taken = f"{archive}?{query}" if query else archive
    _note(access, None, product_acts.ReleaseDownloaded(archive=taken, bytes_from=bytes_from))


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise Invalid("reason_missing", "Say why: whoever asked is told it.")
    return said


def _waiting(request_id: UUID) -> AccessRequest:
    row = AccessRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if row.state != RequestState.ASKED:
        raise AnsweredAlready
    return row


def _decide(row: AccessRequest, state: RequestState, actor: User, reason: str) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = state, actor, timezone.now(), reason
    row.link_sha256 = ""
    row.save()


def _note(row: AccessRequest, actor: User | None, act: Act) -> None:
    audit.record(actor=actor, act=act, subject=row.release, project_id=row.release.project_id)


def mail_on_request(row: AccessRequest, what: str, text: str) -> None:
    """To whoever asked, after the commit; one that fails is in the log, and the state is on the page."""
    if not settings.VERTEBASE_SENDS_MAIL:
        return
    release = row.release
    subject = f"{settings.VERTEBASE_SITE_NAME}: {release.title} {release.version}, {what}"

    def send() -> None:
        try:
            send_mail(" ".join(subject.split()), text, None, [row.email])
        except (SMTPException, OSError):
            logger.exception("the mail on the request %s was not sent", row.pk)

    transaction.on_commit(send)
