"""The wire shapes of what an adjudicator sees beside their own mask."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.work.serializers.gradings import GivenSerializer
from backend.common.places import VoxelField


class AdjudicationSourceSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()


class SlotAnswerSerializer(GivenSerializer):
    slot = serializers.CharField(help_text="A, B, C: never a name")


class ItemDecisionSerializer(serializers.Serializer[Any]):
    choice = serializers.CharField()
    slot = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    carried = serializers.BooleanField(help_text="Settled in the round before, and not returned")


class AdjudicationItemSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    reason = serializers.CharField(
        help_text="Codes joined by commas: dice, hd95, grade, naming, unconfirmed, missing"
    )
    dice = serializers.FloatField(allow_null=True)
    hd95_mm = serializers.FloatField(allow_null=True)
    grades = SlotAnswerSerializer(many=True)
    names = serializers.DictField(
        child=serializers.IntegerField(), help_text="What each source calls it; 0 where it is not drawn"
    )
    decision = ItemDecisionSerializer(allow_null=True)


class NamedInstanceSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    names = serializers.DictField(child=serializers.IntegerField())


class NameCandidateSerializer(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField())
    sources = serializers.ListField(child=serializers.CharField())


class NamingSerializer(serializers.Serializer[Any]):
    instances = NamedInstanceSerializer(many=True, help_text="From the head down")
    candidates = NameCandidateSerializer(many=True, help_text="Sequences that somebody gave")
    chosen = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    reason = serializers.CharField()


class AdjudicationSpotSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    voxel = VoxelField()
    volume_mm3 = serializers.FloatField()
    max_distance_mm = serializers.FloatField()
    kind = serializers.CharField()


class AdjudicationSerializer(serializers.Serializer[Any]):
    sources = AdjudicationSourceSerializer(many=True)
    items = AdjudicationItemSerializer(many=True)
    naming = NamingSerializer(allow_null=True)
    spots = AdjudicationSpotSerializer(many=True)
    spots_total = serializers.IntegerField(help_text="Of which `spots` has the largest")
