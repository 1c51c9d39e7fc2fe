"""REST of HU and bone density."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.measurements.calibrations import KEEPERS
from backend.progress.figures import serializers as wire
from backend.progress.figures.selectors.bone_density import DensityRows
from backend.projects.selectors import project_visible_to, require_role


class BoneDensityView(ApiView):
    @extend_schema(operation_id="bone_density", responses=paged(wire.SeriesDensitySerializer))
    def get(self, request: Request, slug: str) -> Response:
        """HU and bone density of the series, page by page (physicist, manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *KEEPERS)
        return self.page(DensityRows(project), wire.SeriesDensitySerializer)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/bone-density", BoneDensityView.as_view()),
]
