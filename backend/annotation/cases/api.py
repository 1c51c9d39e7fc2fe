"""REST of lifting the blinding of one case."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases import serializers as wire
from backend.annotation.cases.services.unblinding import unblind
from backend.annotation.selectors import cases_unblinded_by
from backend.common.api import ApiView
from backend.common.selectors import one_of


class UnblindView(ApiView):
    @extend_schema(operation_id="case_unblind", request=wire.UnblindInput, responses={204: None})
    def post(self, request: Request, case_id: UUID) -> Response:
        """See the names behind a case of a double-blind project, for a reason kept on record (manager)."""
        case = one_of(cases_unblinded_by(self.actor), case_id)
        unblind(case=case, actor=self.actor, reason=self.parse(wire.UnblindInput)["reason"])
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:case_id>/unblind", UnblindView.as_view()),
]
