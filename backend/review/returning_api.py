"""REST of returning many cases."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.selectors.lists import cases_in_order
from backend.annotation.work.serializers.bulk import OutcomeSerializer, outcome_rows
from backend.annotation.work.services.bulk import MAX_CASES
from backend.common.trying import tried
from backend.projects.managed import ManagedProjectView
from backend.review.returning import return_many


class ReturnInput(serializers.Serializer[Any]):
    case_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_CASES)
    comment = serializers.CharField(max_length=4000, help_text="What is to be done; whoever gets it reads it")
    preview = serializers.BooleanField(default=False, help_text="Only say what would become of each case")


class ReturnCasesView(ManagedProjectView):
    @extend_schema(operation_id="cases_return", request=ReturnInput, responses=OutcomeSerializer(many=True))
    def post(self, request: Request, slug: str) -> Response:
        """Send cases one step back: from accepted to a review, from a review to the work behind it."""
        project = self.project(slug)
        asked = self.parse(ReturnInput)
        cases = cases_in_order(project, asked["case_ids"])
        act = partial(return_many, cases=cases, actor=self.actor, comment=asked["comment"])
        outcomes = tried(act) if asked["preview"] else act()
        rows = outcome_rows(outcomes, preview=asked["preview"])
        return Response(OutcomeSerializer(rows, many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/cases/return", ReturnCasesView.as_view()),
]
