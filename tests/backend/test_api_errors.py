"""Every refusal under the API is JSON with code, message and extra, whichever part of the site makes it."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from backend.accounts import api
from tests.backend import factories

pytestmark = pytest.mark.django_db


def checked(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/json", answer.content
    body = answer.json()
    assert set(body) == {"code", "message", "extra"}, body
    return answer.status_code, body["code"]


@pytest.fixture
def client() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user())
    return client


def raise_in(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(api.MeView, "get", broken)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/", "/api/v2/me", "/api/v1/projects/x"])
def test_what_is_not_there(client: Client, path: str) -> None:
    assert checked(client.get(path)) == (404, "not_found")


def test_another_method(client: Client) -> None:
    answer = client.delete("/api/v1/me")
    assert checked(answer) == (405, "method_not_allowed")
    assert "PATCH" in answer.headers["Allow"]


def test_nobody(client: Client) -> None:
    assert checked(Client().get("/api/v1/me"))[0] == 401


def test_a_body_that_is_no_json(client: Client) -> None:
    answer = client.patch("/api/v1/me", b"{", content_type="application/json")
    assert checked(answer) == (400, "parse_error")
    assert checked(client.patch("/api/v1/me", b"x", content_type="text/plain"))[0] == 415


def test_a_missing_csrf_header() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.make_user())
    assert checked(client.patch("/api/v1/me", b"{}", content_type="application/json")) == (403, "csrf_failed")


def test_a_body_that_is_too_large(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = client.patch("/api/v1/me", b'{"display_name": "x"}', content_type="application/json")
    assert checked(answer) == (413, "too_large")


def test_a_bug(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_in(monkeypatch, RuntimeError("a secret of the inside"))
    answer = client.get("/api/v1/me")
    assert checked(answer) == (500, "server_error")
    assert b"secret" not in answer.content


def test_an_unknown_host(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["here.test"]
    assert checked(client.get("/api/v1/me", HTTP_HOST="elsewhere.test")) == (400, "invalid")


@pytest.mark.parametrize(
    ("text", "code"), [("database is locked", "busy"), ("connection refused", "unavailable")]
)
def test_a_database_that_is_locked_or_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, text: str, code: str
) -> None:
    raise_in(monkeypatch, OperationalError(sqlite3.OperationalError(text)))
    answer = client.get("/api/v1/me")
    assert checked(answer) == (503, code)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_database_that_is_locked_before_the_view(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: SessionStore) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(SessionStore, "load", locked)
    assert checked(client.get("/api/v1/me")) == (503, "busy")


@pytest.mark.parametrize("address", ["/api/v1/me", "/_allauth/browser/v1/auth/login"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("database is locked"), (503, "busy")),
        (RuntimeError("a bug"), (500, "server_error")),
    ],
)
def test_a_session_that_cannot_be_saved(
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    error: Exception,
    expected: tuple[int, str],
) -> None:
    """It is saved behind the view, where the views' own way with errors does not reach."""

    def locked(self: SessionStore, must_create: bool = False) -> None:
        raise error

    settings.SESSION_SAVE_EVERY_REQUEST = True
    monkeypatch.setattr(SessionStore, "save", locked)
    answer = client.get(address)
    assert checked(answer) == expected
    assert ("Retry-After" in answer.headers) == (expected[0] == 503)
