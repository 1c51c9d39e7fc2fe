"""REST of what was measured of one's own mask, of lines, regions and rulers set by hand, and of surfaces."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.measuring import rulers
from backend.annotation.measuring import serializers as wire
from backend.annotation.measuring import services as measuring
from backend.annotation.measuring.selectors import measured_now, measurements_view
from backend.annotation.measuring.surfaces import SurfaceAnswer, surfaces_of
from backend.annotation.work.api.base import AssignmentView
from backend.common.api import IDEMPOTENCY_KEY
from backend.common.contract import Told
from backend.common.places import LineField, PointField
from backend.measurements.models import AdjustmentKind
from backend.measurements.rulers import Drawn
from backend.science.morphometry.trabecular import RegionChange

SURFACES_MEDIA_TYPE = "application/vnd.vertebase.surfaces"


class MeasurementsView(AssignmentView):
    @extend_schema(
        operation_id="assignment_measurements",
        parameters=[wire.MeasurementQuery],
        responses=wire.MeasurementSerializer(many=True),
    )
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Heights of the gradable vertebrae of my mask; what they suggest, once I have answered."""
        asked = self.parse_query(wire.MeasurementQuery)
        assignment = self.assignment(assignment_id)
        if "label" in asked:
            rows = [measured_now(assignment, asked["label"])]
        else:
            rows = measurements_view(assignment)
        return Response(wire.MeasurementSerializer(rows, many=True).data)


SURFACES = Told(sends=("X-Vertebase-Digest", "X-Vertebase-Shapes", "Cache-Control"))  # `surfaces_response`
SURFACES_RESPONSE = {(200, SURFACES_MEDIA_TYPE): OpenApiTypes.BINARY}


def surfaces_response(answer: SurfaceAnswer) -> HttpResponse:
    """Surfaces (VBS1) with the mask's digest and the digests of its levels' voxels."""
    response = HttpResponse(answer.content, content_type=SURFACES_MEDIA_TYPE)
    response["X-Vertebase-Digest"] = answer.mask_digest
    response["X-Vertebase-Shapes"] = ",".join(f"{k}:{digest}" for k, digest in answer.shapes.items())
    response["Cache-Control"] = "private, no-store"
    return response


class SurfacesView(AssignmentView):
    tells = {"GET": SURFACES}

    @extend_schema(
        operation_id="assignment_surfaces",
        parameters=[wire.SurfacesQuery],
        responses=SURFACES_RESPONSE,
    )
    def get(self, request: Request, assignment_id: UUID) -> HttpResponse:
        """Surfaces of the vertebrae of my mask (VBS1), less those that `have` names by their digest.

        Header X-Vertebase-Digest names the mask, X-Vertebase-Shapes all its levels with the digests of their
        voxels (20:0123456789abcdef,21:...).
        """
        asked = self.parse_query(wire.SurfacesQuery)
        return surfaces_response(surfaces_of(self.assignment(assignment_id), **asked))


class LinesInput(serializers.Serializer[Any]):
    lines_ras_mm = serializers.ListField(
        child=LineField(),
        min_length=3,
        max_length=3,
        help_text="anterior, middle, posterior; each its lower and its upper end",
    )


class RegionInput(serializers.Serializer[Any]):
    shift_ras_mm = PointField()
    scale = serializers.FloatField(default=1.0)


def measured(row: dict[str, Any]) -> Response:
    return Response(wire.MeasurementSerializer(row).data)


class LinesView(AssignmentView):
    @extend_schema(
        operation_id="measurement_lines_set",
        parameters=[IDEMPOTENCY_KEY],
        request=LinesInput,
        responses=wire.MeasurementSerializer,
    )
    def put(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Set the three height lines of one vertebra; the automatic ones are kept beside them."""
        lines = self.parse(LinesInput)["lines_ras_mm"]
        assignment = self.assignment(assignment_id)
        return self.once(lambda: measured(measuring.set_lines(assignment, label, lines)))

    @extend_schema(
        operation_id="measurement_lines_reset",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: wire.MeasurementSerializer},
    )
    def delete(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Back to the automatic lines."""
        assignment = self.assignment(assignment_id)
        return self.once(lambda: measured(measuring.reset(assignment, label, AdjustmentKind.LINES)))


class RegionView(AssignmentView):
    @extend_schema(
        operation_id="measurement_region_set",
        parameters=[IDEMPOTENCY_KEY],
        request=RegionInput,
        responses=wire.MeasurementSerializer,
    )
    def put(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Move and scale the region of interest of one vertebra; the automatic one is kept beside it."""
        asked = self.parse(RegionInput)
        x, y, z = asked["shift_ras_mm"]
        change = RegionChange((x, y, z), asked["scale"])
        assignment = self.assignment(assignment_id)
        return self.once(lambda: measured(measuring.set_region(assignment, label, change)))

    @extend_schema(
        operation_id="measurement_region_reset",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: wire.MeasurementSerializer},
    )
    def delete(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Back to the automatic region."""
        assignment = self.assignment(assignment_id)
        return self.once(lambda: measured(measuring.reset(assignment, label, AdjustmentKind.REGION)))


class RulersView(AssignmentView):
    @extend_schema(operation_id="rulers_list", responses=wire.RulerSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Distances and angles that I drew on this case; everybody's where I may see everybody's work."""
        rows = rulers.read_rulers(self.assignment(assignment_id))
        return Response(wire.RulerSerializer(rows, many=True).data)


class RulerView(AssignmentView):
    @extend_schema(
        operation_id="ruler_keep",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.RulerInput,
        responses=wire.RulerSerializer,
    )
    def put(self, request: Request, assignment_id: UUID, ruler_id: UUID) -> Response:
        """Keep a distance or an angle under an id that the caller makes; again changes it."""
        drawn = Drawn(**self.parse(wire.RulerInput))
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            row = rulers.keep_ruler(assignment=assignment, ruler_id=ruler_id, drawn=drawn)
            return Response(wire.RulerSerializer(row).data)

        return self.once(act)

    @extend_schema(
        operation_id="ruler_delete",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: wire.RulerSerializer(many=True)},
    )
    def delete(self, request: Request, assignment_id: UUID, ruler_id: UUID) -> Response:
        """Delete one of my own; answers with those that are left."""
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            rulers.delete_ruler(assignment=assignment, ruler_id=ruler_id)
            return Response(wire.RulerSerializer(rulers.read_rulers(assignment), many=True).data)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/measurements", MeasurementsView.as_view()),
    path("assignments/<uuid:assignment_id>/surfaces", SurfacesView.as_view()),
    path("assignments/<uuid:assignment_id>/measurements/<int:label>/lines", LinesView.as_view()),
    path("assignments/<uuid:assignment_id>/measurements/<int:label>/region", RegionView.as_view()),
    path("assignments/<uuid:assignment_id>/rulers", RulersView.as_view()),
    path("assignments/<uuid:assignment_id>/rulers/<uuid:ruler_id>", RulerView.as_view()),
]
