"""REST of how a project stands and when it will be done."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.keeping.services import compute_again
from backend.progress.managing import serializers as wire
from backend.progress.managing.kept import COURSE, course_of
from backend.progress.managing.services import set_targets
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class _CourseView(ManagedProjectView):
    def answer(self, project: Project) -> Response:
        return Response(wire.CourseSerializer(course_of(project=project, user=self.actor)).data)


class CourseView(_CourseView):
    @extend_schema(operation_id="project_course", responses=wire.CourseSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Weeks, forecast, stages, people, coverage, models and ageing cases (managers)."""
        return self.answer(self.project(slug))

    @extend_schema(operation_id="project_course_compute", request=None, responses=wire.CourseSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Compute the figures anew, where they are kept (managers)."""
        project = self.project(slug)
        compute_again(COURSE, project, self.actor)
        return self.answer(project)


class TargetsView(_CourseView):
    @extend_schema(
        operation_id="project_coverage_targets", request=wire.TargetsInput, responses=wire.CourseSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Say how many accepted vertebrae are wanted of each level or region (managers)."""
        project = self.project(slug)
        asked = self.parse(wire.TargetsInput)
        wanted = {row["part"]: row["wanted"] for row in asked["targets"]}
        set_targets(project=project, actor=self.actor, wanted=wanted)
        return self.answer(project)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/course", CourseView.as_view()),
    path("projects/<slug:slug>/coverage-targets", TargetsView.as_view()),
]
