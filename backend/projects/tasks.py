"""Background work on projects as a whole."""

from __future__ import annotations

from backend.common.tasks import JobContext, background_task
from backend.projects.models import Project
from backend.projects.storage import COUNT_KIND, count_project, count_site


@background_task(kind=COUNT_KIND, queue="io", time_limit=1800)
def count_storage(job: JobContext) -> None:
    """Count what each project and the site keep on disk."""
    ids = list(Project.objects.values_list("pk", flat=True))
    for done, project_id in enumerate(ids):
        job.check_cancelled()
        job.progress(done / len(ids), f"Counted {done} of {len(ids)} projects")
        count_project(project_id)
    count_site()
