"""REST of the places that are worth a look before a mask is handed in."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.selectors.places import places_of
from backend.annotation.work.serializers import places as wire
from backend.annotation.work.services.places import tick_place
from backend.common.api import IDEMPOTENCY_KEY


class PlacesView(AssignmentView):
    @extend_schema(operation_id="places_list", responses=wire.PlaceSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Where my mask is most likely wrong: leaks, disputed borders, the engine's doubt. A short list."""
        return Response(wire.PlaceSerializer(places_of(self.assignment(assignment_id)), many=True).data)


class PlaceLookedView(AssignmentView):
    @extend_schema(
        operation_id="place_looked",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.PlaceLookedInput,
        responses=wire.PlaceTickSerializer(many=True),
    )
    def put(self, request: Request, assignment_id: UUID) -> Response:
        """Tick a place as looked at, or take the tick back; answers with all ticks."""
        assignment = self.assignment(assignment_id)
        said = self.parse(wire.PlaceLookedInput)
        looked = said.pop("looked")

        def act() -> Response:
            ticks = tick_place(assignment_id=assignment.pk, place=said, looked=looked)
            return Response(wire.PlaceTickSerializer(ticks, many=True).data)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/places", PlacesView.as_view()),
    path("assignments/<uuid:assignment_id>/places/looked", PlaceLookedView.as_view()),
]
