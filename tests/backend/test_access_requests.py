"""Asking for the files of a public release: who may, what is answered, and what is closed again at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.common.errors import Unavailable
from backend.projects.models import Project, Role
from backend.releases import selectors
from backend.releases.access import services
from backend.releases.access.selectors import granted_by_link
from backend.releases.errors import (
    AnsweredAlready,
    LinkUnknown,
    NoRequestsTaken,
    RatersAsk,
    RequestedAlready,
    TermsChanged,
)
from backend.releases.models import AccessRequest, DownloadRecord, Publication, Release, ReleaseFile
from backend.releases.publishing.services import withdraw
from backend.releases.selectors import releases_visible_to, terms_sha256
from tests.backend import contest, factories
from tests.backend.test_publishing import add_file
from tests.backend.thaw import unheld

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(project: Project) -> Release:
    made = contest.frozen_release(project, ["training"])
    with unheld():
        add_file(made, "", "README.md", b"Read me")
        add_file(made, "training", "01_training/a_ct.nii.gz", b"a CT" * 100)
    Publication.objects.filter(release=made).update(public=True, access="on_request")
    return again(made)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def again(release: Release) -> Release:
    return Release.objects.select_related("project", "publication").get(pk=release.pk)


def asked(release: Release, **said: str) -> services.Asked:
    usual = {"name": "Ann", "email": "Ann@x.test", "institution": "U", "purpose": "To learn"}
    return services.Asked(**{**usual, "terms_sha256": terms_sha256(release)} | said)


def link(secret: str) -> str:
    return f"https://x.test/#{secret}"


def ask(release: Release, user: User | None = None, **said: str) -> AccessRequest:
    return services.ask(release=release, user=user, asked=asked(release, **said), link_of=link)


def mailed(callbacks: Any) -> str:
    """The secret in the last mail."""
    assert callbacks
    return str(re.findall(r"#(\S+)", str(mail.outbox[-1].body))[0])


def test_an_account_that_was_granted_it_sees_the_release_and_no_longer_once_revoked(
    project: Project, release: Release
) -> None:
    outside, manager = factories.make_user("outside"), project.created_by
    row = ask(release, outside)
    assert (row.state, row.email) == ("asked", outside.email.lower()), "their own address counts"
    with pytest.raises(RequestedAlready):
        ask(release, outside)
    assert not releases_visible_to(outside).exists()
    services.grant(request_id=row.pk, actor=manager, days=2, link_of=link)
    assert list(releases_visible_to(outside)) == [release]
    assert selectors.has_accepted(outside, release), "the terms were signed with the request"
    with pytest.raises(AnsweredAlready):
        services.refuse(request_id=row.pk, actor=manager, reason="No")
    services.revoke(request_id=row.pk, actor=manager, reason="Passed on")
    assert not releases_visible_to(outside).exists()


def test_what_was_granted_ends_on_its_day(
    project: Project, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = factories.make_user("outside")
    row = ask(release, outside)
    services.grant(request_id=row.pk, actor=project.created_by, days=2, link_of=link)
    over = timezone.now() + timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: over - timedelta(hours=1))
    assert releases_visible_to(outside).exists()
    monkeypatch.setattr(timezone, "now", lambda: over)
    assert not releases_visible_to(outside).exists()


def test_an_address_is_confirmed_before_managers_hear_of_it(
    project: Project, release: Release, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as sent:
        row = ask(release)
    secret = mailed(sent)
    assert mail.outbox[-1].to == ["ann@x.test"]
    assert row.state == "unconfirmed"
    client = Client()
    client.force_login(factories.make_member(project, Role.MANAGER))
    address = f"/api/v1/releases/{release.pk}/access-requests"
    assert client.get(address).json()["results"] == []
    with pytest.raises(LinkUnknown):
        services.confirm(secret="guessed")
    assert services.confirm(secret=secret).state == "asked"
    assert services.confirm(secret=secret).state == "asked", "opened twice"
    assert [row["email"] for row in client.get(address).json()["results"]] == ["ann@x.test"]
    second = ask(release)
    assert second.state == "unconfirmed", "nobody learns by asking whether an address has asked"


def test_a_granted_link_gives_the_archive_until_it_is_taken_back(
    project: Project, release: Release, django_capture_on_commit_callbacks: Any
) -> None:
    manager = project.created_by
    row = AccessRequest.objects.create(
        release=release, name="Ann", email="ann@x.test", terms_sha256=terms_sha256(release)
    )
    with django_capture_on_commit_callbacks(execute=True) as sent:
        services.grant(request_id=row.pk, actor=manager, days=2, link_of=link)
    secret = mailed(sent)
    assert not AccessRequest.objects.filter(link_sha256=secret).exists(), "its digest alone is kept"
    told = Client().post("/api/v1/public/granted", {"token": secret}, content_type="application/json").json()
    (url,) = (found["url"] for found in told["archives"] if found["name"] == "all")
    whole: Any = Client().get(url)
    data = b"".join(whole.streaming_content)
    assert int(whole["Content-Length"]) == len(data)
    rest: Any = Client().get(url, headers={"Range": "bytes=100-", "If-Range": whole["ETag"]})
    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, data[100:])
    assert DownloadRecord.objects.filter(access=row, user=None).count() == 2
    detail = Client()
    detail.force_login(manager)
    assert detail.get(f"/api/v1/releases/{release.pk}").json()["downloads"] == 1, "taken up again is no other"
    services.revoke(request_id=row.pk, actor=manager, reason="Passed on")
    assert Client().get(url).status_code == 404


def test_withdrawing_closes_every_link(project: Project, release: Release) -> None:
    AccessRequest.objects.create(
        release=release,
        email="ann@x.test",
        state="granted",
        terms_sha256=terms_sha256(release),
        link_sha256=services.digest("s"),
        expires_at=timezone.now() + timedelta(days=1),
    )
    assert granted_by_link("s").email == "ann@x.test"
    withdraw(release_id=release.pk, actor=project.created_by, reason="A mix-up")
    with pytest.raises(LinkUnknown):
        granted_by_link("s")
    with pytest.raises(NoRequestsTaken):
        ask(again(release), factories.make_user("late"))


def test_raters_of_the_project_get_nothing_by_asking(project: Project, release: Release) -> None:
    for role in (Role.RATER, Role.RADIOLOGIST):
        with pytest.raises(RatersAsk):
            ask(release, factories.make_member(project, role))
    later = factories.make_user("later")
    row = ask(release, later)
    services.grant(request_id=row.pk, actor=project.created_by, days=9, link_of=link)
    assert releases_visible_to(later).exists()
    project.memberships.create(user=later, role=Role.RATER)
    assert not releases_visible_to(later).exists(), "who came to rate since reads no masks of others"


def test_nothing_is_asked_where_it_is_not_offered_or_under_other_terms(
    project: Project, release: Release, settings: Any
) -> None:
    outside = factories.make_user("outside")
    with pytest.raises(TermsChanged):
        ask(release, outside, terms_sha256="0" * 64)
    settings.VERTEBASE_SENDS_MAIL = False
    with pytest.raises(Unavailable):
        ask(release)
    Publication.objects.filter(release=release).update(access="members")
    with pytest.raises(NoRequestsTaken):
        ask(again(release), outside)
    assert not AccessRequest.objects.exists()
    assert ReleaseFile.objects.exists()
