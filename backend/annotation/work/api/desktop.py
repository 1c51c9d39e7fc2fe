"""REST of the way to programs on somebody's desktop and back: files to open, and a preview of a mask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.api.base import AssignmentView, BytesParser
from backend.annotation.work.selectors.desktop import ReturnedFile, desktop_archive, desktop_change
from backend.annotation.work.serializers.desktop import DesktopChangeSerializer, ReturnedMaskQuery
from backend.common.contract import DOWNLOAD
from backend.common.storage import file_response

ZIP_MEDIA_TYPE = "application/zip"


class DesktopView(AssignmentView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="assignment_desktop", responses={(200, ZIP_MEDIA_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, assignment_id: UUID) -> HttpResponseBase:
        """CT and mask as 3D Slicer and ITK-SNAP open them, with names and colours, as one zip."""
        filename, archive = desktop_archive(self.assignment(assignment_id))
        return file_response(
            request=request._request, file=archive, filename=filename, media_type=ZIP_MEDIA_TYPE
        )


class DesktopMaskView(AssignmentView):
    parser_classes = [BytesParser]

    @extend_schema(
        operation_id="assignment_desktop_mask",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[ReturnedMaskQuery],
        responses=DesktopChangeSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """What a mask from another program (NIfTI, `.seg.nrrd`) would change; nothing is changed.

        409 `mask_moved_on` when the mask was edited here since the file was taken.
        """
        assignment = self.assignment(assignment_id)  # first: whoever may not know of it is told nothing
        asked = self.parse_query(ReturnedMaskQuery)
        body: Any = request.data  # bytes from the parser; something empty where there is no body
        change = desktop_change(assignment, ReturnedFile(content=bytes(body) if body else b"", **asked))
        return Response(DesktopChangeSerializer(change).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/desktop", DesktopView.as_view()),
    path("assignments/<uuid:assignment_id>/desktop/mask", DesktopMaskView.as_view()),
]
