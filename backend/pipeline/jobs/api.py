"""REST of background jobs."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.models import JobState
from backend.common.tasks import request_cancel
from backend.pipeline.jobs import selectors
from backend.pipeline.jobs.serializers import JobSerializer, about_jobs
from backend.pipeline.jobs.services import require_job_manager
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


class JobView(ApiView):
    @extend_schema(operation_id="job", responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        job = selectors.job_visible_to(self.actor, job_id)
        return Response(JobSerializer(job, context=about_jobs([job])).data)


class JobCancelView(ApiView):
    @extend_schema(operation_id="job_cancel", request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Ask a job to stop; a queued one ends at once. Managers only."""
        job = selectors.job_visible_to(self.actor, job_id)
        require_job_manager(actor=self.actor, job=job)
        job = request_cancel(job_id=job.pk)
        return Response(JobSerializer(job, context=about_jobs([job])).data)


class JobListView(ApiView):
    @extend_schema(
        operation_id="jobs",
        responses=paged(JobSerializer),
        parameters=[OpenApiParameter("state", str, enum=JobState.values)],
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        jobs = selectors.jobs_of(project, request.query_params.get("state"))
        return self.page(jobs, JobSerializer, about_jobs)


urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/<uuid:job_id>", JobView.as_view()),
    path("jobs/<uuid:job_id>/cancel", JobCancelView.as_view()),
    path("projects/<slug:slug>/jobs", JobListView.as_view()),
]
