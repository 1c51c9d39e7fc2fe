"""Shapes of the places to look at."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.common.places import VoxelField
from backend.science.places import PLACE_KINDS


class PlaceTickSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PLACE_KINDS)
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxel = VoxelField()


class PlaceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PLACE_KINDS)
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    other = serializers.IntegerField(allow_null=True, help_text="The second vertebra of a border")
    message = serializers.CharField()
    voxel = VoxelField(help_text="Where to look")
    low = VoxelField(help_text="The first corner of the box around it")
    high = VoxelField(help_text="The last corner, included")
    volume_mm3 = serializers.FloatField()
    looked = serializers.BooleanField()


class PlaceLookedInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PLACE_KINDS)
    label = serializers.IntegerField(allow_null=True, min_value=1, max_value=255)  # type: ignore[assignment]
    voxel = VoxelField()
    looked = serializers.BooleanField(default=True)
