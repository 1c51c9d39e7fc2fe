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
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


class BulkCasesView(ManagedProjectView):
    @extend_schema(
        operation_id="cases_bulk",
        request=wire.BulkInput,
        responses=wire.OutcomeSerializer(many=True),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give, spread, take back, prioritise, tag, exclude or put back many cases; answers for each."""
        project = self.project(slug)
        asked = self.parse(wire.BulkInput)
        act = partial(self._act, project, asked, cases_in_order(project, asked["case_ids"]))
        outcomes = bulk.tried(act) if asked["preview"] else act()
        rows = [
            {
                "case_id": one.case.pk,
                "alias": one.case.alias,
                "done": one.done,
                "message": one.message,
                "back": () if asked["preview"] else one.back,
            }
            for one in outcomes
        ]
        return Response(wire.OutcomeSerializer(rows, many=True).data)

    def _act(self, project: Project, asked: dict[str, Any], cases: list[Case]) -> list[bulk.Outcome]:
        user = self.member(project, asked["user_id"]) if "user_id" in asked else None
        match asked["action"]:
            case "give":
                if user is None:
                    raise Invalid("user_missing", "Say to whom the cases are given.")
                return bulk.give(cases=cases, user=user, actor=self.actor)
            case "distribute":
                return bulk.distribute(
                    project=project, cases=cases, actor=self.actor, group_id=asked.get("group_id")
                )
            case "take_back":
                untouched = asked.get("untouched", False)
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
