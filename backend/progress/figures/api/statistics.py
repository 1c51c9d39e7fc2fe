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
from backend.progress.figures import serializers as wire
from backend.progress.figures.selectors.statistics import Report, figures_csv, project_report, table_csv
from backend.projects.selectors import MANAGERS_AND_EXPERTS, project_visible_to, require_role

CSV_RESPONSE = {(200, "text/csv"): OpenApiTypes.STR}


class StatisticsView(ApiView):
    def report(self, slug: str) -> Report:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        return project_report(project)

    @extend_schema(operation_id="project_statistics", responses=wire.StatisticsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Table 1 and the figures of all accepted cases (manager, radiologist)."""
        return Response(wire.StatisticsSerializer(self.report(slug).to_json()).data)


class StatisticsTableView(StatisticsView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_statistics_table", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """Table 1 as CSV."""
        return csv_response(table_csv(self.report(slug)), f"{slug}-table-1.csv")


class StatisticsFiguresView(StatisticsView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_statistics_figures", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """The counts behind the figures as CSV."""
        return csv_response(figures_csv(self.report(slug)), f"{slug}-figures.csv")


def csv_response(content: bytes, filename: str) -> HttpResponse:
    """A table to download, made anew each time."""
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/statistics", StatisticsView.as_view()),
    path("projects/<slug:slug>/statistics/table.csv", StatisticsTableView.as_view()),
    path("projects/<slug:slug>/statistics/figures.csv", StatisticsFiguresView.as_view()),
]
