"""The wire shapes of gradings."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.models import (
    ForeignMaterial,
    FractureType,
)


class GradingAnswerInput(serializers.Serializer[Any]):
    grade = serializers.IntegerField(min_value=0, max_value=3, allow_null=True)
    fracture_type = serializers.ChoiceField(choices=FractureType.choices, allow_blank=True, default="")
    foreign_material = serializers.ChoiceField(choices=ForeignMaterial.choices, default=ForeignMaterial.NONE)
    not_gradable_reason = serializers.CharField(max_length=60, allow_blank=True, default="")
    deformity = serializers.CharField(max_length=60, allow_blank=True, default="")
    osteoporotic = serializers.BooleanField(allow_null=True, default=None)
    transitional = serializers.BooleanField(default=False)
    comment = serializers.CharField(allow_blank=True, default="", max_length=4000)


class GivenSerializer(serializers.Serializer[Any]):
    """What a reader answered for one vertebra."""

    grade = serializers.ChoiceField(choices=(0, 1, 2, 3), allow_null=True)
    fracture_type = serializers.ChoiceField(choices=FractureType.choices, allow_blank=True)
    foreign_material = serializers.ChoiceField(choices=ForeignMaterial.choices)
    not_gradable_reason = serializers.CharField(allow_blank=True)
    deformity = serializers.CharField(allow_blank=True)
    osteoporotic = serializers.BooleanField(allow_null=True)
    transitional = serializers.BooleanField()
    comment = serializers.CharField(allow_blank=True)


class GradingSerializer(GivenSerializer):
    label = serializers.IntegerField()  # type: ignore[assignment]
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NormalRestInput(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField(), max_length=64)
