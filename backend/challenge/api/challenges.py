"""REST of challenges: drafts, phases, opening, leaderboards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.challenge import serializers as wire
from backend.challenge.details import challenge_detail, challenge_summary, leaderboard, with_counts
from backend.challenge.models import Challenge, PhaseSplit
from backend.challenge.selectors import challenges_of, challenges_visible_to, is_organiser
from backend.challenge.services import organising
from backend.common.api import ApiView, paged
from backend.common.errors import Forbidden, NotFound
from backend.common.selectors import one_of
from backend.projects.models import Role
from backend.projects.selectors import require_role
from backend.releases.selectors import releases_visible_to


class ChallengeQuery(serializers.Serializer[Any]):
    release = serializers.UUIDField(required=False, help_text="Only those on this release")


class ChallengeView(ApiView):
    """Base of views on one challenge."""

    def challenge(self, challenge_id: UUID) -> Challenge:
        return one_of(challenges_visible_to(self.actor), challenge_id)

    def organised(self, challenge_id: UUID) -> Challenge:
        challenge = self.challenge(challenge_id)
        if not is_organiser(self.actor, challenge):
            raise Forbidden(message="Only a manager of the release's project may do this.")
        return challenge

    def split(self, name: str) -> str:
        if name not in PhaseSplit.values:
            raise NotFound
        return name

    def detail(self, challenge: Challenge, status: int = 200) -> Response:
        return Response(wire.ChallengeSerializer(challenge_detail(challenge, self.actor)).data, status=status)


class ChallengeListView(ApiView):
    @extend_schema(
        operation_id="challenges_list",
        parameters=[ChallengeQuery],
        responses=paged(wire.ChallengeSummarySerializer),
    )
    def get(self, request: Request) -> Response:
        """The challenges that I may see, newest first."""
        asked = self.parse_query(ChallengeQuery).get("release")
        if asked is None:
            rows = challenges_visible_to(self.actor)
        else:
            rows = challenges_of(self.actor, one_of(releases_visible_to(self.actor), asked))
        return self.page(
            [challenge_summary(row) for row in with_counts(rows)], wire.ChallengeSummarySerializer
        )


class ReleaseChallengesView(ApiView):
    @extend_schema(
        operation_id="challenge_draft",
        request=wire.ChallengeInput,
        responses={201: wire.ChallengeSerializer},
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Draft a challenge on a frozen release (manager)."""
        release = one_of(releases_visible_to(self.actor), release_id)
        require_role(self.actor, release.project, Role.MANAGER)
        draft = organising.Draft(**self.parse(wire.ChallengeInput))
        challenge = organising.draft_challenge(release=release, actor=self.actor, draft=draft)
        return Response(wire.ChallengeSerializer(challenge_detail(challenge, self.actor)).data, status=201)


class ChallengeDetailView(ChallengeView):
    @extend_schema(operation_id="challenge_get", responses=wire.ChallengeSerializer)
    def get(self, request: Request, challenge_id: UUID) -> Response:
        """A challenge with its rules, phases and teams, and what I am in it."""
        return self.detail(self.challenge(challenge_id))

    @extend_schema(
        operation_id="challenge_redraft", request=wire.ChallengeInput, responses=wire.ChallengeSerializer
    )
    def put(self, request: Request, challenge_id: UUID) -> Response:
        """Set a draft anew (manager)."""
        draft = organising.Draft(**self.parse(wire.ChallengeInput))
        challenge = self.organised(challenge_id)
        organising.change_challenge(challenge=challenge, actor=self.actor, draft=draft)
        return self.detail(challenge)

    @extend_schema(operation_id="challenge_discard", responses={204: None})
    def delete(self, request: Request, challenge_id: UUID) -> Response:
        """Delete a draft (manager)."""
        organising.discard_challenge(challenge=self.organised(challenge_id), actor=self.actor)
        return Response(status=204)


class OpenChallengeView(ChallengeView):
    @extend_schema(operation_id="challenge_open", request=None, responses=wire.ChallengeSerializer)
    def post(self, request: Request, challenge_id: UUID) -> Response:
        """Show it to the project's researchers; its rules and tasks stay from now on (manager)."""
        challenge = self.organised(challenge_id)
        organising.open_challenge(challenge=challenge, actor=self.actor)
        return self.detail(challenge)


class PhaseView(ChallengeView):
    @extend_schema(
        operation_id="challenge_set_phase",
        request=wire.ChallengePhaseInput,
        responses=wire.ChallengeSerializer,
    )
    def put(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """Set when a part (validation or test) takes submissions (manager)."""
        challenge = self.organised(challenge_id)
        times = organising.Times(**self.parse(wire.ChallengePhaseInput))
        organising.set_phase(challenge=challenge, actor=self.actor, split=self.split(split), times=times)
        return self.detail(challenge)


class LeaderboardView(ChallengeView):
    @extend_schema(operation_id="challenge_leaderboard", responses=wire.LeaderboardSerializer)
    def get(self, request: Request, challenge_id: UUID, split: str) -> Response:
        """A phase's leaderboard; of a secret phase only once it is over."""
        found = leaderboard(self.challenge(challenge_id), self.split(split), self.actor)
        return Response(wire.LeaderboardSerializer(found).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("challenges", ChallengeListView.as_view()),
    path("releases/<uuid:release_id>/challenges", ReleaseChallengesView.as_view()),
    path("challenges/<uuid:challenge_id>", ChallengeDetailView.as_view()),
    path("challenges/<uuid:challenge_id>/open", OpenChallengeView.as_view()),
    path("challenges/<uuid:challenge_id>/phases/<str:split>", PhaseView.as_view()),
    path("challenges/<uuid:challenge_id>/phases/<str:split>/leaderboard", LeaderboardView.as_view()),
]
