"""DICOMweb, read only: QIDO-RS to search and WADO-RS to retrieve (PS3.18 sections 10.4 and 10.6)."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from backend.common.errors import Invalid
from backend.interchange.asking import ProgramView, accepted
from backend.interchange.dicomweb import qido
from backend.interchange.dicomweb.frames import frames_of
from backend.interchange.dicomweb.objects import SeriesOfStudy
from backend.interchange.dicomweb.selectors import studies_open_to, study_open_to
from backend.interchange.dicomweb.services import note_read

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

DICOM, DICOM_JSON, BYTES = "application/dicom", "application/dicom+json", "application/octet-stream"


def dicom_json(rows: Iterable[dict[str, Any]]) -> HttpResponse:
    return HttpResponse(json.dumps(list(rows)), content_type=DICOM_JSON)


class DicomWebView(ProgramView):
    """Base of the views: a study that one may read, its series, and what is answered."""

    @property
    def address(self) -> str:
        return self.request.build_absolute_uri("/dicomweb").rstrip("/")

    @property
    def search(self) -> qido.Search:
        query = self.request.query_params
        return qido.Search.read({name: query.getlist(name) for name in query})

    def series_of(self, study_uid: str) -> SeriesOfStudy:
        return SeriesOfStudy(study_open_to(self.actor, study_uid))

    def read(self, series: SeriesOfStudy, modalities: list[str]) -> None:
        """Note what is about to be given out."""
        note_read(study=series.study, user=self.actor, mask=modalities != ["CT"])

    def parts(self, pieces: Iterator[bytes], media_type: str) -> HttpResponseBase:
        """Several objects in one answer, each made when its turn comes."""
        boundary = secrets.token_hex(16)
        stream = _multipart(pieces, media_type, boundary)
        under_asgi = hasattr(self.request._request, "scope")
        response = StreamingHttpResponse(_awaited(stream) if under_asgi else stream)
        response["Content-Type"] = f'multipart/related; type="{media_type}"; boundary={boundary}'
        response["Cache-Control"] = "private, no-store"
        return response


def _multipart(pieces: Iterator[bytes], media_type: str, boundary: str) -> Iterator[bytes]:
    for piece in pieces:
        head = f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Length: {len(piece)}\r\n\r\n"
        yield head.encode() + piece + b"\r\n"
    yield f"--{boundary}--\r\n".encode()


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI Django would gather a plain iterator in memory before sending it."""
    step = sync_to_async(partial(next, pieces, b""), thread_sensitive=False)
    while piece := await step():
        yield piece


@extend_schema(exclude=True)
class StudiesView(DicomWebView):
    def get(self, request: Request) -> HttpResponse:
        """Search for studies."""
        found = self.search.found(qido.study_row(one, self.address) for one in studies_open_to(self.actor))
        return dicom_json(qido.as_json(row) for row in found)


@extend_schema(exclude=True)
class SeriesListView(DicomWebView):
    def get(self, request: Request, study_uid: str) -> HttpResponse:
        """Search for series of a study."""
        series = self.series_of(study_uid)
        rows = [qido.series_row(series, one, self.address) for one in series.study.modalities]
        return dicom_json(qido.as_json(row) for row in self.search.found(rows))


@extend_schema(exclude=True)
class InstancesView(DicomWebView):
    def get(self, request: Request, study_uid: str, series_uid: str | None = None) -> HttpResponse:
        """Search for the objects of a study or a series."""
        series = self.series_of(study_uid)
        wanted = _modalities(series, series_uid)
        rows = [row for one in wanted for row in qido.instance_rows(series, one, self.address)]
        return dicom_json(qido.as_json(row) for row in self.search.found(rows))


def _modalities(series: SeriesOfStudy, series_uid: str | None) -> list[str]:
    return series.study.modalities if series_uid is None else [series.modality_of(series_uid)]


@extend_schema(exclude=True)
class MetadataView(DicomWebView):
    def get(
        self, request: Request, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
    ) -> HttpResponse:
        """All of the objects but their pixels, as JSON."""
        accepted(request, DICOM_JSON, "application/json")
        series = self.series_of(study_uid)
        wanted = _modalities(series, series_uid)
        self.read(series, wanted)
        headers = (header for one in wanted for header in series.headers(one, instance_uid))
        return dicom_json(_as_json(header) for header in headers)


def _as_json(header: Dataset) -> dict[str, Any]:
    found: dict[str, Any] = header.to_json_dict()
    return found


@extend_schema(exclude=True)
class RetrieveView(DicomWebView):
    def get(
        self, request: Request, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
    ) -> HttpResponseBase:
        """The objects of a study, of a series, or one, as DICOM files."""
        form = accepted(request, f"multipart/related;{DICOM}", DICOM)
        series = self.series_of(study_uid)
        wanted = _modalities(series, series_uid)
        if form == DICOM and instance_uid is None:
            raise Invalid("one_object", "Several objects are sent as multipart/related only.")
        if instance_uid is not None and instance_uid not in series.instance_uids(wanted[0]):
            return HttpResponse(status=404)
        self.read(series, wanted)
        files = (file for one in wanted for file in series.files(one, instance_uid))
        if form == DICOM:
            return HttpResponse(next(files), content_type=DICOM)
        series.prepare(wanted)
        return self.parts(files, DICOM)


@extend_schema(exclude=True)
class FramesView(DicomWebView):
    def get(
        self, request: Request, study_uid: str, series_uid: str, instance_uid: str, frames: str
    ) -> HttpResponseBase:
        """Pixels of frames, numbered from 1, as they stand in the object: little endian, not compressed."""
        from pydicom import dcmread  # here: no process waits for it at its start

        accepted(request, f"multipart/related;{BYTES}")
        series = self.series_of(study_uid)
        modality = series.modality_of(series_uid)
        self.read(series, [modality])
        made = dcmread(BytesIO(next(series.files(modality, instance_uid))))
        return self.parts(iter(frames_of(made, frames)), BYTES)


_STUDY = "dicomweb/studies/<str:study_uid>"
_SERIES = f"{_STUDY}/series/<str:series_uid>"
_INSTANCE = f"{_SERIES}/instances/<str:instance_uid>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("dicomweb/studies", StudiesView.as_view()),
    path(_STUDY, RetrieveView.as_view()),
    path(f"{_STUDY}/metadata", MetadataView.as_view()),
    path(f"{_STUDY}/series", SeriesListView.as_view()),
    path(f"{_STUDY}/instances", InstancesView.as_view()),
    path(_SERIES, RetrieveView.as_view()),
    path(f"{_SERIES}/metadata", MetadataView.as_view()),
    path(f"{_SERIES}/instances", InstancesView.as_view()),
    path(_INSTANCE, RetrieveView.as_view()),
    path(f"{_INSTANCE}/metadata", MetadataView.as_view()),
    path(f"{_INSTANCE}/frames/<str:frames>", FramesView.as_view()),
]
