"""REST of the site's background work: its queues, and what failed in any project. For administrators."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.administration import require_administrator
from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.common.models import Job
from backend.common.retrying import may_be_retried
from backend.common.scopes import SESSION_ONLY
from backend.pipeline.jobs import selectors
from backend.pipeline.jobs.health import Kind, site_health
from backend.pipeline.jobs.services import retry_failed


class SiteJobSerializer(serializers.ModelSerializer[Job]):
    """A job of any project; the context comes from `_about`. What it worked on is for its managers."""

    project = serializers.SerializerMethodField()
    retryable = serializers.SerializerMethodField(
        help_text="Else what it was for is started anew on its own page, by a manager"
    )

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "queue",
            "state",
            "project",
            "error",
            "attempts",
            "created_at",
            "finished_at",
            "retryable",
        )
        read_only_fields = fields

    def get_project(self, job: Job) -> str | None:
        names: dict[UUID | None, str] = self.context["projects"]
        return names.get(job.project_id_ref)

    def get_retryable(self, job: Job) -> bool:
        return may_be_retried(job.kind)


def _about(jobs: list[Job]) -> dict[str, Any]:
    ids = {job.project_id_ref for job in jobs if job.project_id_ref is not None}
    return {"projects": selectors.projects_named(ids)}


class QueueHealthSerializer(serializers.Serializer[Any]):
    """How the workers of a queue do."""

    queue = serializers.CharField()
    state = serializers.ChoiceField(
        choices=["idle", "working", "stuck"], help_text="stuck: jobs wait, and no worker takes them"
    )
    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    waiting_since = serializers.DateTimeField(allow_null=True, help_text="Of what waits longest")
    last_finished_at = serializers.DateTimeField(allow_null=True, help_text="Within the last day")


class SiteQueuesView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(operation_id="site_queues", responses=QueueHealthSerializer(many=True))
    def get(self, request: Request) -> Response:
        """How the workers of each queue do (administrators of the site)."""
        require_administrator(self.actor)
        return Response(QueueHealthSerializer(selectors.queues_now(), many=True).data)


class DiskSerializer(serializers.Serializer[Any]):
    total_bytes = serializers.IntegerField()
    free_bytes = serializers.IntegerField()


class WorkerSerializer(serializers.Serializer[Any]):
    """A process that takes background work."""

    name = serializers.CharField()
    queues = serializers.ListField(child=serializers.CharField())
    version = serializers.CharField()
    started_at = serializers.DateTimeField()
    beat_at = serializers.DateTimeField(help_text="When it last said that it lives")
    silent = serializers.BooleanField(help_text="It should have said so since")


class SiteWarningSerializer(serializers.Serializer[Any]):
    """Something to look at."""

    kind = serializers.ChoiceField(choices=get_args(Kind))
    about = serializers.CharField(allow_blank=True, help_text="The queue, worker, version or project")
    severe = serializers.BooleanField(help_text="Work stands still, or may be lost")


class SiteHealthSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    disk = DiskSerializer()
    workers = WorkerSerializer(many=True)
    warnings = SiteWarningSerializer(many=True)


class SiteHealthView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(operation_id="site_health", responses=SiteHealthSerializer)
    def get(self, request: Request) -> Response:
        """Disk, workers, and what should be looked at (administrators of the site)."""
        require_administrator(self.actor)
        return Response(SiteHealthSerializer(site_health()).data)


class SiteFailedJobsView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(operation_id="site_failed_jobs", responses=paged(SiteJobSerializer))
    def get(self, request: Request) -> Response:
        """What failed in any project, newest first; none of those in which I rate (administrators)."""
        require_administrator(self.actor)
        return self.page(selectors.failed_jobs_for(self.actor), SiteJobSerializer, _about)


class SiteJobRetryView(ApiView):
    tells = {"POST": Told(refuses=(404,))}
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(operation_id="site_job_retry", request=None, responses=SiteJobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Start a failed job again (administrators of the site)."""
        job = retry_failed(job_id=job_id, actor=self.actor)
        return Response(SiteJobSerializer(job, context=_about([job])).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("site/health", SiteHealthView.as_view()),
    path("site/queues", SiteQueuesView.as_view()),
    path("site/failed-jobs", SiteFailedJobsView.as_view()),
    path("site/failed-jobs/<uuid:job_id>/retry", SiteJobRetryView.as_view()),
]
