"""REST of what managers follow of the quality of the work."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.quality import serializers as wire
from backend.annotation.quality.selectors.reports import hasty_work, project_quality
from backend.projects.managed import ManagedProjectView


class ProjectQualityView(ManagedProjectView):
    @extend_schema(operation_id="project_quality", responses=wire.ProjectQualitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Training, gold cases, repeats and open places of a project (manager)."""
        report = project_quality(self.project(slug))
        return Response(wire.ProjectQualitySerializer(report).data)


class HastyWorkView(ManagedProjectView):
    @extend_schema(operation_id="project_hasty_work", responses=wire.HastyWorkSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Work that was handed in faster than anybody can look at it, newest first (manager)."""
        rows = hasty_work(self.project(slug), self.actor)
        return Response(wire.HastyWorkSerializer(rows, many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/quality", ProjectQualityView.as_view()),
    path("projects/<slug:slug>/hasty-work", HastyWorkView.as_view()),
]
