"""REST of a rule that is waived for many series, and of what keeps how many out."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.trying import tried
from backend.imaging.matching import rules_keeping_out
from backend.imaging.services import waiving
from backend.projects.managed import ManagedProjectView


class KeptOutSerializer(serializers.Serializer[Any]):
    rule_id = serializers.CharField()
    title = serializers.CharField()
    series = serializers.IntegerField(help_text="How many it keeps out; who fails two rules counts twice")


class WithdrawWaiversInput(serializers.Serializer[Any]):
    series_ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=waiving.MAX_SERIES
    )


class WaiveManyInput(WithdrawWaiversInput):
    reason = serializers.CharField(max_length=2000)
    preview = serializers.BooleanField(default=False, help_text="Only say what would become of each series")


class WaiverOutcomeSerializer(serializers.Serializer[Any]):
    series_id = serializers.UUIDField(source="series.pk")
    name = serializers.SerializerMethodField(help_text="Patient and number, such as sub-0002, series 1")
    done = serializers.BooleanField()
    message = serializers.CharField()

    def get_name(self, row: waiving.Outcome) -> str:
        return f"{row.series.patient.pseudonym}, series {row.series.number}"


class KeptOutView(ManagedProjectView):
    @extend_schema(operation_id="inclusion_kept_out", responses=KeptOutSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The rules that keep series out, with how many (manager)."""
        found = rules_keeping_out(self.project(slug))
        return Response(KeptOutSerializer(found, many=True).data)


class WaiversView(ManagedProjectView):
    @extend_schema(
        operation_id="inclusion_waive_many",
        request=WaiveManyInput,
        responses=WaiverOutcomeSerializer(many=True),
    )
    def post(self, request: Request, slug: str, rule_id: str) -> Response:
        """Waive a rule for many series, with the reason; answers for each (manager)."""
        project, asked = self.project(slug), self.parse(WaiveManyInput)
        act = partial(
            waiving.waive_many,
            project=project,
            series_ids=asked["series_ids"],
            actor=self.actor,
            rule_id=rule_id,
            reason=asked["reason"],
        )
        outcomes = tried(act) if asked["preview"] else act()
        return Response(WaiverOutcomeSerializer(outcomes, many=True).data)


class WaiversWithdrawView(ManagedProjectView):
    @extend_schema(
        operation_id="inclusion_waivers_withdraw",
        request=WithdrawWaiversInput,
        responses=WaiverOutcomeSerializer(many=True),
    )
    def post(self, request: Request, slug: str, rule_id: str) -> Response:
        """Take the waivers of a rule back for many series; answers for each (manager)."""
        outcomes = waiving.take_waivers_back(
            project=self.project(slug),
            series_ids=self.parse(WithdrawWaiversInput)["series_ids"],
            actor=self.actor,
            rule_id=rule_id,
        )
        return Response(WaiverOutcomeSerializer(outcomes, many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/inclusion/kept-out", KeptOutView.as_view()),
    path("projects/<slug:slug>/inclusion/<str:rule_id>/waivers", WaiversView.as_view()),
    path("projects/<slug:slug>/inclusion/<str:rule_id>/waivers/withdraw", WaiversWithdrawView.as_view()),
]
