"""REST of a manager's word that lets a rater work without training."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.quality import serializers as wire
from backend.annotation.quality.services import training
from backend.projects.managed import ManagedProjectView


class QualificationsView(ManagedProjectView):
    @extend_schema(operation_id="rater_qualify", request=wire.QualificationInput, responses={201: None})
    def post(self, request: Request, slug: str) -> Response:
        """Let a rater work without (more) training, for a reason (manager)."""
        project = self.project(slug)
        asked = self.parse(wire.QualificationInput)
        user = self.member(project, asked["user_id"])
        training.qualify(project=project, user=user, actor=self.actor, reason=asked["reason"])
        return Response(status=201)


class QualificationDetailView(ManagedProjectView):
    @extend_schema(operation_id="rater_disqualify", responses={204: None})
    def delete(self, request: Request, slug: str, user_id: UUID) -> Response:
        """Let the training count again (manager)."""
        project = self.project(slug)
        training.revoke_qualification(project=project, user=self.member(project, user_id), actor=self.actor)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/qualifications", QualificationsView.as_view()),
    path("projects/<slug:slug>/qualifications/<uuid:user_id>", QualificationDetailView.as_view()),
]
