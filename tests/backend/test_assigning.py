"""Who gets which task: nobody twice, nobody too many, also when all ask at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.annotation.errors import AlreadyAssigned, AssignmentClosed, OwnWork, RoleMissing, TaskFull
from backend.annotation.models import Assignment, AssignmentState, Task
from backend.annotation.services import assigning
from backend.annotation.services.cases import update_case
from backend.projects.models import Role
from backend.workflow.sweep import sweep
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)


def ask_together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run all calls at the same moment, each in a thread with a connection of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=3)


def test_many_ask_at_once_and_every_place_is_given_once() -> None:
    team = flow.make_team(raters=14)
    for _ in range(4):
        flow.start_case(team.project)
    asked = [
        lambda rater=rater: flow.assigning.next_assignment(user=rater, project=team.project)
        for rater in team.raters
    ]
    given = [assignment for assignment in ask_together(asked) if assignment is not None]
    assert len(given) == 4 * 3
    places = set(Assignment.objects.values_list("task", "slot"))
    assert len(places) == Assignment.objects.count() == 12
    assert len({assignment.rater_id for assignment in given}) == 12


def test_one_person_who_clicks_many_times_gets_one_task(team: flow.Team) -> None:
    for _ in range(3):
        flow.start_case(team.project)
    rater = team.raters[0]
    asked = [lambda: assigning.next_assignment(user=rater, project=team.project) for _ in range(6)]
    given = ask_together(asked)
    assert len({assignment.pk for assignment in given}) == 1
    assert Assignment.objects.count() == 1


def test_begun_cases_are_finished_before_others(team: flow.Team) -> None:
    for _ in range(4):
        flow.start_case(team.project)
    given = [flow.take(rater, team.project).task_id for rater in team.raters]
    assert len(set(given)) == 1


def test_priority_comes_first(team: flow.Team) -> None:
    flow.start_case(team.project)
    urgent = flow.start_case(team.project)
    flow.start_case(team.project)
    update_case(case_id=urgent.pk, actor=team.manager, priority=5)
    assert flow.take(team.raters[0], team.project).task.case == urgent


def test_the_order_follows_from_the_project_not_from_the_asker(team: flow.Team) -> None:
    for _ in range(5):
        flow.start_case(team.project)
    tasks = list(Task.objects.select_related("case"))
    ranked = assigning.seeded(tasks, team.project)
    assert ranked == assigning.seeded(list(reversed(tasks)), team.project)


def test_a_place_given_back_is_free_and_not_offered_to_the_same_person(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    assigning.cancel_assignment(assignment_id=assignment.pk, actor=rater)
    assert assigning.next_assignment(user=rater, project=team.project) is None
    again = assigning.assign(task_id=assignment.task_id, user=rater, actor=team.manager)
    assert again.slot == assignment.slot
    with pytest.raises(AssignmentClosed):
        assigning.cancel_assignment(assignment_id=assignment.pk, actor=rater)


def test_a_managers_choice_keeps_to_the_rules(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    task = Task.objects.get(case=case)
    fourth = factories.make_member(team.project, Role.RATER)
    for rater in team.raters:
        assigning.assign(task_id=task.pk, user=rater, actor=team.manager)
    with pytest.raises(AlreadyAssigned):
        assigning.assign(task_id=task.pk, user=team.raters[0], actor=team.manager)
    with pytest.raises(TaskFull):
        assigning.assign(task_id=task.pk, user=fourth, actor=team.manager)
    with pytest.raises(RoleMissing):
        assigning.assign(task_id=task.pk, user=team.researcher or fourth, actor=team.manager)


def test_a_rater_who_is_a_radiologist_too_does_not_judge_the_own_work(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    rater = team.raters[0]
    rater.memberships.create(project=team.project, role=Role.RADIOLOGIST)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    task = Task.objects.get(case=case, kind="adjudicate")
    assert assigning.next_assignment(user=rater, project=team.project) is None
    with pytest.raises(OwnWork):
        assigning.assign(task_id=task.pk, user=rater, actor=team.manager)


def test_those_away_get_nothing_and_their_work_goes_back(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    rater.memberships.update(away_until=timezone.localdate() + timedelta(days=7))
    assert sweep().places_freed == 1
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.CANCELLED
    assert assigning.next_assignment(user=rater, project=team.project) is None


def test_the_share_of_blank_starts_is_the_protocols() -> None:
    team = flow.make_team()
    protocol = team.project.protocol
    protocol["stages"][0]["blank_share"] = 1.0
    team.project.save()
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    flow.working.open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    state = flow.working.mask_state(flow.reload(assignment))
    assert assignment.blank_start
    assert not state.array.any()
