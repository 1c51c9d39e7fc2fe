"""Writes of background jobs."""

from __future__ import annotations

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.common.models import Job
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role


def require_job_manager(*, actor: User, job: Job) -> None:
    """Refuse anyone who does not manage the job's project."""
    project = Project.objects.filter(pk=job.project_id_ref).first() if job.project_id_ref else None
    if project is None:
        raise NotFound
    require_role(actor, project, Role.MANAGER)
