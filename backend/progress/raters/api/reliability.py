"""REST of what is known of each rater's work, also as a table."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.contract import DOWNLOAD
from backend.progress.raters import serializers as reports
from backend.progress.raters.selectors.reliability import FIGURES, project_reliability
from backend.projects.selectors import project_visible_to


class ReliabilityView(ApiView):
    @extend_schema(operation_id="project_reliability", responses=reports.ReliabilitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What is known of each rater's work (manager), or of one's own, as far as blinding allows."""
        project = project_visible_to(self.actor, slug)
        report = project_reliability(project=project, user=self.actor)
        return Response(reports.ReliabilitySerializer(report).data)


class ReliabilityTableView(ApiView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_reliability_table", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The reliability report as CSV: a line for each rater whose work one may judge."""
        project = project_visible_to(self.actor, slug)
        report = project_reliability(project=project, user=self.actor)
        response = HttpResponse(_table(report["raters"]), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slug}-reliability.csv"'
        response["Cache-Control"] = "private, no-store"
        return response


def _table(lines: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    estimates = [f"{name}_{part}" for name in FIGURES for part in ("mean", "low", "high")]
    hidden = [f"{kind}_{part}" for kind in ("gold", "repeat") for part in ("cases", "dice", "grades_exact")]
    writer.writerow(["rater", "submissions", "vertebrae", "active_minutes", *estimates, *hidden, "warnings"])
    for line in lines:
        parts = [line[name][part] for name in FIGURES for part in ("value", "low", "high")]
        figures = [
            value
            for kind in ("gold", "repeats")
            for value in (
                line[kind]["count"],
                line[kind]["dice"]["value"],
                line[kind]["grades_exact"]["value"],
            )
        ]
        told = "; ".join(f"{row['case']} {row['code']}".strip() for row in line["warnings"])
        name = line["user"]["name"]
        safe = f"'{name}" if name[:1] in "=+-@" else name  # a spreadsheet must not take a name for a formula
        writer.writerow(
            [safe, line["submissions"], line["vertebrae"], line["active_minutes"], *parts, *figures, told]
        )
    return buffer.getvalue()


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/reliability", ReliabilityView.as_view()),
    path("projects/<slug:slug>/reliability/table.csv", ReliabilityTableView.as_view()),
]
