"""Inviting people who have no account yet."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.audit.models import Record
from backend.projects.models import Invitation, Membership, Project, Role
from tests.backend import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a long and odd pass phrase"
EMAIL = "New.Person@hospital.test"


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def invite(project: Project, **changes: Any) -> dict[str, Any]:
    answer = client_of(project.created_by).post(
        f"/api/v1/projects/{project.slug}/invitations",
        {"email": EMAIL, "role": "rater"} | changes,
        format="json",
    )
    assert answer.status_code == 201, answer.data
    return dict(answer.json()["invitation"])


def token_of(invitation: dict[str, Any]) -> str:
    return str(invitation["link"]).partition("#")[2]


def accept(token: str, client: APIClient | None = None, **body: Any) -> Any:
    body = {"token": token, "display_name": "New Person", "password": PASSWORD} | body
    return (client or APIClient()).post("/api/v1/invitations/accept", body, format="json")


def test_a_link_makes_an_account_and_a_membership(project: Project) -> None:
    invitation = invite(project)
    (message,) = mail.outbox
    assert message.to == [EMAIL.lower()]
    assert invitation["link"] in message.body
    token = token_of(invitation)
    assert token not in str(Invitation.objects.values())
    offer = APIClient().post("/api/v1/invitations/offer", {"token": token}, format="json").json()
    assert (offer["project_name"], offer["role"], offer["has_account"]) == (project.name, "rater", False)

    answer = accept(token)
    assert answer.json() == {"project_slug": project.slug, "email": EMAIL.lower()}
    user = User.objects.get(email=EMAIL.lower())
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user, project=project).role == Role.RATER
    verbs = list(Record.objects.filter(project_id_ref=project.pk).values_list("verb", flat=True))
    assert verbs[-3:] == ["member.invited", "member.added", "member.accepted"]
    assert accept(token).status_code == 404  # once


def test_a_link_ends_with_time_withdrawal_and_a_newer_one(project: Project) -> None:
    first = invite(project)
    second = invite(project)
    assert first["id"] == second["id"]
    assert accept(token_of(first)).status_code == 404
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert accept(token_of(second)).status_code == 404
    third = invite(project)
    manager = client_of(project.created_by)
    address = f"/api/v1/projects/{project.slug}/invitations"
    assert [row["email"] for row in manager.get(address).json()["results"]] == [EMAIL.lower()]
    assert manager.delete(f"{address}/{third['id']}").status_code == 204
    assert accept(token_of(third)).status_code == 404
    assert manager.get(address).json()["results"] == []
    assert not User.objects.filter(email=EMAIL.lower()).exists()


def test_a_weak_password_leaves_the_link_open(project: Project) -> None:
    token = token_of(invite(project))
    refused = accept(token, password="password")
    assert (refused.status_code, refused.json()["code"]) == (400, "weak_password")
    assert accept(token).status_code == 201


def test_who_has_an_account_meanwhile_signs_in_with_it(project: Project) -> None:
    token = token_of(invite(project))
    user = factories.make_user()
    User.objects.filter(pk=user.pk).update(email=EMAIL.lower())
    user.refresh_from_db()
    assert accept(token).json()["code"] == "sign_in_first"
    assert accept(token, client_of(factories.make_user())).json()["code"] == "other_address"
    assert accept(token, client_of(user)).status_code == 201
    assert Membership.objects.filter(user=user, project=project, role=Role.RATER).exists()


def test_who_has_an_account_is_added_at_once(project: Project) -> None:
    user = factories.make_user()
    answer = (
        client_of(project.created_by)
        .post(
            f"/api/v1/projects/{project.slug}/invitations",
            {"email": user.email.upper(), "role": "rater"},
            format="json",
        )
        .json()
    )
    assert answer["invitation"] is None
    assert answer["member"]["user"]["id"] == str(user.pk)
    assert not Invitation.objects.exists()
    assert mail.outbox == []


def test_a_forgotten_password_is_set_by_a_link(project: Project) -> None:
    email = project.created_by.email
    EmailAddress.objects.get_or_create(user=project.created_by, email=email, verified=True, primary=True)
    client = APIClient()
    root = "/_allauth/browser/v1/auth/password"
    assert client.post(f"{root}/request", {"email": email}, format="json").status_code == 200
    (message,) = mail.outbox
    found = re.search(r"/account/password/reset/key/(\S+)", message.body)
    assert found is not None
    body = {"key": found[1], "password": PASSWORD}
    assert client.post(f"{root}/reset", body, format="json").status_code in (200, 401)
    project.created_by.refresh_from_db()
    assert project.created_by.check_password(PASSWORD)


def test_a_mail_that_fails_leaves_the_link_to_the_manager(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("backend.projects.invitations.send_mail", refuse)
    invitation = invite(project)
    assert invitation["mailed_at"] is None
    assert accept(token_of(invitation)).status_code == 201
