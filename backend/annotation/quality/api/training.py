"""REST of one's own training."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.quality import serializers as wire
from backend.annotation.quality.selectors.feedback import (
    feedback_of,
    feedback_picture,
    my_training,
    trained_assignment,
)
from backend.common.api import ApiView
from backend.common.contract import Told
from backend.projects.selectors import project_visible_to


class MyTrainingView(ApiView):
    @extend_schema(operation_id="my_training", responses=wire.MyTrainingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How far I am with the training of a project."""
        project = project_visible_to(self.actor, slug)
        return Response(wire.MyTrainingSerializer(my_training(project, self.actor)).data)


class FeedbackView(ApiView):
    @extend_schema(operation_id="assignment_feedback", responses=wire.FeedbackSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """How my training case went; only training has this."""
        report = feedback_of(trained_assignment(self.actor, assignment_id))
        return Response(wire.FeedbackSerializer(report).data)


class FeedbackPictureView(ApiView):
    tells = {"GET": Told(sends=("Cache-Control",))}

    @extend_schema(
        operation_id="assignment_feedback_picture",
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, assignment_id: UUID, label: int) -> HttpResponse:
        """My outline of one vertebra (orange) over the answer's (green)."""
        content = feedback_picture(trained_assignment(self.actor, assignment_id), label)
        response = HttpResponse(content, content_type="image/png")
        response["Cache-Control"] = "private, max-age=3600"
        return response


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/training", MyTrainingView.as_view()),
    path("assignments/<uuid:assignment_id>/feedback", FeedbackView.as_view()),
    path("assignments/<uuid:assignment_id>/feedback/<int:label>.png", FeedbackPictureView.as_view()),
]
