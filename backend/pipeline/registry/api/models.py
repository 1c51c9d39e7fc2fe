"""REST of model versions: registered, compared, promoted, rolled back."""

from __future__ import annotations

import json
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backend.pipeline.registry.api.base import ManagerView
from backend.pipeline.registry.serializers import ModelComparisonSerializer, OnnxInput, RegistrySerializer
from backend.pipeline.registry.services import comparing, models


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
        return Response(ModelComparisonSerializer(made).data, status=201)


class RollBackView(ManagerView):
    @extend_schema(operation_id="model_roll_back", request=None, responses=RegistrySerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Go back to the model that the current one replaced."""
        project = self.project(slug)
        models.roll_back(actor=self.actor, project=project)
        return self.registry(project)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/models", RegistryView.as_view()),
    path("projects/<slug:slug>/models/onnx", OnnxView.as_view()),
    path("projects/<slug:slug>/models/roll-back", RollBackView.as_view()),
    path("models/<uuid:model_id>/promote", PromoteView.as_view()),
    path("models/<uuid:model_id>/compare", CompareView.as_view()),
]
