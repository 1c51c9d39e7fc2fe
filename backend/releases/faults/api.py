"""REST of faults in a release: reported by its users, answered by its managers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import RawParser
from backend.common.contract import BLOB
from backend.common.errors import NotFound
from backend.common.selectors import one_of
from backend.common.storage import blob_response
from backend.projects.guideline_pictures import MAX_BYTES
from backend.releases.api import ReleaseView
from backend.releases.faults import serializers as wire
from backend.releases.faults import services
from backend.releases.faults.selectors import fault_row, faults_seen_by
from backend.releases.models import FaultReport, Release


class FaultView(ReleaseView):
    """Base of views on the reports of one release."""

    def report(self, release: Release, fault_id: UUID) -> FaultReport:
        return one_of(faults_seen_by(self.actor, release), fault_id)

    def told(self, release: Release, report: FaultReport, status: int = 200) -> Response:
        row = fault_row(self.report(release, report.pk), self.actor, release)
        return Response(wire.ReleaseFaultSerializer(row).data, status=status)


class FaultListView(FaultView):
    @extend_schema(operation_id="release_faults", responses=wire.ReleaseFaultSerializer(many=True))
    def get(self, request: Request, release_id: UUID) -> Response:
        """The faults that I reported; to a manager those of everybody."""
        release = self.release(release_id)
        found = services.read_faults(reports=list(faults_seen_by(self.actor, release)), reader=self.actor)
        rows: list[dict[str, Any]] = [fault_row(report, self.actor, release) for report in found]
        return Response(wire.ReleaseFaultSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="release_report_fault",
        request=wire.FaultInput,
        responses={201: wire.ReleaseFaultSerializer},
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Report what is wrong in a case, once the terms are accepted; managers alone read it."""
        release = self.release(release_id)
        report = services.report_fault(release=release, actor=self.actor, **self.parse(wire.FaultInput))
        return self.told(release, report, status=201)


class FaultPictureView(FaultView):
    tells = {"GET": BLOB}
    parser_classes = (RawParser,)

    @extend_schema(
        operation_id="release_fault_picture",
        responses={(200, "image/png"): OpenApiTypes.BINARY, (200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, release_id: UUID, fault_id: UUID) -> HttpResponseBase:
        """The picture of a report, to who reported it and to managers."""
        report = self.report(self.release(release_id), fault_id)
        if report.picture is None:
            raise NotFound
        services.read_faults(reports=[report], reader=self.actor)
        return blob_response(request=request._request, blob=report.picture)

    @extend_schema(
        operation_id="release_fault_add_picture",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=wire.ReleaseFaultSerializer,
    )
    def put(self, request: Request, release_id: UUID, fault_id: UUID) -> Response:
        """Show the fault in a PNG or JPEG picture, whose pixels alone are kept (who reported it)."""
        release = self.release(release_id)
        report = self.report(release, fault_id)
        body: Any = request.data
        services.add_picture(report=report, actor=self.actor, data=body.read(MAX_BYTES + 1))
        return self.told(release, self.report(release, fault_id))


class TakeUpFaultView(FaultView):
    @extend_schema(
        operation_id="release_fault_take_up", request=wire.TakeUpInput, responses=wire.ReleaseFaultSerializer
    )
    def post(self, request: Request, release_id: UUID, fault_id: UUID) -> Response:
        """It is a fault: add it to the errata, and have the case reviewed again (manager)."""
        release = self.managed(release_id)
        report = self.report(release, fault_id)
        services.take_up(report=report, actor=self.actor, **self.parse(wire.TakeUpInput))
        return self.told(release, report)


class DeclineFaultView(FaultView):
    @extend_schema(
        operation_id="release_fault_decline", request=wire.DeclineInput, responses=wire.ReleaseFaultSerializer
    )
    def post(self, request: Request, release_id: UUID, fault_id: UUID) -> Response:
        """It is none, and why (manager)."""
        release = self.managed(release_id)
        report = self.report(release, fault_id)
        services.decline(report=report, actor=self.actor, **self.parse(wire.DeclineInput))
        return self.told(release, report)


ROOT = "releases/<uuid:release_id>/faults"
urlpatterns: list[URLPattern | URLResolver] = [
    path(ROOT, FaultListView.as_view()),
    path(f"{ROOT}/<uuid:fault_id>/picture", FaultPictureView.as_view()),
    path(f"{ROOT}/<uuid:fault_id>/take-up", TakeUpFaultView.as_view()),
    path(f"{ROOT}/<uuid:fault_id>/decline", DeclineFaultView.as_view()),
]
