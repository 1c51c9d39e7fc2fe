"""REST of how each final grade came about: every grade that stood, and the readers' own answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.consensus.api import CaseView
from backend.consensus.selectors import grade_history
from backend.consensus.serializers import ReaderAnswerSerializer


class StoodGradeSerializer(serializers.Serializer[Any]):
    """A grade that stands, or stood until another was decided. Readers are letters."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    current = serializers.BooleanField()
    grade = serializers.IntegerField(allow_null=True)
    fracture_type = serializers.CharField(allow_blank=True)
    foreign_material = serializers.CharField()
    not_gradable_reason = serializers.CharField(allow_blank=True)
    method = serializers.CharField(help_text="single, unanimous, median, majority, adjudicated, review")
    answers = ReaderAnswerSerializer(many=True)
    decided_at = serializers.DateTimeField(source="created_at")


class GradeHistoryView(CaseView):
    @extend_schema(operation_id="case_grade_history", responses=StoodGradeSerializer(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        """How the final grades came about (whoever may see the case's consensus)."""
        return Response(StoodGradeSerializer(grade_history(self.case(case_id)), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:case_id>/grade-history", GradeHistoryView.as_view()),
]
