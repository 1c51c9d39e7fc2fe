"""Finding what was left behind: rows whose event was lost, jobs whose worker died, work of the absent.

The row in the database is the truth, so the sweep only compares rows with what should follow from them. It
changes nothing where all is well and may run at any time, in several processes.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from backend.annotation.work.services.giving import return_work_of_absent
from backend.annotation.work.services.readiness import prepare_all
from backend.challenge.services.arriving import clear_old
from backend.common.models import Job, JobState
from backend.common.once import clear_answers
from backend.common.reaper import requeue_expired
from backend.consensus.services.retrying import retry_failed
from backend.imaging.services.withdrawing import expire_when_due
from backend.notices.digests.services import send_due
from backend.notices.webhooks.services import start_due
from backend.progress.raters.drifting import watch_all
from backend.releases.services.building import resume_lost_builds
from backend.workflow.handlers import TABLE, Row, start

logger = logging.getLogger(__name__)

AT_ONCE = 50  # of one row's subjects that one sweep starts
RETRY_AFTER = timedelta(hours=1)  # what failed is not started again before
OFTEN = 10  # jobs on one subject in that time: more do not help it
EXERCISES_AT_ONCE = 4  # copies that one round makes; each takes seconds


@dataclass
class Swept:
    """What one sweep repaired, and what it could not look at."""

    jobs: int = 0
    webhooks: int = 0  # that had something to hear of
    missed: Counter[str] = field(default_factory=Counter)  # by what the row does
    failed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.jobs or self.webhooks or self.missed or self.failed)


@dataclass
class Kept:
    """What one round of what falls due by time did."""

    places_freed: int = 0
    exercises_made: int = 0
    comparisons_retried: int = 0
    releases_resumed: int = 0
    raw_files_ended: int = 0
    archives_cleared: int = 0  # of predictions, begun and left
    answers_cleared: int = 0
    mails_sent: int = 0
    drift_watched: int = 0
    failed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())


def sweep() -> Swept:
    """Repair all that was lost, in as many queries however much is open."""
    swept = Swept()
    swept.jobs = _try("jobs", requeue_expired, swept.failed)
    swept.webhooks = _try("webhooks", lambda: start_due(now=timezone.now()), swept.failed)
    for row in _queries():
        name = _name(row)
        found = _try(name, lambda row=row: _start_missed(row), swept.failed)  # type: ignore[misc]
        if found:
            swept.missed[name] += found
    return swept


def keep_up() -> Kept:
    """Do what falls due by time alone. Costs more than a sweep and hurries less."""
    kept = Kept()
    now = timezone.now()
    kept.places_freed = _try("places", lambda: return_work_of_absent(today=timezone.localdate()), kept.failed)
    kept.exercises_made = _try("exercises", lambda: prepare_all(at_most=EXERCISES_AT_ONCE), kept.failed)
    kept.comparisons_retried = _try("comparisons", lambda: retry_failed(now=now), kept.failed)
    kept.releases_resumed = _try("releases", resume_lost_builds, kept.failed)
    kept.raw_files_ended = _try("raw files", expire_when_due, kept.failed)
    kept.archives_cleared = _try("archives", lambda: clear_old(now=now), kept.failed)
    kept.answers_cleared = _try("kept answers", lambda: clear_answers(now=now), kept.failed)
    kept.drift_watched = _try("drift", watch_all, kept.failed)
    kept.mails_sent = _try("mails", lambda: send_due(now=now), kept.failed)
    return kept


def _try(name: str, repair: Callable[[], int], failed: list[str]) -> int:
    """One repair; where it cannot be made the others are all the same, and the next sweep tries again."""
    try:
        return repair()
    except Exception:
        logger.exception("the sweep could not look at %s", name)
        failed.append(name)
        return 0


def _name(row: Row) -> str:
    return row.does if isinstance(row.does, str) else row.does.__name__


def _queries() -> list[Row]:
    """The table's rows, those that start the same from the same query once."""
    return list({(row.does, row.missed): row for row in TABLE}.values())


def _start_missed(row: Row) -> int:
    found: dict[UUID, UUID | None] = dict(islice(row.missed(), AT_ONCE))
    if isinstance(row.does, str):
        for subject_id in _not_now(row.does, found):
            found.pop(subject_id)
    for subject_id, project_id in found.items():
        start(row, subject_id, project_id)
    return len(found)


def _not_now(kind: str, subjects: dict[UUID, UUID | None]) -> list[UUID]:
    """Subjects that a job waits for or works on, on which one failed lately, or that had many of late."""
    if not subjects:
        return []
    lately = timezone.now() - RETRY_AFTER
    at_work = Q(state__in=(JobState.QUEUED, JobState.RUNNING))
    failed = Q(state=JobState.FAILED, finished_at__gt=lately)
    jobs = Job.objects.filter(kind=kind, subject_id__in=subjects).order_by().values("subject_id")
    found = jobs.annotate(
        busy=Count("pk", filter=at_work | failed), often=Count("pk", filter=Q(created_at__gt=lately))
    ).filter(Q(busy__gt=0) | Q(often__gte=OFTEN))
    return [row["subject_id"] for row in found if row["subject_id"] is not None]
