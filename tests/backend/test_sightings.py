"""Who has seen others' work on a case is on record, and cannot rate that case as if they had not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.errors import HasSeenOthers
from backend.annotation.models import Case, Sighting, Task
from backend.annotation.selectors import who_have_seen
from backend.annotation.work.services import bulk, working
from backend.annotation.work.services.giving import assign
from backend.annotation.work.services.taking import claim_place, next_assignment
from backend.projects.models import Role
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[..., APIClient]


@pytest.fixture
def team() -> flow.Team:
    """Three places; two raters, and a manager who rates as well."""
    team = flow.make_team(raters=2)
    factories.make_member(team.project, Role.RATER, user=team.manager)
    return team


def begun(team: flow.Team) -> Case:
    """A case that one rater has handed in; two places are free."""
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    return case


def looks(team: flow.Team, case: Case) -> dict[str, str]:
    """Every address that shows others' work on a case to its manager."""
    mask = flow.latest_masks(case)["A"].pk
    return {
        "case": f"/api/v1/cases/{case.pk}",
        "consensus": f"/api/v1/cases/{case.pk}/consensus",
        "history": f"/api/v1/cases/{case.pk}/grade-history",
        "mask": f"/api/v1/cases/{case.pk}/masks/{mask}",
        "view": f"/api/v1/cases/{case.pk}/view",
        "surfaces": f"/api/v1/cases/{case.pk}/masks/{mask}/surfaces",
        "changes": f"/api/v1/cases/{case.pk}/masks/{case.start_mask_id}/changes/{mask}",
    }


LOOKS = ["case", "consensus", "history", "mask", "view", "surfaces", "changes"]


@pytest.mark.parametrize("look", LOOKS)
def test_who_has_looked_gets_no_blinded_work_on_the_case(team: flow.Team, as_user: AsUser, look: str) -> None:
    case = begun(team)
    task = Task.objects.get(case=case)
    assert as_user(team.manager).get(looks(team, case)[look]).status_code == 200
    assert who_have_seen(case) == {team.manager.pk}
    assert next_assignment(user=team.manager, project=team.project) is None
    assert claim_place(task_id=task.pk, user=team.manager) is None
    with pytest.raises(HasSeenOthers):
        assign(task_id=task.pk, user=team.manager, actor=team.manager)
    (outcome,) = bulk.distribute(project=team.project, cases=[case], actor=team.manager)
    assert outcome.message == f"Given to {team.raters[1].name}; 1 still free"
    assert flow.take(team.raters[1], team.project).task_id == task.pk, "the others go on"


def test_who_has_not_looked_gets_it(team: flow.Team) -> None:
    case = begun(team)
    assert flow.take(team.manager, team.project).task.case_id == case.pk


def test_a_case_on_which_nobody_works_shows_nothing_of_others(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    assert as_user(team.manager).get(f"/api/v1/cases/{case.pk}").status_code == 200
    assert not Sighting.objects.exists()
    assert flow.take(team.manager, team.project).task.case_id == case.pk


def test_looking_is_noted_once_and_stands_in_the_history(team: flow.Team, as_user: AsUser) -> None:
    case = begun(team)
    manager = as_user(team.manager)
    for _ in range(2):
        manager.get(f"/api/v1/cases/{case.pk}")
    rows = [row for row in manager.get(f"/api/v1/cases/{case.pk}").json()["timeline"] if "Saw" in row["text"]]
    assert [(row["actor"], row["text"]) for row in rows] == [
        (team.manager.name, "Saw others' work: the page of the case")
    ]


def test_a_task_for_one_is_not_blind(as_user: AsUser) -> None:
    """Whoever goes on with another's mask is meant to see it."""
    team = flow.make_team("verse_2019", raters=1)
    factories.make_member(team.project, Role.RADIOLOGIST, user=team.manager)
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    case.refresh_from_db()
    assert as_user(team.manager).get(f"/api/v1/cases/{case.pk}").status_code == 200
    assert team.manager.pk in who_have_seen(case)
    assert flow.take(team.manager, team.project).task.case_id == case.pk


def test_who_has_adjudicated_knows_all_and_rates_it_no_more(team: flow.Team) -> None:
    third = factories.make_member(team.project, Role.RATER)
    case = flow.start_case(team.project)
    for rater, change in ((team.raters[0], None), (team.raters[1], None), (third, flow.erase(20))):
        flow.hand_in(flow.take(rater, team.project), change=change)
    expert = team.radiologists[0]
    adjudication = flow.take(expert, team.project)
    assert expert.pk not in who_have_seen(case), "given, and not opened yet"
    working.open_assignment(assignment_id=adjudication.pk, actor=expert)
    assert who_have_seen(case) == {expert.pk}


def test_notes_of_others_are_work_of_others(team: flow.Team, as_user: AsUser) -> None:
    """A rater whose case is open to them reads the others' notes; their own note shows them nothing."""
    project = team.project
    project.protocol = {**project.protocol, "open_after_submission": True}
    project.save()
    third = factories.make_member(project, Role.RATER)
    case = flow.start_case(project)
    held = {rater.pk: flow.take(rater, project) for rater in (*team.raters, third)}

    def notes(user: User) -> str:
        return f"/api/v1/assignments/{held[user.pk].pk}/comments"

    as_user(third).post(notes(third), {"text": "L1?"}, format="json")
    for assignment in held.values():
        flow.hand_in(assignment)
    assert as_user(third).get(notes(third)).json()
    assert not Sighting.objects.filter(case=case).exists()
    assert as_user(team.raters[0]).get(notes(team.raters[0])).json()
    assert who_have_seen(case) == {team.raters[0].pk}
