"""What is kept of the files that people send: nothing of what was used, and the rest until a date."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.audit.models import Record
from backend.common.models import Job, JobState
from backend.common.tasks import JobCancelled
from backend.imaging.models import BatchState, Series, Upload, UploadBatch, UploadState
from backend.imaging.services import uploads, withdrawing
from backend.imaging.services.ingestion import ingest_batch
from backend.imaging.services.uploads import inbox_path
from backend.projects.models import Project, Role
from backend.science.formats.nifti import mask_bytes, volume_bytes
from backend.science.ingest import ingest_each
from tests.backend import factories
from tests.backend.test_ingest import ct, drop, mask
from tests.science.dicom_files import make_series, voxels

pytestmark = pytest.mark.django_db(transaction=True)
MARKER = "Zebedaeus"


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def inbox(settings: Any, tmp_path: Path) -> Path:
    settings.VERTEBASE_INBOX = tmp_path / "inbox"
    return tmp_path / "inbox"


def raw_files(inbox: Path) -> list[Path]:
    """What lies in the inbox but its own marks."""
    return [path for path in inbox.rglob("*") if path.is_file() and not path.name.startswith(".")]


def named_nifti(content: bytes, name: str) -> bytes:
    """A NIfTI whose gzip header, description, auxiliary file, intent and an extension name somebody."""
    head = bytearray(gzip.decompress(content))
    text = MARKER.encode()
    head[148 : 148 + len(text)] = text  # descrip
    head[228 : 228 + len(text)] = text  # aux_file
    head[328 : 328 + len(text)] = text  # intent_name
    note = text.ljust(24, b"\0")
    extended = bytes(head[:348]) + b"\1\0\0\0" + (32).to_bytes(4, "little") + (6).to_bytes(4, "little") + note
    offset = np.float32(len(extended)).tobytes()
    body = extended[:108] + offset + extended[112:] + bytes(head[352:])
    packed = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", fileobj=packed) as out:
        out.write(body)
    return packed.getvalue()


def named_dicom() -> dict[str, bytes]:
    """A series that names somebody wherever a header has room for text."""
    tags: dict[str, Any] = {
        "PatientName": f"{MARKER}^Hans",
        "PatientID": f"{MARKER}-1",
        "PatientComments": f"{MARKER} came late",
        "StudyDescription": f"spine of {MARKER}",
        "SeriesDescription": f"{MARKER} axial",
        "ProtocolName": f"{MARKER} protocol",
        "InstitutionName": f"{MARKER} hospital",
        "ReferringPhysicianName": MARKER,
        "StationName": MARKER,
        "ImageComments": MARKER,
        "ConvolutionKernel": f"{MARKER}30",
        "ManufacturerModelName": f"{MARKER} model",
        "BodyPartExamined": MARKER.upper(),
    }
    files = {}
    for number, dataset in enumerate(make_series(voxels(3, (12, 10, 8)), **tags)):
        dataset.private_block(0x0029, MARKER, create=True).add_new(1, "LO", MARKER)
        dataset.preamble = MARKER.encode().ljust(128, b"\0")
        out = BytesIO()
        dataset.save_as(out, enforce_file_format=True)
        files[f"{MARKER}/CT/{MARKER}{number}.dcm"] = out.getvalue()
    return files


def every_cell() -> str:
    """Each cell of each table of the database as text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            parts += [repr(bytes(c) if isinstance(c, memoryview) else c) for row in cursor for c in row]
    return "\n".join(parts)


