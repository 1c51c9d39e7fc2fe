"""The wire shapes of the model registry."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.common.stored_wire import StoredSerializer
from backend.pipeline.models import ModelComparison, ModelVersion, Training
from backend.pipeline.registry.reports import ModelConfig, TrainingMetrics, TrainingSettings, trained_with
from backend.science.training_api import NETWORKS


class ModelConfigSerializer(StoredSerializer):
    model = ModelConfig


class TrainingSettingsSerializer(StoredSerializer):
    model = TrainingSettings


class TrainingMetricsSerializer(StoredSerializer):
    model = TrainingMetrics


class ModelComparisonRowSerializer(serializers.Serializer[Any]):
    """One vertebra of one case under both models (Dice)."""

    case = serializers.UUIDField()
    patient = serializers.CharField()
    held_out = serializers.ChoiceField(choices=("validation", "new"))
    label = serializers.IntegerField()  # type: ignore[assignment]
    candidate = serializers.FloatField()
    against = serializers.FloatField()


class ModelComparisonSummarySerializer(serializers.Serializer[Any]):
    vertebrae = serializers.IntegerField()
    patients = serializers.IntegerField()
    candidate = serializers.FloatField(required=False)
    against = serializers.FloatField(required=False)
    difference = serializers.FloatField(required=False)
    interval_95 = serializers.ListField(child=serializers.FloatField(), allow_null=True, required=False)
    better = serializers.IntegerField(required=False)
    worse = serializers.IntegerField(required=False)
    worst = serializers.FloatField(required=False)


class ModelComparisonSerializer(serializers.ModelSerializer[ModelComparison]):
    """A candidate held against another model on the same cases; ``against`` null: the weights that ship."""

    against = serializers.UUIDField(source="against_id", allow_null=True, read_only=True)
    candidate = serializers.UUIDField(source="candidate_id", read_only=True)
    job_id = serializers.UUIDField(read_only=True)
    rows = ModelComparisonRowSerializer(many=True, read_only=True)
    summary = serializers.SerializerMethodField()
    cases = serializers.SerializerMethodField()

    class Meta:
        model = ModelComparison
        fields = (
            "id",
            "candidate",
            "against",
            "job_id",
            "state",
            "cases",
            "rows",
            "summary",
            "error",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_cases(self, row: ModelComparison) -> int:
        return len(row.cases)

    @extend_schema_field(ModelComparisonSummarySerializer(allow_null=True))
    def get_summary(self, row: ModelComparison) -> Any:
        return row.summary or None


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version of the project's weights."""

    parent = serializers.UUIDField(source="parent_id", allow_null=True, read_only=True)  # type: ignore[assignment]
    training_cases = serializers.SerializerMethodField()
    validation_cases = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    size_bytes = serializers.SerializerMethodField()
    config = ModelConfigSerializer(read_only=True)
    metrics = TrainingMetricsSerializer(read_only=True)
    comparable = serializers.SerializerMethodField()
    comparisons = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = (
            "id",
            "number",
            "name",
            "engine",
            "framework",
            "digest",
            "state",
            "parent",
            "source",
            "training_cases",
            "validation_cases",
            "size_bytes",
            "config",
            "metrics",
            "notes",
            "comparable",
            "comparisons",
            "created_at",
            "promoted_at",
            "retired_at",
        )
        read_only_fields = fields

    def get_training_cases(self, model: ModelVersion) -> int:
        return len(trained_with(model).train)

    def get_validation_cases(self, model: ModelVersion) -> int:
        return len(trained_with(model).validation)

    def get_source(self, model: ModelVersion) -> str:
        return trained_with(model).source

    def get_size_bytes(self, model: ModelVersion) -> int:
        return sum(file.blob.size_bytes for file in model.files.all())

    def get_comparable(self, model: ModelVersion) -> bool:
        """Whether a finished comparison holds it against the current model, as promoting it needs."""
        current = self.context.get("current_id")
        return any(c.against_id == current and c.state == "succeeded" for c in model.comparisons.all())

    @extend_schema_field(ModelComparisonSerializer(many=True))
    def get_comparisons(self, model: ModelVersion) -> Any:
        return ModelComparisonSerializer(model.comparisons.all(), many=True).data


