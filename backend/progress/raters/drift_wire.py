"""The wire shapes of warnings of drift."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import RaterSerializer
from backend.progress.keeping.serializers import WithAsOfSerializer
from backend.progress.models import DriftFigure, DriftState


class DriftCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    alias = serializers.CharField()
    at = serializers.DateTimeField(help_text="When it was handed in")


class DriftAlarmSerializer(serializers.Serializer[Any]):
    """That a rater's figures have left their own band."""

    id = serializers.UUIDField()
    rater = RaterSerializer()
    figure = serializers.ChoiceField(choices=DriftFigure.choices)
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    side = serializers.ChoiceField(choices=["down", "up"])
    state = serializers.ChoiceField(choices=DriftState.choices)
    since = serializers.DateTimeField(help_text="When the change probably began")
    until = serializers.DateTimeField(help_text="Hand-in that raised it")
    values_before = serializers.IntegerField(help_text="Values in the band before")
    mean_before = serializers.FloatField()
    mean_since = serializers.FloatField()
    submissions = serializers.IntegerField(help_text="Hand-ins behind it")
    cases = DriftCaseSerializer(many=True, help_text="Those of them that may be named")
    reason = serializers.CharField(allow_blank=True)
    settled_by = serializers.CharField(allow_blank=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    trains = serializers.BooleanField(help_text="The rater is in training now")


class DriftSerializer(WithAsOfSerializer):
    alarms = DriftAlarmSerializer(many=True)


class DriftReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, allow_blank=True)
