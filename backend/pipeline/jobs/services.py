"""Writes of background jobs."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.accounts.administration import require_administrator
from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import NotFound
from backend.common.models import Job
from backend.common.retrying import retry
from backend.common.selectors import one_of
from backend.pipeline.jobs.selectors import failed_jobs_for
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role


def require_job_manager(*, actor: User, job: Job) -> None:
    """Refuse anyone who does not manage the job's project."""
    project = Project.objects.filter(pk=job.project_id_ref).first() if job.project_id_ref else None
    if project is None:
        raise NotFound
    require_role(actor, project, Role.MANAGER)


@transaction.atomic
def retry_failed(*, job_id: UUID, actor: User) -> Job:
    """Start a failed job of any project again, as an administrator of the site."""
    require_administrator(actor)
    job = retry(job_id=one_of(failed_jobs_for(actor), job_id).pk)
    audit.record(actor=actor, act=people_acts.JobRetried(kind=job.kind), subject=job)
    return job
