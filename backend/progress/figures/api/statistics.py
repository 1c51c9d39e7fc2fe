"""REST of table 1 and the figures of all accepted cases."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.contract import DOWNLOAD
from backend.common.csv_tables import csv_response
from backend.progress.figures import serializers as wire
from backend.progress.figures.kept import STATISTICS
from backend.progress.figures.selectors.statistics import figures_csv, table_csv
from backend.progress.keeping.services import Kept, compute_again, figures_of
from backend.projects.models import Project
from backend.projects.selectors import MANAGERS_AND_EXPERTS, project_visible_to, require_role

CSV_RESPONSE = {(200, "text/csv"): OpenApiTypes.STR}


class StatisticsView(ApiView):
    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        return project

    def kept(self, slug: str) -> Kept:
        return figures_of(STATISTICS, self.project(slug), self.actor)

    @extend_schema(operation_id="project_statistics", responses=wire.ProjectStatisticsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Table 1 and the figures of all accepted cases (manager, radiologist)."""
        kept = self.kept(slug)
        return Response(wire.ProjectStatisticsSerializer({"as_of": kept.as_of, **kept.head}).data)


class StatisticsAgainView(StatisticsView):
    @extend_schema(
        operation_id="project_statistics_compute", request=None, responses=wire.ProjectStatisticsSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the figures anew, where they are kept (manager, radiologist)."""
        compute_again(STATISTICS, self.project(slug), self.actor)
        return self.get(request, slug)


class StatisticsTableView(StatisticsView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_statistics_table", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """Table 1 as CSV."""
        return csv_response(table_csv(self.kept(slug).finished().head), f"{slug}-table-1.csv")


class StatisticsFiguresView(StatisticsView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_statistics_figures", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """The counts behind the figures as CSV."""
        return csv_response(figures_csv(self.kept(slug).finished().head), f"{slug}-figures.csv")


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/statistics", StatisticsAgainView.as_view()),
    path("projects/<slug:slug>/statistics/table.csv", StatisticsTableView.as_view()),
    path("projects/<slug:slug>/statistics/figures.csv", StatisticsFiguresView.as_view()),
]
