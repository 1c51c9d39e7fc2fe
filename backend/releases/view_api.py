"""REST of looking into a release: the CT and the mask of one of its cases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.measuring.api import SURFACES, SURFACES_RESPONSE, surfaces_response
from backend.annotation.measuring.serializers import SurfacesQuery
from backend.annotation.measuring.surfaces import surfaces_of_version
from backend.annotation.work.api.base import MASK, MASK_RESPONSE, mask_response
from backend.annotation.work.selectors.details import volume_row
from backend.annotation.work.serializers.assignments import AssignmentVolumeSerializer
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.releases.api import ReleaseView
from backend.releases.models import Split
from backend.releases.serializers import ReleaseProjectSerializer
from backend.releases.services.looking import ShownItem, item_to_look_at, released_mask


class ReleaseItemSerializer(serializers.Serializer[Any]):
    """A case of a release for the viewer. Nothing in it can be changed."""

    id = serializers.UUIDField()
    subject = serializers.CharField(help_text="Its name in the archive")
    split = serializers.ChoiceField(choices=Split.choices)
    project = ReleaseProjectSerializer()
    title = serializers.CharField(help_text="Of the release, with its version")
    volume = AssignmentVolumeSerializer()
    has_mask = serializers.BooleanField(help_text="False: the mask is sealed until the embargo ends")
    position = serializers.IntegerField(help_text="From 1, among those that are open to me")
    total = serializers.IntegerField()
    previous_id = serializers.UUIDField(allow_null=True)
    next_id = serializers.UUIDField(allow_null=True)


def item_row(shown: ShownItem) -> dict[str, Any]:
    item, place, ids = shown.item, shown.place, shown.ids
    release = item.release
    return {
        "id": item.pk,
        "subject": item.release_patient.subject,
        "split": item.release_patient.split,
        "project": {"slug": release.project.slug, "name": release.project.name},
        "title": f"{release.title} {release.version}",
        "volume": volume_row(item.case.volume),
        "has_mask": shown.has_mask,
        "position": place + 1,
        "total": len(ids),
        "previous_id": ids[place - 1] if place > 0 else None,
        "next_id": ids[place + 1] if place + 1 < len(ids) else None,
    }


class ReleaseItemView(ReleaseView):
    @extend_schema(operation_id="release_item", responses=ReleaseItemSerializer)
    def get(self, request: Request, release_id: UUID, item_id: UUID) -> Response:
        """A case of a release to look at, once the terms are accepted."""
        shown = item_to_look_at(release=self.release(release_id), item_id=item_id, user=self.actor)
        return Response(ReleaseItemSerializer(item_row(shown)).data)


class ReleaseMaskView(ReleaseView):
    """Base of views on the mask of a case of a release."""

    def version(self, release_id: UUID, item_id: UUID) -> MaskVersion:
        return released_mask(release=self.release(release_id), item_id=item_id, user=self.actor)


class ReleaseItemMaskView(ReleaseMaskView):
    tells = {"GET": MASK}

    @extend_schema(operation_id="release_item_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, release_id: UUID, item_id: UUID) -> HttpResponse:
        """The released mask of a case (VBD1)."""
        version = self.version(release_id, item_id)
        return mask_response(load_mask(version).array, revision=0, digest=version.digest)


class ReleaseItemSurfacesView(ReleaseMaskView):
    tells = {"GET": SURFACES}

    @extend_schema(
        operation_id="release_item_surfaces",
        parameters=[SurfacesQuery],
        responses=SURFACES_RESPONSE,
    )
    def get(self, request: Request, release_id: UUID, item_id: UUID) -> HttpResponse:
        """Surfaces of its vertebrae (VBS1), as those of one's own work."""
        asked = self.parse_query(SurfacesQuery)
        return surfaces_response(surfaces_of_version(self.version(release_id, item_id), **asked))


urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/<uuid:release_id>/items/<uuid:item_id>", ReleaseItemView.as_view()),
    path("releases/<uuid:release_id>/items/<uuid:item_id>/mask", ReleaseItemMaskView.as_view()),
    path("releases/<uuid:release_id>/items/<uuid:item_id>/surfaces", ReleaseItemSurfacesView.as_view()),
]
