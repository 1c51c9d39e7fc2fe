"""Reads of background jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.audit.checking import CHECK_KIND
from backend.common.errors import NotFound
from backend.common.models import Job, JobState
from backend.common.queues import worker_queues
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import projects_with_role
from backend.projects.storage import COUNT_KIND

OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


def jobs_of(project: Project, state: str | None = None) -> QuerySet[Job]:
    """The project's background jobs, newest first."""
    jobs = Job.objects.filter(project_id_ref=project.pk).order_by("-created_at")
    return jobs.filter(state=state) if state else jobs


def jobs_visible_to(user: User) -> QuerySet[Job]:
    """Jobs of projects that the user manages; what a hand-in starts would tell others a gold case."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return Job.objects.filter(project_id_ref__in=projects)


def job_visible_to(user: User, job_id: UUID) -> Job:
    """One job; `NotFound` where the user may not know of it."""
    job = jobs_visible_to(user).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job


OF_THE_SITE = (CHECK_KIND, COUNT_KIND)  # jobs that have no project because they are of all
STUCK_AFTER = timedelta(minutes=2)  # a job that waits this long while nothing runs has no worker


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """How one queue does: stuck where jobs wait and nothing takes them."""

    queue: str
    state: Literal["idle", "working", "stuck"]
    waiting: int
    running: int
    waiting_since: datetime | None
    last_finished_at: datetime | None


def queues_now() -> list[QueueHealth]:
    """How the workers of each queue do, by what the rows of jobs say, in one query.

    A worker renews the lease of what it runs: one that has died runs nothing.
    """
    now = timezone.now()
    running = Q(state=JobState.RUNNING, lease_expires_at__gt=now)
    waiting = Q(state=JobState.QUEUED)
    rows = (
        Job.objects.filter(Q(state__in=OPEN_STATES) | Q(finished_at__gt=now - timedelta(days=1)))
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=waiting),
            running=Count("pk", filter=running),
            waiting_since=Min("updated_at", filter=waiting),
            last_finished_at=Max("finished_at"),
        )
    )
    found = {row["queue"]: row for row in rows}
    return [_health(queue, found.get(queue), now) for queue in worker_queues()]


def _health(queue: str, row: Mapping[str, Any] | None, now: datetime) -> QueueHealth:
    if row is None:
        return QueueHealth(queue, "idle", 0, 0, None, None)
    since = row["waiting_since"]
    running = row["running"]
    stuck = running == 0 and since is not None and now - since > STUCK_AFTER
    state: Literal["idle", "working", "stuck"] = (
        "stuck" if stuck else "working" if running or since else "idle"
    )
    return QueueHealth(queue, state, row["waiting"], running, since, row["last_finished_at"])


def failed_jobs_for(user: User) -> QuerySet[Job]:
    """Failed jobs over all projects, newest first, for an administrator of the site.

    None of projects in which they take part without managing them. Who takes part anywhere gets of the jobs
    without a project the site's own alone: others are quiet work on hidden cases. What a hand-in starts
    would tell who has handed in, or which case is a hidden one.
    """
    blind = Membership.objects.filter(user=user, active=True).exclude(role=Role.RESEARCHER)
    elsewhere = blind.exclude(project__in=projects_with_role(user, Role.MANAGER)).values("project_id")
    jobs = Job.objects.filter(state=JobState.FAILED).order_by("-created_at")
    jobs = jobs.exclude(project_id_ref__in=elsewhere)
    return jobs.exclude(~Q(kind__in=OF_THE_SITE), project_id_ref=None) if blind.exists() else jobs


def projects_named(ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of projects by id."""
    return dict(Project.objects.filter(pk__in=ids).values_list("pk", "name"))
