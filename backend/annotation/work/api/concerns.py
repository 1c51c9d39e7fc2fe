"""REST of what people tell the manager about a task."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.selectors import open_concerns_managed_by
from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.serializers import assignments as wire
from backend.annotation.work.services.concerns import raise_concern, settle_concern
from backend.common.api import ApiView
from backend.common.selectors import one_of


class ConcernView(AssignmentView):
    @extend_schema(operation_id="concern_raise", request=wire.ConcernInput, responses={204: None})
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Tell the manager about my task, and give it back where asked. 400 `concern_unexplained`."""
        assignment = self.assignment(assignment_id)
        raise_concern(assignment_id=assignment.pk, actor=self.actor, **self.parse(wire.ConcernInput))
        return Response(status=204)


class ConcernSettledView(ApiView):
    @extend_schema(operation_id="concern_settle", request=None, responses={204: None})
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Note that what was told of a task is dealt with (manager)."""
        assignment = one_of(open_concerns_managed_by(self.actor), assignment_id)
        settle_concern(assignment_id=assignment.pk, actor=self.actor)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/concern", ConcernView.as_view()),
    path("assignments/<uuid:assignment_id>/concern/settled", ConcernSettledView.as_view()),
]
