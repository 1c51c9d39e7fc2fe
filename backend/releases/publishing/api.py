"""REST of publishing a release, for its project's managers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import SightKind
from backend.common.contract import BLOB
from backend.common.storage import blob_response
from backend.releases.api import ReleaseView
from backend.releases.models import Access, Release
from backend.releases.published import Standing, publication_of, standing_of
from backend.releases.publishing import selectors, services
from backend.releases.publishing import serializers as wire


def publication_row(release: Release) -> dict[str, Any]:
    publication = publication_of(release)
    gone = standing_of(release) == Standing.WITHDRAWN
    choices = [] if gone else selectors.pictures_of(release, selectors.showable_items(release))
    return {
        "standing": standing_of(release),
        "published_at": publication.published_at if publication else None,
        "public": publication.public if publication else False,
        "access": publication.access if publication else Access.MEMBERS.value,
        "pictures": publication.pictures if publication else [],
        "choices": [
            {
                "item_id": picture.item.pk,
                "subject": picture.item.release_patient.subject,
                "split": picture.item.release_patient.split,
                "url": f"/api/v1/releases/{release.pk}/publication/items/{picture.item.pk}/picture.png",
            }
            for picture in choices
        ],
        "withdrawn_at": publication.withdrawn_at if publication else None,
        "withdrawn_reason": publication.withdrawn_reason if publication else "",
    }


class PublishingView(ReleaseView):
    """Base of views that answer with how a release is published."""

    def told(self, release_id: UUID) -> Response:
        return Response(wire.PublicationSerializer(publication_row(self.release(release_id))).data)


class PublicationView(PublishingView):
    @extend_schema(operation_id="release_publication", responses=wire.PublicationSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """How the release is published, and what its page could show (manager)."""
        self.managed(release_id)
        return self.told(release_id)

    @extend_schema(
        operation_id="release_set_page", request=wire.PageInput, responses=wire.PublicationSerializer
    )
    def put(self, request: Request, release_id: UUID) -> Response:
        """Say what the page shows and to whom, before publishing or after (manager)."""
        release = self.managed(release_id)
        services.set_page(release_id=release.pk, actor=self.actor, **self.parse(wire.PageInput))
        return self.told(release_id)


class PublishView(PublishingView):
    @extend_schema(
        operation_id="release_publish", request=wire.PublishInput, responses=wire.PublicationSerializer
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Open a frozen release to its readers, now or at a set time (manager)."""
        release = self.managed(release_id)
        services.publish_release(release_id=release.pk, actor=self.actor, **self.parse(wire.PublishInput))
        return self.told(release_id)

    @extend_schema(operation_id="release_publish_not", responses={200: wire.PublicationSerializer})
    def delete(self, request: Request, release_id: UUID) -> Response:
        """Take a set time back before it has come (manager)."""
        services.take_back(release_id=self.managed(release_id).pk, actor=self.actor)
        return self.told(release_id)


class WithdrawView(PublishingView):
    @extend_schema(
        operation_id="release_withdraw", request=wire.WithdrawInput, responses=wire.PublicationSerializer
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Give the files out no longer, for good; the page tells the reason (manager)."""
        release = self.managed(release_id)
        services.withdraw(release_id=release.pk, actor=self.actor, **self.parse(wire.WithdrawInput))
        return self.told(release_id)


class PictureChoiceView(ReleaseView):
    tells = {"GET": BLOB}

    @extend_schema(operation_id="release_picture_choice", responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, release_id: UUID, item_id: UUID) -> HttpResponseBase:
        """The preview of a case, to choose it for the page (manager)."""
        release = self.managed(release_id)
        found = selectors.choice_for(release, item_id)
        note_sighting(case=found.item.case, user=self.actor, kind=SightKind.MASK)
        return blob_response(request=request, blob=found.blob, media_type="image/png")


urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/<uuid:release_id>/publication", PublicationView.as_view()),
    path(
        "releases/<uuid:release_id>/publication/items/<uuid:item_id>/picture.png", PictureChoiceView.as_view()
    ),
    path("releases/<uuid:release_id>/publish", PublishView.as_view()),
    path("releases/<uuid:release_id>/withdraw", WithdrawView.as_view()),
]
