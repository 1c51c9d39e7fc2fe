"""REST of a challenge's teams."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.challenge import serializers as wire
from backend.challenge.api.challenges import ChallengeView
from backend.challenge.selectors import member_visible_to, team_visible_to
from backend.challenge.services import teams


class TeamListView(ChallengeView):
    @extend_schema(
        operation_id="challenge_make_team",
        request=wire.TeamInput,
        responses={201: wire.ChallengeSerializer},
    )
    def post(self, request: Request, challenge_id: UUID) -> Response:
        """Accept the rules and make a team of my own."""
        challenge = self.challenge(challenge_id)
        teams.make_team(challenge=challenge, actor=self.actor, **self.parse(wire.TeamInput))
        return self.detail(challenge, 201)


class MemberListView(ChallengeView):
    @extend_schema(
        operation_id="challenge_ask_to_join",
        request=wire.JoinInput,
        responses={201: wire.ChallengeSerializer},
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """Accept the rules and ask a team's captain to be taken in."""
        team = team_visible_to(self.actor, team_id)
        teams.ask_to_join(team=team, actor=self.actor, **self.parse(wire.JoinInput))
        return self.detail(team.challenge, 201)


class MemberView(ChallengeView):
    @extend_schema(operation_id="challenge_take_in", request=None, responses=wire.ChallengeSerializer)
    def put(self, request: Request, team_id: UUID, member_id: UUID) -> Response:
        """Take somebody in who asked (captain)."""
        member = member_visible_to(self.actor, team_id, member_id)
        teams.take_in(member=member, actor=self.actor)
        return self.detail(member.team.challenge)

    @extend_schema(operation_id="challenge_leave_team", responses={204: None})
    def delete(self, request: Request, team_id: UUID, member_id: UUID) -> Response:
        """Leave, take back a request, or (captain) turn one down; not once the team has submitted."""
        member = member_visible_to(self.actor, team_id, member_id)
        teams.remove_member(member=member, actor=self.actor)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("challenges/<uuid:challenge_id>/teams", TeamListView.as_view()),
    path("teams/<uuid:team_id>/members", MemberListView.as_view()),
    path("teams/<uuid:team_id>/members/<uuid:member_id>", MemberView.as_view()),
]
