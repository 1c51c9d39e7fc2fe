"""Faults reported by a link to the files, without an account: on which cases, how many, who reads what."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from PIL import Image

from backend.accounts.models import User
from backend.annotation.models import CaseState
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.notices.digests.selectors import fresh_for
from backend.projects.models import Project, Role
from backend.releases.access.services import digest, revoke
from backend.releases.faults import services
from backend.releases.faults.selectors import fault_row, faults_seen_by
from backend.releases.models import AccessRequest, FaultReport, Publication, Release
from backend.releases.selectors import terms_sha256
from tests.backend import contest, factories
from tests.backend.thaw import unheld

pytestmark = pytest.mark.django_db
SECRET = "a-secret"
ROOT = "/api/v1/public/granted/faults"


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def release(project: Project) -> Release:
    """An open part and a sealed one, of which the CTs are open."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    made = contest.frozen_release(
        project, ["training", "test"], embargo_until=tomorrow, open_test_images=True
    )
    Publication.objects.filter(release=made).update(public=True, access="on_request")
    return Release.objects.get(pk=made.pk)


@pytest.fixture
def manager(project: Project) -> User:
    return project.created_by


@pytest.fixture
def link(release: Release) -> AccessRequest:
    return granted(release, SECRET, "ann@x.test")


def granted(release: Release, secret: str, email: str) -> AccessRequest:
    return AccessRequest.objects.create(
        release=release,
        name="Ann",
        email=email,
        institution="U",
        purpose="To learn",
        terms_sha256=terms_sha256(release),
        state="granted",
        expires_at=timezone.now() + timedelta(days=1),
        link_sha256=digest(secret),
    )


def holder(secret: str = SECRET) -> Client:
    """A client that says the link, as the page does."""
    return Client(headers={"X-Link": secret})


def post(item: Any, text: str = "L1 leaks", secret: str = SECRET, **said: Any) -> Any:
    body = {"item_id": str(item.pk), "text": text} | said
    return holder(secret).post(ROOT, body, content_type="application/json")


def item_of(release: Release, split: str = "training") -> Any:
    return release.items.get(release_patient__split=split)


def test_of_what_is_open_alone_and_only_while_the_link_holds(
    release: Release, link: AccessRequest, manager: User
) -> None:
    told = holder().get(ROOT).json()
    assert [case["item_id"] for case in told["cases"]] == [str(item_of(release).pk)]
    assert post(item_of(release, "test")).status_code == 404, "its mask is sealed"
    other = contest.frozen_release(release.project, ["training"], version="2.0")
    assert post(item_of(other)).status_code == 404
    assert post(item_of(release), "  ").status_code == 400
    assert post(item_of(release), label=99).status_code == 400
    made = post(item_of(release), label=20)
    assert made.status_code == 201
    assert set(made.json()) == {
        *("id", "subject", "series", "level", "text", "has_picture", "state", "answer", "created_at")
    }, "nobody's name, and nothing of the work on the case"
    assert Record.objects.get(verb=Verb.RELEASE_FAULT_REPORTED).actor_id is None
    assert post(item_of(release), secret="guessed").status_code == 404
    assert Client().get(ROOT).status_code == 404
    revoke(request_id=link.pk, actor=manager, reason="Passed on")
    assert post(item_of(release)).status_code == 404
    assert holder().get(ROOT).status_code == 404


def test_a_link_reads_its_own_reports_and_managers_all(
    release: Release, link: AccessRequest, manager: User
) -> None:
    other = granted(release, "another", "ben@x.test")
    post(item_of(release), "mine")
    theirs = FaultReport.objects.create(item=item_of(release), text="theirs", access=other)
    assert [row["text"] for row in holder().get(ROOT).json()["faults"]] == ["mine"]
    png = BytesIO()
    Image.new("L", (2, 2)).save(png, "PNG")
    stranger = holder().put(
        f"{ROOT}/{theirs.pk}/picture", png.getvalue(), content_type="application/octet-stream"
    )
    assert stranger.status_code == 404
    rows = [fault_row(row, manager, release) for row in faults_seen_by(manager, release)]
    assert {row["reporter"] for row in rows} == {"Ann, U"}
    assert not any(row["mine"] for row in rows)
    researcher = factories.make_member(release.project, Role.RESEARCHER)
    assert not faults_seen_by(researcher, release)
    (fresh,) = fresh_for(manager, timezone.now() - timedelta(days=1), timezone.now())
    assert fresh.faults == 2


def test_a_picture_is_made_anew_and_set_until_it_is_answered(
    release: Release, link: AccessRequest, manager: User
) -> None:
    pk = post(item_of(release)).json()["id"]
    png = BytesIO()
    Image.new("RGB", (4, 4), "red").save(png, "PNG")
    address = f"{ROOT}/{pk}/picture"
    octets = "application/octet-stream"
    assert holder().put(address, b"<svg/>", content_type=octets).status_code == 400
    assert holder().put(address, png.getvalue(), content_type=octets).json()["has_picture"]
    services.decline(report=FaultReport.objects.get(pk=pk), actor=manager, reason="It is a rib")
    assert holder().put(address, png.getvalue(), content_type=octets).status_code == 409


def test_so_many_wait_of_one_link(
    release: Release, link: AccessRequest, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_WAITING_BY_LINK", 2)
    item = item_of(release)
    assert [post(item).status_code for _ in range(3)] == [201, 201, 409]
    services.decline(report=link.faults.all()[0], actor=manager, reason="No")
    assert post(item).status_code == 201


def test_it_becomes_the_same_task_and_the_answer_is_mailed_while_the_link_holds(
    release: Release,
    link: AccessRequest,
    manager: User,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.VERTEBASE_SENDS_MAIL = True
    for text in ("L1 leaks", "L2 leaks"):
        post(item_of(release), text, label=20)
    second, first = link.faults.order_by("-created_at")
    case = first.item.case
    with unheld(), django_capture_on_commit_callbacks(execute=True):
        case.state, case.accepted_mask = CaseState.ACCEPTED, first.item.mask
        case.save()
        services.take_up(report=first, actor=manager, text="L1 leaks into the canal", review=False)
    (letter,) = outbox.outbox
    assert letter.to == ["ann@x.test"]
    assert "L1 leaks into the canal" in letter.body
    assert manager.name not in letter.body
    assert release.errata.get().item == first.item
    (answered,) = (row for row in holder().get(ROOT).json()["faults"] if row["id"] == str(first.pk))
    assert (answered["state"], answered["answer"]) == ("taken_up", "L1 leaks into the canal")
    AccessRequest.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        services.decline(report=second, actor=manager, reason="No")
    assert len(outbox.outbox) == 1, "who may no longer have the files is told nothing more"


def test_a_report_is_of_an_account_or_of_a_link(release: Release) -> None:
    with pytest.raises(IntegrityError):
        FaultReport.objects.create(item=item_of(release), text="nobody's")
