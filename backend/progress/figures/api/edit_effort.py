"""REST of what raters changed of the engine's masks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.figures import serializers as reports
from backend.progress.figures.kept import EDIT_EFFORT
from backend.progress.keeping.services import compute_again, figures_of
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class EditEffortView(ManagedProjectView):
    def answer(self, project: Project) -> Response:
        kept = figures_of(EDIT_EFFORT, project, self.actor)
        return Response(reports.EditEffortReportSerializer({"as_of": kept.as_of, **kept.head}).data)

    @extend_schema(operation_id="edit_effort", responses=reports.EditEffortReportSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What raters changed of the engine's masks, by the model that made them (managers)."""
        return self.answer(self.project(slug))

    @extend_schema(
        operation_id="edit_effort_compute", request=None, responses=reports.EditEffortReportSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the figures anew, where they are kept (managers)."""
        project = self.project(slug)
        compute_again(EDIT_EFFORT, project, self.actor)
        return self.answer(project)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/edit-effort", EditEffortView.as_view()),
]
