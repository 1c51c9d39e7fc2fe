"""REST of automation bias."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.keeping.services import compute_again, figures_of
from backend.progress.raters import serializers as wire
from backend.progress.raters.kept import AUTOMATION_BIAS
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class AutomationBiasView(ManagedProjectView):
    def answer(self, project: Project) -> Response:
        kept = figures_of(AUTOMATION_BIAS, project, self.actor)
        return Response(wire.AutomationBiasSerializer({"as_of": kept.as_of, **kept.head}).data)

    @extend_schema(operation_id="automation_bias", responses=wire.AutomationBiasSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Results that began from the engine's mask beside those that began blank (manager)."""
        return self.answer(self.project(slug))

    @extend_schema(
        operation_id="automation_bias_compute", request=None, responses=wire.AutomationBiasSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the figures anew, where they are kept (manager)."""
        project = self.project(slug)
        compute_again(AUTOMATION_BIAS, project, self.actor)
        return self.answer(project)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/automation-bias", AutomationBiasView.as_view()),
]
