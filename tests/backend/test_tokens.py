"""Bearer tokens: how long they last, what they may be used for, and what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts import services
from backend.accounts.models import ApiToken, User
from backend.common.errors import Invalid
from backend.common.scopes import SESSION_ONLY, Scope
from tests.backend import factories
from tests.permissions.routes import Route, api_routes

pytestmark = pytest.mark.django_db
OWN_TASKS = (
    "assignments/<",
    "projects/<slug:slug>/next-assignment",
    "projects/<slug:slug>/guidelines/versions/<",
    "questions/<uuid:question_id>/replies",
    "questions/<uuid:question_id>/close",
)
BY_A_PERSON = {
    ("GET", "me/tokens"),
    ("POST", "me/tokens"),
    ("DELETE", "me/tokens/<uuid:token_id>"),
    ("PUT", "me/invitations/<uuid:invitation_id>"),
    ("POST", "me/programs/look"),
    ("POST", "me/programs/answer"),
    ("PUT", "project-rights"),
    ("GET", "site/accounts"),
    ("PATCH", "site/accounts/<uuid:account_id>"),
    ("POST", "site/accounts/<uuid:account_id>/sign-out"),
    ("GET", "site/acts"),
    ("GET", "site/health"),
    ("GET", "site/storage"),
    ("PUT", "site/storage"),
    ("POST", "site/storage/count"),
    ("GET", "site/storage/projects"),
    ("PUT", "site/storage/projects/<slug:slug>"),
    ("GET", "site/queues"),
    ("GET", "site/failed-jobs"),
    ("POST", "site/failed-jobs/<uuid:job_id>/retry"),
    ("POST", "invitations/accept"),
    ("PUT", "me/mail"),
    ("POST", "projects/<slug:slug>/webhooks"),
    ("PUT", "projects/<slug:slug>/webhooks/<uuid:webhook_id>"),
    ("DELETE", "projects/<slug:slug>/webhooks/<uuid:webhook_id>"),
    ("POST", "projects/<slug:slug>/webhooks/<uuid:webhook_id>/secret"),
    ("POST", "challenges/<uuid:challenge_id>/phases/<str:split>/keys"),
    ("DELETE", "challenges/<uuid:challenge_id>/phases/<str:split>/keys/<uuid:key_id>"),
}

# Of somebody's task, and a manager's to do; read, and may hold keys of other programs
MANAGED = {
    ("POST", "assignments/<uuid:assignment_id>/concern/settled"),
    ("GET", "projects/<slug:slug>/webhooks"),
    ("GET", "projects/<slug:slug>/webhooks/events"),
    ("GET", "projects/<slug:slug>/webhooks/<uuid:webhook_id>/deliveries"),
}


def client_with(text: str) -> APIClient:
    return APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Bearer {text}")


def expected(route: Route) -> str:
    """What the guide says: reading reads, one's own tasks are annotated, the rest is managed."""
    if (route.method, route.path) in BY_A_PERSON:
        return SESSION_ONLY
    if (route.method, route.path) in MANAGED:
        return Scope.MANAGE.value
    if route.method == "GET":
        return Scope.READ.value
    return Scope.ANNOTATE.value if route.path.startswith(OWN_TASKS) else Scope.MANAGE.value


PUBLIC = {"config", "schema", "invitations/offer", "device/code", "device/token", "slicer-extension"} | {
    "challenges/<uuid:challenge_id>/phases/<str:split>/signed-results"
}


@pytest.mark.parametrize("held", Scope.values)
def test_a_token_goes_as_far_as_its_scope_on_every_route(held: str) -> None:
    """The whole URL table, asked for real: within its scope a token gets past the door, beyond it never."""
    user = factories.make_user()
    _, text = services.create_token(user=user, name="script", scope=held)
    client = client_with(text)
    reach = {"read": {"read"}, "annotate": {"read", "annotate"}, "manage": set(Scope.values)}[held]
    wrong = []
    for route in api_routes():
        if route.path in PUBLIC:
            continue
        answer = client.generic(route.method, route.address(), "", content_type="application/json")
        refused = answer.status_code == 403 and answer.json()["code"] == "token_scope"
        if refused == (expected(route) in reach):
            wrong.append(f"{route.method} {route.path}: {answer.status_code}")
        ApiToken.objects.update(last_used_at=timezone.now())
    assert wrong == []


