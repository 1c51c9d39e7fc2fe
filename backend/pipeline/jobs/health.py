"""How the site does as a whole: its disk, its workers, and what an administrator should look at."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from backend.audit.checking import last_checks
from backend.common.beating import SILENT_AFTER
from backend.common.models import WorkerBeat
from backend.pipeline.jobs.selectors import QueueHealth, queues_now
from backend.projects.models import StorageUse
from backend.projects.storage import SITE_ROW, waiting_bytes

LOW_SHARE = 0.1  # of the disk that is free
NEARLY_FULL = 0.9  # of a limit that is used

Kind = Literal["disk_full", "disk_low", "queue_stuck", "worker_silent", "versions", "quota", "chain"]


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that uploads and stored files lie on."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that takes background work."""

    name: str
    queues: list[str]
    version: str
    started_at: datetime
    beat_at: datetime
    silent: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to look at, and what it is about: a queue, a worker, a project."""

    kind: Kind
    about: str
    severe: bool


@dataclass(frozen=True, slots=True)
class SiteHealth:
    version: str
    disk: Disk
    workers: list[Worker]
    warnings: list[Warned]


def site_health() -> SiteHealth:
    """How the site does now, in a fixed number of queries."""
    used = shutil.disk_usage(_on_disk())
    disk = Disk(used.total, used.free)
    workers = workers_now()
    return SiteHealth(
        version=settings.VERTEBASE_VERSION,
        disk=disk,
        workers=workers,
        warnings=[
            *_of_disk(disk),
            *_of_queues(queues_now()),
            *_of_workers(workers),
            *_of_limits(),
            *_of_chain(),
        ],
    )


def workers_now() -> list[Worker]:
    """Workers that beat of late, by name."""
    silent = timezone.now() - SILENT_AFTER
    return [
        Worker(row.name, row.queues, row.version, row.started_at, row.beat_at, row.beat_at < silent)
        for row in WorkerBeat.objects.all()
    ]


def _on_disk() -> Path:
    """The nearest folder that is there: a new site has no inbox yet."""
    inbox = Path(settings.VERTEBASE_INBOX)
    return next(path for path in (inbox, *inbox.parents) if path.exists())


def _of_disk(disk: Disk) -> list[Warned]:
    if disk.free_bytes < settings.VERTEBASE_MIN_FREE_BYTES:
        return [Warned("disk_full", "", severe=True)]
    if disk.free_bytes < LOW_SHARE * disk.total_bytes:
        return [Warned("disk_low", "", severe=False)]
    return []


def _of_queues(queues: list[QueueHealth]) -> list[Warned]:
    return [Warned("queue_stuck", row.queue, severe=True) for row in queues if row.state == "stuck"]


def _of_workers(workers: list[Worker]) -> list[Warned]:
    silent = [Warned("worker_silent", row.name, severe=True) for row in workers if row.silent]
    others = {row.version for row in workers if not row.silent} - {settings.VERTEBASE_VERSION}
    return [*silent, *(Warned("versions", version, severe=False) for version in sorted(others))]


def _of_limits() -> list[Warned]:
    """Limits that are nearly used up: a project's by its name, the site's by none."""
    rows = list(
        StorageUse.objects.filter(Q(project__isnull=False) | Q(pk=SITE_ROW), quota_bytes__isnull=False)
        .annotate(name=F("project__name"))
        .order_by("name")
    )
    waiting = waiting_bytes(None) if rows else {}
    found = []
    for row in rows:
        on_its_way = sum(waiting.values()) if row.project_id is None else waiting.get(row.project_id, 0)
        if sum(row.kept_bytes.values()) + on_its_way > NEARLY_FULL * (row.quota_bytes or 0):
            found.append(Warned("quota", row.name or "", severe=False))
    return found


def _of_chain() -> list[Warned]:
    _, ended = last_checks()
    broken = ended is not None and ended.broken_at is not None
    return [Warned("chain", "", severe=True)] if broken else []
