"""REST of how much each rater counts in weighted fusion."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.quality.services.weights import WeightsChoice, choose_weights
from backend.progress.keeping.services import figures_of
from backend.progress.raters import serializers as wire
from backend.progress.raters.kept import RELIABILITY
from backend.progress.raters.selectors.weighting import stored_weights
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class RaterWeightsView(ManagedProjectView):
    def answer(self, project: Project, status: int = 200) -> Response:
        kept = figures_of(RELIABILITY, project, self.actor)
        report = {
            "as_of": kept.as_of,
            "stored": stored_weights(project),
            "proposals": kept.lines("proposal"),
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
        for user_id in rows:
            self.member(project, user_id)
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
        for proposal in figures_of(RELIABILITY, project, self.actor).lines("proposal"):
            if proposal["basis"] == basis:
                return {
                    row["user"]["id"]: {"evidence": row["evidence"], "cases": row["cases"]}
                    for row in proposal["rows"]
                }
        return {}


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/rater-weights", RaterWeightsView.as_view()),
]
