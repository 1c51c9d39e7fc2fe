"""The end of raw files: what was refused is closed, what failed is withdrawn, the rest goes in time.

Raw files name patients. They leave when they were used, when a manager says so, or at their deadline; with
the bytes go the names of files and folders, which often name patients, too.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.common.models import Job, JobState
from backend.common.tasks import JobEnded, request_cancel
from backend.imaging.events import BatchChanged
from backend.imaging.models import BatchState, Upload, UploadBatch, UploadState
from backend.imaging.services.uploads import fail_batch, inbox_path
from backend.projects.models import Role
from backend.projects.selectors import require_role

logger = logging.getLogger(__name__)

CLOSED_AT_ONCE = 10_000  # files in one statement; databases bound a statement's parameters
STRAY_AFTER_SECONDS = 3600.0  # a file without a row may be one whose row is about to be written
LOOK_EVERY_SECONDS = 600.0
LOOKED_AT = ".looked-at"
LOG_TO_EMPTY = ".log-to-empty"
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class BatchHasSeries(Conflict):
    code = "batch_has_series"
    message = "Series came of this upload: what was not used is deleted under Quarantine."


@transaction.atomic
def resolve_upload(*, actor: User, upload: Upload, note: str, alike: bool = False) -> Upload:
    """Close a quarantined file with a note; its bytes and its name, which may tell a patient, are deleted.

    With `alike`, every open file of its batch under the same reason code is closed too.
    """
    require_role(actor, upload.batch.project, Role.MANAGER)
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if row.state != UploadState.QUARANTINED:
        raise Conflict("not_quarantined", "This file is not in quarantine.")
    closing = [row] if row.resolved_at is None else []
    if alike:
        others = _open_quarantined().filter(batch=row.batch_id, reason_code=row.reason_code)
        closing += others.exclude(pk=row.pk)
    _close(closing, actor=actor)
    audit.record_all(
        actor=actor,
        act=scan_acts.UploadResolved(note=note),
        subjects=closing,
        project_id=upload.batch.project_id,
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw_batch(*, actor: User, batch: UploadBatch) -> UploadBatch:
    """Take back an upload that is incomplete, stuck, failed or was refused whole; its files are deleted.

    Series that a failed ingest had stored before it failed stay. Asked again, it changes nothing.

    Raises
    ------
    BatchHasSeries
        it was processed to its end, and series came of it.
    """
    require_role(actor, batch.project, Role.MANAGER)
    if batch.job_id is not None:  # its row before the batch's, as whoever ends the job takes them
        Job.objects.select_for_update().get(pk=batch.job_id)
    row = UploadBatch.objects.select_for_update().get(pk=batch.pk)
    if row.state == BatchState.DONE and row.series.exists():
        raise BatchHasSeries
    if row.state != BatchState.WITHDRAWN:
        _withdraw(row, actor=actor, act=scan_acts.BatchWithdrawn)
    return row


def expire_when_due() -> int:
    """`expire_raw_files`, but not at every sweep: files live for days, and looking costs."""
    inbox = Path(settings.VERTEBASE_INBOX)
    if (inbox / LOG_TO_EMPTY).exists():
        overwrite_deleted()
    mark = inbox / LOOKED_AT
    if mark.exists() and mark.stat().st_mtime > time.time() - LOOK_EVERY_SECONDS:
        return 0
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return expire_raw_files()


def expire_raw_files() -> int:
    """Delete what has reached its deadline and what a crash left in the inbox; how much that was."""
    touched = _fail_lost() + _expire_quarantined() + _expire_batches()
    stray = remove_stray_files()
    if touched or stray:
        overwrite_deleted()
    return touched + stray


def _fail_lost() -> int:
    """Batches that stand as being processed although their job is over: its last news was lost."""
    lost = UploadBatch.objects.filter(state=BatchState.PROCESSING, job__state__in=ENDED)
    ids = list(lost.values_list("pk", flat=True))
    for batch_id in ids:
        fail_batch(batch_id=batch_id)
    return len(ids)


@transaction.atomic
def _expire_quarantined() -> int:
    due = list(_open_quarantined().filter(raw_until__lt=timezone.now()).select_related("batch"))
    _close(due, actor=None)
    by_project: dict[UUID, list[Upload]] = {}
    for row in due:
        by_project.setdefault(row.batch.project_id, []).append(row)
    for project_id, rows in by_project.items():
        audit.record_all(actor=None, act=scan_acts.UploadExpired(), subjects=rows, project_id=project_id)
    return len(due)


@transaction.atomic
def _expire_batches() -> int:
    unfinished = (BatchState.RECEIVING, BatchState.FAILED)
    due = UploadBatch.objects.select_for_update().filter(state__in=unfinished, raw_until__lt=timezone.now())
    rows = list(due)
    for row in rows:
        _withdraw(row, actor=None, act=scan_acts.BatchExpired)
    return len(rows)


def _open_quarantined() -> QuerySet[Upload]:
    return Upload.objects.select_for_update(of=("self",)).filter(
        state=UploadState.QUARANTINED, resolved_at__isnull=True
    )


def _withdraw(
    row: UploadBatch,
    *,
    actor: User | None,
    act: type[scan_acts.BatchWithdrawn] | type[scan_acts.BatchExpired],
) -> None:
    """Delete rows and bytes of a batch whose row is locked; an ingest that runs stops at its next step."""
    uploads = Upload.objects.filter(batch=row)
    files, size = uploads.count(), uploads.aggregate(size=Sum("offset_bytes"))["size"] or 0
    uploads.delete()
    was, row.state = row.state, BatchState.WITHDRAWN
    row.save()
    if row.job is not None and row.job.state not in ENDED:
        try:
            request_cancel(job_id=row.job.pk)
        except JobEnded:
            logger.info("batch %s: its job ended at this very moment", row.pk)
    audit.record(
        actor=actor,
        act=act(was=was, files=files, bytes=size),
        subject=row,
        project_id=row.project_id,
    )
    publish(BatchChanged(row.pk, row.project_id, row.state))
    folder = batch_folder(row)

    def delete_bytes() -> None:
        shutil.rmtree(folder, ignore_errors=True)  # what cannot be deleted now is stray, and is tried again
        overwrite_deleted()

    transaction.on_commit(delete_bytes)


def batch_folder(batch: UploadBatch) -> Path:
    """Where the raw files of a batch lie."""
    return Path(settings.VERTEBASE_INBOX) / str(batch.pk)


def _close(rows: list[Upload], *, actor: User | None) -> None:
    """In statements that do not grow with the files: a folder of pictures is hundreds of them."""
    now = timezone.now()
    for start in range(0, len(rows), CLOSED_AT_ONCE):
        part = [row.pk for row in rows[start : start + CLOSED_AT_ONCE]]
        Upload.objects.filter(pk__in=part).update(
            resolved_at=now, resolved_by=actor, updated_at=now, name="", relative_path="", reason=""
        )
    paths = [inbox_path(row) for row in rows]
    transaction.on_commit(lambda: delete_files(paths))


def delete_files(paths: Iterable[Path], *, patience_ms: int = 0) -> None:
    """Remove raw files, and what the database still holds of their names."""
    for path in paths:
        path.unlink(missing_ok=True)
    overwrite_deleted(patience_ms=patience_ms)


def remove_stray_files() -> int:
    """Remove files of the inbox that no open row owns: a crash between commit and deletion leaves such."""
    inbox = Path(settings.VERTEBASE_INBOX)
    before = time.time() - STRAY_AFTER_SECONDS
    old = {
        f"{folder.name}/{entry.name}": entry
        for folder in (inbox.iterdir() if inbox.is_dir() else ())
        if folder.is_dir()
        for entry in folder.iterdir()
        if entry.stat().st_mtime < before
    }
    if not old:
        return 0
    busy = UploadBatch.objects.filter(state=BatchState.PROCESSING).values_list("pk", flat=True)
    working = {str(pk) for pk in busy}
    owned = Upload.objects.exclude(state=UploadState.INGESTED).filter(resolved_at__isnull=True)
    kept = set(owned.values_list("storage_name", flat=True))
    stray = [entry for name, entry in old.items() if name not in kept and entry.parent.name not in working]
    for entry in stray:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
    return len(stray)


def overwrite_deleted(*, patience_ms: int = 0) -> None:
    """Empty SQLite's write-ahead log, which keeps former contents of rows; where it is being read, later.

    A file in the inbox says that it is to be done, so that the sweep does it if nobody else could.
    """
    if connection.vendor != "sqlite":
        return
    mark = Path(settings.VERTEBASE_INBOX) / LOG_TO_EMPTY
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        (usual_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {int(patience_ms)}")
        try:
            (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual_ms)}")
    if not busy:
        mark.unlink(missing_ok=True)
