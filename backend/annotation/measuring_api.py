"""REST of lines and regions of interest that a person moves in their own work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation import measuring
from backend.annotation import serializers as wire
from backend.annotation.api import AssignmentView
from backend.measurements.models import AdjustmentKind
from backend.science.morphometry.trabecular import RegionChange


class LinesInput(serializers.Serializer[Any]):
    lines_ras_mm = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3),
            min_length=2,
            max_length=2,
        ),
        min_length=3,
        max_length=3,
        help_text="anterior, middle, posterior; each its lower and its upper end",
    )


class RegionInput(serializers.Serializer[Any]):
    shift_ras_mm = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    scale = serializers.FloatField(default=1.0)


class LinesView(AssignmentView):
    @extend_schema(
        operation_id="measurement_lines_set", request=LinesInput, responses=wire.MeasurementSerializer
    )
    def put(self, request: Request, pk: UUID, label: int) -> Response:
        """Set the three height lines of one vertebra; the automatic ones are kept beside them."""
        lines = self.parse(LinesInput)["lines_ras_mm"]
        row = measuring.set_lines(self.assignment(pk), label, lines)
        return Response(wire.MeasurementSerializer(row).data)

    @extend_schema(operation_id="measurement_lines_reset", request=None, responses=wire.MeasurementSerializer)
    def delete(self, request: Request, pk: UUID, label: int) -> Response:
        """Back to the automatic lines."""
        row = measuring.reset(self.assignment(pk), label, AdjustmentKind.LINES)
        return Response(wire.MeasurementSerializer(row).data)


class RegionView(AssignmentView):
    @extend_schema(
        operation_id="measurement_region_set", request=RegionInput, responses=wire.MeasurementSerializer
    )
    def put(self, request: Request, pk: UUID, label: int) -> Response:
        """Move and scale the region of interest of one vertebra; the automatic one is kept beside it."""
        asked = self.parse(RegionInput)
        x, y, z = asked["shift_ras_mm"]
        row = measuring.set_region(self.assignment(pk), label, RegionChange((x, y, z), asked["scale"]))
        return Response(wire.MeasurementSerializer(row).data)

    @extend_schema(
        operation_id="measurement_region_reset", request=None, responses=wire.MeasurementSerializer
    )
    def delete(self, request: Request, pk: UUID, label: int) -> Response:
        """Back to the automatic region."""
        row = measuring.reset(self.assignment(pk), label, AdjustmentKind.REGION)
        return Response(wire.MeasurementSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:pk>/measurements/<int:label>/lines", LinesView.as_view()),
    path("assignments/<uuid:pk>/measurements/<int:label>/region", RegionView.as_view()),
]
