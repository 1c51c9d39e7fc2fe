"""REST of submissions: one archive sent, its check and its scores."""

from __future__ import annotations

from typing import IO, cast
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from backend.challenge import serializers as wire
from backend.challenge.api.challenges import ChallengeView
from backend.challenge.details import submission_detail, submission_row
from backend.challenge.selectors import phase_of, submissions_to, submissions_visible_to
from backend.challenge.services import submitting
from backend.common.api import RawParser, paged
from backend.common.contract import Told
from backend.common.selectors import one_of

ZIP = "application/zip"


class SubmissionListView(ChallengeView):
    parser_classes = (RawParser,)
    tells = {"POST": Told(refuses=(413,))}

    @extend_schema(operation_id="challenge_submissions", responses=paged(wire.ChallengeSubmissionSerializer))
    def get(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """My team's submissions to a phase, newest first; all of them to organisers."""
        phase = phase_of(self.challenge(challenge_id), self.split(split))
        rows = submissions_to(self.actor, phase)
        return self.page([submission_row(row) for row in rows], wire.ChallengeSubmissionSerializer)

    @extend_schema(
        operation_id="challenge_submit",
        request={ZIP: OpenApiTypes.BINARY},
        responses={201: wire.ChallengeSubmissionSerializer},
    )
    def post(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """Send a zip with a mask for each case, named as in the release, and centroid files if any."""
        phase = phase_of(self.challenge(challenge_id), self.split(split))
        if request.content_type.split(";")[0] != ZIP:
            raise exceptions.UnsupportedMediaType(request.content_type)
        announced = request.headers.get("Content-Length", "")
        sent = submitting.send(
            phase=phase,
            actor=self.actor,
            body=cast("IO[bytes]", request._request),
            announced_bytes=int(announced) if announced.isdigit() else None,
        )
        row = one_of(submissions_visible_to(self.actor), sent.pk)
        return Response(wire.ChallengeSubmissionSerializer(submission_row(row)).data, status=201)


class SubmissionView(ChallengeView):
    @extend_schema(operation_id="challenge_submission", responses=wire.ChallengeSubmissionDetailSerializer)
    def get(self, request: Request, submission_id: UUID) -> Response:
        """A submission of my team (or any, to organisers), with its cases where they may be seen now."""
        submission = one_of(submissions_visible_to(self.actor), submission_id)
        return Response(
            wire.ChallengeSubmissionDetailSerializer(submission_detail(submission, self.actor)).data
        )


urlpatterns: list[URLPattern | URLResolver] = [
    path("challenges/<uuid:challenge_id>/phases/<str:split>/submissions", SubmissionListView.as_view()),
    path("submissions/<uuid:submission_id>", SubmissionView.as_view()),
]
