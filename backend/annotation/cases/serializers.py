"""The wire shapes that cases share: people, pace, the reason for lifting a blinding."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.models import (
    AssignmentState,
    NamingChoice,
)


class NamingOfOtherSerializer(serializers.Serializer[Any]):
    slot = serializers.CharField(help_text="A, B, C: never a name")
    stage_title = serializers.CharField()
    round = serializers.IntegerField()
    answer = serializers.ChoiceField(choices=NamingChoice.choices)
    note = serializers.CharField(allow_blank=True)


class AssignInput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()


class RaterSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class CasePersonSerializer(serializers.Serializer[Any]):
    """Somebody who works on a case; in a double-blind project a letter, and no account."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()


class PaceSerializer(serializers.Serializer[Any]):
    """How long somebody looked at each vertebra, against what is usual in the project."""

    seconds = serializers.FloatField(help_text="Active, never more than the time since it was opened")
    vertebrae = serializers.IntegerField()
    seconds_per_vertebra = serializers.FloatField()
    median = serializers.FloatField(allow_null=True, help_text="Of earlier work; null: too little of it")
    of = serializers.IntegerField(help_text="How much earlier work there was")
    floor = serializers.FloatField(help_text="Below this many seconds nobody has looked")
    fast = serializers.BooleanField()
    why = serializers.ChoiceField(choices=["floor", "median"], allow_blank=True)


class TaskAssignmentSerializer(serializers.Serializer[Any]):
    """An assignment as managers see it."""

    id = serializers.UUIDField()
    slot = serializers.IntegerField()
    rater = RaterSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)
    active_seconds = serializers.IntegerField()
    pace = PaceSerializer(allow_null=True)
    never_in_view = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="Levels of the mask handed in that no visible pane has shown; null: not known",
    )
    guidelines = serializers.IntegerField(
        allow_null=True, help_text="Version in force when it was handed in; null: none, or not known"
    )


class UnblindInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, allow_blank=True)
