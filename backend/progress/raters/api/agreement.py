"""REST of how well the raters agree."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.raters import serializers as reports
from backend.progress.raters.services import compute_again, project_agreement
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class AgreementView(ManagedProjectView):
    def answer(self, project: Project, **pairs: Any) -> Response:
        agreement = project_agreement(project=project, user=self.actor, **pairs)
        return Response(reports.AgreementSerializer(agreement).data)

    @extend_schema(
        operation_id="project_agreement",
        parameters=[reports.AgreementQuery],
        responses=reports.AgreementSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """How well the raters agree over all compared cases, as far as that is computed (manager)."""
        return self.answer(self.project(slug), **self.parse_query(reports.AgreementQuery))

    @extend_schema(
        operation_id="project_agreement_compute", request=None, responses=reports.AgreementSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the report again that failed (manager)."""
        project = self.project(slug)
        compute_again(project=project, user=self.actor)
        return self.answer(project)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/agreement", AgreementView.as_view()),
]
