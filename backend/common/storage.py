"""Content-addressed blobs on Django's storage, and the range-aware answer that serves them.

Django's own ``FileResponse`` ignores Range and sends 4 KB blocks; here ranges, ETag, If-Range and HEAD are
honoured, blocks are 1 MB, and in production nginx (X-Accel) or the object store does the sending.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from backend.common.errors import Unavailable
from backend.common.models import Blob

BLOCK_BYTES = 1 << 20
WHOLE_BYTES = 4 << 20  # answers up to this size are sent in one piece
REDIRECT_BYTES = 16 << 20  # larger blobs in an object store are fetched from it directly
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class BlobNotAtHand(Unavailable):
    """The row is there, its file is not."""

    code = "blob_missing"
    message = "The stored file of this row is missing."


class AtomicFileSystemStorage(FileSystemStorage):
    """A file appears under its name whole or not at all, so a crash never leaves half a blob behind."""

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                for block in content.chunks(BLOCK_BYTES):
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return name.replace("\\", "/")

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Names are content hashes: the same name is the same file."""
        return name


def sha256_of(data: bytes | Path) -> tuple[str, int]:
    """Hex SHA-256 and size in bytes."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest(), len(data)
    with data.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest(), data.stat().st_size


def put_blob(*, data: bytes | Path, media_type: str = "application/octet-stream") -> Blob:
    """Store ``data`` once under its SHA-256 and return its row; storing it again does nothing."""
    digest, size = sha256_of(data)
    blob = Blob(sha256=digest, size_bytes=size, media_type=media_type)
    if not (default_storage.exists(blob.storage_name) and default_storage.size(blob.storage_name) == size):
        if isinstance(data, bytes):
            default_storage.save(blob.storage_name, ContentFile(data))
        else:
            with data.open("rb") as source:
                default_storage.save(blob.storage_name, File(source))
    standing = Blob.objects.filter(pk=digest).first()
    if standing is None:
        Blob.objects.bulk_create([blob], ignore_conflicts=True)  # the same may be stored elsewhere just now
    return standing or blob


def open_blob(blob: Blob) -> IO[bytes]:
    """The blob as a readable binary file; the caller closes it.

    Raises
    ------
    BlobNotAtHand
        the storage has lost the file.
    """
    try:
        return default_storage.open(blob.storage_name, "rb")
    except FileNotFoundError as exc:
        raise BlobNotAtHand(extra={"sha256": blob.sha256}) from exc


def read_blob(blob: Blob) -> bytes:
    """All bytes of the blob."""
    with open_blob(blob) as source:
        return source.read()


def read_digest(sha256: str) -> bytes:
    """The same of the blob of that digest, without a look at its row: the file's name follows from it."""
    return read_blob(Blob(sha256=sha256))


def local_path(blob: Blob, *, suffix: str = "") -> Path:
    """A path on this machine that holds the blob, for programs that read files.

    The blob is copied to the scratch folder once. ``suffix`` gives the name that readers look at
    (``.nii.gz``). Read it only: the copy is shared.
    """
    scratch = _scratch()
    target = scratch / f"{blob.sha256}{suffix}"
    if not target.exists() or target.stat().st_size != blob.size_bytes:
        with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as out:
            _copy(blob, out)
        os.replace(out.name, target)
    return target


@contextmanager
def own_copy(blob: Blob, *, suffix: str = "") -> Iterator[Path]:
    """A copy of the blob that nobody else reads, gone at the end: for what is read once.

    What `local_path` gives may be read by others at the same time, so nobody may remove it.
    """
    with tempfile.NamedTemporaryFile(dir=_scratch(), suffix=suffix) as out:
        _copy(blob, out)
        out.flush()
        yield Path(out.name)


def _scratch() -> Path:
    folder = Path(settings.VERTEBASE_VAR) / "scratch" / "blobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy(blob: Blob, out: IO[bytes]) -> None:
    with open_blob(blob) as source:
        while block := source.read(BLOCK_BYTES):
            out.write(block)


