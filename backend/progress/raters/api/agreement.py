"""REST of how well the raters agree."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.progress.raters import serializers as reports
from backend.progress.raters.selectors.pairs import PairsAsked
from backend.progress.raters.services import ALL_PAIRS, compute_again, project_agreement
from backend.projects.groups import ids_in
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class AgreementView(ManagedProjectView):
    def answer(self, project: Project, asked: PairsAsked = ALL_PAIRS) -> Response:
        agreement = project_agreement(project=project, user=self.actor, asked=asked)
        return Response(reports.AgreementSerializer(agreement).data)

    @extend_schema(
        operation_id="project_agreement",
        parameters=[reports.AgreementQuery],
        responses=reports.AgreementSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """How well the raters agree over all compared cases, as far as that is computed (manager)."""
        project = self.project(slug)
        query = self.parse_query(reports.AgreementQuery)
        group_id = query.pop("group")
        people = None if group_id is None else frozenset(ids_in(project, group_id))
        return self.answer(project, PairsAsked(**query, people=people))

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
