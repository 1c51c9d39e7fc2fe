"""Challenges from draft to open, their phases, teams, and who sees what of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.audit.models import Record
from backend.challenge.errors import (
    AlreadyOpen,
    CaptainStays,
    EmptyPart,
    ImagesSealed,
    NoPhase,
    OneTeamEach,
    PhaseInvalid,
    RulesNotAccepted,
    TeamHasSubmitted,
    TeamNameTaken,
    WorkedOnIt,
)
from backend.challenge.models import Challenge, Team, TeamMember
from backend.challenge.selectors import challenges_visible_to
from backend.challenge.services import organising, teams
from backend.common.errors import Conflict, Forbidden
from backend.projects.models import Role
from backend.releases.errors import NotFrozen
from backend.releases.models import Release
from tests.backend import contest, factories
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)
DRAFT = organising.Draft(title="Spine challenge", rules="Be fair.")


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def world() -> Contest:
    return contest.make_contest(("validation", "test"))


def times(**changes: Any) -> organising.Times:
    now = timezone.now()
    return organising.Times(**{"opens_at": now, "closes_at": now + timedelta(days=1), **changes})


def test_a_draft_is_the_managers_until_it_is_opened(world: Contest) -> None:
    reader = world.researcher()
    draft = organising.draft_challenge(release=world.release, actor=world.manager, draft=DRAFT)
    assert list(challenges_visible_to(reader)) == [world.challenge]
    assert set(challenges_visible_to(world.manager)) == {world.challenge, draft}
    with pytest.raises(NoPhase):
        organising.open_challenge(challenge=draft, actor=world.manager)
    organising.set_phase(challenge=draft, actor=world.manager, split="validation", times=times())
    organising.open_challenge(challenge=draft, actor=world.manager)
    assert set(challenges_visible_to(reader)) == {world.challenge, draft}
    assert not challenges_visible_to(factories.make_member(world.project, Role.RATER)).exists()
    told = Record.objects.filter(subject_id=str(draft.pk)).values_list("verb", flat=True)
    assert sorted(told) == ["challenge.drafted", "challenge.opened", "challenge.phase_set"]


def test_what_was_accepted_stays_as_it_is(world: Contest) -> None:
    with pytest.raises(AlreadyOpen):
        organising.change_challenge(challenge=world.challenge, actor=world.manager, draft=DRAFT)
    with pytest.raises(AlreadyOpen):
        organising.discard_challenge(challenge=world.challenge, actor=world.manager)
    with pytest.raises(AlreadyOpen):
        organising.open_challenge(challenge=world.challenge, actor=world.manager)


def test_a_challenge_is_on_a_frozen_release(world: Contest) -> None:
    draft = Release.objects.create(
        project=world.project, version="2.0", title="Next", terms="", created_by=world.manager
    )
    with pytest.raises(NotFrozen):
        organising.draft_challenge(release=draft, actor=world.manager, draft=DRAFT)


def test_the_secret_phase_opens_only_where_its_images_are_open(world: Contest) -> None:
    day = timezone.localdate() + timedelta(days=30)
    sealed = contest.frozen_release(
        factories.make_project(world.manager), ["test"], embargo_until=day, open_test_images=False
    )
    challenge = organising.draft_challenge(release=sealed, actor=world.manager, draft=DRAFT)

    def set_test(**changes: Any) -> None:
        organising.set_phase(challenge=challenge, actor=world.manager, split="test", times=times(**changes))

    with pytest.raises(ImagesSealed):
        set_test()
    ends = timezone.now() + timedelta(days=31)
    set_test(opens_at=ends, closes_at=ends + timedelta(days=1))  # the embargo is over by then
    with pytest.raises(PhaseInvalid):
        set_test(opens_at=ends, closes_at=ends)
    with pytest.raises(EmptyPart):
        organising.set_phase(challenge=challenge, actor=world.manager, split="validation", times=times())


def test_a_phase_that_is_over_cannot_be_opened_anew(world: Contest) -> None:
    organising.set_phase(
        challenge=world.challenge, actor=world.manager, split="test", times=times(daily_limit=1)
    )
    contest.end(world.secret)
    with pytest.raises(Conflict, match="over"):
        organising.set_phase(challenge=world.challenge, actor=world.manager, split="test", times=times())


def test_a_person_is_in_one_team_and_accepts_the_rules(world: Contest) -> None:
    captain, other = world.researcher(), world.researcher()

    def make(name: str, actor: Any = captain, accepts: bool = True) -> Team:
        return teams.make_team(challenge=world.challenge, actor=actor, name=name, accepts_rules=accepts)

    with pytest.raises(RulesNotAccepted):
        make("One", accepts=False)
    team = make("One")
    with pytest.raises(OneTeamEach):
        make("Two")
    with pytest.raises(TeamNameTaken):
        make("ONE", other)
    with pytest.raises(RulesNotAccepted):
        teams.ask_to_join(team=team, actor=other, accepts_rules=False)
    asked = teams.ask_to_join(team=team, actor=other, accepts_rules=True)
    with pytest.raises(OneTeamEach):
        make("Two", other)
    with pytest.raises(Forbidden):
        teams.take_in(member=asked, actor=other)
    assert teams.take_in(member=asked, actor=captain).joined_at is not None
    assert len(asked.rules_sha256) == 64


@pytest.mark.parametrize("role", [Role.MANAGER, Role.RATER, Role.RADIOLOGIST])
def test_who_knows_answers_takes_no_part(world: Contest, role: Role) -> None:
    knows = world.researcher()
    factories.make_member(world.project, role, user=knows)
    knows.memberships.filter(role=role).update(active=False)  # what was seen stays seen
    with pytest.raises(WorkedOnIt):
        world.team("Insiders", knows)


def test_leaving_ends_with_the_first_submission(world: Contest) -> None:
    captain, other = world.researcher(), world.researcher()
    team = world.team("One", captain)
    (leads,) = team.members.all()
    asked = teams.ask_to_join(team=team, actor=other, accepts_rules=True)
    with pytest.raises(CaptainStays):
        teams.remove_member(member=leads, actor=captain)
    with pytest.raises(Forbidden):
        teams.remove_member(member=leads, actor=other)
    teams.remove_member(member=asked, actor=other)
    teams.remove_member(member=leads, actor=captain)
    assert not Team.objects.filter(pk=team.pk).exists()
    team = world.team("One", captain)
    asked = teams.ask_to_join(team=team, actor=other, accepts_rules=True)
    archive = contest.zipped(contest.predictions(world.public))
    assert world.send(captain, archive).status_code == 201
    with pytest.raises(TeamHasSubmitted):
        teams.remove_member(member=TeamMember.objects.get(team=team, user=captain), actor=captain)
    teams.remove_member(member=asked, actor=captain)  # was never in it


def test_names_of_people_are_told_to_their_team_and_organisers(world: Contest) -> None:
    captain, other = world.researcher(), world.researcher()
    world.team("One", captain)

    def names(user: Any) -> list[str]:
        told = world.client(user).get(world.root).json()
        return [member["name"] for team in told["teams"] for member in team["members"]]

    assert names(captain) == [captain.name]
    assert names(world.manager) == [captain.name]
    assert names(other) == []
    told = world.client(other).get(world.root).json()
    assert (told["organiser"], told["may_take_part"], told["my_team"]) == (False, True, None)
    assert [team["members_count"] for team in told["teams"]] == [1]


def test_the_list_names_release_and_deadline(world: Contest) -> None:
    reader = world.researcher()
    (card,) = world.client(reader).get(f"/api/v1/challenges?release={world.release.pk}").json()["results"]
    assert card["release"]["id"] == str(world.release.pk)
    assert card["closes_at"] is not None
    assert Challenge.objects.count() == 1
    assert world.client(factories.make_user()).get("/api/v1/challenges").json()["results"] == []
