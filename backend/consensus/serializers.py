"""The wire shapes of comparing, fusing and adjudicating."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.common.models import JobState
from backend.common.places import VoxelField
from backend.common.stored_wire import StoredSerializer
from backend.consensus.reports import ComparisonReport, FusionAsked, FusionReport, ReaderAnswer
from backend.consensus.services.adjudicating import CHOICES
from backend.consensus.services.fusing import METHODS
from backend.masks.reports import FusionParameters
from backend.masks.serializers import ProvenanceSerializer


class SpotSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    voxel = VoxelField()
    volume_mm3 = serializers.FloatField()
    max_distance_mm = serializers.FloatField()
    kind = serializers.CharField()
    resolved = serializers.BooleanField()


class ComparisonReportSerializer(StoredSerializer):
    model = ComparisonReport


class FusionAskedSerializer(StoredSerializer):
    model = FusionAsked


class FusionParametersSerializer(StoredSerializer):
    model = FusionParameters


class FusionReportSerializer(StoredSerializer):
    model = FusionReport


class ReaderAnswerSerializer(StoredSerializer):
    model = ReaderAnswer


class ComparisonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=JobState.choices)
    error = serializers.CharField()
    software_version = serializers.CharField()
    report = ComparisonReportSerializer()
    spots = SpotSerializer(many=True)
    spots_total = serializers.IntegerField(help_text="Of which `spots` has the largest")
    created_at = serializers.DateTimeField()


class FusionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    method = serializers.CharField()
    parameters = FusionParametersSerializer()
    report = FusionReportSerializer()
    chosen = serializers.BooleanField()
    result_id = serializers.UUIDField()
    provenance = ProvenanceSerializer(source="result.provenance")
    created_at = serializers.DateTimeField()


class DecisionSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    choice = serializers.CharField()
    slot = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class AgreedGradeSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    grade = serializers.IntegerField(allow_null=True)
    fracture_type = serializers.CharField()
    foreign_material = serializers.CharField()
    not_gradable_reason = serializers.CharField()
    deformity = serializers.CharField()
    osteoporotic = serializers.BooleanField(allow_null=True)
    transitional = serializers.BooleanField()
    method = serializers.CharField()
    answers = ReaderAnswerSerializer(many=True)


class FailedFusionSerializer(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()
    method = serializers.CharField()
    parameters = FusionParametersSerializer()
    error = serializers.CharField()
    failed_at = serializers.DateTimeField()


class VersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="start, rater, fused, adjudicated, accepted")
    created_at = serializers.DateTimeField()


class ConsensusSerializer(serializers.Serializer[Any]):
    comparison = ComparisonSerializer(allow_null=True)
    fusions = FusionSerializer(many=True)
    failed_fusions = FailedFusionSerializer(many=True)
    has_weights = serializers.BooleanField(help_text="Whether rater weights were chosen for the project")
    versions = VersionSerializer(many=True)
    decisions = DecisionSerializer(many=True)
    agreed_grades = AgreedGradeSerializer(many=True)


class FuseInput(serializers.Serializer[Any]):
    method = serializers.ChoiceField(choices=METHODS)
    parameters = FusionAskedSerializer(default=dict)


class StartedSerializer(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()


class ChoiceInput(serializers.Serializer[Any]):
    label = serializers.IntegerField(min_value=1, max_value=255)  # type: ignore[assignment]
    choice = serializers.ChoiceField(choices=CHOICES)
    slot = serializers.CharField(max_length=1, allow_null=True, default=None, help_text="A, B, C, ...")
    reason = serializers.CharField(allow_blank=True, default="", max_length=2000)


class NamesInput(serializers.Serializer[Any]):
    labels = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=255),
        min_length=1,
        help_text="From the head down",
    )
    reason = serializers.CharField(allow_blank=True, default="", max_length=2000)


class RetryFusionInput(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()


class LabelChangeSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    before_voxels = serializers.IntegerField()
    after_voxels = serializers.IntegerField()
    added_voxels = serializers.IntegerField()
    removed_voxels = serializers.IntegerField()
    dice = serializers.FloatField(allow_null=True)
    volume_change_ml = serializers.FloatField(allow_null=True)


class ChangesSerializer(serializers.Serializer[Any]):
    labels = LabelChangeSerializer(many=True)  # of either version, from the head down


class AppliedSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    operation_id = serializers.UUIDField(allow_null=True)
    payload_b64 = serializers.CharField(help_text="VBD1 delta to apply; lists no slice where nothing changed")
    digest = serializers.CharField()
