"""REST of the simulation of the next cases under a protocol that is not saved yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.services.protocol_edits import work_that_goes
from backend.progress.managing.selectors.observed import observed_in
from backend.progress.managing.selectors.simulation import simulate
from backend.projects.api import ProtocolSerializer
from backend.projects.managed import ManagedProjectView
from backend.projects.protocols import parse


class SimulationInput(serializers.Serializer[Any]):
    protocol = ProtocolSerializer()


class SimulatedStageSerializer(serializers.Serializer[Any]):
    """What a stage takes for all of the cases, on average over the futures."""

    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=["correct", "grade", "adjudicate", "review"])
    overlap = serializers.IntegerField()
    basis = serializers.ChoiceField(
        choices=["observed", "same_kind", "none"],
        help_text="Where its minutes come from: from it, from stages of its kind, from nowhere",
    )
    hand_ins = serializers.IntegerField(help_text="That the minutes were drawn from")
    tasks = serializers.FloatField()
    minutes = serializers.FloatField(allow_null=True, help_text="Null: nothing was handed in so far")
    minutes_each = serializers.FloatField(allow_null=True)
    people = serializers.IntegerField(help_text="Who may do it, absent ones left out")
    unfilled = serializers.FloatField(help_text="Places that nobody may take")


class SimulatedPersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    tasks = serializers.FloatField()
    minutes = serializers.FloatField()
    weekly_minutes = serializers.FloatField(
        allow_null=True, help_text="Of their mean week, within their limit"
    )
    weeks = serializers.FloatField(allow_null=True)
    observed = serializers.BooleanField(help_text="Else the median of the others stands for their week")


class SimulatedOverlapSerializer(serializers.Serializer[Any]):
    overlap = serializers.IntegerField()
    minutes_per_case = serializers.FloatField(allow_null=True)
    agreement = serializers.FloatField(
        allow_null=True,
        help_text="Dice to expect of what so many make together with what as many others make",
    )
    current = serializers.BooleanField()


class StageThatGoesSerializer(serializers.Serializer[Any]):
    """Work in a stage that the protocol takes out; saving it asks what becomes of it."""

    key = serializers.CharField()
    title = serializers.CharField()
    cases = serializers.IntegerField()
    in_hand = serializers.IntegerField()
    handed_in = serializers.IntegerField()
    free = serializers.IntegerField()


class SimulationSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    futures = serializers.IntegerField()
    minutes = serializers.FloatField(allow_null=True, help_text="Of all stages that have any")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Stages without minutes")
    weeks_early = serializers.FloatField(allow_null=True, help_text="10 % of the futures are done by then")
    weeks_median = serializers.FloatField(allow_null=True, help_text="Null: nobody's week is known")
    weeks_late = serializers.FloatField(allow_null=True, help_text="90 % of the futures are done by then")
    stages = SimulatedStageSerializer(many=True)
    people = SimulatedPersonSerializer(many=True)
    overlaps = SimulatedOverlapSerializer(many=True)
    pair_dice = serializers.FloatField(allow_null=True, help_text="Of two raters, as observed")
    compared = serializers.IntegerField(help_text="Cases behind it")
    adjudicated = serializers.FloatField(allow_null=True, help_text="Share of cases that came to an expert")
    goes = StageThatGoesSerializer(many=True)


class SimulationView(ManagedProjectView):
    @extend_schema(
        operation_id="protocol_simulation", request=SimulationInput, responses=SimulationSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """The next 100 cases under a protocol: who, how long, what overlap costs and buys (managers)."""
        project = self.project(slug)
        protocol = parse(self.parse(SimulationInput)["protocol"])
        found = simulate(protocol, observed_in(project, self.actor), seed=str(project.pk))
        goes = [asdict(row) for row in work_that_goes(project, protocol)]
        return Response(SimulationSerializer({**asdict(found), "goes": goes}).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/protocol/simulation", SimulationView.as_view()),
]