def parse_range(header: str, size: int) -> tuple[int, int] | bool | None:
    """First and last byte of a single range; ``None`` where it is to be ignored, ``False`` where unmet."""
    match = _RANGE.match(header.strip())
    if match is None or (not match[1] and not match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        return (max(size - length, 0), size - 1) if length and size else False
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    if first >= size:
        return False
    return (first, last) if first <= last else None


def _blocks(blob: Blob, first: int, length: int) -> Iterator[bytes]:
    with open_blob(blob) as source:
        source.seek(first)
        while length > 0:
            block = source.read(min(BLOCK_BYTES, length))
            if not block:
                return
            length -= len(block)
            yield block


async def awaited(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same under ASGI, where Django would gather a plain iterator in memory before sending it."""
    step = sync_to_async(partial(next, blocks, b""), thread_sensitive=False)
    while block := await step():
        yield block


def _file_blocks(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        yield from iter(partial(source.read, BLOCK_BYTES), b"")


def file_response(
    *,
    request: HttpRequest,
    file: Path | IO[bytes],
    filename: str,
    media_type: str = "application/octet-stream",
) -> HttpResponseBase:
    """Send a file of this machine, by its path or open, as a download that nothing keeps.

    The caller has checked who may see it. An open file is sent from its start, and closed.
    """
    source = file.open("rb") if isinstance(file, Path) else file
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    blocks = _file_blocks(source)
    response: HttpResponseBase
    if hasattr(request, "scope"):
        response = StreamingHttpResponse(awaited(blocks))
    else:
        response = StreamingHttpResponse(blocks)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = str(content_disposition_header(True, filename))
    response.headers["Cache-Control"] = "no-store"
    return response


def _range_of(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | bool | None:
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range")
    if not header or (condition is not None and condition != etag):
        return None
    return parse_range(header, size)


def _handed_off(blob: Blob) -> HttpResponseBase | None:
    """The answer in which nginx or the object store sends the bytes, where one is configured."""
    if settings.VERTEBASE_X_ACCEL_PREFIX:
        response = HttpResponse()
        response["X-Accel-Redirect"] = f"{settings.VERTEBASE_X_ACCEL_PREFIX}{blob.storage_name}"
        if settings.VERTEBASE_OBJECT_STORE:
            response["X-Store-Url"] = default_storage.url(blob.storage_name)  # signed; for nginx alone
        return response
    if settings.VERTEBASE_OBJECT_STORE and blob.size_bytes > REDIRECT_BYTES:
        return HttpResponseRedirect(default_storage.url(blob.storage_name))
    return None


def blob_response(
    *, request: HttpRequest, blob: Blob, filename: str | None = None, media_type: str | None = None
) -> HttpResponseBase:
    """Serve a blob: 200, 206, 304 or 416; HEAD has the headers only. The caller has checked who may see it.

    The answer may be kept for ever by the browser of the person who asked (the address is the content),
    but by no cache in between.
    """
    etag = f'"{blob.sha256}"'
    size = blob.size_bytes
    response: HttpResponseBase | None
    if request.headers.get("If-None-Match") in (etag, f"W/{etag}"):
        response = HttpResponse(status=304)
    else:
        response = _handed_off(blob) or _sent_here(request, blob, etag)
        response["Content-Type"] = media_type or blob.media_type
        response["Accept-Ranges"] = "bytes"
        if filename is not None:
            response["Content-Disposition"] = str(content_disposition_header(True, filename))
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Blob-Size"] = str(size)
    return response


def _sent_here(request: HttpRequest, blob: Blob, etag: str) -> HttpResponseBase:
    size = blob.size_bytes
    span = _range_of(request, etag, size)
    if span is False:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    first, last = span if isinstance(span, tuple) else (0, size - 1)
    length = last - first + 1
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    elif length <= WHOLE_BYTES:
        response = HttpResponse(b"".join(_blocks(blob, first, length)))
    elif hasattr(request, "scope"):
        response = StreamingHttpResponse(awaited(_blocks(blob, first, length)))
    else:
        response = StreamingHttpResponse(_blocks(blob, first, length))
    response["Content-Length"] = str(length)
    if isinstance(span, tuple):
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response
