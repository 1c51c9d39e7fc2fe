"""What the views of the registry share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.response import Response

from backend.common.selectors import one_of
from backend.pipeline.models import ModelVersion
from backend.pipeline.registry import selectors
from backend.pipeline.registry.serializers import (
    ModelVersionSerializer,
    SourceChoiceSerializer,
    TrainingSerializer,
)
from backend.pipeline.registry.training_cases import training_choices
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project


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


class ManagerView(ManagedProjectView):
    """Base of views on models and trainings: managers of the project only."""

    def model(self, model_id: UUID) -> ModelVersion:
        return one_of(selectors.models_visible_to(self.actor), model_id)

    def registry(self, project: Project, status: int = 200) -> Response:
        return Response(registry_view(project), status=status)
