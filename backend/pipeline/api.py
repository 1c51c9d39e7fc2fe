"""Engines, runs and background jobs over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.models import Job, JobState
from backend.common.tasks import request_cancel
from backend.imaging.selectors import volume_visible_to
from backend.masks.models import MaskSource
from backend.pipeline import selectors, services
from backend.pipeline.engine import list_engines
from backend.pipeline.models import Run, StageRun
from backend.projects.models import Role
from backend.projects.selectors import MANAGERS_AND_EXPERTS, project_visible_to, require_role


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of background work."""

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "queue",
            "subject_id",
            "state",
            "progress",
            "message",
            "error",
            "attempts",
            "cancel_requested",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class JobView(ApiView):
    @extend_schema(operation_id="job", responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(selectors.job_visible_to(self.actor, job_id)).data)


class JobCancelView(ApiView):
    @extend_schema(operation_id="job_cancel", request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Ask a job to stop; a queued one ends at once. Managers only."""
        job = selectors.job_visible_to(self.actor, job_id)
        services.require_job_manager(actor=self.actor, job=job)
        return Response(JobSerializer(request_cancel(job_id=job.pk)).data)


class JobListView(ApiView):
    @extend_schema(
        operation_id="jobs",
        responses=paged(JobSerializer),
        parameters=[OpenApiParameter("state", str, enum=JobState.values)],
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        return self.page(selectors.jobs_of(project, request.query_params.get("state")), JobSerializer)


class StageRunSerializer(serializers.ModelSerializer[StageRun]):
    class Meta:
        model = StageRun
        fields = ("name", "state", "progress", "seconds", "digest")
        read_only_fields = fields


class ResultSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    source = serializers.ChoiceField(choices=MaskSource.choices)  # type: ignore[assignment]


class RunSerializer(serializers.ModelSerializer[Run]):
    """One engine on one volume."""

    volume_id = serializers.UUIDField(read_only=True)
    job_id = serializers.UUIDField(read_only=True)
    pseudonym = serializers.CharField(source="volume.series.patient.pseudonym", read_only=True)
    progress = serializers.FloatField(source="job.progress", read_only=True)
    message = serializers.CharField(source="job.message", read_only=True)
    report = serializers.DictField(read_only=True)
    stages = StageRunSerializer(many=True, read_only=True)
    result = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "volume_id",
            "job_id",
            "pseudonym",
            "engine",
            "engine_version",
            "state",
            "progress",
            "message",
            "seconds",
            "device",
            "stages",
            "report",
            "log",
            "error",
            "result",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, run: Run) -> Any:
        return ResultSerializer(run.result).data if run.result is not None else None


class RunInput(serializers.Serializer[Any]):
    volume_id = serializers.UUIDField()
    engine = serializers.CharField(required=False, allow_null=True)


class RunQuery(serializers.Serializer[Any]):
    volume = serializers.UUIDField(required=False)


class RunListView(ApiView):
    @extend_schema(operation_id="runs", parameters=[RunQuery], responses=paged(RunSerializer))
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        asked = self.parse_query(RunQuery)
        return self.page(selectors.runs_of(project, asked.get("volume")), RunSerializer)

    @extend_schema(operation_id="run_start", request=RunInput, responses={201: RunSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Queue an engine on a volume; without a name the project's choice. Managers only."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        data = self.parse(RunInput)
        run = services.start_run_in(
            project=project,
            volume=volume_visible_to(self.actor, data["volume_id"]),
            engine=data.get("engine"),
            requested_by=self.actor,
        )
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run.pk)).data, status=201)


class RunView(ApiView):
    @extend_schema(operation_id="run", responses=RunSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run_id)).data)


class RunCancelView(ApiView):
    @extend_schema(operation_id="run_cancel", request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: UUID) -> Response:
        run = selectors.run_visible_to(self.actor, run_id)
        services.cancel_run(actor=self.actor, run=run)
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run_id)).data)


class RunRetryView(ApiView):
    @extend_schema(operation_id="run_retry", request=None, responses={201: RunSerializer})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Start the same engine again, as a new run."""
        run = services.retry_run(actor=self.actor, run=selectors.run_visible_to(self.actor, run_id))
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run.pk)).data, status=201)


class EngineSerializer(serializers.Serializer[Any]):
    """An engine that the site knows, at hand or not."""

    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    stages = serializers.ListField(child=serializers.CharField())
    available = serializers.BooleanField()
    problem = serializers.CharField()


class EngineListView(ApiView):
    @extend_schema(operation_id="engines", responses=EngineSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(EngineSerializer(list_engines(), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("engines", EngineListView.as_view()),
    path("jobs/<uuid:job_id>", JobView.as_view()),
    path("jobs/<uuid:job_id>/cancel", JobCancelView.as_view()),
    path("projects/<slug:slug>/jobs", JobListView.as_view()),
    path("projects/<slug:slug>/runs", RunListView.as_view()),
    path("runs/<uuid:run_id>", RunView.as_view()),
    path("runs/<uuid:run_id>/cancel", RunCancelView.as_view()),
    path("runs/<uuid:run_id>/retry", RunRetryView.as_view()),
]
