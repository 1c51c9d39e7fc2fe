"""REST of engine runs."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.imaging.selectors import volume_visible_to
from backend.pipeline.runs import selectors
from backend.pipeline.runs.serializers import PriorityInput, RunInput, RunQuery, RunSerializer
from backend.pipeline.runs.services import runs as run_services
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


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
        run = run_services.start_run_in(
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
        run_services.cancel_run(actor=self.actor, run=run)
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run_id)).data)


class RunRetryView(ApiView):
    @extend_schema(operation_id="run_retry", request=None, responses={201: RunSerializer})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Start the same engine again, as a new run."""
        run = run_services.retry_run(actor=self.actor, run=selectors.run_visible_to(self.actor, run_id))
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run.pk)).data, status=201)


class RunPriorityView(ApiView):
    @extend_schema(operation_id="run_priority", request=PriorityInput, responses=RunSerializer)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Move a waiting run in the queue: -10 (last) to 10 (first). Managers only."""
        run = selectors.run_visible_to(self.actor, run_id)
        priority = self.parse(PriorityInput)["priority"]
        run_services.set_priority(actor=self.actor, run=run, priority=priority)
        return Response(RunSerializer(selectors.run_visible_to(self.actor, run_id)).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/runs", RunListView.as_view()),
    path("runs/<uuid:run_id>", RunView.as_view()),
    path("runs/<uuid:run_id>/cancel", RunCancelView.as_view()),
    path("runs/<uuid:run_id>/retry", RunRetryView.as_view()),
    path("runs/<uuid:run_id>/priority", RunPriorityView.as_view()),
]
