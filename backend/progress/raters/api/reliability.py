"""REST of what is known of each rater's work, also as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.common.api import ApiView
from backend.common.contract import DOWNLOAD
from backend.common.csv_tables import csv_bytes, csv_response
from backend.progress.keeping.selectors import People
from backend.progress.keeping.services import compute_again, figures_of
from backend.progress.raters import serializers as reports
from backend.progress.raters.kept import RELIABILITY
from backend.progress.raters.selectors.reliability import FIGURES
from backend.projects.groups import ids_in
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role, project_visible_to, require_role

RATERS_ON_A_PAGE = 10


def _people(user: User, project: Project, group_id: UUID | None) -> People:
    """Whose lines are wanted: who is in a group is for managers to know."""
    if group_id is None:
        return None
    require_role(user, project, Role.MANAGER)
    return ids_in(project, group_id)


class ReliabilityView(ApiView):
    def answer(self, project: Project, page: int = 1, people: People = None) -> Response:
        kept = figures_of(RELIABILITY, project, self.actor)
        begin = (page - 1) * RATERS_ON_A_PAGE
        report = {
            "as_of": kept.as_of,
            "everybody": has_role(self.actor, project, Role.MANAGER),
            "count": kept.count("rater", people=people),
            "page_size": RATERS_ON_A_PAGE,
            "raters": kept.lines("rater", begin, begin + RATERS_ON_A_PAGE, people=people),
        }
        return Response(reports.ReliabilitySerializer(report).data)

    @extend_schema(
        operation_id="project_reliability",
        parameters=[reports.ReliabilityQuery],
        responses=reports.ReliabilitySerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """What is known of each rater's work (manager), or of one's own, as far as blinding allows."""
        project = project_visible_to(self.actor, slug)
        asked = self.parse_query(reports.ReliabilityQuery)
        return self.answer(project, asked["page"], _people(self.actor, project, asked["group"]))

    @extend_schema(
        operation_id="project_reliability_compute", request=None, responses=reports.ReliabilitySerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the figures anew, where they are kept; what weights it proposes comes with them."""
        project = project_visible_to(self.actor, slug)
        compute_again(RELIABILITY, project, self.actor)
        return self.answer(project)


class ReliabilityTableView(ApiView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(
        operation_id="project_reliability_table",
        parameters=[reports.OfGroupQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The reliability report as CSV: a line for each rater whose work one may judge."""
        project = project_visible_to(self.actor, slug)
        people = _people(self.actor, project, self.parse_query(reports.OfGroupQuery)["group"])
        lines = figures_of(RELIABILITY, project, self.actor).finished().lines("rater", people=people)
        return csv_response(csv_bytes(_table(lines)), f"{slug}-reliability.csv")


def _table(lines: list[dict[str, Any]]) -> Iterator[list[Any]]:
    estimates = [f"{name}_{part}" for name in FIGURES for part in ("mean", "low", "high")]
    hidden = [f"{kind}_{part}" for kind in ("gold", "repeat") for part in ("cases", "dice", "grades_exact")]
    yield ["rater", "submissions", "vertebrae", "active_minutes", *estimates, *hidden, "warnings"]
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
        work = [line["submissions"], line["vertebrae"], line["active_minutes"]]
        yield [line["user"]["name"], *work, *parts, *figures, told]


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/reliability", ReliabilityView.as_view()),
    path("projects/<slug:slug>/reliability/table.csv", ReliabilityTableView.as_view()),
]
