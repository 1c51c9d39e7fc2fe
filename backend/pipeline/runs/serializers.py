"""The wire shapes of engine runs and their corrections."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.common.places import PointField, VoxelField
from backend.masks.models import MaskSource
from backend.masks.serializers import CorrectionPlanSerializer, EngineReportSerializer
from backend.pipeline.models import Run, StageRun
from backend.pipeline.runs.naming_doubt import statement_in


class StageRunSerializer(serializers.ModelSerializer[StageRun]):
    """A stage; ``detail`` says where it was ``reused`` from an attempt before, or ``left_out``."""

    detail = serializers.DictField(read_only=True)

    class Meta:
        model = StageRun
        fields = ("name", "state", "progress", "seconds", "digest", "detail")
        read_only_fields = fields


class ResultSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    source = serializers.ChoiceField(choices=MaskSource.choices)  # type: ignore[assignment]


class RunModelSerializer(serializers.Serializer[Any]):
    """The project's own model that a run used; null where the weights that ship were used."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class RunSerializer(serializers.ModelSerializer[Run]):
    """One engine on one volume."""

    volume_id = serializers.UUIDField(read_only=True)
    job_id = serializers.UUIDField(read_only=True)
    pseudonym = serializers.CharField(source="volume.series.patient.pseudonym", read_only=True)
    progress = serializers.FloatField(source="job.progress", read_only=True)
    message = serializers.CharField(source="job.message", read_only=True)
    queue = serializers.CharField(source="job.queue", read_only=True)
    model = serializers.SerializerMethodField()
    parent_mask = serializers.UUIDField(source="parent_id", allow_null=True, read_only=True)
    correction = CorrectionPlanSerializer(read_only=True)
    report = EngineReportSerializer(read_only=True)
    naming_statement = serializers.SerializerMethodField()
    stages = StageRunSerializer(many=True, read_only=True)
    result = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "volume_id",
            "job_id",
            "pseudonym",
            "engine",
            "engine_version",
            "model",
            "priority",
            "queue",
            "parent_mask",
            "correction",
            "uncertainty",
            "state",
            "progress",
            "message",
            "seconds",
            "device",
            "stages",
            "report",
            "naming_statement",
            "log",
            "error",
            "result",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(RunModelSerializer(allow_null=True))
    def get_model(self, run: Run) -> Any:
        return RunModelSerializer(run.model).data if run.model is not None else None

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, run: Run) -> Any:
        return ResultSerializer(run.result).data if run.result is not None else None

    def get_naming_statement(self, run: Run) -> str:
        """The engine's sentence on its naming; empty where it says nothing."""
        return statement_in(run.report)


class RunInput(serializers.Serializer[Any]):
    volume_id = serializers.UUIDField()
    engine = serializers.CharField(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False, default=0, min_value=-10, max_value=10)


class PriorityInput(serializers.Serializer[Any]):
    priority = serializers.IntegerField(min_value=-10, max_value=10)


class RunQuery(serializers.Serializer[Any]):
    volume = serializers.UUIDField(required=False)


class CentreSerializer(serializers.Serializer[Any]):
    """The centre of one vertebra of a run's mask, with doubt and confidence where they are stated."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    point_ras_mm = PointField()
    voxel = PointField()
    voxels = serializers.IntegerField()
    uncertainty = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)


class CentresSerializer(serializers.Serializer[Any]):
    """What is needed to correct a run's result."""

    mask_id = serializers.UUIDField()
    mask_number = serializers.IntegerField()
    can_segment = serializers.BooleanField(help_text="whether centres can be moved and added")
    shape = VoxelField()
    affine_ras_mm = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    centres = CentreSerializer(many=True)


class EntryInput(serializers.Serializer[Any]):
    label = serializers.IntegerField(min_value=1, max_value=255)  # type: ignore[assignment]
    was = serializers.IntegerField(allow_null=True, help_text="its former label; null for a new vertebra")
    point_ras_mm = PointField()


class CorrectionInput(serializers.Serializer[Any]):
    """The vertebrae as they should be; one that is left out is removed."""

    centres = EntryInput(many=True)
    priority = serializers.IntegerField(required=False, default=5, min_value=-10, max_value=10)
