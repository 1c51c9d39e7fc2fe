"""REST of an absence and what becomes of the person's work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.services.absence import note_absence
from backend.projects.managed import ManagedProjectView
from backend.projects.services import Absence


class AbsenceInput(serializers.Serializer[Any]):
    away_from = serializers.DateField(required=False, allow_null=True, help_text="Without it: today")
    away_until = serializers.DateField()
    work_waits = serializers.BooleanField(
        default=False, help_text="Work stays with the person, due dates move by the days away"
    )
    preview = serializers.BooleanField(default=False, help_text="Only say what would change")


class MovedSerializer(serializers.Serializer[Any]):
    assignment_id = serializers.UUIDField()
    alias = serializers.CharField()
    due_on = serializers.DateField()
    moves_to = serializers.DateField()


class AbsenceOutcomeSerializer(serializers.Serializer[Any]):
    goes_back = serializers.IntegerField(help_text="Tasks that go back for others on the first day")
    moved = MovedSerializer(many=True, help_text="Tasks whose due dates move")


class MemberAbsenceView(ManagedProjectView):
    @extend_schema(operation_id="member_absence", request=AbsenceInput, responses=AbsenceOutcomeSerializer)
    def post(self, request: Request, slug: str, member_id: UUID) -> Response:
        """Note when somebody is away, and whether their work goes back or waits for them."""
        asked = self.parse(AbsenceInput)
        outcome = note_absence(
            actor=self.actor,
            project=self.project(slug),
            membership_id=member_id,
            absence=Absence(asked.get("away_from"), asked["away_until"], asked["work_waits"]),
            preview=asked["preview"],
        )
        return Response(AbsenceOutcomeSerializer(outcome).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/members/<uuid:member_id>/absence", MemberAbsenceView.as_view()),
]
