"""REST of what everybody may know of public releases, signed in or not.

Answers may be kept by caches, which ask each time whether their copy is still good: a release that is
withdrawn is gone at once.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.contract import Told
from backend.common.models import Blob
from backend.common.storage import read_blob
from backend.releases.models import Release
from backend.releases.publishing import serializers as wire
from backend.releases.publishing.page import Wanted, catalogue, page_of
from backend.releases.publishing.selectors import figure_for, is_preview, page_for, picture_for

Answer = TypeVar("Answer", bound=HttpResponseBase)


class PublicView(ApiView):
    """Base of views that ask nobody who they are; a manager sees pages that are not public yet."""

    permission_classes = ()
    tells = {"GET": Told(sends=("ETag", "Cache-Control"))}

    def page_of_release(self, release_id: UUID) -> Release:
        return page_for(self.request.user, release_id)

    def kept(self, body: Any, *, shared: bool) -> Response:
        """JSON that caches may keep, or a preview that none may."""
        text = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True)
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()}"'
        same = shared and self.request.headers.get("If-None-Match") == etag
        response = Response(status=304) if same else Response(body)
        return self.marked(response, etag, shared=shared)

    def picture(self, release: Release, blob: Blob, media_type: str) -> HttpResponse:
        """A small picture out of a release."""
        etag, shared = f'"{blob.sha256}"', not is_preview(release)
        if shared and self.request.headers.get("If-None-Match") == etag:
            return self.marked(HttpResponse(status=304), etag, shared=shared)
        response = HttpResponse(read_blob(blob), content_type=media_type)
        # An SVG opened by itself is a document: it runs nothing.
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return self.marked(response, etag, shared=shared)

    @staticmethod
    def marked(response: Answer, etag: str, *, shared: bool) -> Answer:
        response["ETag"] = etag
        response["Cache-Control"] = "public, no-cache" if shared else "private, no-store"
        return response


class CatalogueView(PublicView):
    @extend_schema(
        operation_id="public_releases",
        parameters=[wire.CatalogueQuery],
        responses=wire.CatalogueSerializer,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The site's public releases that fit what is sought, newest first."""
        rows = catalogue(Wanted(**self.parse_query(wire.CatalogueQuery)))
        return self.kept(wire.CatalogueSerializer({"releases": rows}).data, shared=True)


class ReleasePageView(PublicView):
    @extend_schema(operation_id="public_release", responses=wire.ReleasePageSerializer, auth=[])
    def get(self, request: Request, release_id: UUID) -> Response:
        """The page of a release: what is inside, how it is cited, how to get it; why it was withdrawn."""
        release = self.page_of_release(release_id)
        body = wire.ReleasePageSerializer(page_of(release)).data
        return self.kept(body, shared=not is_preview(release))


class PagePictureView(PublicView):
    @extend_schema(
        operation_id="public_release_picture",
        responses={(200, "image/png"): OpenApiTypes.BINARY},
        auth=[],
    )
    def get(self, request: Request, release_id: UUID, item_id: UUID) -> HttpResponse:
        """A picture that its manager chose for the page."""
        release = self.page_of_release(release_id)
        return self.picture(release, picture_for(release, item_id), "image/png")


class PageFigureView(PublicView):
    @extend_schema(
        operation_id="public_release_figure",
        responses={(200, "image/svg+xml"): OpenApiTypes.BINARY},
        auth=[],
    )
    def get(self, request: Request, release_id: UUID, split: str, name: str) -> HttpResponse:
        """A plot of an open part, as it lies in the release."""
        release = self.page_of_release(release_id)
        return self.picture(release, figure_for(release, split, name), "image/svg+xml")


urlpatterns: list[URLPattern | URLResolver] = [
    path("public/releases", CatalogueView.as_view()),
    path("public/releases/<uuid:release_id>", ReleasePageView.as_view()),
    path("public/releases/<uuid:release_id>/items/<uuid:item_id>/picture.png", PagePictureView.as_view()),
    path("public/releases/<uuid:release_id>/figures/<str:split>/<str:name>.svg", PageFigureView.as_view()),
]
