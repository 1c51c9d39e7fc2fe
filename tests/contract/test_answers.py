"""What the schema says of answers is what clients are told: in plain weather and in every kind of refusal.

The tables of `tests/permissions` hold each of their answers against it, too.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from backend.accounts import api as accounts
from backend.accounts.services import create_token
from backend.annotation.work.services import working
from backend.imaging.services import uploads as imaging
from backend.projects.models import Project
from tests.backend import factories, flow
from tests.support import contract
from tests.support.contract import watching

pytestmark = pytest.mark.django_db(transaction=True)
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def as_described() -> Iterator[None]:
    with watching() as faults:
        yield
    assert sorted(set(faults)) == []


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def client(project: Project) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(project.created_by)
    return client


def test_a_blob_whole_in_part_and_not_at_all(project: Project, client: Client) -> None:
    volume = factories.make_volume(project)
    slab = volume.slab_index["slabs"][0]["sha256"]
    address = f"/api/v1/volumes/{volume.pk}/blobs/{slab}"
    whole = client.get(address)
    etag = whole.headers["ETag"]
    part = client.get(address, headers={"Range": "bytes=0-3", "If-Range": etag})
    kept = client.get(address, headers={"If-None-Match": etag})
    beyond = client.get(address, headers={"Range": "bytes=99999999-"})
    assert [one.status_code for one in (whole, part, kept, beyond)] == [200, 206, 304, 416]
    assert client.head(address).status_code == 200
    assert beyond.headers["Content-Range"].startswith("bytes */")


def upload(project: Project) -> str:
    batch = imaging.create_batch(actor=project.created_by, project=project)
    made = imaging.create_upload(
        actor=project.created_by, batch=batch, name="a.nii", relative_path="", size_bytes=4
    )
    return f"/api/v1/uploads/{made.pk}/"


def test_refusals_of_the_upload_protocol(project: Project, client: Client, settings: Any) -> None:
    address = upload(project)

    def send(body: bytes = b"text", kind: str = CHUNK, **headers: str) -> int:
        sent = TUS | {"Upload-Offset": "0"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return client.patch(address, body, content_type=kind, headers=sent).status_code

    assert send(Tus_Resumable="0.2.2") == 412
    assert send(Upload_Offset="3") == 409
    assert send(Upload_Offset="x") == 400
    assert send(kind="text/plain") == 415
    assert send(Upload_Checksum="sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=") == 460
    settings.VERTEBASE_MAX_CHUNK_BYTES = 2
    assert send() == 413
    settings.VERTEBASE_MAX_CHUNK_BYTES = 16 << 20
    assert client.head(address, headers=TUS).headers["Upload-Offset"] == "0"
    assert send() == 204
    assert client.post("/api/v1/uploads/", headers=TUS).status_code == 400
    settings.VERTEBASE_MIN_FREE_BYTES = 1 << 60
    batch = imaging.create_batch(actor=project.created_by, project=project)
    named = {"Upload-Metadata": f"batch {base64.b64encode(str(batch.pk).encode()).decode()}"}
    full = client.post("/api/v1/uploads/", headers=TUS | named | {"Upload-Length": "4"})
    assert full.status_code == 507


def test_who_one_is(project: Project, client: Client) -> None:
    address = f"/api/v1/projects/{project.slug}"
    assert Client().get(address).headers["WWW-Authenticate"]
    assert Client().get(address, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    _, reads = create_token(user=project.created_by, name="reads")
    bearer = {"Authorization": f"Bearer {reads}"}
    refused = Client().patch(address, {"name": "N"}, content_type="application/json", headers=bearer)
    assert refused.json()["code"] == "token_scope"
    other = {"X-Acting-User": str(uuid4())}
    assert client.get(address, headers=other).json()["code"] == "other_account"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(project.created_by)
    assert strict.patch(address, {"name": "N"}, "application/json").json()["code"] == "csrf_failed"


def test_what_is_asked_for_wrongly(project: Project, client: Client, settings: Any) -> None:
    address = f"/api/v1/projects/{project.slug}"
    assert client.get(address, headers={"Accept": "text/html"}).status_code == 406
    assert client.get(f"{address}/runs?page=99").status_code == 404
    assert client.patch(address, b"{", content_type="application/json").status_code == 400
    assert client.patch(address, b"x", content_type="text/plain").status_code == 415
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert client.patch(address, {"name": "A longer name"}, "application/json").status_code == 413
    settings.ALLOWED_HOSTS = ["here.test"]
    assert client.get(address, HTTP_HOST="elsewhere.test").status_code == 400


def test_a_write_under_an_id_and_once_more(project: Project) -> None:
    team = flow.make_team()
    flow.start_case(team.project)
    mine = flow.take(team.raters[0], team.project)
    working.open_assignment(assignment_id=mine.pk, actor=mine.rater)
    rater = Client()
    rater.force_login(mine.rater)
    address = f"/api/v1/assignments/{mine.pk}/gradings/20"
    headers = {"Idempotency-Key": str(uuid4()), "X-Acting-User": str(mine.rater_id)}

    def grade(value: int, sent: dict[str, str] = headers) -> int:
        body = {"grade": value}
        return rater.put(address, body, "application/json", headers=sent).status_code

    assert [grade(0), grade(0), grade(1), grade(0, {"Idempotency-Key": "x"})] == [200, 200, 409, 400]


def test_when_to_come_back(project: Project, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in [
        (OperationalError(sqlite3.OperationalError("database is locked")), 503),
        (RuntimeError("a bug"), 500),
    ]:
        with monkeypatch.context() as broken:
            broken.setattr(accounts.MeView, "get", raising(error))
            answer = client.get("/api/v1/me")
        assert (answer.status_code, "Retry-After" in answer.headers) == (status, status == 503)

    class Once(SimpleRateThrottle):
        rate = "1/min"

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "once"

    cache.clear()
    monkeypatch.setattr(accounts.MeView, "throttle_classes", [Once])
    answers = [client.get("/api/v1/me") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) > 0


def raising(error: Exception) -> Any:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise error

    return broken


@pytest.mark.parametrize(
    ("status", "headers", "told", "fault"),
    [
        (200, {}, {}, ""),
        (207, {}, {}, "GET /api/v1/me answers 207"),
        (200, {"X-Novel": "1"}, {}, "GET /api/v1/me 200 sends X-Novel"),
        (200, {}, {"email": None}, "GET /api/v1/me 200 body: $.email None is not of type 'string'"),
        (200, {}, {"novel": 1}, "GET /api/v1/me 200 body: $ Additional properties are not allowed "),
    ],
)
def test_what_the_schema_does_not_say_is_a_fault(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    told: dict[str, Any],
    fault: str,
) -> None:
    """The watch itself: nothing that is not described passes it."""
    body = client.get("/api/v1/me").json() | told

    def answers(view: Any, request: Any) -> Any:
        return Response(body, status=status, headers=headers)

    monkeypatch.setattr(accounts.MeView, "get", answers)
    contract.looked_at.clear()
    client.get("/api/v1/me")
    assert len(contract.faults) == bool(fault)
    assert all(found.startswith(fault) for found in contract.faults)
    contract.faults.clear()
