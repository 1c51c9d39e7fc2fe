"""REST of the engines that this site knows."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.pipeline.engines.finding import list_engines


class EngineSerializer(serializers.Serializer[Any]):
    """An engine that the site knows, at hand or not."""

    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    stages = serializers.ListField(child=serializers.CharField())
    available = serializers.BooleanField()
    problem = serializers.CharField()


class EngineListView(ApiView):
    @extend_schema(operation_id="engines", responses=EngineSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(EngineSerializer(list_engines(), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("engines", EngineListView.as_view()),
]
