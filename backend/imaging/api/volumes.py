"""REST of volumes: where their slabs are, and the slabs."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.contract import BLOB
from backend.common.storage import blob_response
from backend.imaging import selectors
from backend.imaging.serializers import SlabIndexSerializer


class VolumeIndexView(ApiView):
    @extend_schema(operation_id="volume_index", responses=SlabIndexSerializer)
    def get(self, request: Request, volume_id: UUID) -> Response:
        volume = selectors.volume_visible_to(self.actor, volume_id)
        base = f"/api/v1/volumes/{volume.pk}/blobs/"
        index = dict(volume.slab_index)
        index["slabs"] = [{**slab, "url": base + slab["sha256"]} for slab in index["slabs"]]
        index["coarse"] = {**index["coarse"], "url": base + index["coarse"]["sha256"]}
        return Response(index)


class VolumeBlobView(ApiView):
    tells = {"GET": BLOB}

    @extend_schema(
        operation_id="volume_blob",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, volume_id: UUID, sha256: str) -> HttpResponseBase:
        """A slab, the coarse volume or the thumbnail; immutable, with Range."""
        volume = selectors.volume_visible_to(self.actor, volume_id)
        return blob_response(request=request._request, blob=selectors.served_blob(volume, sha256))

    @extend_schema(exclude=True)
    def head(self, request: Request, volume_id: UUID, sha256: str) -> HttpResponseBase:
        return self.get(request, volume_id, sha256)


urlpatterns: list[URLPattern | URLResolver] = [
    path("volumes/<uuid:volume_id>/index", VolumeIndexView.as_view()),
    path("volumes/<uuid:volume_id>/blobs/<str:sha256>", VolumeBlobView.as_view()),
]
