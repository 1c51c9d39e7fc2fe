"""REST of the first page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.home.selectors import home_of
from backend.home.serializers import HomeSerializer


class HomeView(ApiView):
    @extend_schema(operation_id="home", responses=HomeSerializer)
    def get(self, request: Request) -> Response:
        """All that waits for me, over all my projects: tasks, new projects, what is stuck, releases."""
        return Response(HomeSerializer(home_of(self.actor)).data)


urlpatterns: list[URLPattern | URLResolver] = [path("home", HomeView.as_view())]
