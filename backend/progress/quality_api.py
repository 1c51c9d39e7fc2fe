"""REST of automation bias, rater weights, and the reliability report as a table."""

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

from backend.accounts.models import User
from backend.annotation.quality.services.weights import WeightsChoice, choose_weights
from backend.common.api import ApiView
from backend.common.errors import NotFound
from backend.progress import report_serializers as wire
from backend.progress.automation_bias import automation_bias
from backend.progress.reliability import FIGURES, project_reliability
from backend.progress.weighting import stored_weights, weight_proposals
from backend.projects.models import Project, Role
from backend.projects.selectors import project_visible_to, require_role


class ManagedView(ApiView):
    """Base of reports for the managers of a project."""

    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return project


class AutomationBias(ManagedView):
    @extend_schema(operation_id="automation_bias", responses=wire.AutomationBiasSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Results that began from the engine's mask beside those that began blank (manager)."""
        report = automation_bias(project=self.project(slug), user=self.actor)
        return Response(wire.AutomationBiasSerializer(report).data)


class RaterWeightsView(ManagedView):
    def answer(self, project: Project, status: int = 200) -> Response:
        report = {
            "stored": stored_weights(project),
            "proposals": weight_proposals(project=project, user=self.actor),
        }
        return Response(wire.RaterWeightsSerializer(report).data, status=status)

    @extend_schema(operation_id="rater_weights", responses=wire.RaterWeightsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The weights of weighted fusion: what was chosen, and what the evidence proposes (manager)."""
        return self.answer(self.project(slug))

    @extend_schema(
        operation_id="rater_weights_choose",
        request=wire.WeightsInput,
        responses={201: wire.RaterWeightsSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Choose weights for fusions from now on; a reason (``why``) leaves a rater out (manager)."""
        project = self.project(slug)
        asked = self.parse(wire.WeightsInput)
        rows = {row["user_id"]: row for row in asked["rows"]}
        members = User.objects.filter(pk__in=rows, memberships__project=project).distinct()
        if members.count() != len(rows):
            raise NotFound("no_such_member", "One of these people is not in the project.")
        choice = WeightsChoice(
            basis=asked["basis"],
            weights={pk: row["weight"] for pk, row in rows.items()},
            excluded={pk: row["why"] for pk, row in rows.items() if row["why"].strip()},
            evidence=self._evidence(project, asked["basis"]),
            note=asked["note"],
        )
        choose_weights(project=project, actor=self.actor, choice=choice)
        return self.answer(project, 201)

    def _evidence(self, project: Project, basis: str) -> dict[Any, Any]:
        """What the site knew when the choice was made, whatever the browser sent."""
        for proposal in weight_proposals(project=project, user=self.actor):
            if proposal["basis"] == basis:
                return {
                    row["user"]["id"]: {"evidence": row["evidence"], "cases": row["cases"]}
                    for row in proposal["rows"]
                }
        return {}


class ReliabilityTable(ApiView):
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
    path("projects/<slug:slug>/automation-bias", AutomationBias.as_view()),
    path("projects/<slug:slug>/rater-weights", RaterWeightsView.as_view()),
    path("projects/<slug:slug>/reliability/table.csv", ReliabilityTable.as_view()),
]
