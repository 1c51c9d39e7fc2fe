"""Writes of accounts."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.events import PasswordChanged
from backend.accounts.models import ApiToken, ProgramRequest, User
from backend.accounts.selectors import token_digest, user_by_email
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Forbidden, Invalid, NotFound
from backend.common.events import publish
from backend.common.scopes import Scope

logger = logging.getLogger(__name__)

PREFERENCES_LIMIT_BYTES = 20_000
TOKEN_DAYS = 90
TOKEN_MAX_DAYS = 366
USE_EVERY = timedelta(minutes=5)


class EmailTaken(Conflict):
    code = "email_taken"
    message = "There is an account with this e-mail address."


@transaction.atomic
def create_user(
    *,
    email: str,
    password: str | None,
    display_name: str = "",
    is_staff: bool = False,
    project_right: bool = False,
    verified: bool = True,
    actor: User | None = None,
) -> User:
    """Make an account. Without a password it can only be entered by a reset link.

    ``verified`` says that the address was proved to be the person's, or that whoever makes the account
    answers for it; an address that is not matches no invitation.

    Raises
    ------
    EmailTaken
        the address is in use.
    """
    email = User.objects.normalize_email(email.strip()).lower()
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=email[:150],
                email=email,
                password=password,
                display_name=display_name,
                project_right=project_right,
            )
    except IntegrityError as exc:
        raise EmailTaken from exc
    if is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    audit.record(actor=actor, act=people_acts.AccountCreated(), subject=user)
    return user


@transaction.atomic
def update_profile(
    *,
    user: User,
    display_name: str | None = None,
    preferences: dict[str, Any] | None = None,
    language: str | None = None,
) -> User:
    """Change one's own name, language or viewer preferences (merged key by key)."""
    row = User.objects.select_for_update().get(pk=user.pk)
    if display_name is not None:
        row.display_name = display_name.strip()
    if preferences is not None:
        row.preferences = {**row.preferences, **preferences}
        if len(str(row.preferences).encode()) > PREFERENCES_LIMIT_BYTES:
            raise Invalid("preferences_too_large", "The preferences are larger than 20 KB.")
    if language is not None:
        row.language = language
    row.save(update_fields=["display_name", "preferences", "language"])
    return row


@transaction.atomic
def create_token(
    *, user: User, name: str, scope: str = Scope.READ, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new bearer token; its text is returned once and never kept.

    Raises
    ------
    Invalid
        ``unknown_scope``; ``token_end``: it would end in the past, or later than `TOKEN_MAX_DAYS` from now.
    """
    if scope not in Scope.values:
        raise Invalid("unknown_scope", f"There is no scope {scope!r}: choose {', '.join(Scope.values)}.")
    now = timezone.now()
    end = expires_at or now + timedelta(days=TOKEN_DAYS)
    if not now < end <= now + timedelta(days=TOKEN_MAX_DAYS):
        raise Invalid("token_end", f"A token ends in the future, at most {TOKEN_MAX_DAYS} days from now.")
    text = "vtb_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, scope=scope, token_sha256=token_digest(text), expires_at=end
    )
    audit.record(actor=user, act=people_acts.TokenCreated(scope=str(scope)), subject=token)
    return token, text


def note_token_use(*, token: ApiToken) -> None:
    """Keep when a token was last used, at most every `USE_EVERY`. A busy database keeps no request back."""
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < USE_EVERY:
        return
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_EVERY)
    try:
        ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now)
    except OperationalError:
        logger.warning("the use of token %s was not noted: the database is busy", token.pk)


@transaction.atomic
def end_what_the_password_opened(*, user: User, actor: User | None = None) -> None:
    """No token of the person works any longer, and open sockets are told: their password was changed.

    Or ``actor``, an administrator, has switched the account off.
    """
    for token in ApiToken.objects.filter(user=user):
        audit.record(actor=actor or user, act=people_acts.TokenRevoked(), subject=token)
        token.delete()
    ProgramRequest.objects.filter(user=user).delete()  # allowed, and its token not fetched yet
    publish(PasswordChanged(user.pk))


def allow_projects_by_email(*, actor: User, email: str, allowed: bool) -> User:
    """`allow_projects` as an administrator asks for it in the browser.

    Raises
    ------
    Forbidden, NotFound
        the actor administers nothing here, whoever has the address; there is no such account.
    """
    if not actor.is_staff:
        raise Forbidden(message="Only an administrator of the site may do this.")
    user = user_by_email(email)
    if user is None:
        raise NotFound("not_found", f"There is no account {email}.")
    return allow_projects(user=user, allowed=allowed, actor=actor)


@transaction.atomic
def allow_projects(*, user: User, allowed: bool, actor: User | None = None) -> User:
    """Give somebody the right to create projects, or take it back; without ``actor`` by the command line."""
    row = User.objects.select_for_update().get(pk=user.pk)
    row.project_right = allowed
    row.save(update_fields=["project_right"])
    audit.record(actor=actor, act=people_acts.AccountProjectRight(allowed=allowed), subject=row)
    return row


@transaction.atomic
def revoke_token(*, user: User, token_id: UUID) -> None:
    """Delete one of the user's own tokens; it stops working at once."""
    token = ApiToken.objects.filter(user=user, pk=token_id).first()
    if token is None:
        raise NotFound
    audit.record(actor=user, act=people_acts.TokenRevoked(), subject=token)
    token.delete()
