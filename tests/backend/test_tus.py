"""Resumable uploads as a client meets them: resume, damage, wrong offsets, wrong people."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.imaging.models import Upload, UploadBatch, UploadState
from backend.imaging.services import uploads
from backend.projects.models import Role
from tests.backend import factories

pytestmark = pytest.mark.django_db
TUS: dict[str, Any] = {"HTTP_TUS_RESUMABLE": "1.0.0"}


def metadata(**pairs: Any) -> str:
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in pairs.items())


@pytest.fixture
def batch() -> UploadBatch:
    project = factories.make_project()
    return uploads.create_batch(actor=project.created_by, project=project)


@pytest.fixture
def client(batch: UploadBatch) -> APIClient:
    client = APIClient()
    client.force_login(batch.created_by)
    return client


def announce(client: APIClient, batch: UploadBatch, size: int = 10, **extra: str) -> Any:
    pairs = {"batch": batch.pk, "filename": "ct.nii.gz", **extra}
    return client.post(
        "/api/v1/uploads/", HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=metadata(**pairs), **TUS
    )


def send(client: APIClient, upload: Upload, data: bytes, offset: int, **headers: Any) -> Any:
    return client.patch(
        f"/api/v1/uploads/{upload.pk}/",
        data=data,
        content_type="application/offset+octet-stream",
        HTTP_UPLOAD_OFFSET=str(offset),
        **TUS,
        **headers,
    )


@pytest.fixture
def upload(client: APIClient, batch: UploadBatch) -> Upload:
    answer = announce(client, batch)
    assert answer.status_code == 201
    upload = Upload.objects.get()
    assert answer["Location"].endswith(f"/api/v1/uploads/{upload.pk}/")
    return upload


def test_a_file_arrives_in_pieces_and_resumes_where_it_stopped(client: APIClient, upload: Upload) -> None:
    assert send(client, upload, b"01234", 0)["Upload-Offset"] == "5"
    head = client.head(f"/api/v1/uploads/{upload.pk}/", **TUS)
    assert (head["Upload-Offset"], head["Upload-Length"], head["Cache-Control"]) == ("5", "10", "no-store")
    assert send(client, upload, b"56789", 5).status_code == 204
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED
    assert uploads.inbox_path(upload).read_bytes() == b"0123456789"


def test_a_chunk_sent_twice_is_a_conflict_that_tells_the_offset(client: APIClient, upload: Upload) -> None:
    send(client, upload, b"01234", 0)
    answer = send(client, upload, b"01234", 0)
    assert (answer.status_code, answer["Upload-Offset"], answer.json()["code"]) == (
        409,
        "5",
        "offset_conflict",
    )
    assert uploads.inbox_path(upload).read_bytes() == b"01234"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_damaged_chunk_is_refused_and_may_be_sent_again(
    client: APIClient, upload: Upload, algorithm: str
) -> None:
    digest = base64.b64encode(hashlib.new(algorithm, b"0123456789").digest()).decode()
    header = {"HTTP_UPLOAD_CHECKSUM": f"{algorithm} {digest}"}
    assert send(client, upload, b"0123456x89", 0, **header).status_code == 460
    upload.refresh_from_db()
    assert upload.offset_bytes == 0
    assert send(client, upload, b"0123456789", 0, **header).status_code == 204
    assert uploads.inbox_path(upload).read_bytes() == b"0123456789"


def test_more_bytes_than_announced_are_refused(client: APIClient, upload: Upload) -> None:
    assert send(client, upload, b"0123456789a", 0).status_code == 413
    upload.refresh_from_db()
    assert upload.offset_bytes == 0


def test_the_browser_s_chunks_are_taken_and_not_much_larger_ones(
    client: APIClient, batch: UploadBatch, settings: Any
) -> None:
    """A chunk is lost where it breaks off, so the server takes no chunk that is far above the browser's."""
    session = (Path(settings.ROOT) / "frontend/src/state/uploads/tus.ts").read_text()
    found = re.search(r"chunkSize: (\d+) \* 1024 \* 1024", session)
    assert found is not None
    size = int(found[1]) << 20
    assert size <= settings.VERTEBASE_MAX_CHUNK_BYTES <= 2 * size
    settings.VERTEBASE_MAX_CHUNK_BYTES = 6
    upload = uploads.create_upload(
        actor=batch.created_by, batch=batch, name="ct.nii.gz", relative_path="ct.nii.gz", size_bytes=10
    )
    assert send(client, upload, b"0123456", 0).status_code == 413
    assert send(client, upload, b"012345", 0).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_TUS_RESUMABLE": "0.2.0"}, 412),
        ({"HTTP_UPLOAD_OFFSET": "-1"}, 400),
        ({"HTTP_UPLOAD_OFFSET": "one"}, 400),
        ({"HTTP_UPLOAD_CHECKSUM": "md5 aaaa"}, 400),
        ({"HTTP_UPLOAD_CHECKSUM": "sha1 ~~~"}, 400),
        ({"content_type": "application/json"}, 415),
    ],
)
def test_a_malformed_chunk_is_refused_in_words(
    client: APIClient, upload: Upload, headers: dict[str, str], status: int
) -> None:
    values: dict[str, Any] = {
        "content_type": "application/offset+octet-stream",
        "HTTP_UPLOAD_OFFSET": "0",
        **TUS,
        **headers,
    }
    answer = client.patch(f"/api/v1/uploads/{upload.pk}/", data=b"01", **values)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "extra"}


