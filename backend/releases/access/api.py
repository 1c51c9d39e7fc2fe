"""REST of requests for a release: asked by anybody, answered by its managers, opened by a link."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.common.selectors import one_of
from backend.releases.access import serializers as wire
from backend.releases.access import services
from backend.releases.access.selectors import granted_by_link, requests_for
from backend.releases.api import ReleaseView, archive_filename, archive_response, span_of
from backend.releases.models import AccessRequest
from backend.releases.publishing.public_api import PublicView
from backend.releases.selectors import archive_rows
from backend.releases.subsets.archives import subset_archive
from backend.releases.subsets.wire import SubsetQuery, query_of


class AskingThrottle(AnonRateThrottle):
    """Each request sends a mail to an address that somebody typed."""

    scope = "asking"
    rate = "30/hour"


class AskAccessView(PublicView):
    throttle_classes = [AskingThrottle]
    tells = {}

    @extend_schema(
        operation_id="public_release_ask",
        request=wire.AccessInput,
        responses={201: wire.AccessAskedSerializer},
        auth=[],
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Ask for the files; without an account a link that is mailed has to be opened first."""
        said = services.Asked(**self.parse(wire.AccessInput))
        row = services.ask(
            release=self.page_of_release(release_id),
            user=self.actor if self.actor.is_authenticated else None,
            asked=said,
            link_of=lambda secret: request.build_absolute_uri(f"/data/confirm#{secret}"),
        )
        return Response(wire.AccessAskedSerializer(row).data, status=201)


class ConfirmView(ApiView):
    permission_classes = ()
    tells = {"POST": Told(refuses=(404,))}

    @extend_schema(
        operation_id="public_release_confirm",
        request=wire.LinkInput,
        responses=wire.AccessAskedSerializer,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Confirm the address that a request was made under."""
        return Response(
            wire.AccessAskedSerializer(services.confirm(secret=self.parse(wire.LinkInput)["token"])).data
        )


class GrantedView(ApiView):
    permission_classes = ()
    tells = {"POST": Told(refuses=(404,))}

    @extend_schema(
        operation_id="public_release_granted",
        request=wire.LinkInput,
        responses=wire.GrantedSerializer,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """What a granted link opens: archives for ``curl -C -`` and browsers, while it holds."""
        secret = self.parse(wire.LinkInput)["token"]
        access = granted_by_link(secret)
        body = {
            "release_id": access.release_id,
            "title": access.release.title,
            "version": access.release.version,
            "expires_at": access.expires_at,
            "manifest_sha256": access.release.manifest_sha256,
            "archives": archive_rows(access.release, None, f"/api/v1/public/granted/{secret}"),
        }
        return Response(wire.GrantedSerializer(body).data)


class GrantedArchiveView(ApiView):
    permission_classes = ()
    tells = {"GET": Told(sends=("Content-Disposition",), ranges=True)}

    @extend_schema(
        operation_id="public_release_granted_archive",
        parameters=[SubsetQuery],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        auth=[],
    )
    def get(self, request: Request, secret: str, name: str) -> HttpResponseBase:
        """An archive by a link of one's own: as `release_archive`."""
        access = granted_by_link(secret)
        release = access.release
        query = query_of(self.parse_query(SubsetQuery))
        made = subset_archive(release, None, name, query)
        start, stop, status = span_of(request, made)
        if status in (200, 206) and request.method != "HEAD":
            services.record_linked_download(
                access=access, archive=name, query=query.address(), bytes_from=start
            )
        filename = archive_filename(release, name, query)
        return archive_response(request, made, filename, (start, stop, status))

    head = get


class AccessListView(ReleaseView):
    @extend_schema(operation_id="release_access_requests", responses=paged(wire.AccessRequestSerializer))
    def get(self, request: Request, release_id: UUID) -> Response:
        """Who has asked for the release, those who wait first (manager)."""
        return self.page(requests_for(self.managed(release_id)), wire.AccessRequestSerializer)


class AnswerView(ReleaseView):
    """Base of a manager's answers to a request."""

    def asked(self, release_id: UUID, request_id: UUID) -> AccessRequest:
        return one_of(requests_for(self.managed(release_id)), request_id)


class GrantView(AnswerView):
    @extend_schema(
        operation_id="release_access_grant",
        request=wire.GrantInput,
        responses=wire.AccessRequestSerializer,
    )
    def post(self, request: Request, release_id: UUID, request_id: UUID) -> Response:
        """Grant a request for some days (manager)."""
        row = services.grant(
            request_id=self.asked(release_id, request_id).pk,
            actor=self.actor,
            link_of=lambda secret: request.build_absolute_uri(f"/data/files#{secret}"),
            **self.parse(wire.GrantInput),
        )
        return Response(wire.AccessRequestSerializer(row).data)


class RefuseView(AnswerView):
    @extend_schema(
        operation_id="release_access_refuse",
        request=wire.ReasonInput,
        responses=wire.AccessRequestSerializer,
    )
    def post(self, request: Request, release_id: UUID, request_id: UUID) -> Response:
        """Refuse a request with a reason (manager)."""
        pk = self.asked(release_id, request_id).pk
        row = services.refuse(request_id=pk, actor=self.actor, **self.parse(wire.ReasonInput))
        return Response(wire.AccessRequestSerializer(row).data)


class RevokeView(AnswerView):
    @extend_schema(
        operation_id="release_access_revoke",
        request=wire.ReasonInput,
        responses=wire.AccessRequestSerializer,
    )
    def post(self, request: Request, release_id: UUID, request_id: UUID) -> Response:
        """Take back what was granted; its link is closed at once (manager)."""
        pk = self.asked(release_id, request_id).pk
        row = services.revoke(request_id=pk, actor=self.actor, **self.parse(wire.ReasonInput))
        return Response(wire.AccessRequestSerializer(row).data)


ASKED = "releases/<uuid:release_id>/access-requests"
urlpatterns: list[URLPattern | URLResolver] = [
    path("public/releases/<uuid:release_id>/access-requests", AskAccessView.as_view()),
    path("public/access-requests/confirm", ConfirmView.as_view()),
    path("public/granted", GrantedView.as_view()),
    path("public/granted/<str:secret>/archives/<str:name>.zip", GrantedArchiveView.as_view()),
    path(ASKED, AccessListView.as_view()),
    path(f"{ASKED}/<uuid:request_id>/grant", GrantView.as_view()),
    path(f"{ASKED}/<uuid:request_id>/refuse", RefuseView.as_view()),
    path(f"{ASKED}/<uuid:request_id>/revoke", RevokeView.as_view()),
]
