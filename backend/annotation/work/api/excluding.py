"""REST of taking a case out of the data for good, and putting it back."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.models import Case
from backend.annotation.selectors import cases_managed_by
from backend.annotation.work.serializers import bulk as wire
from backend.annotation.work.services.excluding import exclude, put_back
from backend.common.api import ApiView
from backend.common.selectors import one_of


class ExclusionView(ApiView):
    def case(self, case_id: UUID) -> Case:
        return one_of(cases_managed_by(self.actor), case_id)

    @extend_schema(operation_id="case_exclude", request=wire.ExcludeInput, responses={204: None})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Take a case out of the data for good, for a reason kept on record (manager)."""
        case = self.case(case_id)
        asked = self.parse(wire.ExcludeInput)
        exclude(case_id=case.pk, actor=self.actor, reason=asked["reason"], note=asked["note"])
        return Response(status=204)

    @extend_schema(operation_id="case_put_back", request=None, responses={204: None})
    def delete(self, request: Request, case_id: UUID) -> Response:
        """Let an excluded case count again, where it stood (manager)."""
        put_back(case_id=self.case(case_id).pk, actor=self.actor)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:case_id>/exclusion", ExclusionView.as_view()),
]
