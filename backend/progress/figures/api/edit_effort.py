"""REST of what raters changed of the engine's masks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.figures import serializers as reports
from backend.progress.figures.selectors.edit_effort import edit_effort
from backend.projects.managed import ManagedProjectView


class EditEffortView(ManagedProjectView):
    @extend_schema(operation_id="edit_effort", responses=reports.EditEffortSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """What raters changed of the engine's masks, by the model that made them (managers)."""
        return Response(reports.EditEffortSerializer(edit_effort(self.project(slug)), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/edit-effort", EditEffortView.as_view()),
]
