"""REST of evaluation elsewhere: a phase's keys, and the results that are signed with them."""

from __future__ import annotations

from typing import IO, cast
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from backend.challenge import serializers as wire
from backend.challenge.api.challenges import ChallengeView
from backend.challenge.details import key_row
from backend.challenge.errors import ResultTooLarge
from backend.challenge.models import Phase
from backend.challenge.selectors import keys_of, phase_of, reads_keys
from backend.challenge.services import elsewhere, keys
from backend.common.api import RawParser, paged
from backend.common.contract import Told
from backend.common.errors import Forbidden
from backend.common.scopes import SESSION_ONLY
from backend.common.selectors import one_of
from backend.science.signed_results import KEY_FORMAT


class KeyView(ChallengeView):
    """Base of views on the keys of one phase."""

    def kept(self, challenge_id: UUID, split: str) -> Phase:
        phase = phase_of(self.challenge(challenge_id), self.split(split))
        if not reads_keys(self.actor, phase):
            raise Forbidden(message="Only managers, and who keeps the sealed part, may do this.")
        return phase


class KeyListView(KeyView):
    tells = {"POST": Told(sends=("Cache-Control",))}
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(operation_id="challenge_keys", responses=paged(wire.EvaluationKeySerializer))
    def get(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """The keys that results of a phase are signed with, newest first (managers and custodians)."""
        rows = keys_of(self.kept(challenge_id, split))
        return self.page([key_row(row) for row in rows], wire.EvaluationKeySerializer)

    @extend_schema(
        operation_id="challenge_make_key",
        request=wire.EvaluationKeyInput,
        responses={201: wire.EvaluationKeyFileSerializer},
    )
    def post(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """Make a key; its secret is told this once (managers; of a sealed part who reads it)."""
        phase = self.kept(challenge_id, split)
        key = keys.make_key(phase=phase, actor=self.actor, **self.parse(wire.EvaluationKeyInput))
        release = phase.challenge.release
        told = {
            "format": KEY_FORMAT,
            "site": request.build_absolute_uri("/").rstrip("/"),
            "key": key.pk,
            "secret": key.secret,
            "name": key.name,
            "challenge": phase.challenge_id,
            "split": phase.split,
            "version": release.version,
            "manifest_sha256": release.manifest_sha256,
        }
        file = wire.EvaluationKeyFileSerializer(told).data
        return Response(file, status=201, headers={"Cache-Control": "no-store"})


class KeyDetailView(KeyView):
    scopes = {"DELETE": SESSION_ONLY}

    @extend_schema(operation_id="challenge_revoke_key", responses={204: None})
    def delete(self, request: Request, challenge_id: UUID, split: str, key_id: UUID) -> Response:
        """Revoke a key for good; results that were taken stay (managers and custodians)."""
        phase = self.kept(challenge_id, split)
        key = one_of(keys_of(phase), key_id)
        key.phase = phase
        keys.revoke_key(key=key, actor=self.actor)
        return Response(status=204)


class ResultThrottle(AnonRateThrottle):
    """Results from one address: nobody tries signatures out."""

    rate, scope = "60/min", "signed_results"


class SignedResultView(ChallengeView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawParser,)
    throttle_classes = [ResultThrottle]
    tells = {"POST": Told(refuses=(403, 409, 413))}

    @extend_schema(
        operation_id="challenge_send_result",
        request={"application/json": wire.SignedResultInput},
        responses={201: wire.SignedResultTakenSerializer},
        auth=[],
    )
    def post(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """Send a result that was evaluated elsewhere; without an account, signed with a key of the phase."""
        body = cast("IO[bytes]", request._request).read(elsewhere.MAX_RESULT_BYTES + 1)
        if len(body) > elsewhere.MAX_RESULT_BYTES:
            raise ResultTooLarge
        sent = elsewhere.receive(challenge_id=challenge_id, split=self.split(split), body=body)
        told = {"submission_id": sent.pk, "team": sent.team.name, "split": sent.phase.split}
        return Response(wire.SignedResultTakenSerializer(told).data, status=201)


_PHASE = "challenges/<uuid:challenge_id>/phases/<str:split>"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_PHASE}/keys", KeyListView.as_view()),
    path(f"{_PHASE}/keys/<uuid:key_id>", KeyDetailView.as_view()),
    path(f"{_PHASE}/signed-results", SignedResultView.as_view()),
]