def test_an_empty_file_has_arrived_when_it_is_announced(client: APIClient, batch: UploadBatch) -> None:
    assert announce(client, batch, size=0).status_code == 201
    assert Upload.objects.get().state == UploadState.RECEIVED


def test_a_withdrawn_file_is_gone(
    client: APIClient, upload: Upload, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/uploads/{upload.pk}/", **TUS).status_code == 204
    assert not uploads.inbox_path(upload).exists()
    assert client.head(f"/api/v1/uploads/{upload.pk}/", **TUS).status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/abs/ct.nii", "abs/ct.nii"),
        ("C:\\scans\\a.dcm", "C/scans/a.dcm"),
        ("a/./b/../c\x00\n.dcm", "a/b/c.dcm"),
    ],
)
def test_a_path_cannot_leave_the_batch(client: APIClient, batch: UploadBatch, sent: str, kept: str) -> None:
    announce(client, batch, relativePath=sent)
    upload = Upload.objects.get()
    assert upload.relative_path == kept
    assert uploads.inbox_path(upload).resolve().is_relative_to(uploads.inbox_path(upload).parents[1])


def test_too_large_and_too_little_disk(client: APIClient, batch: UploadBatch, settings: Any) -> None:
    settings.VERTEBASE_MAX_UPLOAD_BYTES = 5
    assert announce(client, batch).status_code == 413
    settings.VERTEBASE_MAX_UPLOAD_BYTES = 100
    settings.VERTEBASE_MIN_FREE_BYTES = 1 << 60
    answer = announce(client, batch)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


@pytest.mark.parametrize("role", [Role.RATER, Role.RADIOLOGIST, Role.RESEARCHER])
def test_nobody_but_a_manager_uploads(batch: UploadBatch, upload: Upload, role: Role) -> None:
    client = APIClient()
    client.force_login(factories.make_member(batch.project, role))
    assert announce(client, batch).status_code == 404
    assert send(client, upload, b"0", 0).status_code == 404
    assert client.head(f"/api/v1/uploads/{upload.pk}/", **TUS).status_code == 404


def test_the_server_says_what_it_can(client: APIClient) -> None:
    answer = client.options("/api/v1/uploads/")
    assert answer.status_code == 204
    assert answer["Tus-Extension"] == "creation,checksum,termination"


def test_a_batch_with_a_file_under_way_is_not_processed(batch: UploadBatch, upload: Upload) -> None:
    with pytest.raises(uploads.UploadsIncomplete) as refused:
        uploads.process_batch(actor=batch.created_by, batch=batch)
    assert refused.value.extra == {"names": ["ct.nii.gz"]}
