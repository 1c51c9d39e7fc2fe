"""REST of automation bias."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.raters import serializers as wire
from backend.progress.raters.selectors.automation_bias import automation_bias
from backend.projects.managed import ManagedProjectView


class AutomationBiasView(ManagedProjectView):
    @extend_schema(operation_id="automation_bias", responses=wire.AutomationBiasSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Results that began from the engine's mask beside those that began blank (manager)."""
        report = automation_bias(project=self.project(slug), user=self.actor)
        return Response(wire.AutomationBiasSerializer(report).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/automation-bias", AutomationBiasView.as_view()),
]
