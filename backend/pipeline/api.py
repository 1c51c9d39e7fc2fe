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
from backend.pipeline.job_subjects import JobSubject, job_subjects
from backend.pipeline.model_api import urlpatterns as model_urls
from backend.pipeline.models import Run, StageRun
from backend.pipeline.services import correcting
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role
from backend.science.correcting import Entry


class JobSubjectSerializer(serializers.Serializer[Any]):
    """What a job works on, where that has a page of its own."""

    kind = serializers.ChoiceField(choices=["case", "release"])
    id = serializers.UUIDField()
    name = serializers.CharField()


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of background work; the context comes from `about_jobs`."""

    subject = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "queue",
            "subject_id",
            "subject",
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

    @extend_schema_field(JobSubjectSerializer(allow_null=True))
    def get_subject(self, job: Job) -> JobSubject | None:
        subjects: dict[UUID | None, JobSubject] = self.context["subjects"]
        return subjects.get(job.subject_id)


def about_jobs(jobs: list[Job]) -> dict[str, Any]:
    """What the serializer needs for these jobs, in a fixed number of queries."""
    return {"subjects": job_subjects({job.subject_id for job in jobs if job.subject_id is not None})}


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
        services.require_job_manager(actor=self.actor, job=job)
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


class StageRunSerializer(serializers.ModelSerializer[StageRun]):
    """A stage; ``detail`` says where it was ``reused`` from an attempt before, or ``left_out``."""

    detail = serializers.DictField(read_only=True)

    class Meta:
        model = StageRun
        fields = ("name", "state", "progress", "seconds", "digest", "detail")
        read_only_fields = fields


class ResultSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    source = serializers.ChoiceField(choices=MaskSource.choices)  # type: ignore[assignment]


class RunModelSerializer(serializers.Serializer[Any]):
    """The project's own model that a run used; null where the weights that ship were used."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class RunSerializer(serializers.ModelSerializer[Run]):
    """One engine on one volume."""

    volume_id = serializers.UUIDField(read_only=True)
    job_id = serializers.UUIDField(read_only=True)
    pseudonym = serializers.CharField(source="volume.series.patient.pseudonym", read_only=True)
    progress = serializers.FloatField(source="job.progress", read_only=True)
    message = serializers.CharField(source="job.message", read_only=True)
    queue = serializers.CharField(source="job.queue", read_only=True)
    model = serializers.SerializerMethodField()
    parent_mask = serializers.UUIDField(source="parent_id", allow_null=True, read_only=True)
    correction = serializers.DictField(read_only=True)
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
            "model",
            "priority",
            "queue",
            "parent_mask",
            "correction",
            "uncertainty",
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

    @extend_schema_field(RunModelSerializer(allow_null=True))
    def get_model(self, run: Run) -> Any:
        return RunModelSerializer(run.model).data if run.model is not None else None

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, run: Run) -> Any:
        return ResultSerializer(run.result).data if run.result is not None else None


class RunInput(serializers.Serializer[Any]):
    volume_id = serializers.UUIDField()
    engine = serializers.CharField(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False, default=0, min_value=-10, max_value=10)


class PriorityInput(serializers.Serializer[Any]):
    priority = serializers.IntegerField(min_value=-10, max_value=10)


class RunQuery(serializers.Serializer[Any]):
    volume = serializers.UUIDField(required=False)


class RunListView(ApiView):
    @extend_schema(operation_id="runs", parameters=[RunQuery], responses=paged(RunSerializer))
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
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
            priority=data["priority"],
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


class RunPriorityView(ApiView):
    @extend_schema(operation_id="run_priority", request=PriorityInput, responses=RunSerializer)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Move a waiting run in the queue: -10 (last) to 10 (first). Managers only."""
        run = selectors.run_visible_to(self.actor, run_id)
        priority = self.parse(PriorityInput)["priority"]
        services.set_priority(actor=self.actor, run=run, priority=priority)
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run_id)).data)


class CentreSerializer(serializers.Serializer[Any]):
    """The centre of one vertebra of a run's mask, with doubt and confidence where they are stated."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    point_ras_mm = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    voxel = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    voxels = serializers.IntegerField()
    uncertainty = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)


class CentresSerializer(serializers.Serializer[Any]):
    """What is needed to correct a run's result."""

    mask_id = serializers.UUIDField()
    mask_number = serializers.IntegerField()
    can_segment = serializers.BooleanField(help_text="whether centres can be moved and added")
    shape = serializers.ListField(child=serializers.IntegerField())
    affine_ras_mm = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    centres = CentreSerializer(many=True)


class EntryInput(serializers.Serializer[Any]):
    label = serializers.IntegerField(min_value=1, max_value=255)  # type: ignore[assignment]
    was = serializers.IntegerField(allow_null=True, help_text="its former label; null for a new vertebra")
    point_ras_mm = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)


class CorrectionInput(serializers.Serializer[Any]):
    """The vertebrae as they should be; one that is left out is removed."""

    centres = EntryInput(many=True)
    priority = serializers.IntegerField(required=False, default=5, min_value=-10, max_value=10)


class RunCentresView(ApiView):
    @extend_schema(operation_id="run_centres", responses=CentresSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        """The centres of a run's vertebrae."""
        run = selectors.run_visible_to(self.actor, run_id)
        return Response(CentresSerializer(correcting.centres_view(run)).data)


class RunCorrectView(ApiView):
    @extend_schema(operation_id="run_correct", request=CorrectionInput, responses={201: RunSerializer})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Move, rename, add or remove vertebrae: what is touched is segmented again, as a new version."""
        run = selectors.run_visible_to(self.actor, run_id)
        data = self.parse(CorrectionInput)
        wanted = [
            Entry(entry["label"], tuple(entry["point_ras_mm"]), entry["was"]) for entry in data["centres"]
        ]
        made = correcting.correct_run(actor=self.actor, run=run, wanted=wanted, priority=data["priority"])
        return Response(RunSerializer(selectors.run_visible_to(self.actor, made.pk)).data, status=201)


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
    path("runs/<uuid:run_id>/priority", RunPriorityView.as_view()),
    path("runs/<uuid:run_id>/centres", RunCentresView.as_view()),
    path("runs/<uuid:run_id>/correct", RunCorrectView.as_view()),
    *model_urls,
]
