"""Resumable uploads: tus 1.0.0 with the extensions creation, checksum and termination."""

from __future__ import annotations

import base64
from typing import IO, Any, Literal, cast
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, RawParser
from backend.common.contract import Told
from backend.common.errors import Invalid, TooLarge
from backend.imaging import selectors
from backend.imaging.models import Upload
from backend.imaging.services import uploads

TUS_VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH_STATUS = 460  # tus's own
# headers of extensions that would be wrong to ignore: the upload would not be what its sender believes
UNSUPPORTED = {
    "Upload-Concat": "concatenation (parallel parts of one file)",
    "Upload-Defer-Length": "uploads of unknown length",
}
HEADER: Literal["header"] = "header"


def _header(name: str, kind: Any = str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, HEADER, required=required)


class TusVersionMismatch(Invalid):
    code = "tus_version"
    message = "This server speaks tus 1.0.0."


class UnsupportedExtension(Invalid):
    code = "unsupported_extension"
    message = "This server does not do this."


def parse_metadata(header: str) -> dict[str, str]:
    """tus's ``Upload-Metadata``: comma-separated pairs of a key and base64 of UTF-8."""
    metadata: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            metadata[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except ValueError as exc:
            raise Invalid("bad_metadata", f"The metadata value of {key!r} is not base64 of UTF-8.") from exc
    return metadata


def _whole_number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isascii() or not value.isdigit():
        raise Invalid("bad_header", f"The header {name} must be a whole number.")
    return int(value)


class TusView(ApiView):
    """What both addresses share: the protocol's headers on every answer."""

    parser_classes = (RawParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != TUS_VERSION:
            raise TusVersionMismatch

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, TusVersionMismatch):
            response.status_code = 412
            response["Tus-Version"] = TUS_VERSION
        elif isinstance(exc, uploads.ChecksumMismatch):
            response.status_code = CHECKSUM_MISMATCH_STATUS
        elif isinstance(exc, uploads.OffsetConflict):
            response["Upload-Offset"] = str(exc.extra["offset_bytes"])
        elif isinstance(exc, uploads.DiskFull):
            response.status_code = 507
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = TUS_VERSION
        return cast("Response", response)

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(
            status=204,
            headers={
                "Tus-Version": TUS_VERSION,
                "Tus-Extension": "creation,checksum,termination",
                "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUM_ALGORITHMS),
                "Tus-Max-Size": str(settings.VERTEBASE_MAX_UPLOAD_BYTES),
            },
        )


class UploadListView(TusView):
    tells = {"POST": Told(("Location", "Upload-Offset"), ("Tus-Resumable",), refuses=(404, 412, 413, 507))}

    @extend_schema(
        operation_id="upload_create",
        request=None,
        responses={201: None},
        parameters=[
            _header("Tus-Resumable"),
            _header("Upload-Length", int),
            _header("Upload-Metadata"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Announce a file. Metadata: ``batch``, ``filename``, ``relativePath`` (may be left out)."""
        for name, what in UNSUPPORTED.items():
            if name in request.headers:
                raise UnsupportedExtension(message=f"This server does not do {what}: leave {name} out.")
        metadata = parse_metadata(request.headers.get("Upload-Metadata", ""))
        try:
            batch_id = UUID(metadata.get("batch", ""))
        except ValueError as exc:
            raise Invalid("bad_metadata", "The metadata must name a batch.") from exc
        upload = uploads.create_upload(
            actor=self.actor,
            batch=selectors.batch_visible_to(self.actor, batch_id),
            name=metadata.get("filename", "unnamed"),
            relative_path=metadata.get("relativePath", ""),
            size_bytes=_whole_number(request, "Upload-Length"),
        )
        location = request.build_absolute_uri(f"/api/v1/uploads/{upload.pk}/")
        return Response(status=201, headers={"Location": location, "Upload-Offset": "0"})


class UploadView(TusView):
    tells = {
        "HEAD": Told(("Upload-Offset", "Upload-Length", "Cache-Control"), ("Tus-Resumable",), refuses=(412,)),
        "PATCH": Told(always=("Tus-Resumable", "Upload-Offset"), refuses=(412, 460, 507)),
        "DELETE": Told(always=("Tus-Resumable",), refuses=(412,)),
    }

    @extend_schema(
        operation_id="upload_offset",
        request=None,
        responses={200: None},
        parameters=[_header("Tus-Resumable")],
    )
    def head(self, request: Request, upload_id: UUID) -> Response:
        """How much of the file has arrived."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        return Response(
            headers={
                "Upload-Offset": str(upload.offset_bytes),
                "Upload-Length": str(upload.size_bytes),
                "Cache-Control": "no-store",
            }
        )

    @extend_schema(
        operation_id="upload_append",
        request={OFFSET_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
        parameters=[
            _header("Tus-Resumable"),
            _header("Upload-Offset", int),
            _header("Upload-Checksum", required=False),
        ],
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send bytes at the offset that the server has."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        if request.content_type.split(";")[0] != OFFSET_TYPE:
            raise exceptions.UnsupportedMediaType(request.content_type)
        length = int(request.headers.get("Content-Length") or 0)
        if length > settings.VERTEBASE_MAX_CHUNK_BYTES:
            limit = f"{settings.VERTEBASE_MAX_CHUNK_BYTES >> 20} MB"
            raise TooLarge(message=f"A chunk with a checksum may have {limit} at most.")
        header = request.headers.get("Upload-Checksum")
        row = self._append(request, upload, uploads.Checksum.from_header(header) if header else None)
        return Response(status=204, headers={"Upload-Offset": str(row.offset_bytes)})

    def _append(self, request: Request, upload: Upload, checksum: uploads.Checksum | None) -> Upload:
        return uploads.append_chunk(
            actor=self.actor,
            upload=upload,
            offset_bytes=_whole_number(request, "Upload-Offset"),
            source=cast("IO[bytes]", request._request),
            checksum=checksum,
        )

    @extend_schema(
        operation_id="upload_terminate", responses={204: None}, parameters=[_header("Tus-Resumable")]
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
