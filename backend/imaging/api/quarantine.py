"""REST of files that were kept apart."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.contract import DOWNLOAD
from backend.common.errors import NotFound
from backend.common.storage import file_response
from backend.imaging import selectors
from backend.imaging.serializers import QuarantinedSerializer, ResolveInput
from backend.imaging.services import uploads, withdrawing
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


class QuarantineView(ApiView):
    @extend_schema(
        operation_id="quarantine",
        responses=paged(QuarantinedSerializer),
        parameters=[OpenApiParameter("resolved", bool, description="only the resolved, or only the open")],
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        asked = request.query_params.get("resolved")
        resolved = asked.lower() in ("1", "true") if asked is not None else None
        return self.page(selectors.quarantine_of(project, resolved), QuarantinedSerializer)


class UploadResolveView(ApiView):
    @extend_schema(operation_id="upload_resolve", request=ResolveInput, responses=QuarantinedSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Close a quarantined file, or all that are like it; their bytes are deleted."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        row = withdrawing.resolve_upload(actor=self.actor, upload=upload, **self.parse(ResolveInput))
        return Response(QuarantinedSerializer(row).data)


class UploadFileView(ApiView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(
        operation_id="upload_file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, upload_id: UUID) -> HttpResponseBase:
        """The file as it came, for the manager who must see what is wrong; it may name a patient."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        path = Path(uploads.inbox_path(upload))
        if not path.is_file():
            raise NotFound(message="The file's bytes are deleted.")
        return file_response(request=request._request, file=path, filename=upload.name)


urlpatterns: list[URLPattern | URLResolver] = [
    path("uploads/<uuid:upload_id>/resolve", UploadResolveView.as_view()),
    path("uploads/<uuid:upload_id>/file", UploadFileView.as_view()),
    path("projects/<slug:slug>/quarantine", QuarantineView.as_view()),
]
