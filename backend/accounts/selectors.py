"""Reads of accounts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from importlib import import_module
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from backend.accounts.models import ApiToken, User


def sign_up_is_open() -> bool:
    """Whether anybody may make an account: where the site says so and proves addresses by mail."""
    verified = settings.VERTEBASE_SENDS_MAIL and settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
    return bool(settings.VERTEBASE_OPEN_SIGNUP and verified)


def token_digest(token: str) -> str:
    """What is kept of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


def valid_token(*, text: str) -> ApiToken | None:
    """The token of that text with its owner, where it is valid now."""
    return (
        ApiToken.objects.select_related("user")
        .filter(expires_at__gt=timezone.now(), token_sha256=token_digest(text), user__is_active=True)
        .first()
    )


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's own tokens, newest first."""
    return ApiToken.objects.filter(user=user).order_by("-created_at")


def user_by_email(email: str) -> User | None:
    """An active account by its address, whatever the case."""
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()


def verified_addresses(user: User) -> list[str]:
    """The addresses that the person has proved to be theirs, in lower case. No other matches anything."""
    rows = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return [email.lower() for email in rows]


def session_is_open(*, session_key: str, user: User) -> bool:
    """Whether that browser session still is this user's, by the password of now."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    owner, digest = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    return owner == str(user.pk) and constant_time_compare(digest, user.get_session_auth_hash())


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


def membership_rows(user: User) -> list[dict[str, Any]]:
    """The projects in which the user has a part, with the role, by name."""
    rows = user.memberships.filter(active=True).select_related("project")
    return [
        {
            "project": {"id": str(row.project.pk), "slug": row.project.slug, "name": row.project.name},
            "role": row.role,
        }
        for row in rows.order_by("project__name", "role")
    ]


def left_without_manager(user_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """By user the names of projects that nobody else manages whose account is on; two queries for all."""
    managing = {"is_active": True, "memberships__role": "manager", "memberships__active": True}
    own = list(
        User.objects.filter(pk__in=user_ids, **managing).values_list(
            "pk", "memberships__project_id", "memberships__project__name"
        )
    )
    everybody = User.objects.filter(memberships__project__in={row[1] for row in own}, **managing)
    managers: dict[UUID, set[UUID]] = defaultdict(set)
    for user_id, project_id in everybody.values_list("pk", "memberships__project_id"):
        managers[project_id].add(user_id)
    alone: dict[UUID, list[str]] = defaultdict(list)
    for user_id, project_id, name in own:
        if managers[project_id] == {user_id}:
            alone[user_id].append(name)
    return dict(alone)
