"""Sign-ins on record, storage with limits, workers that say that they live, and what the site warns of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.accounts.services import create_token, create_user
from backend.audit.models import ChainCheck, Record
from backend.common.beating import beat, begin
from backend.common.models import Blob, Job, WorkerBeat
from backend.imaging.models import BatchState, Upload, UploadBatch
from backend.imaging.services import uploads
from backend.projects import storage
from backend.projects.models import Role, StorageUse
from backend.projects.storage import OverQuota, count_project, count_site, set_quota
from tests.backend import factories
from tests.backend.test_accounts import sign_in

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def staff() -> User:
    return create_user(email="admin@x.test", password=None, display_name="Ada Min", is_staff=True)


def acts(client: APIClient, **query: Any) -> list[tuple[str, str | None, str | None]]:
    rows = client.get("/api/v1/site/acts", query).json()["results"]
    return [(row["verb"], row["actor"], row["account"]) for row in rows]


def test_sign_ins_and_refused_ones_are_on_record_without_a_secret(staff: User, as_user: AsUser) -> None:
    user = factories.make_user()
    sign_in(Client(), user)
    sign_in(Client(), user, "a-wrong-password")
    nobody = User(email="nobody@else.test")
    sign_in(Client(), nobody, "a-wrong-password")
    client = as_user(staff)
    assert acts(client, kind="sign_ins") == [
        ("account.sign_in_failed", None, None),
        ("account.sign_in_failed", None, user.email),
        ("account.signed_in", user.email, user.email),
    ]
    assert [row[2] for row in acts(client, kind="refused")] == [None, user.email]
    assert {row[0] for row in acts(client, kind="changes")} == {"account.created"}
    assert {row[2] for row in acts(client, account=str(user.pk))} == {user.email}
    kept = str(list(Record.objects.values("detail", "subject_id", "subject_kind")))
    assert "wrong-password" not in kept
    assert "else.test" not in kept, "an address without an account is kept nowhere"


def test_acts_of_a_project_are_not_among_those_of_the_site(staff: User, as_user: AsUser) -> None:
    factories.make_project()
    assert not {row[0] for row in acts(as_user(staff))} & {"project.created", "member.added"}


def test_signed_out_everywhere_an_account_stays_on(staff: User, as_user: AsUser) -> None:
    browser, user = Client(), factories.make_user()
    sign_in(browser, user)
    _, text = create_token(user=user, name="script")
    client = as_user(staff)
    found = client.get("/api/v1/site/accounts", {"search": user.email}).json()["results"][0]
    assert (found["sessions"], found["tokens"]) == (1, 1)
    answer = client.post(f"/api/v1/site/accounts/{user.pk}/sign-out").json()
    assert (answer["sessions"], answer["tokens"], answer["is_active"]) == (0, 0, True)
    assert browser.get("/api/v1/me").status_code == 401
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {text}").get("/api/v1/me").status_code == 401
    assert sign_in(Client(), user).status_code == 200
    record = Record.objects.get(verb="account.sessions_ended")
    assert (record.actor, record.detail) == (staff, {"sessions": 1, "tokens": 1})


def blob(size: int) -> Blob:
    return Blob.objects.create(sha256=f"{Blob.objects.count():064d}", size_bytes=size)


def test_what_a_project_keeps_is_counted_by_kind() -> None:
    project = factories.make_project()
    volume = factories.make_volume(project)
    own = sum(Blob.objects.filter(pk__in=volume.blobs.values("blob")).values_list("size_bytes", flat=True))
    blob(1000)  # of nobody
    assert count_project(project.pk).kept_bytes == {
        "scans": own,
        "masks": 0,
        "models": 0,
        "releases": 0,
        "submissions": 0,
    }
    assert count_site().kept_bytes == {"all": own + 1000}


def test_an_upload_over_the_limit_is_refused_before_it_starts(staff: User, as_user: AsUser) -> None:
    project = factories.make_project()
    manager = project.created_by
    set_quota(actor=staff, slug=project.slug, quota_bytes=10_000_000)
    client, address = as_user(manager), f"/api/v1/projects/{project.slug}/batches"
    refused = client.post(f"{address}?size_bytes=10000001")
    assert (refused.status_code, refused.json()["code"]) == (413, "over_quota")
    assert "10.0 MB are left" in refused.json()["message"]
    assert not UploadBatch.objects.exists()
    assert client.post(f"{address}?size_bytes=10000000").status_code == 201
    batch = UploadBatch.objects.get()

    def announce(size: int) -> Upload:
        return uploads.create_upload(
            actor=manager, batch=batch, name="a.nii", relative_path="", size_bytes=size
        )

    announce(9_000_000)
    with pytest.raises(OverQuota):
        announce(1_000_001)  # what is on its way counts
    UploadBatch.objects.update(state=BatchState.WITHDRAWN)
    assert storage.waiting_bytes([project.pk]) == {}
    assert Record.objects.get(verb="storage.quota_set").detail == {"limit": "10.0 MB"}


def test_a_limit_refuses_nobody_by_an_old_count(staff: User) -> None:
    project = factories.make_project()
    set_quota(actor=staff, slug=project.slug, quota_bytes=5000)
    StorageUse.objects.filter(project=project).update(kept_bytes={"scans": 4900}, counted_at=timezone.now())
    with pytest.raises(OverQuota):
        storage.require_room(project=project, size_bytes=101)
    StorageUse.objects.filter(project=project).update(counted_at=timezone.now() - timedelta(minutes=11))
    storage.require_room(project=project, size_bytes=101)


def test_the_limit_of_the_site_tells_nobody_what_others_keep(staff: User) -> None:
    project = factories.make_project()
    blob(900)
    set_quota(actor=staff, slug=None, quota_bytes=1000)
    storage.require_room(project=project, size_bytes=100)
    with pytest.raises(OverQuota, match="the storage of the site is used up") as refused:
        storage.require_room(project=project, size_bytes=101)
    assert "left" not in refused.value.message
    set_quota(actor=staff, slug=None, quota_bytes=None)
    storage.require_room(project=project, size_bytes=10**12)


def test_the_page_lists_projects_with_their_limits(staff: User, as_user: AsUser) -> None:
    project = factories.make_project()
    client = as_user(staff)
    address = f"/api/v1/site/storage/projects/{project.slug}"
    assert client.put(address, {"quota_bytes": 0}, format="json").status_code == 400
    assert client.put(address, {"quota_bytes": 5000}, format="json").json()["quota_bytes"] == 5000
    (row,) = client.get("/api/v1/site/storage/projects").json()["results"]
    assert (row["slug"], row["quota_bytes"], row["used_bytes"]) == (project.slug, 5000, 0)
    assert (
        client.put("/api/v1/site/storage/projects/none", {"quota_bytes": 1}, format="json").status_code == 404
    )
    assert client.post("/api/v1/site/storage/count").status_code == 202
    assert Job.objects.get(kind=storage.COUNT_KIND).project_id_ref is None


def warnings(client: APIClient) -> set[tuple[str, str]]:
    return {(row["kind"], row["about"]) for row in client.get("/api/v1/site/health").json()["warnings"]}


def test_the_site_warns_of_what_stands_still(staff: User, as_user: AsUser, settings: Any) -> None:
    client, now = as_user(staff), timezone.now()
    assert warnings(client) - {("disk_low", "")} == set()
    begin(name="cpu@here")
    beat(name="cpu@here", queues=["io", "cpu"])
    (worker,) = client.get("/api/v1/site/health").json()["workers"]
    assert (worker["queues"], worker["version"], worker["silent"]) == (
        ["cpu", "io"],
        settings.VERTEBASE_VERSION,
        False,
    )
    WorkerBeat.objects.update(beat_at=now - timedelta(minutes=3))
    WorkerBeat.objects.create(name="old@there", version="0.1", started_at=now, beat_at=now)
    project = factories.make_project()
    set_quota(actor=staff, slug=project.slug, quota_bytes=1000)
    StorageUse.objects.filter(project=project).update(kept_bytes={"scans": 901})
    ChainCheck.objects.create(checked_at=now, broken_at=7)
    settings.VERTEBASE_MIN_FREE_BYTES = 1 << 60
    assert warnings(client) == {
        ("disk_full", ""),
        ("worker_silent", "cpu@here"),
        ("versions", "0.1"),
        ("quota", project.name),
        ("chain", ""),
    }


def test_a_worker_that_is_long_gone_is_forgotten() -> None:
    beat(name="gone@here", queues=[])
    WorkerBeat.objects.update(beat_at=timezone.now() - timedelta(days=3))
    beat(name="cpu@here", queues=[])
    assert [row.name for row in WorkerBeat.objects.all()] == ["cpu@here"]


def test_a_member_who_manages_nothing_of_the_site_sets_no_limit(as_user: AsUser) -> None:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    for person in (project.created_by, rater):
        answer = as_user(person).put("/api/v1/site/storage", {"quota_bytes": 1}, format="json")
        assert answer.json()["code"] == "no_administrator"
    assert not StorageUse.objects.exists()
