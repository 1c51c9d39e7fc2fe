"""REST of HU and bone density."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.measurements.calibrations import KEEPERS
from backend.progress.figures import serializers as wire
from backend.progress.figures.selectors.bone_density import densities, density_row
from backend.projects.selectors import project_visible_to, require_role


class BoneDensityView(ApiView):
    @extend_schema(operation_id="bone_density", responses=wire.SeriesDensitySerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """HU and bone density of every series (physicist, manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *KEEPERS)
        rows = [density_row(found) for found in densities(project)]
        return Response(wire.SeriesDensitySerializer(rows, many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/bone-density", BoneDensityView.as_view()),
]
