"""Reads of accounts."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.accounts.models import ApiToken, User


def token_digest(token: str) -> str:
    """What is kept of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of_token(*, token: str) -> User | None:
    """Whose valid bearer token this is."""
    row = (
        ApiToken.objects.select_related("user")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))
        .filter(token_sha256=token_digest(token), user__is_active=True)
        .first()
    )
    return row.user if row is not None else None


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's own tokens, newest first."""
    return ApiToken.objects.filter(user=user).order_by("-created_at")


def user_by_email(email: str) -> User | None:
    """An active account by its address, whatever the case."""
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()


def user_by_id(user_id: UUID) -> User | None:
    """An active account by id."""
    return User.objects.filter(pk=user_id, is_active=True).first()
