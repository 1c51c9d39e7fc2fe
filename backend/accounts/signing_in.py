"""Who signed in, and where it was refused: on record, with no password, address or place on it.

A refused sign-in is noted in the same way whether or not the address has an account, so that how long the
answer takes tells nothing. Which address without an account was tried is kept nowhere: it may be a mistyped
one, or a password in the wrong field.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import OperationalError
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from backend.accounts.administration import require_administrator
from backend.accounts.models import ApiToken, User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.audit.acts.verb import Verb
from backend.audit.models import Record

logger = logging.getLogger(__name__)

NO_ACCOUNT = UUID(int=0)  # the subject of a refused sign-in with an address that has none
ACCOUNT, TOKEN, STORAGE = "accounts.user", "accounts.apitoken", "projects.storageuse"
KINDS = ("sign_ins", "refused", "changes")


def note_signed_in(*, user: User) -> None:
    """Somebody has signed in. A busy database keeps nobody out."""
    try:
        audit.record(actor=user, act=people_acts.AccountSignedIn(), subject=user)
    except OperationalError:
        logger.warning("a sign-in of %s was not noted: the database is busy", user.pk)


def note_refused(*, email: str) -> None:
    """A sign-in was refused. Who asked is not known, so nobody stands as having acted."""
    account = User.objects.filter(email__iexact=email.strip()).first() or User(pk=NO_ACCOUNT)
    try:
        audit.record(actor=None, act=people_acts.AccountSignInFailed(), subject=account)
    except OperationalError:
        logger.warning("a refused sign-in was not noted: the database is busy")


def acts_listed_to(user: User, *, account: UUID | None = None, kind: str = "") -> QuerySet[Record]:
    """What was done with accounts, tokens and storage, newest first, for administrators of the site.

    ``account`` is whose account it was done with, or who did it; ``kind`` one of `KINDS`.

    Raises
    ------
    NoAdministrator
    """
    require_administrator(user)
    acts = Record.objects.filter(project_id_ref=None, subject_kind__in=(ACCOUNT, TOKEN, STORAGE))
    if account is not None:
        acts = acts.filter(Q(subject_kind=ACCOUNT, subject_id=str(account)) | Q(actor=account))
    if kind == "sign_ins":
        acts = acts.filter(verb__in=(Verb.ACCOUNT_SIGNED_IN, Verb.ACCOUNT_SIGN_IN_FAILED))
    elif kind == "refused":
        acts = acts.filter(verb=Verb.ACCOUNT_SIGN_IN_FAILED)
    elif kind == "changes":
        acts = acts.exclude(verb__in=(Verb.ACCOUNT_SIGNED_IN, Verb.ACCOUNT_SIGN_IN_FAILED))
    return acts.select_related("actor").order_by("-sequence")


def accounts_of(records: Collection[Record]) -> dict[str, User]:
    """The accounts that these acts were done with, by the id that the record has."""
    ids = {record.subject_id for record in records if record.subject_kind == ACCOUNT}
    return {str(user.pk): user for user in User.objects.filter(pk__in=ids)}


def open_doors(account_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many browser sessions and tokens of each account are open; two queries for all."""
    sessions = UserSession.objects.filter(user__in=account_ids).values_list("user").annotate(n=Count("pk"))
    tokens = (
        ApiToken.objects.filter(user__in=account_ids, expires_at__gt=timezone.now())
        .values_list("user")
        .annotate(n=Count("pk"))
    )
    by_session, by_token = dict(sessions), dict(tokens)
    return {pk: (by_session.get(pk, 0), by_token.get(pk, 0)) for pk in account_ids}
