"""REST of the board."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.progress.cases import serializers as wire
from backend.progress.cases.kept import board
from backend.projects.selectors import project_visible_to


class BoardView(ApiView):
    @extend_schema(operation_id="project_board", responses=wire.BoardSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The project at a glance. Managers see cases and people, others the numbers and themselves."""
        project = project_visible_to(self.actor, slug)
        return Response(wire.BoardSerializer(board(project=project, user=self.actor)).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/board", BoardView.as_view()),
]
