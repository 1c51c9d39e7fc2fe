"""REST of what is asked before a mask is handed in: doubtful names, implausible shapes."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.selectors.details import naming_question
from backend.annotation.work.selectors.findings import findings_of
from backend.annotation.work.serializers import assignments as wire
from backend.annotation.work.services import naming_answers
from backend.common.api import IDEMPOTENCY_KEY


class NamingAnsweredView(AssignmentView):
    @extend_schema(
        operation_id="naming_answer",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.NamingAnswerInput,
        responses=wire.NamingQuestionSerializer,
    )
    def put(self, request: Request, assignment_id: UUID) -> Response:
        """Say whether names that the engine guessed are right.

        409 `naming_answer_unfit` (the mask tells otherwise) and `naming_not_asked`.
        """
        assignment = self.assignment(assignment_id)
        said = self.parse(wire.NamingAnswerInput)

        def act() -> Response:
            naming_answers.answer_naming(assignment_id=assignment.pk, actor=self.actor, **said)
            return Response(
                wire.NamingQuestionSerializer(naming_question(self.assignment(assignment_id))).data
            )

        return self.once(act)


class FindingsView(AssignmentView):
    @extend_schema(operation_id="findings_list", responses=wire.FindingSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """What looks implausible in my mask: order, gaps, islands, cut-off vertebrae."""
        return Response(wire.FindingSerializer(findings_of(self.assignment(assignment_id)), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/naming-answer", NamingAnsweredView.as_view()),
    path("assignments/<uuid:assignment_id>/findings", FindingsView.as_view()),
]
