"""Resumable uploads of CTs and masks: the files of a batch, by tus."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.errors import Invalid
from backend.common.tus import OFFSET_TYPE, TusFileView, TusListView, header
from backend.imaging import selectors
from backend.imaging.services import uploads


class UploadListView(TusListView):
    @extend_schema(
        operation_id="upload_create",
        request=None,
        responses={201: None},
        parameters=[header("Tus-Resumable"), header("Upload-Length", int), header("Upload-Metadata")],
    )
    def post(self, request: Request) -> Response:
        """Announce a file. Metadata: ``batch``, ``filename``, ``relativePath`` (may be left out)."""
        metadata, size_bytes = self.announced(request)
        try:
            batch_id = UUID(metadata.get("batch", ""))
        except ValueError as exc:
            raise Invalid("bad_metadata", "The metadata must name a batch.") from exc
        upload = uploads.create_upload(
            actor=self.actor,
            batch=selectors.batch_visible_to(self.actor, batch_id),
            name=metadata.get("filename", "unnamed"),
            relative_path=metadata.get("relativePath", ""),
            size_bytes=size_bytes,
        )
        return self.begun(request, f"/api/v1/uploads/{upload.pk}/")


class UploadView(TusFileView):
    @extend_schema(
        operation_id="upload_offset",
        request=None,
        responses={200: None},
        parameters=[header("Tus-Resumable")],
    )
    def head(self, request: Request, upload_id: UUID) -> Response:
        """How much of the file has arrived."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        return self.standing(offset_bytes=upload.offset_bytes, size_bytes=upload.size_bytes)

    @extend_schema(
        operation_id="upload_append",
        request={OFFSET_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
        parameters=[
            header("Tus-Resumable"),
            header("Upload-Offset", int),
            header("Upload-Checksum", required=False),
        ],
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send bytes at the offset that the server has."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        offset_bytes, source, checksum = self.chunk(request)
        row = uploads.append_chunk(
            actor=self.actor, upload=upload, offset_bytes=offset_bytes, source=source, checksum=checksum
        )
        return Response(status=204, headers={"Upload-Offset": str(row.offset_bytes)})

    @extend_schema(
        operation_id="upload_terminate", responses={204: None}, parameters=[header("Tus-Resumable")]
    )
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Withdraw the file."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        uploads.terminate_upload(actor=self.actor, upload=upload)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("uploads/", UploadListView.as_view()),
    path("uploads/<uuid:upload_id>/", UploadView.as_view()),
]
