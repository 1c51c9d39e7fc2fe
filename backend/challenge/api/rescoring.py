"""REST of scoring again on a corrected version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.challenge import serializers as wire
from backend.challenge.api.challenges import ChallengeView
from backend.challenge.models import PhaseSplit
from backend.challenge.selectors import corrected_boards
from backend.challenge.services.rescoring import start_rescoring
from backend.common.selectors import one_of
from backend.releases.selectors import releases_visible_to


class RescoringInput(serializers.Serializer[Any]):
    release_id = serializers.UUIDField(help_text="A later frozen version, in which the fault is mended")


class CorrectedBoardSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=PhaseSplit.choices)
    release_id = serializers.UUIDField()
    version = serializers.CharField()
    board_at = serializers.DateTimeField(allow_null=True, help_text="null: being scored")
    board = wire.StandingsSerializer(allow_null=True, help_text="null: kept back until the phase ends")


class CorrectedBoardsSerializer(serializers.Serializer[Any]):
    boards = CorrectedBoardSerializer(many=True)


class RescoringView(ChallengeView):
    def _boards(self, challenge_id: UUID, status: int = 200) -> Response:
        boards = corrected_boards(self.actor, self.challenge(challenge_id))
        return Response(CorrectedBoardsSerializer({"boards": boards}).data, status=status)

    @extend_schema(operation_id="challenge_corrected_boards", responses=CorrectedBoardsSerializer)
    def get(self, request: Request, challenge_id: UUID) -> Response:
        """The leaderboards on corrected versions, oldest first; as the first ones, kept back alike."""
        return self._boards(challenge_id)

    @extend_schema(
        operation_id="challenge_rescore", request=RescoringInput, responses={202: CorrectedBoardsSerializer}
    )
    def post(self, request: Request, challenge_id: UUID) -> Response:
        """Score each team's counted submission again on a corrected version (manager)."""
        challenge = self.organised(challenge_id)
        release = one_of(releases_visible_to(self.actor), self.parse(RescoringInput)["release_id"])
        start_rescoring(challenge=challenge, actor=self.actor, release=release)
        return self._boards(challenge_id, status=202)


urlpatterns: list[URLPattern | URLResolver] = [
    path("challenges/<uuid:challenge_id>/corrected", RescoringView.as_view()),
]
