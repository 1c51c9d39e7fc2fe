"""The model registry over REST: versions, trainings, comparisons, promotion and the way back."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.errors import NotFound
from backend.pipeline import selectors
from backend.pipeline.models import ModelComparison, ModelVersion, Training
from backend.pipeline.services import comparing, models, trainings
from backend.pipeline.training_cases import training_choices
from backend.projects.models import Project, Role
from backend.projects.selectors import project_visible_to, require_role


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
    config = serializers.DictField(read_only=True)
    metrics = serializers.DictField(read_only=True)
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
        return len(model.training_set.get("train", []))

    def get_validation_cases(self, model: ModelVersion) -> int:
        return len(model.training_set.get("validation", []))

    def get_source(self, model: ModelVersion) -> str:
        return str(model.training_set.get("source", ""))

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
    config = serializers.DictField(read_only=True)
    curve = CurvePointSerializer(many=True, read_only=True)
    training_cases = serializers.SerializerMethodField()
    validation_cases = serializers.SerializerMethodField()

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
            "training_cases",
            "validation_cases",
            "seconds",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_training_cases(self, training: Training) -> int:
        return len(training.training_set.get("train", []))

    def get_validation_cases(self, training: Training) -> int:
        return len(training.training_set.get("validation", []))


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


class OnnxInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    file = serializers.FileField()
    about = serializers.CharField(help_text="JSON: spacing_mm, patch, labels, ... (docs/data-formats.md)")
    notes = serializers.CharField(required=False, allow_blank=True, default="")


def registry_view(project: Project) -> dict[str, Any]:
    """The registry of a project in a constant number of queries."""
    current = selectors.current_model(project)
    context = {"current_id": current.pk if current is not None else None}
    return {
        "current": current.pk if current is not None else None,
        "shipped_version": selectors.shipped_version(),
        "models": ModelVersionSerializer(selectors.models_of(project), many=True, context=context).data,
        "trainings": TrainingSerializer(selectors.trainings_of(project), many=True).data,
        "sources": SourceChoiceSerializer(training_choices(project), many=True).data,
    }


class ManagerView(ApiView):
    """Base of views on models and trainings: managers of the project only."""

    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return project

    def model(self, model_id: UUID) -> ModelVersion:
        model = selectors.models_visible_to(self.actor).filter(pk=model_id).first()
        if model is None:
            raise NotFound
        return model

    def registry(self, project: Project, status: int = 200) -> Response:
        return Response(registry_view(project), status=status)


class RegistryView(ManagerView):
    @extend_schema(operation_id="models", responses=RegistrySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The project's models, trainings and what could be trained on. Managers only."""
        return self.registry(self.project(slug))


class OnnxView(ManagerView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="model_register_onnx",
        request={"multipart/form-data": OnnxInput},
        responses={201: RegistrySerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Register a network exported as ONNX as a candidate."""
        project = self.project(slug)
        data = self.parse(OnnxInput)
        try:
            about = json.loads(data["about"])
        except ValueError as exc:
            raise models.ModelUnusable(message="The description is not JSON.") from exc
        models.register_onnx(
            actor=self.actor,
            project=project,
            name=data["name"],
            data=data["file"].read(models.MAX_MODEL_BYTES + 1),
            about=about,
            notes=data["notes"],
        )
        return self.registry(project, 201)


class PromoteView(ManagerView):
    @extend_schema(operation_id="model_promote", request=None, responses=RegistrySerializer)
    def post(self, request: Request, model_id: UUID) -> Response:
        """Make it the model of new runs; 409 `not_compared` without a comparison with the current one."""
        model = self.model(model_id)
        models.promote(actor=self.actor, model=model)
        return self.registry(model.project)


class CompareView(ManagerView):
    @extend_schema(operation_id="model_compare", request=None, responses={201: ModelComparisonSerializer})
    def post(self, request: Request, model_id: UUID) -> Response:
        """Hold it against the current model on accepted cases of patients neither was trained on."""
        made = comparing.compare(actor=self.actor, model=self.model(model_id))
        made.refresh_from_db()
        return Response(ModelComparisonSerializer(made).data, status=201)


class RollBackView(ManagerView):
    @extend_schema(operation_id="model_roll_back", request=None, responses=RegistrySerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Go back to the model that the current one replaced."""
        project = self.project(slug)
        models.roll_back(actor=self.actor, project=project)
        return self.registry(project)


class TrainingListView(ManagerView):
    @extend_schema(operation_id="training_start", request=TrainingInput, responses={201: TrainingSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Fine-tune the current weights on accepted masks, in the background."""
        draft = trainings.TrainingDraft(**self.parse(TrainingInput))
        made = trainings.start_training(actor=self.actor, project=self.project(slug), draft=draft)
        made.refresh_from_db()
        return Response(TrainingSerializer(made).data, status=201)


class OneTrainingView(ManagerView):
    """Base of views on one training."""

    def training(self, training_id: UUID) -> Training:
        row = selectors.trainings_visible_to(self.actor).filter(pk=training_id).first()
        if row is None:
            raise NotFound
        return row


class TrainingView(OneTrainingView):
    @extend_schema(operation_id="training", responses=TrainingSerializer)
    def get(self, request: Request, training_id: UUID) -> Response:
        return Response(TrainingSerializer(self.training(training_id)).data)


class TrainingStopView(OneTrainingView):
    @extend_schema(operation_id="training_stop", request=None, responses=TrainingSerializer)
    def post(self, request: Request, training_id: UUID) -> Response:
        """Stop it; what it has learned is dropped."""
        row = trainings.stop_training(actor=self.actor, training=self.training(training_id))
        return Response(TrainingSerializer(row).data)


class TrainingEndView(OneTrainingView):
    @extend_schema(operation_id="training_end", request=None, responses=TrainingSerializer)
    def post(self, request: Request, training_id: UUID) -> Response:
        """End it before its last step, and make a model of what it has learned."""
        row = trainings.end_early(actor=self.actor, training=self.training(training_id))
        return Response(TrainingSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/models", RegistryView.as_view()),
    path("projects/<slug:slug>/models/onnx", OnnxView.as_view()),
    path("projects/<slug:slug>/models/roll-back", RollBackView.as_view()),
    path("projects/<slug:slug>/trainings", TrainingListView.as_view()),
    path("models/<uuid:model_id>/promote", PromoteView.as_view()),
    path("models/<uuid:model_id>/compare", CompareView.as_view()),
    path("trainings/<uuid:training_id>", TrainingView.as_view()),
    path("trainings/<uuid:training_id>/stop", TrainingStopView.as_view()),
    path("trainings/<uuid:training_id>/end", TrainingEndView.as_view()),
]