def test_a_token_cannot_make_another() -> None:
    user = factories.make_user()
    _, text = services.create_token(user=user, name="script", scope=Scope.MANAGE)
    answer = client_with(text).post("/api/v1/me/tokens", {"name": "more", "scope": "manage"})
    assert (answer.status_code, answer.json()["code"]) == (403, "token_scope")
    assert answer.json()["extra"] == {"needed": "session", "scope": "manage"}
    assert ApiToken.objects.count() == 1


def test_a_token_reads_only_and_ends_unless_it_is_said_otherwise() -> None:
    client = APIClient()
    client.force_login(factories.make_user())
    made = client.post("/api/v1/me/tokens", {"name": "script"}).json()
    assert made["scope"] == "read"
    days = (ApiToken.objects.get().expires_at - timezone.now()) / timedelta(days=1)
    assert 89 < days <= 90
    wide = client.post("/api/v1/me/tokens", {"name": "bot", "scope": "annotate"}).json()
    assert wide["scope"] == "annotate"


@pytest.mark.parametrize("days", [-1, 367])
def test_a_token_s_end_lies_in_the_next_year(days: int) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_token(
            user=factories.make_user(), name="script", expires_at=timezone.now() + timedelta(days=days)
        )
    assert refused.value.code == "token_end"


def through_the_page(user: User) -> None:
    client = APIClient()
    client.force_login(user)
    body = {"current_password": factories.PASSWORD, "new_password": "another-long-pass-phrase"}
    answer = client.post("/_allauth/browser/v1/account/password/change", body, format="json")
    assert answer.status_code == 200, answer.content


def through_the_shell(user: User) -> None:
    user.set_password("another-long-pass-phrase")
    user.save(update_fields=["password"])


@pytest.mark.parametrize("change", [through_the_page, through_the_shell])
def test_a_change_of_password_ends_all_tokens(change: Any) -> None:
    user, other = factories.make_user(), factories.make_user()
    texts = [services.create_token(user=each, name="script")[1] for each in (user, user, other)]
    change(user)
    answers = [client_with(text).get("/api/v1/me").status_code for text in texts]
    assert answers == [401, 401, 200]


def test_what_is_no_change_of_password_ends_no_token() -> None:
    user = factories.make_user()
    _, text = services.create_token(user=user, name="script")
    fresh = User.objects.get(pk=user.pk)
    fresh.display_name = "Another name"
    fresh.save()
    assert client_with(text).get("/api/v1/me").status_code == 200


def test_the_last_use_is_kept_but_not_written_at_every_request() -> None:
    token, text = services.create_token(user=factories.make_user(), name="script")
    client = client_with(text)

    def used() -> Any:
        client.get("/api/v1/me")
        return ApiToken.objects.get(pk=token.pk).last_used_at

    first = used()
    assert first is not None
    assert used() == first
    ApiToken.objects.update(last_used_at=first - services.USE_EVERY)
    assert used() > first - services.USE_EVERY


def test_creating_projects_is_a_right_that_administrators_give(capsys: Any) -> None:
    user, admin = factories.make_user(), factories.make_user(is_staff=True)
    draft = {"name": "Mine", "protocol_key": "multi_rater"}
    mine, theirs = APIClient(), APIClient()
    mine.force_login(user)
    theirs.force_login(admin)
    assert mine.get("/api/v1/me").json()["may_create_projects"] is False
    refused = mine.post("/api/v1/projects", draft)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_project_right")
    body = {"email": user.email, "allowed": True}
    assert mine.put("/api/v1/project-rights", body).status_code == 403
    assert theirs.put("/api/v1/project-rights", body).json()["may_create_projects"] is True
    assert mine.post("/api/v1/projects", draft).status_code == 201
    call_command("allow_projects", user.email, "--withdraw")
    assert "may not create projects" in capsys.readouterr().out
    assert mine.post("/api/v1/projects", {**draft, "name": "More"}).status_code == 403
    assert theirs.post("/api/v1/projects", {**draft, "name": "Admin's"}).status_code == 201
