"""The protocol of resumable uploads: tus 1.0.0 with the extensions creation, checksum and termination."""

from __future__ import annotations

import base64
from typing import IO, Any, Literal, cast

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, RawParser
from backend.common.arriving import CHECKSUM_ALGORITHMS, Checksum, ChecksumMismatch, DiskFull, OffsetConflict
from backend.common.contract import Told
from backend.common.errors import Invalid, TooLarge

TUS_VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH_STATUS = 460  # tus's own
# headers of extensions that would be wrong to ignore: the upload would not be what its sender believes
UNSUPPORTED = {
    "Upload-Concat": "concatenation (parallel parts of one file)",
    "Upload-Defer-Length": "uploads of unknown length",
}
HEADER: Literal["header"] = "header"


def header(name: str, kind: Any = str, *, required: bool = True) -> OpenApiParameter:
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


def whole_number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isascii() or not value.isdigit():
        raise Invalid("bad_header", f"The header {name} must be a whole number.")
    return int(value)


class TusView(ApiView):
    """What all addresses of uploads share: the protocol's headers on every answer."""

    parser_classes = (RawParser,)

    def max_bytes(self) -> int:
        """The largest file that is taken here."""
        return int(settings.VERTEBASE_MAX_UPLOAD_BYTES)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != TUS_VERSION:
            raise TusVersionMismatch

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, TusVersionMismatch):
            response.status_code = 412
            response["Tus-Version"] = TUS_VERSION
        elif isinstance(exc, ChecksumMismatch):
            response.status_code = CHECKSUM_MISMATCH_STATUS
        elif isinstance(exc, OffsetConflict):
            response["Upload-Offset"] = str(exc.extra["offset_bytes"])
        elif isinstance(exc, DiskFull):
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
                "Tus-Checksum-Algorithm": ",".join(CHECKSUM_ALGORITHMS),
                "Tus-Max-Size": str(self.max_bytes()),
            },
        )


class TusListView(TusView):
    """Where files are announced."""

    tells = {"POST": Told(("Location", "Upload-Offset"), ("Tus-Resumable",), refuses=(404, 412, 413, 507))}

    def announced(self, request: Request) -> tuple[dict[str, str], int]:
        """The metadata and the length in bytes of the file that is announced.

        Raises
        ------
        UnsupportedExtension, Invalid
            it asks for what this server does not do, or cannot be read.
        """
        for name, what in UNSUPPORTED.items():
            if name in request.headers:
                raise UnsupportedExtension(message=f"This server does not do {what}: leave {name} out.")
        metadata = parse_metadata(request.headers.get("Upload-Metadata", ""))
        return metadata, whole_number(request, "Upload-Length")

    def begun(self, request: Request, address: str) -> Response:
        """The answer that names where the bytes are sent."""
        location = request.build_absolute_uri(address)
        return Response(status=201, headers={"Location": location, "Upload-Offset": "0"})


class TusFileView(TusView):
    """Where the bytes of one file are sent, asked for and withdrawn."""

    tells = {
        "HEAD": Told(("Upload-Offset", "Upload-Length", "Cache-Control"), ("Tus-Resumable",), refuses=(412,)),
        "PATCH": Told(always=("Tus-Resumable", "Upload-Offset"), refuses=(412, 460, 507)),
        "DELETE": Told(always=("Tus-Resumable",), refuses=(412,)),
    }

    def standing(self, *, offset_bytes: int, size_bytes: int) -> Response:
        """The answer that tells how much has arrived."""
        headers = {"Upload-Offset": offset_bytes, "Upload-Length": size_bytes, "Cache-Control": "no-store"}
        return Response(headers={name: str(value) for name, value in headers.items()})

    def chunk(self, request: Request) -> tuple[int, IO[bytes], Checksum | None]:
        """The offset, the bytes and what the sender says of them."""
        if request.content_type.split(";")[0] != OFFSET_TYPE:
            raise exceptions.UnsupportedMediaType(request.content_type)
        length = int(request.headers.get("Content-Length") or 0)
        if length > settings.VERTEBASE_MAX_CHUNK_BYTES:
            limit = f"{settings.VERTEBASE_MAX_CHUNK_BYTES >> 20} MB"
            raise TooLarge(message=f"A chunk with a checksum may have {limit} at most.")
        told = request.headers.get("Upload-Checksum")
        checksum = Checksum.from_header(told) if told else None
        return whole_number(request, "Upload-Offset"), cast("IO[bytes]", request._request), checksum
