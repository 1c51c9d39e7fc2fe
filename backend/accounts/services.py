"""Writes of accounts."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from backend.accounts.models import ApiToken, User
from backend.accounts.selectors import token_digest
from backend.audit import services as audit
from backend.common.errors import Conflict, Invalid, NotFound

PREFERENCES_LIMIT_BYTES = 20_000


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
    actor: User | None = None,
) -> User:
    """Make an account with a verified address. Without a password it can only be entered by a reset link.

    Raises
    ------
    EmailTaken
        the address is in use.
    """
    email = User.objects.normalize_email(email.strip()).lower()
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=email[:150], email=email, password=password, display_name=display_name
            )
    except IntegrityError as exc:
        raise EmailTaken from exc
    if is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    audit.record(actor=actor, verb="account.created", subject=user)
    return user


@transaction.atomic
def update_profile(
    *, user: User, display_name: str | None = None, preferences: dict[str, Any] | None = None
) -> User:
    """Change one's own name or viewer preferences (merged key by key)."""
    row = User.objects.select_for_update().get(pk=user.pk)
    if display_name is not None:
        row.display_name = display_name.strip()
    if preferences is not None:
        row.preferences = {**row.preferences, **preferences}
        if len(str(row.preferences).encode()) > PREFERENCES_LIMIT_BYTES:
            raise Invalid("preferences_too_large", "The preferences are larger than 20 KB.")
    row.save(update_fields=["display_name", "preferences"])
    return row


@transaction.atomic
def create_token(*, user: User, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new bearer token; its text is returned once and never kept."""
    text = "vtb_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, token_sha256=token_digest(text), expires_at=expires_at
    )
    audit.record(actor=user, verb="token.created", subject=token)
    return token, text


@transaction.atomic
def revoke_token(*, user: User, token_id: UUID) -> None:
    """Delete one of the user's own tokens; it stops working at once."""
    token = ApiToken.objects.filter(user=user, pk=token_id).first()
    if token is None:
        raise NotFound
    audit.record(actor=user, verb="token.revoked", subject=token)
    token.delete()
