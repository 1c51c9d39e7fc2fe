"""REST of trainings."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.selectors import one_of
from backend.pipeline.models import Training
from backend.pipeline.registry import selectors
from backend.pipeline.registry.api.base import ManagerView
from backend.pipeline.registry.serializers import TrainingInput, TrainingSerializer
from backend.pipeline.registry.services import trainings


class TrainingListView(ManagerView):
    @extend_schema(operation_id="training_start", request=TrainingInput, responses={201: TrainingSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Fine-tune the current weights on accepted masks, in the background."""
        draft = trainings.TrainingDraft(**self.parse(TrainingInput))
        made = trainings.start_training(actor=self.actor, project=self.project(slug), draft=draft)
        now = one_of(selectors.trainings_visible_to(self.actor), made.pk)
        return Response(TrainingSerializer(now).data, status=201)


class OneTrainingView(ManagerView):
    """Base of views on one training."""

    def training(self, training_id: UUID) -> Training:
        return one_of(selectors.trainings_visible_to(self.actor), training_id)


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
    path("projects/<slug:slug>/trainings", TrainingListView.as_view()),
    path("trainings/<uuid:training_id>", TrainingView.as_view()),
    path("trainings/<uuid:training_id>/stop", TrainingStopView.as_view()),
    path("trainings/<uuid:training_id>/end", TrainingEndView.as_view()),
]
