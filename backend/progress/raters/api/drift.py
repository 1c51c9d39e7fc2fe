"""REST of warnings that a rater's figures have left their own band (managers)."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.raters import drift_wire as wire
from backend.progress.raters import drifting
from backend.progress.raters.selectors.drift import alarm_rows
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class DriftView(ManagedProjectView):
    def answer(self, project: Project, *, again: bool = False) -> Response:
        watch = drifting.watch_of(project, again=again)
        report = {"as_of": watch, "alarms": alarm_rows(project, self.actor)}
        return Response(wire.DriftSerializer(report).data)

    @extend_schema(operation_id="drift", responses=wire.DriftSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Raters whose figures have left their own band, with the cases behind that (manager)."""
        return self.answer(self.project(slug))

    @extend_schema(operation_id="drift_compute", request=None, responses=wire.DriftSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Look the raters over now (manager)."""
        return self.answer(self.project(slug), again=True)


class DriftDismissView(ManagedProjectView):
    @extend_schema(operation_id="drift_dismiss", request=wire.DriftReasonInput, responses={204: None})
    def post(self, request: Request, slug: str, drift_id: UUID) -> Response:
        """Say that a warning needs nothing to be done, and why (manager). 409 `drift_settled`."""
        project = self.project(slug)
        reason = self.parse(wire.DriftReasonInput)["reason"]
        drifting.dismiss(alarm_id=drift_id, project=project, actor=self.actor, reason=reason)
        return Response(status=204)


class DriftRetrainView(ManagedProjectView):
    @extend_schema(operation_id="drift_retrain", request=wire.DriftReasonInput, responses={204: None})
    def post(self, request: Request, slug: str, drift_id: UUID) -> Response:
        """Send the rater to the training again (manager). 409 `no_training` or `drift_settled`."""
        project = self.project(slug)
        reason = self.parse(wire.DriftReasonInput)["reason"]
        drifting.retrain(alarm_id=drift_id, project=project, actor=self.actor, reason=reason)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/drift", DriftView.as_view()),
    path("projects/<slug:slug>/drift/<uuid:drift_id>/dismiss", DriftDismissView.as_view()),
    path("projects/<slug:slug>/drift/<uuid:drift_id>/retrain", DriftRetrainView.as_view()),
]
