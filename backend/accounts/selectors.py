"""Reads of accounts."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings
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


DEMO_PASSWORD = "vertebase-demo"
DEMO_ROLES = {
    "manager": "manager",
    "rater1": "rater",
    "rater2": "rater",
    "rater3": "rater",
    "radiologist": "radiologist",
    "radiologist2": "radiologist",
    "researcher": "researcher",
}


def demo_accounts() -> list[dict[str, str]]:
    """The demo's accounts with their password, where this is the embedded mode and the demo is loaded."""
    if not settings.VERTEBASE_SHOW_DEMO_ACCOUNTS:
        return []
    emails = {f"{name}@demo.test": role for name, role in DEMO_ROLES.items()}
    users = {user.email: user for user in User.objects.filter(email__in=emails, is_active=True)}
    return [
        {
            "email": email,
            "password": DEMO_PASSWORD,
            "role": role,
            "display_name": users[email].name,
        }
        for email, role in emails.items()
        if email in users
    ]
