"""Writes of imaging: batches, resumable uploads, quarantine. Ingest itself is in ``ingestion.py``."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.arriving import Checksum, OffsetConflict, begin_file, require_space, write_chunk
from backend.common.errors import Conflict, Invalid, TooLarge
from backend.common.events import publish
from backend.common.tasks import enqueue
from backend.imaging.events import BatchChanged
from backend.imaging.models import BatchState, Upload, UploadBatch, UploadState
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.projects.storage import require_room

INGEST = "imaging.ingest"


class BatchClosed(Conflict):
    code = "batch_closed"
    message = "This batch takes no more files."


class BatchWithdrawn(Conflict):
    code = "batch_withdrawn"
    message = "This upload was withdrawn and its files are deleted: upload them again."


class UploadsIncomplete(Conflict):
    code = "uploads_incomplete"
    message = "Some files of this batch have not arrived whole."


def inbox_path(upload: Upload) -> Path:
    """Where the upload's bytes lie: in the inbox, which is served to nobody but managers."""
    return Path(settings.VERTEBASE_INBOX) / upload.storage_name


def raw_deadline() -> datetime:
    """When a file that arrives or is refused now will be deleted."""
    return timezone.now() + timedelta(days=settings.VERTEBASE_RAW_FILE_DAYS)


def clean_relative_path(path: str) -> str:
    """A client's path as a harmless relative one: no root, no drive, no parent steps, no control codes."""
    text = "".join(character for character in path.replace("\\", "/") if character.isprintable())
    parts = [part for part in PurePosixPath(text).parts if part not in ("/", "..", ".")]
    return "/".join(part.rstrip(":")[:255] for part in parts)[-1000:]


@transaction.atomic
def create_batch(*, actor: User, project: Project, size_bytes: int = 0) -> UploadBatch:
    """Open a batch: what one person drops on the page at once, of that many bytes where they are known.

    Raises
    ------
    OverQuota
        they would go over the project's limit, or over that of the site.
    """
    require_role(actor, project, Role.MANAGER)
    require_room(project=project, size_bytes=size_bytes)
    batch = UploadBatch.objects.create(project=project, created_by=actor, raw_until=raw_deadline())
    audit.record(actor=actor, act=scan_acts.BatchCreated(), subject=batch, project_id=project.pk)
    return batch


@transaction.atomic
def create_upload(
    *, actor: User, batch: UploadBatch, name: str, relative_path: str, size_bytes: int
) -> Upload:
    """Announce one file of a batch.

    Raises
    ------
    BatchClosed, TooLarge, OverQuota, DiskFull
        the batch is being processed; the file is larger than the site, a limit or the disk takes.
    """
    require_role(actor, batch.project, Role.MANAGER)
    row = UploadBatch.objects.select_for_update().get(pk=batch.pk)
    if row.state != BatchState.RECEIVING:
        raise BatchClosed
    if size_bytes > settings.VERTEBASE_MAX_UPLOAD_BYTES:
        raise TooLarge(message=f"A file may have at most {settings.VERTEBASE_MAX_UPLOAD_BYTES >> 20} MB.")
    require_space(Path(settings.VERTEBASE_INBOX), size_bytes)
    require_room(project=row.project, size_bytes=size_bytes)
    path = clean_relative_path(relative_path or name)
    clean_name = PurePosixPath(path).name or "unnamed"
    upload = Upload(
        batch=row,
        name=clean_name,
        relative_path=path or clean_name,
        size_bytes=size_bytes,
        state=UploadState.RECEIVED if size_bytes == 0 else UploadState.RECEIVING,
    )
    upload.storage_name = f"{row.pk}/{upload.pk}"
    upload.save(force_insert=True)
    begin_file(inbox_path(upload))
    return upload


@transaction.atomic
def append_chunk(
    *, actor: User, upload: Upload, offset_bytes: int, source: IO[bytes], checksum: Checksum | None = None
) -> Upload:
    """Add bytes at ``offset_bytes``. A refused chunk leaves the upload as it was.

    Raises
    ------
    OffsetConflict, ChecksumMismatch, TooLarge, DiskFull
        the upload is at another offset; the bytes were damaged; they are too many; no room is left.
    """
    require_role(actor, upload.batch.project, Role.MANAGER)
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if row.offset_bytes != offset_bytes or row.state != UploadState.RECEIVING:
        raise OffsetConflict(extra={"offset_bytes": row.offset_bytes})
    row.offset_bytes += write_chunk(
        inbox_path(row),
        offset_bytes=row.offset_bytes,
        size_bytes=row.size_bytes,
        source=source,
        checksum=checksum,
    )
    if row.offset_bytes == row.size_bytes:
        row.state = UploadState.RECEIVED
    row.save(update_fields=["offset_bytes", "state", "updated_at"])
    return row


@transaction.atomic
def terminate_upload(*, actor: User, upload: Upload) -> None:
    """Withdraw a file before its batch is processed."""
    require_role(actor, upload.batch.project, Role.MANAGER)
    batch = UploadBatch.objects.select_for_update().get(pk=upload.batch_id)
    if batch.state != BatchState.RECEIVING:
        raise BatchClosed
    path = inbox_path(upload)
    upload.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@transaction.atomic
def process_batch(*, actor: User, batch: UploadBatch) -> UploadBatch:
    """Start the ingest of a batch whose files are all there; asked again, it changes nothing.

    A batch whose ingest failed is started anew.

    Raises
    ------
    UploadsIncomplete, Invalid
        files are missing bytes; there is no file at all.
    """
    require_role(actor, batch.project, Role.MANAGER)
    row = UploadBatch.objects.select_for_update().get(pk=batch.pk)
    if row.state in (BatchState.PROCESSING, BatchState.DONE):
        return row
    if row.state == BatchState.WITHDRAWN:
        raise BatchWithdrawn
    uploads = Upload.objects.filter(batch=row)
    if not uploads.exists():
        raise Invalid("empty_batch", "There is no file in this batch.")
    missing = list(uploads.filter(state=UploadState.RECEIVING).values_list("name", flat=True)[:20])
    if missing:
        raise UploadsIncomplete(extra={"names": missing})
    row.state = BatchState.PROCESSING
    row.job = enqueue(
        INGEST, subject_id=row.pk, project_id=row.project_id, requested_by=actor, batch_id=row.pk
    )
    row.save()
    audit.record(
        actor=actor,
        act=scan_acts.BatchProcessed(files=uploads.count()),
        subject=row,
        project_id=row.project_id,
    )
    publish(BatchChanged(row.pk, row.project_id, row.state))
    return row


@transaction.atomic
def fail_batch(*, batch_id: UUID) -> None:
    """Note that a batch's ingest failed as a whole; its files stay and it can be started again."""
    row = UploadBatch.objects.select_for_update().filter(pk=batch_id, state=BatchState.PROCESSING).first()
    if row is None:
        return
    row.state = BatchState.FAILED
    row.raw_until = raw_deadline()
    row.save()
    publish(BatchChanged(row.pk, row.project_id, row.state))
