"""Inviting people who have no account yet."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
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
    return dict(answer.json())


def token_of(invitation: dict[str, Any]) -> str:
    """The secret of the link: as the manager was told it, or as it was mailed last."""
    text = str(invitation["link"] or mail.outbox[-1].body)
    found = re.search(r"/invitation#(\S+)", text)
    assert found is not None
    return found[1]


def accept(token: str, client: APIClient | None = None, **body: Any) -> Any:
    body = {"token": token, "display_name": "New Person", "password": PASSWORD} | body
    return (client or APIClient()).post("/api/v1/invitations/accept", body, format="json")


def test_a_link_makes_an_account_and_a_membership(project: Project) -> None:
    invitation = invite(project)
    (message,) = mail.outbox
    assert message.to == [EMAIL.lower()]
    assert invitation["link"] is None, "it was mailed, and is nobody else's business"
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
    former = token_of(first)
    second = invite(project)
    assert first["id"] == second["id"]
    assert accept(former).status_code == 404
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


def offers(user: User) -> list[dict[str, Any]]:
    return list(client_of(user).get("/api/v1/me/invitations").json())


def reply(user: User, offer: dict[str, Any], *, accepts: bool) -> Any:
    return client_of(user).put(f"/api/v1/me/invitations/{offer['id']}", {"accepts": accepts}, format="json")


def roles(user: User) -> list[str]:
    return list(Membership.objects.filter(user=user, active=True).values_list("role", flat=True))


def test_who_has_an_account_is_asked_and_joins_by_their_own_yes(project: Project) -> None:
    user, other = factories.make_user(), factories.make_user()
    invite(project, email=user.email.upper())
    assert roles(user) == []
    (offer,) = offers(user)
    assert (offer["project_name"], offer["role"]) == (project.name, "rater")
    assert offers(other) == []
    assert reply(other, offer, accepts=True).status_code == 404
    assert reply(user, offer, accepts=True).json() == {"project_slug": project.slug}
    assert roles(user) == ["rater"]
    assert reply(user, offer, accepts=True).status_code == 404
    assert offers(user) == []


def test_a_no_is_kept_and_told_to_the_manager(project: Project) -> None:
    user = factories.make_user()
    token = token_of(invite(project, email=user.email))
    (offer,) = offers(user)
    assert reply(user, offer, accepts=False).json() == {"project_slug": None}
    assert (roles(user), offers(user)) == ([], [])
    assert accept(token, client_of(user)).status_code == 404, "the link went with it"
    rows = client_of(project.created_by).get(f"/api/v1/projects/{project.slug}/invitations").json()["results"]
    assert [row["declined_at"] is not None for row in rows] == [True]
    assert Record.objects.filter(verb="member.declined").count() == 1
    invite(project, email=user.email)
    assert len(offers(user)) == 1, "asked once more"


def test_an_address_that_was_not_proved_matches_nothing(project: Project) -> None:
    user = factories.make_user(verified=False)
    invite(project, email=user.email)
    assert offers(user) == []
    offer = {"id": str(Invitation.objects.get().pk)}
    assert reply(user, offer, accepts=True).status_code == 404
    EmailAddress.objects.update(verified=True)
    assert len(offers(user)) == 1


@pytest.mark.parametrize("mails", [True, False])
def test_only_a_link_that_was_mailed_proves_the_address(project: Project, settings: Any, mails: bool) -> None:
    settings.VERTEBASE_SENDS_MAIL = mails
    invitation = invite(project)
    assert (invitation["link"] is None) is mails
    assert accept(token_of(invitation)).status_code == 201
    assert EmailAddress.objects.get(email=EMAIL.lower()).verified is mails


def test_a_manager_is_answered_the_same_for_known_and_unknown_addresses(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    known = factories.make_user()
    manager = client_of(project.created_by)
    invite(project, email="warm@up.test")
    told = []
    for email in (known.email, "nobody@else.test"):
        body = {"email": email, "role": "rater"}
        with django_assert_max_num_queries(60) as captured:
            made = manager.post(f"/api/v1/projects/{project.slug}/invitations", body)
        shown = {name: value is None for name, value in made.json().items()}
        added = manager.post(f"/api/v1/projects/{project.slug}/members", body)
        told.append((made.status_code, shown, len(captured), added.status_code, added.json()))
    assert told[0] == told[1]
    assert told[0][4]["code"] == "not_a_member"
    assert roles(known) == []


def test_sign_up_and_reset_answer_the_same_for_known_and_unknown_addresses(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words, and in the work that takes long: hashing a password."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    settings.VERTEBASE_OPEN_SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    known = factories.make_user()
    hashed.clear()
    auth = "/_allauth/browser/v1/auth"
    for address, more in (("signup", {"password": PASSWORD}), ("password/request", {})):
        told, mailed = [], []
        for email in (known.email, f"nobody.{address[:4]}@else.test"):
            before = len(mail.outbox)
            answer = APIClient().post(f"{auth}/{address}", {"email": email, **more}, format="json")
            told.append((answer.status_code, answer.json(), len(hashed)))
            hashed.clear()
            mailed.append(len(mail.outbox) - before)
        assert told[0] == told[1], address
        assert mailed == [1, 1], address


@pytest.mark.parametrize(("mails", "verification"), [(False, "mandatory"), (True, "optional")])
def test_sign_up_is_open_only_where_addresses_are_proved(
    settings: Any, mails: bool, verification: str
) -> None:
    settings.VERTEBASE_OPEN_SIGNUP = True
    settings.VERTEBASE_SENDS_MAIL, settings.ACCOUNT_EMAIL_VERIFICATION = mails, verification
    answer = APIClient().post(
        "/_allauth/browser/v1/auth/signup", {"email": "a@b.test", "password": PASSWORD}, format="json"
    )
    assert answer.status_code == 403
    assert APIClient().get("/api/v1/config").json()["open_signup"] is False


def test_who_signs_up_gets_in_once_the_address_is_proved(settings: Any) -> None:
    """By a link that works once and in any browser; nobody is in before."""
    settings.VERTEBASE_OPEN_SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    auth, who = "/_allauth/browser/v1/auth", {"email": "new@else.test", "password": PASSWORD}
    client = APIClient()
    assert client.get("/api/v1/config").json()["open_signup"] is True
    assert client.post(f"{auth}/signup", who, format="json").status_code == 401
    refused = APIClient().post(f"{auth}/login", who, format="json")
    assert refused.status_code == 401
    assert {"id": "verify_email", "is_pending": True} in refused.json()["data"]["flows"]
    found = re.search(r"http\S+/account/verify-email/(\S+)", str(mail.outbox[0].body))
    assert found is not None
    elsewhere, key = APIClient(), unquote(found[1])
    shown = elsewhere.get(f"{auth}/email/verify", headers={"X-Email-Verification-Key": key})
    assert shown.json()["data"]["email"] == "new@else.test", shown.json()
    assert elsewhere.post(f"{auth}/email/verify", {"key": key}, format="json").status_code == 401
    assert elsewhere.post(f"{auth}/email/verify", {"key": key}, format="json").status_code == 400
    assert EmailAddress.objects.get(email="new@else.test").verified
    assert elsewhere.post(f"{auth}/login", who, format="json").status_code == 200


def test_a_forgotten_password_is_set_by_a_link(project: Project) -> None:
    email = project.created_by.email
    EmailAddress.objects.get_or_create(user=project.created_by, email=email, verified=True, primary=True)
    client = APIClient()
    root = "/_allauth/browser/v1/auth/password"
    assert client.post(f"{root}/request", {"email": email}, format="json").status_code == 200
    (message,) = mail.outbox
    found = re.search(r"/account/password/reset/key/(\S+)", str(message.body))
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
    assert invitation["link"] is not None
    assert accept(token_of(invitation)).status_code == 201
