"""A batch from its files to series: what is used, what is refused, what happens the second time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.audit.models import Record
from backend.audit.services import verify_chain
from backend.common import events
from backend.common.tasks import JobContext, request_cancel
from backend.imaging import selectors
from backend.imaging.events import VolumeReady
from backend.imaging.models import Series, SeriesSource, Upload, UploadBatch, UploadState, Volume
from backend.imaging.services import uploads, withdrawing
from backend.imaging.services.ingestion import ingest_batch
from backend.imaging.services.uploads import inbox_path
from backend.masks.services import add_version
from backend.projects.models import Project
from backend.science.formats.nifti import mask_bytes, volume_bytes
from backend.science.volume import Mask, VolumeGeometry
from backend.science.volume import Volume as Voxels
from tests.backend import factories

pytestmark = pytest.mark.django_db(transaction=True)
SHAPE = (24, 20, 16)


def ct(seed: int = 1) -> Voxels:
    values = np.random.default_rng(seed).integers(-1000, 1200, SHAPE).astype(np.int16)
    return Voxels(VolumeGeometry(SHAPE, np.diag([1.0, 1.0, 2.0, 1.0])), values)


def mask() -> Mask:
    array = np.zeros(SHAPE, np.uint8)
    array[4:14, 4:12, 2:9] = 20
    return Mask(ct().geometry, array)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def ready() -> Iterator[list[VolumeReady]]:
    heard: list[VolumeReady] = []
    events.subscribe(VolumeReady)(heard.append)
    yield heard
    events.unsubscribe(VolumeReady, heard.append)


def drop(project: Project, files: dict[str, bytes]) -> UploadBatch:
    """Upload ``files`` by relative path and process them."""
    actor: User = project.created_by
    batch = uploads.create_batch(actor=actor, project=project)
    for path, content in files.items():
        upload = uploads.create_upload(
            actor=actor,
            batch=batch,
            name=Path(path).name,
            relative_path=path,
            size_bytes=len(content),
        )
        if content:
            uploads.append_chunk(actor=actor, upload=upload, offset_bytes=0, source=BytesIO(content))
    uploads.process_batch(actor=actor, batch=batch)
    batch.refresh_from_db()
    return batch


def reasons(batch: UploadBatch) -> dict[str, str]:
    return {upload.relative_path: upload.reason_code for upload in batch.uploads.all()}


def test_a_ct_with_a_mask_beside_it_becomes_a_volume(project: Project, ready: list[Any]) -> None:
    batch = drop(project, {"a/ct.nii.gz": volume_bytes(ct()), "a/vertebrae.nii.gz": mask_bytes(mask())})
    volume = Volume.objects.get()
    assert batch.state == "done"
    assert [event.volume_id for event in ready] == [volume.pk]
    assert np.array_equal(selectors.load_volume(volume).array, ct().array)
    imported = selectors.imported_mask(volume)
    assert imported is not None
    assert np.array_equal(imported.array, mask().array)
    assert volume.series.patient.pseudonym == "sub-0001"
    assert (volume.shape, volume.spacing_mm) == (list(SHAPE), [1.0, 1.0, 2.0])
    roles = set(volume.blobs.values_list("role", flat=True))
    assert {"nifti", "thumbnail", "import_mask"} <= roles
    for upload in batch.uploads.all():
        assert upload.state == UploadState.INGESTED
        assert not inbox_path(upload).exists()


def bad_files() -> dict[str, bytes]:
    whole = volume_bytes(ct(2))
    return {
        "empty.nii.gz": b"",
        "text.nii.gz": b"this is a letter, not an image\n" * 20,
        "truncated.nii.gz": whole[: len(whole) // 2],
        "notes.txt": b"hello",
    }


def test_bad_files_are_kept_with_their_reason_and_the_rest_goes_on(project: Project) -> None:
    batch = drop(project, {**bad_files(), "good.nii.gz": volume_bytes(ct())})
    assert Series.objects.count() == 1
    codes = reasons(batch)
    assert codes.pop("") == "", "the name of a file that was used is not kept"
    assert all(codes.values())
    for upload in selectors.quarantine_of(project):
        assert upload.name in upload.reason
        assert inbox_path(upload).exists()


def test_the_same_series_twice_gives_a_message_and_no_duplicate(project: Project) -> None:
    drop(project, {"ct.nii.gz": volume_bytes(ct())})
    second = drop(project, {"copy.nii.gz": volume_bytes(ct())})
    assert Series.objects.count() == 1
    upload = second.uploads.get()
    assert (upload.state, upload.reason_code) == (UploadState.QUARANTINED, "duplicate_series")
    assert upload.reason == "This series is in the project already."


def test_another_project_may_hold_the_same_series(project: Project) -> None:
    drop(project, {"ct.nii.gz": volume_bytes(ct())})
    other = factories.make_project()
    drop(other, {"ct.nii.gz": volume_bytes(ct())})
    first, second = Series.objects.order_by("created_at")
    assert first.uid_hmac != second.uid_hmac


def test_ingest_run_twice_adds_nothing(project: Project, ready: list[Any]) -> None:
    batch = drop(project, {"ct.nii.gz": volume_bytes(ct())})
    UploadBatch.objects.filter(pk=batch.pk).update(state="processing")
    upload = batch.uploads.get()  # as if the worker had died before it wrote what became of the file
    Upload.objects.update(state="received", name="ct.nii.gz", relative_path="ct.nii.gz")
    inbox_path(upload).write_bytes(volume_bytes(ct()))
    ingest_batch(job=factories.at_work(uploads.INGEST), batch_id=batch.pk)
    upload.refresh_from_db()
    assert (Series.objects.count(), len(ready), upload.state) == (1, 1, UploadState.INGESTED)
    assert SeriesSource.objects.count() == 1


def test_a_batch_tells_which_files_a_series_came_from_but_no_name(project: Project, client: Client) -> None:
    client.force_login(project.created_by)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for seed in (2, 3):
            archive.writestr(f"x/{seed}.nii.gz", volume_bytes(ct(seed)))
    files = {
        "Doe/ct.nii.gz": volume_bytes(ct()),
        "Doe/ct_seg.nii.gz": mask_bytes(mask()),
        "study.zip": packed.getvalue(),
    }
    batch = drop(project, files)
    by_size = {upload.size_bytes: str(upload.pk) for upload in batch.uploads.all()}
    scan, its_mask, study = (by_size[len(content)] for content in files.values())
    told = client.get(f"/api/v1/batches/{batch.pk}").json()
    assert {row["series"] for row in told["sources"]} == set(told["series"])
    assert sorted(sorted(row["uploads"]) for row in told["sources"]) == sorted(
        [sorted([scan, its_mask]), [study], [study]]
    )
    assert not any(name in str(told) for name in ("Doe", "ct_seg", "study"))


def test_a_series_tells_the_levels_of_its_first_mask_alone(project: Project, client: Client) -> None:
    client.force_login(project.created_by)
    volume = factories.make_volume(project)
    address = f"/api/v1/series/{volume.series_id}"
    assert client.get(address).json()["levels"] == []
    for source, labels in (("import", (19, 20)), ("rater", (22,))):
        add_version(
            volume=volume, mask=factories.block_mask(labels=labels), source=source, author=project.created_by
        )
    assert client.get(address).json()["levels"] == [19, 20]


def test_a_list_of_batches_takes_as_many_queries_for_one_series_as_for_three(
    project: Project, client: Client
) -> None:
    client.force_login(project.created_by)
    address = f"/api/v1/projects/{project.slug}/batches"

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    drop(project, {"1.nii.gz": volume_bytes(ct(1))})
    queries()  # the first fills caches
    one = queries()
    drop(project, {f"{seed}.nii.gz": volume_bytes(ct(seed)) for seed in (2, 3)})
    assert queries() == one


def test_an_ingest_cancelled_in_its_last_instant_is_not_done(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = JobContext.check_cancelled

    def check_and_then_cancel(job: JobContext) -> None:
        """The cancel comes after the last look at it and before the batch is closed."""
        check(job)
        request_cancel(job_id=job.id)

    monkeypatch.setattr(JobContext, "check_cancelled", check_and_then_cancel)
    batch = drop(project, {"ct.nii.gz": volume_bytes(ct())})
    assert batch.job is not None
    assert (batch.state, batch.job.state) == ("failed", "cancelled")
    assert batch.uploads.get().state == UploadState.RECEIVED, "it can be started again"


def test_a_zip_with_a_bad_member_keeps_the_good_one(project: Project) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x/good.nii.gz", volume_bytes(ct()))
        archive.writestr("x/broken.nii.gz", b"nonsense" * 100)
    batch = drop(project, {"study.zip": packed.getvalue()})
    upload = batch.uploads.get()
    assert Series.objects.count() == 1
    assert upload.state == UploadState.QUARANTINED
    assert "broken.nii.gz" in upload.reason


def test_resolving_deletes_the_bytes(project: Project) -> None:
    upload = drop(project, {"empty.nii.gz": b""}).uploads.get()
    withdrawing.resolve_upload(actor=project.created_by, upload=upload, note="sent by mistake")
    upload.refresh_from_db()
    assert upload.resolved_at is not None
    assert not inbox_path(upload).exists()


def test_files_of_one_batch_and_reason_are_resolved_together(project: Project) -> None:
    batch = drop(project, {"one.nii.gz": b"", "two.nii.gz": b"", "other.txt": b"text"})
    drop(project, {"three.nii.gz": b""})
    first, second = batch.uploads.get(name="one.nii.gz"), batch.uploads.get(name="two.nii.gz")
    withdrawing.resolve_upload(actor=project.created_by, upload=first, note="empty", alike=True)
    still_open = Upload.objects.filter(resolved_at__isnull=True).values_list("name", flat=True)
    assert set(still_open) == {"other.txt", "three.nii.gz"}
    assert not inbox_path(second).exists()
    assert not Upload.objects.exclude(name="").filter(resolved_at__isnull=False).exists()


def test_closing_hundreds_of_files_takes_as_many_statements_as_closing_three(project: Project) -> None:
    def close(files: int) -> int:
        batch = uploads.create_batch(actor=project.created_by, project=project)
        Upload.objects.bulk_create(
            Upload(
                batch=batch,
                name=f"{number}.jpg",
                size_bytes=1,
                offset_bytes=1,
                state=UploadState.QUARANTINED,
                storage_name=f"{batch.pk}-{number}",
                reason_code="not_an_image",
            )
            for number in range(files)
        )
        first = Upload.objects.select_related("batch__project").filter(batch=batch)[0]
        with CaptureQueriesContext(connection) as told:
            closed = withdrawing.resolve_upload(
                actor=project.created_by, upload=first, note="pictures", alike=True
            )
        assert closed.resolved_by == project.created_by
        assert not batch.uploads.filter(resolved_at__isnull=True).exists()
        records = Record.objects.filter(verb="upload.resolved", project_id_ref=project.pk)
        written = set(records.values_list("subject_id", flat=True))
        assert {str(pk) for pk in batch.uploads.values_list("pk", flat=True)} <= written
        assert records.filter(detail__note="pictures", subject_id=str(first.pk)).count() == 1
        return len(told)

    few = close(3)
    most = close(600)
    rows_at_once = connection.ops.bulk_batch_size([*Record._meta.fields[1:]], [None] * 600)
    assert most - few == -(-600 // rows_at_once) - 1, "SQLite takes the records some hundred at a time"
    assert few <= 16
    assert verify_chain() is None


def test_a_batch_whose_ingest_breaks_can_be_started_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr("backend.science.ingest.ingest_each", broken)
        batch = drop(project, {"ct.nii.gz": volume_bytes(ct())})
        assert (batch.state, Series.objects.count()) == ("failed", 0)
    uploads.process_batch(actor=project.created_by, batch=batch)
    batch.refresh_from_db()
    assert (batch.state, Series.objects.count()) == ("done", 1)


@pytest.mark.slow
def test_a_real_dicom_series_keeps_no_name(project: Project, shared_data: Path) -> None:
    folder = shared_data / "totalsegmentator-dicom" / "series"
    files = {f"series/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())}
    batch = drop(project, files)
    series = Series.objects.get()
    assert series.source_format == "dicom"
    assert set(reasons(batch).values()) == {""}
    assert series.facts["plane"]
    assert Upload.objects.filter(state=UploadState.INGESTED).count() == len(files)
