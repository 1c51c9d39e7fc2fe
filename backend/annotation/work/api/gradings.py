"""REST of grading."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.selectors import gradings_of
from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.serializers import gradings as wire
from backend.annotation.work.services import gradings
from backend.common.api import IDEMPOTENCY_KEY


class GradingListView(AssignmentView):
    @extend_schema(operation_id="gradings_list", responses=wire.GradingSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """My standing answers on this case."""
        return Response(wire.GradingSerializer(gradings_of(self.assignment(assignment_id)), many=True).data)


class GradingDetailView(AssignmentView):
    @extend_schema(
        operation_id="grading_put",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.GradingAnswerInput,
        responses=wire.GradingSerializer,
    )
    def put(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Answer for one vertebra; the former answer is kept as a revision."""
        answer = gradings.Answer(**self.parse(wire.GradingAnswerInput))
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            row = gradings.grade(assignment_id=assignment.pk, label=label, answer=answer)
            return Response(wire.GradingSerializer(row).data)

        return self.once(act)


class NormalRestView(AssignmentView):
    @extend_schema(
        operation_id="gradings_normal_rest",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.NormalRestInput,
        responses=wire.GradingSerializer(many=True),
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Grade 0 for those of the labels that have no answer yet; answers with all that stand."""
        assignment = self.assignment(assignment_id)
        labels = self.parse(wire.NormalRestInput)["labels"]

        def act() -> Response:
            gradings.grade_rest_normal(assignment_id=assignment.pk, labels=labels)
            return Response(wire.GradingSerializer(gradings_of(assignment), many=True).data)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/gradings", GradingListView.as_view()),
    path("assignments/<uuid:assignment_id>/gradings/<int:label>", GradingDetailView.as_view()),
    path("assignments/<uuid:assignment_id>/gradings/normal-rest", NormalRestView.as_view()),
]