def holding(folder: Path, word: str) -> list[Path]:
    """Files below a folder with a word in their path or their content, plain or within gzip."""
    found = []
    for path in (p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content += gzip.decompress(content)
        if word.encode() in content or word in str(path.relative_to(folder)):
            found.append(path)
    return found


def test_nothing_of_what_was_used_names_anybody(
    project: Project, inbox: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(logging.DEBUG)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = MARKER.encode()
        archive.writestr(f"{MARKER}/ct2.nii.gz", named_nifti(volume_bytes(ct(2)), f"{MARKER}.nii"))
        archive.writestr(f"{MARKER}/{MARKER}_seg.nii.gz", mask_bytes(mask()))
        archive.writestr("other/broken.nii.gz", b"nonsense" * 100)
    second = mask_bytes(mask())
    files = {
        f"{MARKER}/ct.nii.gz": named_nifti(volume_bytes(ct(1)), f"{MARKER}.nii"),
        f"{MARKER}/{MARKER}-mask.nii.gz": named_nifti(mask_bytes(mask()), f"{MARKER}-mask.nii"),
        **named_dicom(),
        f"{MARKER}.zip": packed.getvalue(),
        # refused, with sentences that would name what was used
        "twice/ct_mask.nii.gz": second,
        "twice/ct.nii.gz": volume_bytes(ct(3)),
        "twice/ct_seg.nii.gz": second,
    }
    batch = drop(project, files)
    assert batch.state == BatchState.DONE
    assert Series.objects.count() == 4
    refused = {upload.name: upload for upload in batch.uploads.filter(state=UploadState.QUARANTINED)}
    assert len(refused) == 2, {row.name: row.reason for row in refused.values()}
    (archive_row,) = [row for name, row in refused.items() if name.endswith(".zip")]
    with zipfile.ZipFile(inbox_path(archive_row)) as kept:
        assert kept.namelist() == ["other/broken.nii.gz"]
    assert archive_row.size_bytes == inbox_path(archive_row).stat().st_size
    assert "broken.nii.gz" in archive_row.reason
    assert MARKER not in every_cell()
    assert holding(inbox, MARKER) == []
    assert holding(Path(django_settings.STORAGES["default"]["OPTIONS"]["location"]), MARKER) == []
    assert MARKER not in caplog.text
    assert not [str(w.message) for w in recwarn if MARKER in str(w.message)]
    left = raw_files(inbox)
    assert sorted(left) == sorted(inbox_path(row) for row in refused.values())


def test_a_refusal_does_not_name_the_file_that_was_used_instead(project: Project, inbox: Path) -> None:
    files = {
        "ct.nii.gz": volume_bytes(ct(1)),
        f"A{MARKER}_mask.nii.gz": mask_bytes(mask()),
        "second_mask.nii.gz": mask_bytes(mask()),
    }
    batch = drop(project, files)
    (refused,) = batch.uploads.filter(state=UploadState.QUARANTINED)
    assert (refused.name, refused.reason_code) == ("second_mask.nii.gz", "second_mask")
    assert "second_mask.nii.gz: " in refused.reason
    assert MARKER not in every_cell()


def test_an_unforeseen_error_does_not_bring_a_header_into_job_and_log(
    project: Project, inbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"cannot read {MARKER}")

    monkeypatch.setattr("backend.science.ingest.ingest_each", broken)
    batch = drop(project, {"ct.nii.gz": volume_bytes(ct())})
    assert batch.state == BatchState.FAILED
    job = Job.objects.get(subject_id=batch.pk)
    assert job.error.startswith("RuntimeError in broken (test_raw_files.py:")
    assert MARKER not in every_cell()
    assert MARKER not in caplog.text


def test_a_deadline_is_told_and_kept(
    project: Project, inbox: Path, settings: Any, as_user: Callable[[User], APIClient]
) -> None:
    settings.VERTEBASE_RAW_FILE_DAYS = 12
    batch = drop(project, {f"{MARKER}.txt": b"text", "ct.nii.gz": volume_bytes(ct())})
    waiting = uploads.create_batch(actor=project.created_by, project=project)
    uploads.create_upload(
        actor=project.created_by, batch=waiting, name=MARKER, relative_path="", size_bytes=4
    )
    (row,) = as_user(project.created_by).get(f"/api/v1/projects/{project.slug}/quarantine").json()["results"]
    told = datetime.fromisoformat(row["raw_until"])
    assert timedelta(days=11, hours=23) < told - timezone.now() <= timedelta(days=12)
    assert withdrawing.expire_raw_files() == 0
    assert Upload.objects.filter(name__contains=MARKER).count() == 2

    for model in (Upload, UploadBatch):
        model._default_manager.update(raw_until=timezone.now() - timedelta(seconds=1))
    assert withdrawing.expire_raw_files() == 2
    upload = batch.uploads.get(state=UploadState.QUARANTINED)
    assert (upload.name, upload.reason, upload.reason_code) == ("", "", "unsupported_file")
    assert upload.resolved_at is not None
    assert upload.resolved_by is None
    waiting.refresh_from_db()
    assert waiting.state == BatchState.WITHDRAWN
    assert raw_files(inbox) == []
    verbs = Record.objects.filter(actor=None, verb__endswith=".expired").values_list("verb", flat=True)
    assert sorted(verbs) == ["batch.expired", "upload.expired"]
    assert MARKER not in every_cell()
    assert withdrawing.expire_raw_files() == 0
    assert Series.objects.count() == 1, "what was used stays"


def test_what_a_crash_left_in_the_inbox_is_removed(project: Project, inbox: Path) -> None:
    batch = drop(project, {"notes.txt": b"text", "ct.nii.gz": volume_bytes(ct())})
    kept = inbox_path(batch.uploads.get(state=UploadState.QUARANTINED))
    used = inbox_path(batch.uploads.get(state=UploadState.INGESTED))
    used.write_bytes(b"the worker died before it deleted this")
    unpacked = used.parent / "unpacked"
    unpacked.mkdir()
    (unpacked / "tmp1").write_bytes(b"a member")
    assert withdrawing.remove_stray_files() == 0, "a file that is just coming in may have no row yet"
    before = time.time() - 2 * withdrawing.STRAY_AFTER_SECONDS
    for path in (kept, used, unpacked):
        os.utime(path, (before, before))
    UploadBatch.objects.update(state=BatchState.PROCESSING)
    assert withdrawing.remove_stray_files() == 0, "an ingest may be reading it"
    UploadBatch.objects.update(state=BatchState.DONE)
    assert withdrawing.remove_stray_files() == 2
    assert [path.exists() for path in (kept, used, unpacked)] == [True, False, False]


def receiving(project: Project) -> UploadBatch:
    batch = uploads.create_batch(actor=project.created_by, project=project)
    upload = uploads.create_upload(
        actor=project.created_by, batch=batch, name="a.nii", relative_path="", size_bytes=4
    )
    uploads.append_chunk(actor=project.created_by, upload=upload, offset_bytes=0, source=BytesIO(b"ab"))
    return batch


def stuck(project: Project) -> UploadBatch:
    """As if its worker hung: the job runs, and nothing happens."""
    batch = receiving(project)
    job = Job.objects.create(kind=uploads.INGEST, subject_id=batch.pk, state=JobState.RUNNING)
    UploadBatch.objects.filter(pk=batch.pk).update(state=BatchState.PROCESSING, job=job)
    return batch


def failed(project: Project) -> UploadBatch:
    batch = stuck(project)
    uploads.fail_batch(batch_id=batch.pk)
    return batch


def refused_whole(project: Project) -> UploadBatch:
    return drop(project, {"notes.txt": b"text"})


@pytest.mark.parametrize("make", [receiving, stuck, failed, refused_whole])
def test_a_batch_that_came_to_nothing_is_withdrawn_with_its_bytes(
    project: Project,
    inbox: Path,
    as_user: Callable[[User], APIClient],
    make: Callable[[Project], UploadBatch],
) -> None:
    batch = make(project)
    assert raw_files(inbox)
    client = as_user(project.created_by)
    for _ in range(2):  # asked again it changes nothing
        answer = client.post(f"/api/v1/batches/{batch.pk}/withdraw")
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert not Upload.objects.exists()
    assert raw_files(inbox) == []
    record = Record.objects.get(verb="batch.withdrawn")
    assert (record.actor, record.detail["files"]) == (project.created_by, 1)
    assert client.post(f"/api/v1/batches/{batch.pk}/process").json()["code"] == "batch_withdrawn"
    with pytest.raises(uploads.BatchClosed):
        uploads.create_upload(actor=project.created_by, batch=batch, name="b", relative_path="", size_bytes=1)
    batch.refresh_from_db()
    assert batch.job is None or batch.job.cancel_requested or batch.job.state in withdrawing.ENDED


def test_a_batch_with_series_is_not_withdrawn(project: Project, inbox: Path) -> None:
    batch = drop(project, {"ct.nii.gz": volume_bytes(ct()), "notes.txt": b"text"})
    with pytest.raises(withdrawing.BatchHasSeries):
        withdrawing.withdraw_batch(actor=project.created_by, batch=batch)
    assert batch.uploads.count() == 2


def test_nobody_but_a_manager_withdraws(
    project: Project, inbox: Path, as_user: Callable[[User], APIClient]
) -> None:
    batch = receiving(project)
    for who in (factories.make_member(project, Role.RATER), factories.make_user()):
        assert as_user(who).post(f"/api/v1/batches/{batch.pk}/withdraw").status_code == 404
    assert batch.uploads.count() == 1


def test_an_ingest_that_runs_while_its_batch_is_withdrawn_stores_nothing(
    project: Project, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ingest_each

    def withdrawn_meanwhile(*args: Any, **kwargs: Any) -> Any:
        for item in real(*args, **kwargs):
            withdrawing.withdraw_batch(actor=project.created_by, batch=UploadBatch.objects.get())
            yield item

    batch = uploads.create_batch(actor=project.created_by, project=project)
    content = volume_bytes(ct())
    upload = uploads.create_upload(
        actor=project.created_by, batch=batch, name="ct.nii.gz", relative_path="", size_bytes=len(content)
    )
    uploads.append_chunk(actor=project.created_by, upload=upload, offset_bytes=0, source=BytesIO(content))
    UploadBatch.objects.update(state=BatchState.PROCESSING)
    monkeypatch.setattr("backend.science.ingest.ingest_each", withdrawn_meanwhile)
    with pytest.raises(JobCancelled):  # between two questions whether the job is cancelled
        ingest_batch(job=factories.at_work(uploads.INGEST), batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.WITHDRAWN
    assert not Series.objects.exists()
    assert raw_files(inbox) == []


def test_a_batch_whose_job_ended_unheard_is_brought_to_its_end(project: Project, inbox: Path) -> None:
    batch = stuck(project)
    Job.objects.update(state=JobState.FAILED)
    withdrawing.expire_raw_files()
    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    ingest_batch(job=factories.at_work(uploads.INGEST), batch_id=batch.pk)
    assert json.dumps(list(Series.objects.values_list("pk"))) == "[]"