class CurvePointSerializer(serializers.Serializer[Any]):
    """``network`` and ``round`` are missing of trainings that taught the borders only."""

    network = serializers.CharField(required=False)
    round = serializers.IntegerField(required=False)
    step = serializers.IntegerField()
    loss = serializers.FloatField(required=False)
    dice = serializers.FloatField(required=False)
    validation = serializers.FloatField(required=False)


class TrainingSerializer(serializers.ModelSerializer[Training]):
    """A fine-tuning, with its curves as far as they go."""

    job_id = serializers.UUIDField(read_only=True)
    progress = serializers.FloatField(source="job.progress", read_only=True)
    stopping = serializers.BooleanField(source="job.cancel_requested", read_only=True)
    base = serializers.UUIDField(source="base_id", allow_null=True, read_only=True)
    result = serializers.UUIDField(source="result_id", allow_null=True, read_only=True)
    config = TrainingSettingsSerializer(read_only=True)
    curve = CurvePointSerializer(many=True, read_only=True)
    outcome = TrainingMetricsSerializer(read_only=True)
    training_cases = serializers.SerializerMethodField()
    validation_cases = serializers.SerializerMethodField()
    training_patients = serializers.SerializerMethodField()
    validation_patients = serializers.SerializerMethodField()
    undrawn_cases = serializers.SerializerMethodField()

    class Meta:
        model = Training
        fields = (
            "id",
            "name",
            "job_id",
            "state",
            "progress",
            "stopping",
            "ending_early",
            "base",
            "result",
            "config",
            "curve",
            "outcome",
            "training_cases",
            "validation_cases",
            "training_patients",
            "validation_patients",
            "undrawn_cases",
            "seconds",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_training_cases(self, training: Training) -> int:
        return len(trained_with(training).train)

    def get_validation_cases(self, training: Training) -> int:
        return len(trained_with(training).validation)

    def get_training_patients(self, training: Training) -> int:
        return trained_with(training).patients()

    def get_validation_patients(self, training: Training) -> int:
        return trained_with(training).validation_patients()

    def get_undrawn_cases(self, training: Training) -> int:
        return len(trained_with(training).undrawn)


class SourceChoiceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    reference = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    cases = serializers.IntegerField()


class RegistrySerializer(serializers.Serializer[Any]):
    """Everything that the page of models shows. ``current`` null: the weights that ship are in use."""

    current = serializers.UUIDField(allow_null=True)
    shipped_version = serializers.CharField()
    models = ModelVersionSerializer(many=True)
    trainings = TrainingSerializer(many=True)
    sources = SourceChoiceSerializer(many=True)


class TrainingInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    source = serializers.CharField(default="accepted")  # type: ignore[assignment]
    reference = serializers.CharField(default="", allow_blank=True)
    steps = serializers.IntegerField(default=400, min_value=1, max_value=20_000)
    learning_rate = serializers.FloatField(default=3e-4, min_value=1e-6, max_value=1e-2)
    synthetic_share = serializers.FloatField(default=0.3, min_value=0, max_value=0.9)
    seed = serializers.IntegerField(default=1, min_value=0, max_value=2**31 - 1)
    networks = serializers.ListField(
        child=serializers.ChoiceField(choices=NETWORKS),
        default=["segment"],
        min_length=1,
        help_text="What should learn: localise (finding), label (naming), segment (borders)",
    )
    undrawn = serializers.BooleanField(
        default=False, help_text="Also learn from cases that nobody has drawn yet"
    )
    processor_only = serializers.BooleanField(default=False, help_text="Not on a graphics card")


class OnnxInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    file = serializers.FileField()
    about = serializers.CharField(help_text="JSON: spacing_mm, patch, labels, ... (docs/data-formats.md)")
    notes = serializers.CharField(required=False, allow_blank=True, default="")
