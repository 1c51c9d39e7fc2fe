"""The wire shapes of reported faults."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.releases.models import FaultState


class FaultInput(serializers.Serializer[Any]):
    item_id = serializers.UUIDField(help_text="A case of the release that is open to me")
    label = serializers.IntegerField(  # type: ignore[assignment]
        min_value=1,
        max_value=255,
        required=False,
        allow_null=True,
        help_text="The vertebra; null: the whole case",
    )
    text = serializers.CharField(max_length=4000, help_text="What is wrong")


class TakeUpInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000, help_text="The erratum that users of the version read")
    review = serializers.BooleanField(default=True, help_text="The accepted case is reviewed again")


class DeclineInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, help_text="Whoever reported it is told it")


class ReleaseFaultSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    item_id = serializers.UUIDField()
    subject = serializers.CharField()
    series = serializers.IntegerField()
    level = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    picture = serializers.CharField(allow_null=True, help_text="Its address")
    state = serializers.ChoiceField(choices=FaultState.choices)
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    mine = serializers.BooleanField()
    reporter = serializers.CharField(allow_null=True, help_text="To managers")
    case_id = serializers.UUIDField(allow_null=True, help_text="To managers")


class LinkedCaseSerializer(serializers.Serializer[Any]):
    """A case that whoever holds a link can report on."""

    item_id = serializers.UUIDField()
    subject = serializers.CharField()
    series = serializers.IntegerField()


class LinkedFaultSerializer(serializers.Serializer[Any]):
    """A report that was made by a link, as its holder reads it."""

    id = serializers.UUIDField()
    subject = serializers.CharField()
    series = serializers.IntegerField()
    level = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    has_picture = serializers.BooleanField()
    state = serializers.ChoiceField(choices=FaultState.choices)
    answer = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class LinkedFaultsSerializer(serializers.Serializer[Any]):
    cases = LinkedCaseSerializer(many=True)
    faults = LinkedFaultSerializer(many=True, help_text="The newest first")
