"""Signing in, tokens, the second factor's address, and what each gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts import services
from backend.accounts.models import ApiToken, User
from backend.common.errors import DomainError
from backend.projects.models import Role
from tests.backend import factories

pytestmark = pytest.mark.django_db
AsUser = Callable[[User | None], APIClient]
AUTH = "/_allauth/browser/v1/auth"


def sign_in(client: Client, user: User, password: str = factories.PASSWORD) -> Any:
    return client.post(
        f"{AUTH}/login", {"email": user.email, "password": password}, content_type="application/json"
    )


def test_signing_in_with_a_password_opens_a_session_and_out_closes_it() -> None:
    client, user = Client(), factories.make_user()
    assert client.get("/api/v1/me").status_code == 401
    assert sign_in(client, user, "wrong").status_code == 400
    answer = sign_in(client, user)
    assert (answer.status_code, answer.json()["meta"]["is_authenticated"]) == (200, True)
    assert client.get("/api/v1/me").json()["email"] == user.email
    assert client.delete(f"{AUTH}/session").status_code == 401
    assert client.get("/api/v1/me").status_code == 401


def test_nobody_signs_up_uninvited() -> None:
    answer = Client().post(
        f"{AUTH}/signup",
        {"email": "new@x.test", "password": "a-long-enough-one"},
        content_type="application/json",
    )
    assert answer.status_code == 403
    assert not User.objects.filter(email="new@x.test").exists()


def test_a_session_that_changes_something_needs_the_csrf_header() -> None:
    client, user = APIClient(enforce_csrf_checks=True), factories.make_user()
    client.force_login(user)
    refused = client.patch("/api/v1/me", {"display_name": "A"})
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    client.get("/api/v1/config")
    token = client.cookies["csrftoken"].value
    assert client.patch("/api/v1/me", {"display_name": "A"}, HTTP_X_CSRFTOKEN=token).status_code == 200


def test_a_token_works_without_csrf_until_it_expires_or_is_revoked() -> None:
    user = factories.make_user()
    token, text = services.create_token(user=user, name="script", scope="manage")
    assert text not in str(ApiToken.objects.values().get())
    client = APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Bearer {text}")
    assert client.patch("/api/v1/me", {"display_name": "Script"}).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/me").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    services.revoke_token(user=user, token_id=token.pk)
    assert client.get("/api/v1/me").status_code == 401


def test_one_sees_and_revokes_only_one_s_own_tokens(as_user: AsUser) -> None:
    owner, other = factories.make_user(), factories.make_user()
    token, _ = services.create_token(user=owner, name="mine")
    assert as_user(other).get("/api/v1/me/tokens").json() == []
    assert as_user(other).delete(f"/api/v1/me/tokens/{token.pk}").status_code == 404
    made = as_user(owner).post("/api/v1/me/tokens", {"name": "second"})
    assert (made.status_code, made.json()["token"][:4]) == (201, "vtb_")
    assert as_user(owner).delete(f"/api/v1/me/tokens/{token.pk}").status_code == 204


def test_me_lists_the_roles_one_holds(as_user: AsUser) -> None:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    memberships = as_user(rater).get("/api/v1/me").json()["memberships"]
    assert [(row["project"]["slug"], row["role"]) for row in memberships] == [(project.slug, "rater")]


def test_preferences_are_merged_and_bounded(as_user: AsUser) -> None:
    client = as_user(factories.make_user())
    client.patch("/api/v1/me", {"preferences": {"window": [300, 1500]}})
    answer = client.patch("/api/v1/me", {"preferences": {"theme": "dark"}})
    assert answer.json()["preferences"] == {"window": [300, 1500], "theme": "dark"}
    refused = client.patch("/api/v1/me", {"preferences": {"x": "y" * 30_000}})
    assert refused.json()["code"] == "preferences_too_large"


def test_an_address_is_one_account_whatever_its_case() -> None:
    services.create_user(email="Ada@X.test", password=None)
    with pytest.raises(DomainError) as refused:
        services.create_user(email="ada@x.TEST", password=None)
    assert refused.value.code == "email_taken"


def test_the_demo_s_accounts_are_told_in_the_embedded_demo_only(settings: Any) -> None:
    services.create_user(email="manager@demo.test", password="vertebase-demo", display_name="Mia")
    assert APIClient().get("/api/v1/config").json()["demo_accounts"] == []
    settings.VERTEBASE_SHOW_DEMO_ACCOUNTS = True
    assert APIClient().get("/api/v1/config").json()["demo_accounts"] == [
        {
            "email": "manager@demo.test",
            "password": "vertebase-demo",
            "role": "manager",
            "display_name": "Mia",
        }
    ]


def test_pages_carry_the_headers_that_the_viewer_and_the_browser_need() -> None:
    answer = Client().get("/api/v1/config")
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
    policy = answer["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in policy
    assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "worker-src 'self' blob:" in policy


def test_other_addresses_give_the_page_and_api_ones_never_do(settings: Any, tmp_path: Any) -> None:
    settings.FRONTEND_DIST = tmp_path
    assert b"make setup" in Client().get("/projects/x").content
    (tmp_path / "index.html").write_text("<title>the page</title>")
    page = Client().get("/projects/x")
    assert (page.status_code, page.content) == (200, b"<title>the page</title>")
    gone = Client().get("/assets/index-OfBefore.js")
    assert (gone.status_code, b"<title>" in gone.content) == (404, False)
    missing = Client().get("/api/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert Client().post("/projects/x").status_code == 405


def test_the_language_is_kept_with_the_account_and_only_one_that_the_pages_speak(as_user: AsUser) -> None:
    user = factories.make_user()
    client = as_user(user)
    assert client.get("/api/v1/me").json()["language"] == ""
    assert client.patch("/api/v1/me", {"language": "de"}).json()["language"] == "de"
    assert client.patch("/api/v1/me", {"display_name": "Ada"}).json()["language"] == "de"
    assert client.patch("/api/v1/me", {"language": "xx"}).status_code == 400
    user.refresh_from_db()
    assert user.language == "de"
