"""Whose an address, a token or a session is, and what a token of each scope is good for."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from backend.accounts import selectors
from backend.accounts.models import ApiToken, User
from backend.accounts.services import create_user
from backend.common import scopes
from backend.projects.models import Membership, Role
from tests.backend import factories
from tests.backend.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed() -> User:
    """Somebody whose account was closed; the first of all by age."""
    user = factories.make_user("closed")
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize(
    ("wanted", "mails", "verification", "open_"),
    [
        (True, True, "mandatory", True),
        (False, True, "mandatory", False),
        (True, False, "mandatory", False),
        (True, True, "optional", False),
    ],
)
def test_anybody_may_sign_up_only_where_addresses_are_proved(
    settings: Any, wanted: bool, mails: bool, verification: str, open_: bool
) -> None:
    settings.VERTEBASE_OPEN_SIGNUP, settings.VERTEBASE_SENDS_MAIL = wanted, mails
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    assert selectors.sign_up_is_open() is open_


def token(user: User, text: str, ends: Any) -> ApiToken:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return ApiToken.objects.create(user=user, name=text, token_sha256=digest, scope="read", expires_at=ends)


def test_a_token_is_good_until_it_ends_or_its_owner_s_account_does(
    closed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    user, peer = factories.make_user(), factories.make_user()
    ends = clock.now + timedelta(hours=1)
    first, second = token(user, "one", ends), token(user, "two", ends + timedelta(hours=1))
    token(closed, "three", ends)
    other = token(peer, "four", ends)
    clock.forward(1)
    third = token(user, "five", ends)
    assert selectors.token_digest("one") == first.token_sha256
    assert [selectors.valid_token(text=text) for text in ("one", "two", "three", "four", "none")] == [
        first,
        second,
        None,
        other,
        None,
    ]
    assert selectors.tokens_of(user).first() == third
    assert set(selectors.tokens_of(user)) == {first, second, third}
    clock.now = ends
    assert selectors.valid_token(text="one") is None, "it ends then, not after"
    assert selectors.valid_token(text="two") == second


def test_accounts_are_found_by_address_and_id_while_they_are_open(closed: User) -> None:
    user, peer = factories.make_user(), factories.make_user()
    assert selectors.user_by_email(f" {user.email.upper()} ") == user
    assert selectors.user_by_email(peer.email) == peer
    assert selectors.user_by_id(user.pk) == user
    assert selectors.user_by_id(peer.pk) == peer
    for nobody in (closed.email, "nobody@x.test"):
        assert selectors.user_by_email(nobody) is None
    for unknown in (closed.pk, uuid4()):
        assert selectors.user_by_id(unknown) is None


def test_an_address_matches_once_it_was_proved() -> None:
    user, peer = factories.make_user(), factories.make_user()
    EmailAddress.objects.filter(user=user).delete()
    for email, verified in (("Second@X.test", True), ("third@x.test", False)):
        EmailAddress.objects.create(user=user, email=email, verified=verified, primary=False)
    EmailAddress.objects.update_or_create(user=peer, email="peer@x.test", defaults={"verified": True})
    assert selectors.verified_addresses(user) == ["second@x.test"]


def test_a_session_is_its_user_s_until_the_password_changes() -> None:
    user, peer = factories.make_user(), factories.make_user()
    client = Client()
    client.force_login(user)
    key = client.session.session_key or ""
    assert selectors.session_is_open(session_key=key, user=user)
    assert not selectors.session_is_open(session_key=key, user=peer)
    assert not selectors.session_is_open(session_key="unknown", user=user)
    user.set_password("another long and odd phrase")
    user.save()
    assert not selectors.session_is_open(session_key=key, user=user)


def test_the_demo_s_accounts_are_told_where_they_are_and_are_meant_to_be(settings: Any) -> None:
    settings.VERTEBASE_SHOW_DEMO_ACCOUNTS = True
    assert selectors.demo_accounts() == []
    for email, active in (("rater1@demo.test", True), ("rater2@demo.test", False), ("rater1@x.test", True)):
        user = create_user(email=email, password=None, display_name="Ada")
        User.objects.filter(pk=user.pk).update(is_active=active)
    told = {"email": "rater1@demo.test", "password": "vertebase-demo", "role": "rater", "display_name": "Ada"}
    assert selectors.demo_accounts() == [told]
    settings.VERTEBASE_SHOW_DEMO_ACCOUNTS = False
    assert selectors.demo_accounts() == []


def test_one_s_projects_are_those_where_one_has_a_part_now() -> None:
    project, former = factories.make_project(), factories.make_project()
    user = factories.make_member(project, Role.RATER)
    factories.make_member(project, Role.PHYSICIST, user=user)
    Membership.objects.create(project=former, user=user, role=Role.MANAGER, active=False)
    rows = selectors.membership_rows(user)
    assert [row["role"] for row in rows] == ["physicist", "rater"]
    assert {row["project"]["slug"] for row in rows} == {project.slug}


@pytest.mark.parametrize(
    ("held", "good_for"),
    [
        ("read", ["read"]),
        ("annotate", ["read", "annotate"]),
        ("manage", ["read", "annotate", "manage"]),
        ("unknown", []),
        ("session", []),
    ],
)
def test_each_scope_holds_those_before_it(held: str, good_for: list[str]) -> None:
    asked = ("read", "annotate", "manage", "session", "unknown")
    assert [one for one in asked if scopes.covers(held, one)] == good_for


@pytest.mark.parametrize(
    ("says", "method", "asked"),
    [
        ({}, "GET", "read"),
        ({}, "HEAD", "read"),
        ({}, "OPTIONS", "read"),
        ({}, "POST", "manage"),
        ({}, "DELETE", "manage"),
        (scopes.OWN_WORK, "POST", "annotate"),
        (scopes.OWN_WORK, "GET", "read"),
        ({"GET": "session"}, "GET", "session"),
        ({"GET": "session"}, "HEAD", "session"),
        ({"GET": "session"}, "POST", "manage"),
    ],
)
def test_a_view_that_says_nothing_is_read_and_managed(says: dict[str, str], method: str, asked: str) -> None:
    assert scopes.needed(says, method) == asked
