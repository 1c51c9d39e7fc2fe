"""Limits and lock-outs: whom they hold, and that no header of the asker's moves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient
from rest_framework.throttling import AnonRateThrottle

from backend.accounts.api import ConfigView
from backend.accounts.models import User
from backend.config.settings import base
from tests.backend import factories

pytestmark = pytest.mark.django_db
AUTH = "/_allauth/browser/v1/auth"
HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> Iterator[None]:
    settings.ACCOUNT_RATE_LIMITS = base.ACCOUNT_RATE_LIMITS
    cache.clear()
    yield
    cache.clear()


def sign_in(user: User, password: str, address: str, forged: str = "") -> int:
    headers: Any = {"HTTP_X_FORWARDED_FOR": forged} if forged else {}
    answer = Client(REMOTE_ADDR=address, **headers).post(
        f"{AUTH}/login", {"email": user.email, "password": password}, content_type="application/json"
    )
    return int(answer.status_code)


def test_whoever_fails_too_often_locks_out_themselves_alone() -> None:
    user = factories.make_user()
    for _ in range(5):
        assert sign_in(user, "wrong", HERE) == 400
    assert sign_in(user, factories.PASSWORD, HERE) == 400, "locked, even with the right password"
    assert sign_in(user, factories.PASSWORD, ELSEWHERE) == 200, "the person, from their own address"
    assert sign_in(factories.make_user(), factories.PASSWORD, HERE) == 200, "another account, from there"


def test_a_forged_header_opens_no_lock() -> None:
    user = factories.make_user()
    for number in range(5):
        assert sign_in(user, "wrong", HERE, forged=f"192.0.2.{number}") == 400
    assert sign_in(user, factories.PASSWORD, HERE, forged="192.0.2.99") == 400


def test_a_forged_header_makes_no_other_asker(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twice(AnonRateThrottle):
        rate = "2/min"

    monkeypatch.setattr(ConfigView, "throttle_classes", [Twice])
    ask = [
        APIClient(REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").get("/api/v1/config")
        for number in range(3)
    ]
    assert [answer.status_code for answer in ask] == [200, 200, 429]
    assert ask[2].json()["code"] == "throttled"
    assert re.fullmatch(r"\d+", ask[2]["Retry-After"])
    assert APIClient(REMOTE_ADDR=ELSEWHERE).get("/api/v1/config").status_code == 200
