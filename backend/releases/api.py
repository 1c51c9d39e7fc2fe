"""REST of releases: drafts, freezing, terms, and archives that resume."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.contract import BLOB, Told
from backend.common.models import Blob
from backend.common.selectors import one_of
from backend.common.storage import blob_response, open_blob, parse_range
from backend.progress.figures.serializers import StatisticsSerializer
from backend.projects.models import Role
from backend.projects.selectors import has_role, project_visible_to, require_role
from backend.releases import serializers as wire
from backend.releases.custody.recording import note_overview
from backend.releases.details import release_detail, with_counts
from backend.releases.models import Release
from backend.releases.selectors import Archive, file_open_to, manifest_of, releases_visible_to
from backend.releases.services import building, downloading, drafting
from backend.releases.statistics import release_report
from backend.releases.subsets.archives import subset_archive
from backend.releases.subsets.query import Query
from backend.releases.subsets.wire import SubsetQuery, query_of

ANY_FILE = "application/octet-stream"  # saved, whatever it holds


class ReleaseListView(ApiView):
    @extend_schema(operation_id="releases_list", responses=paged(wire.ReleaseSummarySerializer))
    def get(self, request: Request, slug: str) -> Response:
        """The project's releases that I may see, newest first."""
        project = project_visible_to(self.actor, slug)
        visible = releases_visible_to(self.actor, project)
        rows = with_counts(visible, manages=has_role(self.actor, project, Role.MANAGER))
        return self.page(rows, wire.ReleaseSummarySerializer)

    @extend_schema(
        operation_id="release_create", request=wire.DraftInput, responses={201: wire.ReleaseSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Draft a release of the accepted cases that meet its rules, split by patient (manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        draft = drafting.Draft(**self.parse(wire.DraftInput))
        release = drafting.create_release(project=project, actor=self.actor, draft=draft)
        return Response(wire.ReleaseSerializer(release_detail(release, self.actor)).data, status=201)


class ReleaseView(ApiView):
    """Base of views on one release."""

    def visible(self) -> QuerySet[Release]:
        return releases_visible_to(self.actor)

    def release(self, release_id: UUID) -> Release:
        return one_of(self.visible(), release_id)

    def managed(self, release_id: UUID) -> Release:
        release = self.release(release_id)
        require_role(self.actor, release.project, Role.MANAGER)
        return release


class ReleaseDetailView(ReleaseView):
    @extend_schema(operation_id="release_get", responses=wire.ReleaseSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """A release with its splits, files and archives, as far as they are open to me."""
        release = self.release(release_id)
        note_overview(release=release, user=self.actor, what="files")
        return Response(wire.ReleaseSerializer(release_detail(release, self.actor)).data)

    @extend_schema(operation_id="release_redraft", request=wire.DraftInput, responses=wire.ReleaseSerializer)
    def put(self, request: Request, release_id: UUID) -> Response:
        """Set a draft anew, with the cases that are accepted now (manager)."""
        draft = drafting.Draft(**self.parse(wire.DraftInput))
        drafting.change_draft(release_id=self.managed(release_id).pk, actor=self.actor, draft=draft)
        return Response(wire.ReleaseSerializer(release_detail(self.release(release_id), self.actor)).data)

    @extend_schema(operation_id="release_discard", responses={204: None})
    def delete(self, request: Request, release_id: UUID) -> Response:
        """Delete a draft (manager)."""
        drafting.discard_draft(release_id=self.managed(release_id).pk, actor=self.actor)
        return Response(status=204)


class FreezeReleaseView(ReleaseView):
    @extend_schema(operation_id="release_freeze", request=None, responses={202: wire.ReleaseSerializer})
    def post(self, request: Request, release_id: UUID) -> Response:
        """Build, check and freeze in the background (manager)."""
        building.start_freeze(release_id=self.managed(release_id).pk, actor=self.actor)
        return Response(
            wire.ReleaseSerializer(release_detail(self.release(release_id), self.actor)).data, status=202
        )


class AcceptTermsView(ReleaseView):
    @extend_schema(
        operation_id="release_accept_terms",
        request=wire.AcceptTermsInput,
        responses=wire.ReleaseSerializer,
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Accept the terms of use."""
        release = self.release(release_id)
        downloading.accept_terms(release=release, user=self.actor, **self.parse(wire.AcceptTermsInput))
        return Response(wire.ReleaseSerializer(release_detail(release, self.actor)).data)


class ErrataView(ReleaseView):
    @extend_schema(
        operation_id="release_add_erratum",
        request=wire.ErratumInput,
        responses={201: wire.ReleaseSerializer},
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Note what turned out to be wrong (manager)."""
        release = self.managed(release_id)
        drafting.add_erratum(release=release, actor=self.actor, **self.parse(wire.ErratumInput))
        return Response(wire.ReleaseSerializer(release_detail(release, self.actor)).data, status=201)


class ManifestView(ReleaseView):
    tells = {"GET": BLOB}

    @extend_schema(
        operation_id="release_manifest", responses={(200, "application/json"): wire.ManifestSerializer}
    )
    def get(self, request: Request, release_id: UUID) -> HttpResponseBase:
        """Every open file with size and SHA-256, once the terms are accepted."""
        release = self.release(release_id)
        downloading.check_may_download(release=release, user=self.actor)
        file = manifest_of(release)
        return blob_response(request=request, blob=file.blob, media_type="application/json")


class DownloadArchiveView(ReleaseView):
    tells = {"GET": Told(sends=("Content-Disposition",), refuses=(409,), ranges=True)}

    @extend_schema(
        operation_id="release_archive",
        parameters=[SubsetQuery],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, release_id: UUID, name: str) -> HttpResponseBase:
        """A split, ``all``, or all for another tool (``bids``, ``nnunet``): exact length, resumable.

        A split or ``all`` can be narrowed to the cases that a query finds.
        """
        release = self.release(release_id)
        downloading.check_may_download(release=release, user=self.actor)
        query = query_of(self.parse_query(SubsetQuery))
        made = subset_archive(release, self.actor, name, query)
        start, stop, status = span_of(request, made)
        if status in (200, 206) and request.method != "HEAD":
            downloading.record_download(
                release=release,
                user=self.actor,
                archive=name,
                query=query.address(),
                bytes_from=start,
                sealed=made.sealed,
            )
        filename = archive_filename(release, name, query)
        return archive_response(request, made, filename, (start, stop, status))

    head = get


class DownloadFileView(ReleaseView):
    tells = {
        "GET": Told(sends=("X-Blob-Size", "Content-Disposition"), refuses=(409,), ranges=True, redirects=True)
    }

    @extend_schema(operation_id="release_file", responses={(200, ANY_FILE): OpenApiTypes.BINARY})
    def get(self, request: Request, release_id: UUID, file_path: str) -> HttpResponseBase:
        """One file, as it lies in the archives: resumable, in production from the object store."""
        release = self.release(release_id)
        downloading.check_may_download(release=release, user=self.actor)
        file = file_open_to(self.actor, release, file_path)
        if request.method != "HEAD":
            downloading.record_file(release=release, user=self.actor, file=file)
        name = file.path.rsplit("/", 1)[-1]
        return blob_response(request=request._request, blob=file.blob, filename=name, media_type=ANY_FILE)

    head = get


def archive_filename(release: Release, name: str, query: Query) -> str:
    """What a browser saves an archive as; a subset by a digest of what was asked."""
    said = query.address()
    part = f"-{hashlib.sha256(said.encode()).hexdigest()[:8]}" if said else ""
    return f"{release.project.slug}-{release.version}-{name}{part}.zip"


def span_of(request: Request, made: Archive) -> tuple[int, int, int]:
    """First byte, end and HTTP status of what the request asks for."""
    size = made.plan.size_bytes
    wanted = request.headers.get("Range", "")
    condition = request.headers.get("If-Range")
    if request.headers.get("If-None-Match") == made.etag:
        return 0, 0, 304
    if not wanted or (condition is not None and condition != made.etag):
        return 0, size, 200
    span = parse_range(wanted, size)
    if span is False:
        return 0, 0, 416
    if isinstance(span, tuple):
        return span[0], span[1] + 1, 206
    return 0, size, 200


def archive_response(
    request: Request, made: Archive, filename: str, span: tuple[int, int, int]
) -> HttpResponseBase:
    """The bytes, streamed; with what a client needs to resume."""
    start, stop, status = span
    size = made.plan.size_bytes
    response: HttpResponseBase
    if status in (304, 416) or request.method == "HEAD":
        response = HttpResponse(status=status)
    else:
        pieces = made.plan.stream(start, stop, _open)
        django_request = cast("HttpRequest", getattr(request, "_request", request))
        content: Any = _async(pieces) if hasattr(django_request, "scope") else pieces
        response = StreamingHttpResponse(content, status=status)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    elif status == 416:
        response["Content-Range"] = f"bytes */{size}"
    if status in (200, 206):
        response["Content-Length"] = str(stop - start)
        response["Content-Type"] = "application/zip"
        response["Content-Disposition"] = str(content_disposition_header(True, filename))
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = made.etag
    response["Cache-Control"] = "private, no-transform"
    return response


def _open(sha256: str) -> BinaryIO:
    return cast("BinaryIO", open_blob(Blob(sha256=sha256)))


async def _async(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI Django would gather a plain iterator in memory before sending it."""
    step = sync_to_async(partial(next, pieces, b""), thread_sensitive=False)
    while piece := await step():
        yield piece


class ReleaseStatisticsView(ReleaseView):
    @extend_schema(operation_id="release_statistics", responses=StatisticsSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """Table 1 with a column for each split, tests between them, and the figures."""
        release = self.release(release_id)
        report = release_report(release, self.actor)
        note_overview(release=release, user=self.actor, what="statistics")
        return Response(StatisticsSerializer(report.to_json()).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/releases", ReleaseListView.as_view()),
    path("releases/<uuid:release_id>", ReleaseDetailView.as_view()),
    path("releases/<uuid:release_id>/freeze", FreezeReleaseView.as_view()),
    path("releases/<uuid:release_id>/accept-terms", AcceptTermsView.as_view()),
    path("releases/<uuid:release_id>/errata", ErrataView.as_view()),
    path("releases/<uuid:release_id>/statistics", ReleaseStatisticsView.as_view()),
    path("releases/<uuid:release_id>/manifest.json", ManifestView.as_view()),
    path("releases/<uuid:release_id>/archives/<str:name>.zip", DownloadArchiveView.as_view()),
    path("releases/<uuid:release_id>/files/<path:file_path>", DownloadFileView.as_view()),
]
