"""Reads of background jobs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.common.models import Job, JobState
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role

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
