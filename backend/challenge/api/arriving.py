"""REST of archives that arrive in pieces, by tus: begun, gone on with after a broken line, handed in."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.challenge import serializers as wire
from backend.challenge.api.challenges import ChallengeView
from backend.challenge.details import pending_row, submission_row
from backend.challenge.models import PendingSubmission, PhaseSplit
from backend.challenge.selectors import (
    challenges_visible_to,
    pending_of,
    pending_to,
    phase_of,
    submissions_visible_to,
)
from backend.challenge.services import arriving
from backend.challenge.services.submitting import most_bytes
from backend.common.api import ApiView, paged
from backend.common.errors import Invalid, NotFound
from backend.common.selectors import one_of
from backend.common.tus import OFFSET_TYPE, TusFileView, TusListView, header


class PendingListView(ChallengeView):
    @extend_schema(operation_id="challenge_uploads", responses=paged(wire.PendingSubmissionSerializer))
    def get(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """My archives to a phase that are on their way or wait to be handed in, newest first."""
        phase = phase_of(self.challenge(challenge_id), self.split(split))
        rows = pending_to(self.actor, phase)
        return self.page([pending_row(row) for row in rows], wire.PendingSubmissionSerializer)


class PendingStartView(TusListView):
    def max_bytes(self) -> int:
        return most_bytes()

    @extend_schema(
        operation_id="challenge_upload_create",
        request=None,
        responses={201: None},
        parameters=[header("Tus-Resumable"), header("Upload-Length", int), header("Upload-Metadata")],
    )
    def post(self, request: Request) -> Response:
        """Announce an archive of predictions. Metadata: ``challenge``, ``phase``, ``filename``."""
        metadata, size_bytes = self.announced(request)
        split = metadata.get("phase", "")
        try:
            challenge_id = UUID(metadata.get("challenge", ""))
        except ValueError as exc:
            raise Invalid("bad_metadata", "The metadata must name a challenge and its phase.") from exc
        if split not in PhaseSplit.values:
            raise NotFound
        phase = phase_of(one_of(challenges_visible_to(self.actor), challenge_id), split)
        row = arriving.begin(
            phase=phase, actor=self.actor, name=metadata.get("filename", ""), size_bytes=size_bytes
        )
        return self.begun(request, f"/api/v1/uploads/predictions/{row.pk}/")


class PendingFileView(TusFileView):
    def max_bytes(self) -> int:
        return most_bytes()

    def row(self, prediction_id: UUID) -> PendingSubmission:
        return one_of(pending_of(self.actor), prediction_id)

    @extend_schema(
        operation_id="challenge_upload_offset",
        request=None,
        responses={200: None},
        parameters=[header("Tus-Resumable")],
    )
    def head(self, request: Request, prediction_id: UUID) -> Response:
        """How much of the archive has arrived."""
        row = self.row(prediction_id)
        return self.standing(offset_bytes=row.offset_bytes, size_bytes=row.size_bytes)

    @extend_schema(
        operation_id="challenge_upload_append",
        request={OFFSET_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
        parameters=[
            header("Tus-Resumable"),
            header("Upload-Offset", int),
            header("Upload-Checksum", required=False),
        ],
    )
    def patch(self, request: Request, prediction_id: UUID) -> Response:
        """Send bytes at the offset that the server has."""
        row = self.row(prediction_id)
        offset_bytes, source, checksum = self.chunk(request)
        row = arriving.append(
            row=row, actor=self.actor, offset_bytes=offset_bytes, source=source, checksum=checksum
        )
        return Response(status=204, headers={"Upload-Offset": str(row.offset_bytes)})

    @extend_schema(
        operation_id="challenge_upload_terminate",
        responses={204: None},
        parameters=[header("Tus-Resumable")],
    )
    def delete(self, request: Request, prediction_id: UUID) -> Response:
        """Discard the archive."""
        arriving.discard(row=self.row(prediction_id))
        return Response(status=204)


class HandInView(ApiView):
    @extend_schema(
        operation_id="challenge_upload_submit",
        request=None,
        responses={201: wire.ChallengeSubmissionSerializer},
    )
    def post(self, request: Request, prediction_id: UUID) -> Response:
        """Hand in an archive that has arrived whole; asked again, the same submission is answered."""
        sent = arriving.hand_in(row=one_of(pending_of(self.actor), prediction_id), actor=self.actor)
        row = one_of(submissions_visible_to(self.actor), sent.pk)
        return Response(wire.ChallengeSubmissionSerializer(submission_row(row)).data, status=201)


urlpatterns: list[URLPattern | URLResolver] = [
    path("challenges/<uuid:challenge_id>/phases/<str:split>/uploads", PendingListView.as_view()),
    path("uploads/predictions/", PendingStartView.as_view()),
    path("uploads/predictions/<uuid:prediction_id>/", PendingFileView.as_view()),
    path("uploads/predictions/<uuid:prediction_id>/submit", HandInView.as_view()),
]
