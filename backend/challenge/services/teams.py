"""Teams: made by a captain, joined by whoever asks and is taken in; each person is in one."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.audit.acts.act import Act
from backend.challenge.errors import (
    CaptainStays,
    NotOpenYet,
    OneTeamEach,
    RulesNotAccepted,
    TeamHasSubmitted,
    TeamNameTaken,
    WorkedOnIt,
)
from backend.challenge.models import Challenge, Team, TeamMember
from backend.challenge.selectors import knows_answers, membership_of, rules_sha256
from backend.common.errors import Forbidden


@transaction.atomic
def make_team(*, challenge: Challenge, actor: User, name: str, accepts_rules: bool) -> Team:
    """Make a team with oneself as its captain.

    Raises
    ------
    RulesNotAccepted, NotOpenYet, WorkedOnIt, OneTeamEach, TeamNameTaken
    """
    row = _require_may_take_part(challenge, actor, accepts_rules)
    if row.teams.filter(name__iexact=name).exists():
        raise TeamNameTaken
    team = Team.objects.create(challenge=row, name=name, captain=actor)
    _add(team, actor, joined=True)
    _record(actor, acts.TeamMade(challenge=row.pk), team)
    return team


@transaction.atomic
def ask_to_join(*, team: Team, actor: User, accepts_rules: bool) -> TeamMember:
    """Ask a team's captain to be taken in. Raises as `make_team`."""
    _require_may_take_part(team.challenge, actor, accepts_rules)
    member = _add(team, actor, joined=False)
    _record(actor, acts.TeamAsked(rules_sha256=member.rules_sha256), team)
    return member


@transaction.atomic
def take_in(*, member: TeamMember, actor: User) -> TeamMember:
    """Take somebody in who asked (captain). Taken in already, nothing changes. Raises ``Forbidden``."""
    row = TeamMember.objects.select_for_update(of=("self",)).select_related("team").get(pk=member.pk)
    if row.team.captain_id != actor.pk:
        raise Forbidden(message="Only the team's captain may take somebody in.")
    if row.joined_at is None:
        row.joined_at = timezone.now()
        row.save(update_fields=["joined_at", "updated_at"])
        _record(actor, acts.TeamJoined(member=row.user_id), row.team)
    return row


@transaction.atomic
def remove_member(*, member: TeamMember, actor: User) -> None:
    """Leave a team, take a request back, or (captain) turn one down or let a member go.

    The captain leaves last, and the team ends with that.

    Raises
    ------
    Forbidden, CaptainStays, TeamHasSubmitted
    """
    team = (
        Team.objects.select_for_update(of=("self",))
        .select_related("challenge__release")
        .get(pk=member.team_id)
    )
    if actor.pk not in (member.user_id, team.captain_id):
        raise Forbidden(message="Only the captain, or the person, may do this.")
    if member.joined_at is not None and team.submissions.exists():
        raise TeamHasSubmitted
    if member.user_id != team.captain_id:
        _record(actor, acts.TeamLeft(member=member.user_id), team)
        member.delete()
        return
    if team.members.exclude(pk=member.pk).exists():
        raise CaptainStays
    _record(actor, acts.TeamDisbanded(challenge=team.challenge_id), team)
    team.delete()


def _require_may_take_part(challenge: Challenge, actor: User, accepts_rules: bool) -> Challenge:
    row = (
        Challenge.objects.select_for_update(of=("self",))
        .select_related("release__project")
        .get(pk=challenge.pk)
    )
    if row.opened_at is None:
        raise NotOpenYet
    if knows_answers(actor, row.release.project):
        raise WorkedOnIt
    if not accepts_rules:
        raise RulesNotAccepted
    if membership_of(actor, row) is not None:
        raise OneTeamEach
    return row


def _add(team: Team, user: User, *, joined: bool) -> TeamMember:
    try:
        with transaction.atomic():
            return TeamMember.objects.create(
                team=team,
                challenge=team.challenge,
                user=user,
                rules_sha256=rules_sha256(team.challenge),
                joined_at=timezone.now() if joined else None,
            )
    except IntegrityError as exc:
        raise OneTeamEach from exc


def _record(actor: User, act: Act, team: Team) -> None:
    audit.record(actor=actor, act=act, subject=team, project_id=team.challenge.release.project_id)
