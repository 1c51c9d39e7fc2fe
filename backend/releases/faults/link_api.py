"""REST of faults that are reported by a link to the files, by somebody without an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from backend.common.api import ApiView, RawParser
from backend.common.contract import Told
from backend.projects.guideline_pictures import MAX_BYTES
from backend.releases.access.selectors import granted_by_link
from backend.releases.faults import serializers as wire
from backend.releases.faults import services
from backend.releases.faults.selectors import items_of_a_link, linked_faults, linked_row
from backend.releases.models import AccessRequest


class ReportingThrottle(AnonRateThrottle):
    """A link may have been passed on: what comes from one address is held back, too."""

    scope = "reporting"
    rate = "120/hour"


# In a header, not in the address, which the logs of servers in front hold.
LINK = OpenApiParameter(
    "X-Link", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description="what stands in the link"
)


class LinkedView(ApiView):
    """Base of views for whoever holds a link to the files."""

    permission_classes = ()
    throttle_classes = [ReportingThrottle]

    @property
    def access(self) -> AccessRequest:
        return granted_by_link(self.request.headers.get("X-Link", ""))


class LinkedFaultsView(LinkedView):
    tells = {"GET": Told(refuses=(404,)), "POST": Told(refuses=(404, 409))}

    @extend_schema(
        operation_id="public_release_granted_faults",
        parameters=[LINK],
        responses=wire.LinkedFaultsSerializer,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The cases that can be reported on by a link of one's own, and what was reported by it."""
        access = self.access
        cases = [
            {
                "item_id": item.pk,
                "subject": item.release_patient.subject,
                "series": item.case.volume.series.number,
            }
            for item in items_of_a_link(access)
        ]
        body: dict[str, Any] = {"cases": cases, "faults": linked_faults(access)}
        return Response(wire.LinkedFaultsSerializer(body).data)

    @extend_schema(
        operation_id="public_release_report_fault",
        parameters=[LINK],
        request=wire.FaultInput,
        responses={201: wire.LinkedFaultSerializer},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Report what is wrong in a case; the managers of its project alone read it."""
        report = services.report_by_link(access=self.access, **self.parse(wire.FaultInput))
        return Response(wire.LinkedFaultSerializer(linked_row(report)).data, status=201)


class LinkedFaultPictureView(LinkedView):
    parser_classes = (RawParser,)
    tells = {"PUT": Told(refuses=(404, 409))}

    @extend_schema(
        operation_id="public_release_fault_add_picture",
        parameters=[LINK],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=wire.LinkedFaultSerializer,
        auth=[],
    )
    def put(self, request: Request, fault_id: UUID) -> Response:
        """Show the fault in a PNG or JPEG picture, whose pixels alone are kept."""
        body: Any = request.data
        report = services.add_picture_by_link(
            access=self.access, fault_id=fault_id, data=body.read(MAX_BYTES + 1)
        )
        return Response(wire.LinkedFaultSerializer(linked_row(report)).data)


ROOT = "public/granted/faults"
urlpatterns: list[URLPattern | URLResolver] = [
    path(ROOT, LinkedFaultsView.as_view()),
    path(f"{ROOT}/<uuid:fault_id>/picture", LinkedFaultPictureView.as_view()),
]
