"""REST of acts on many cases."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.models import Case
from backend.annotation.work.selectors.lists import cases_in_order
from backend.annotation.work.serializers import bulk as wire
from backend.annotation.work.services import bulk
from backend.common.errors import Invalid
from backend.common.trying import tried
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class BulkCasesView(ManagedProjectView):
    @extend_schema(
        operation_id="cases_bulk",
        request=wire.BulkInput,
        responses=wire.OutcomeSerializer(many=True),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give, spread, reassign, take back, prioritise, tag, exclude or put back many cases."""
        project = self.project(slug)
        asked = self.parse(wire.BulkInput)
        act = partial(self._act, project, asked, cases_in_order(project, asked["case_ids"]))
        outcomes = tried(act) if asked["preview"] else act()
        rows = wire.outcome_rows(outcomes, preview=asked["preview"])
        return Response(wire.OutcomeSerializer(rows, many=True).data)

    def _act(self, project: Project, asked: dict[str, Any], cases: list[Case]) -> list[bulk.Outcome]:
        user = self.member(project, asked["user_id"]) if "user_id" in asked else None
        untouched = asked.get("untouched", False)
        match asked["action"]:
            case "give":
                if user is None:
                    raise Invalid("user_missing", "Say to whom the cases are given.")
                return bulk.give(cases=cases, user=user, actor=self.actor)
            case "distribute":
                return bulk.distribute(
                    project=project, cases=cases, actor=self.actor, group_id=asked.get("group_id")
                )
            case "reassign":
                if user is None:
                    raise Invalid("user_missing", "Say to whom the cases are given.")
                former = self.member(project, asked["from_user_id"]) if "from_user_id" in asked else None
                return bulk.reassign(
                    cases=cases, actor=self.actor, user=user, from_user=former, untouched=untouched
                )
            case "take_back":
                return bulk.take_back(cases=cases, actor=self.actor, user=user, untouched=untouched)
            case "exclude":
                if "exclusion" not in asked:
                    raise Invalid("reason_missing", "Say why the cases are excluded.")
                return bulk.take_out(cases=cases, actor=self.actor, **asked["exclusion"])
            case "put_back":
                return bulk.put_back(cases=cases, actor=self.actor)
            case "tag":
                return bulk.tag(cases=cases, actor=self.actor, names=asked.get("tags", []))
            case "untag":
                return bulk.untag(cases=cases, actor=self.actor, names=asked.get("tags", []))
            case _:
                return bulk.prioritise(
                    cases=cases,
                    actor=self.actor,
                    priority=asked.get("priority"),
                    due_on=asked.get("due_on"),
                    clear_due="due_on" in asked and asked["due_on"] is None,
                )


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/cases/bulk", BulkCasesView.as_view()),
]
