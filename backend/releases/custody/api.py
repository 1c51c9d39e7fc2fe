"""REST of the embargo: custodians, their opening of the sealed part, and who has read of it."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.releases.api import ReleaseView
from backend.releases.custody import serializers as wire
from backend.releases.custody import services
from backend.releases.custody.selectors import embargo_now, require_keeper
from backend.releases.models import Release


class EmbargoBase(ReleaseView):
    """Base of views for the managers and the custodians of one release."""

    def kept(self, release_id: UUID) -> Release:
        release = self.release(release_id)
        require_keeper(self.actor, release)
        return release

    def told(self, release_id: UUID, status: int = 200) -> Response:
        """As it stands now, to whom it is still visible."""
        return Response(wire.EmbargoSerializer(embargo_now(release_id, self.actor)).data, status=status)


class EmbargoView(EmbargoBase):
    @extend_schema(operation_id="release_embargo", responses=wire.EmbargoSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """Who keeps the sealed part, and who has read of it (managers and custodians)."""
        return self.told(self.kept(release_id).pk)


class CustodianListView(EmbargoBase):
    @extend_schema(
        operation_id="release_name_custodian",
        request=wire.CustodianInput,
        responses={201: wire.EmbargoSerializer},
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Ask somebody to keep the sealed part (manager, later custodians); or to take my place."""
        release = self.kept(release_id)
        services.name_custodian(release=release, actor=self.actor, **self.parse(wire.CustodianInput))
        return self.told(release.pk, status=201)


class CustodianView(EmbargoBase):
    @extend_schema(operation_id="release_end_custody", responses={204: None})
    def delete(self, request: Request, release_id: UUID, custodian_id: UUID) -> Response:
        """Leave my place, or take back a question that nobody has answered."""
        release = self.kept(release_id)
        services.end_custody(release=release, actor=self.actor, custodian_id=custodian_id)
        return Response(status=204)


class CustodyAnswerView(EmbargoBase):
    @extend_schema(
        operation_id="release_answer_custody",
        request=wire.CustodyAnswerInput,
        responses={204: None},
    )
    def post(self, request: Request, release_id: UUID, custodian_id: UUID) -> Response:
        """Accept or decline to keep the sealed part."""
        said = self.parse(wire.CustodyAnswerInput)
        release = self.kept(release_id)
        services.answer(release=release, actor=self.actor, custodian_id=custodian_id, **said)
        return Response(status=204)


class OpeningView(EmbargoBase):
    @extend_schema(
        operation_id="release_confirm_opening", request=wire.OpeningInput, responses=wire.EmbargoSerializer
    )
    def put(self, request: Request, release_id: UUID) -> Response:
        """Confirm the opening before its day; with the second custodian's it opens for good (custodians)."""
        release = self.kept(release_id)
        services.confirm_opening(release=release, actor=self.actor, **self.parse(wire.OpeningInput))
        return self.told(release.pk)


ROOT = "releases/<uuid:release_id>"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{ROOT}/embargo", EmbargoView.as_view()),
    path(f"{ROOT}/embargo/opening", OpeningView.as_view()),
    path(f"{ROOT}/custodians", CustodianListView.as_view()),
    path(f"{ROOT}/custodians/<uuid:custodian_id>", CustodianView.as_view()),
    path(f"{ROOT}/custodians/<uuid:custodian_id>/answer", CustodyAnswerView.as_view()),
]
