"""Who gets which task: nobody twice, nobody too many, also when all ask at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from functools import partial
from threading import Barrier, Lock
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.annotation.cases.selectors.places import places_of
from backend.annotation.cases.services.cases import update_case
from backend.annotation.errors import (
    AlreadyAssigned,
    AssignmentClosed,
    NotEditable,
    OwnWork,
    RoleMissing,
    TaskFull,
)
from backend.annotation.models import Assignment, AssignmentState, Case, Task
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import bulk
from backend.annotation.work.services.giving import assign, cancel_assignment, return_work_of_absent
from backend.annotation.work.services.taking import claim_place, next_assignment, seeded
from backend.annotation.work.services.working import open_assignment
from backend.masks.models import MaskSource, MaskVersion
from backend.projects.models import Role
from backend.projects.services import update_project
from backend.workflow.sweep import keep_up
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 40  # at the database at one moment, each with the next of 200 raters waiting behind it


def ask_together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
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
    asked = [partial(next_assignment, user=rater, project=team.project) for rater in team.raters]
    given = [assignment for assignment in ask_together(asked) if assignment is not None]
    assert len(given) == 4 * 3
    places = set(Assignment.objects.values_list("task", "slot"))
    assert len(places) == Assignment.objects.count() == 12
    assert len({assignment.rater_id for assignment in given}) == 12


def test_one_person_who_clicks_many_times_gets_one_task(team: flow.Team) -> None:
    for _ in range(3):
        flow.start_case(team.project)
    rater = team.raters[0]
    asked = [lambda: next_assignment(user=rater, project=team.project) for _ in range(6)]
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
    ranked = seeded(tasks, team.project)
    assert ranked == seeded(list(reversed(tasks)), team.project)


def test_a_place_given_back_is_free_and_not_offered_to_the_same_person(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    cancel_assignment(assignment_id=assignment.pk, actor=rater)
    assert next_assignment(user=rater, project=team.project) is None
    again = assign(task_id=assignment.task_id, user=rater, actor=team.manager)
    assert again.slot == assignment.slot
    with pytest.raises(AssignmentClosed):
        cancel_assignment(assignment_id=assignment.pk, actor=rater)


def test_a_managers_choice_keeps_to_the_rules(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    task = Task.objects.get(case=case)
    fourth = factories.make_member(team.project, Role.RATER)
    for rater in team.raters:
        assign(task_id=task.pk, user=rater, actor=team.manager)
    with pytest.raises(AlreadyAssigned):
        assign(task_id=task.pk, user=team.raters[0], actor=team.manager)
    with pytest.raises(TaskFull):
        assign(task_id=task.pk, user=fourth, actor=team.manager)
    with pytest.raises(RoleMissing):
        assign(task_id=task.pk, user=team.researcher or fourth, actor=team.manager)


def test_a_rater_who_is_a_radiologist_too_does_not_judge_the_own_work(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    rater = team.raters[0]
    rater.memberships.create(project=team.project, role=Role.RADIOLOGIST)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    task = Task.objects.get(case=case, kind="adjudicate")
    assert next_assignment(user=rater, project=team.project) is None
    with pytest.raises(OwnWork):
        assign(task_id=task.pk, user=rater, actor=team.manager)


def test_an_absence_begins_on_its_first_day(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    today = timezone.localdate()
    rater.memberships.update(away_from=today + timedelta(days=2), away_until=today + timedelta(days=7))
    assignment = flow.take(rater, team.project)
    assert keep_up().places_freed == 0
    assert return_work_of_absent(today=today + timedelta(days=2)) == 1
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.CANCELLED


def change_overlap(team: flow.Team, overlap: int) -> None:
    protocol = deepcopy(team.project.protocol)
    protocol["stages"][0]["overlap"] = overlap
    update_project(actor=team.manager, project=team.project, changes={"protocol": protocol})
    team.project.refresh_from_db()


def test_a_stages_overlap_reaches_its_open_tasks(team: flow.Team) -> None:
    started = [flow.start_case(team.project) for _ in range(2)]
    flow.hand_in(flow.take(team.raters[0], team.project))
    flow.take(team.raters[1], team.project)
    begun, untouched = sorted(started, key=lambda case: -Assignment.objects.filter(task__case=case).count())
    change_overlap(team, 5)
    assert set(Task.objects.values_list("overlap", flat=True)) == {5}
    change_overlap(team, 1)
    assert Task.objects.get(case=untouched, stage_key="rate").overlap == 1
    assert Task.objects.get(case=begun, stage_key="rate").overlap == 2, "nobody loses a task in hand"
    assert claim_place(task_id=begun.tasks.get().pk, user=team.raters[2]) is None
    places = {row.key: row for row in places_of(team.project)}
    assert (places["rate"].tasks, places["rate"].places, places["rate"].taken) == (2, 3, 2)


def test_a_place_given_back_goes_with_a_lower_overlap(team: flow.Team) -> None:
    """Two people keep the second and third place: the first one, free again, is there for nobody."""
    case = flow.start_case(team.project)
    first = flow.take(team.raters[0], team.project)
    for rater in team.raters[1:]:
        flow.take(rater, team.project)
    cancel_assignment(assignment_id=first.pk, actor=team.manager)
    change_overlap(team, 2)
    task = case.tasks.get()
    held = task.assignments.exclude(state=AssignmentState.CANCELLED)
    assert (task.overlap, sorted(held.values_list("slot", flat=True))) == (2, [1, 2])
    assert claim_place(task_id=task.pk, user=team.raters[0]) is None
    assert held.count() == 2


def test_fewer_people_may_end_a_task(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    change_overlap(team, 1)
    assert case.tasks.get(stage_key="rate").state == "complete"


def test_each_rater_gets_a_fair_mix(team: flow.Team) -> None:
    lumbar = factories.block_mask(labels=(20, 21))
    thoracic = factories.block_mask(labels=(10, 11))
    made = [flow.start_case(team.project, mask) for mask in (lumbar, lumbar, thoracic, thoracic)]
    rater = team.raters[0]
    held = assign(task_id=made[0].tasks.get().pk, user=rater, actor=team.manager)
    flow.hand_in(held)
    second = flow.take(rater, team.project)
    assert second.task.case in made[2:], "lumbar was there before"


def test_doubtful_cases_come_first_where_the_protocol_says_so(team: flow.Team) -> None:
    made = [flow.start_case(team.project) for _ in range(3)]
    for case, difficulty in zip(made, (0.1, 0.6, 0.3), strict=True):
        Case.objects.filter(pk=case.pk).update(difficulty=difficulty)
    team.project.protocol = {**team.project.protocol, "next_task": "uncertain_first"}
    team.project.save()
    assert flow.take(team.raters[0], team.project).task.case == made[1]


def test_spreading_fills_places_evenly_and_says_what_it_could_not(team: flow.Team) -> None:
    made = [flow.start_case(team.project) for _ in range(4)]
    change_overlap(team, 2)
    team.raters[2].memberships.update(away_until=timezone.localdate() + timedelta(days=3))
    fourth = factories.make_member(team.project, Role.RATER)
    outcomes = bulk.distribute(project=team.project, cases=made, actor=team.manager)
    assert all(outcome.done for outcome in outcomes), [outcome.message for outcome in outcomes]
    loads = [Assignment.objects.filter(rater=rater).count() for rater in (*team.raters, fourth)]
    assert sorted(loads) == [0, 2, 3, 3]
    assert loads[2] == 0, "absent"
    again = bulk.distribute(project=team.project, cases=made, actor=team.manager)
    assert {outcome.message for outcome in again} == {"All its places are taken."}
    given = bulk.give(cases=made[:1], user=team.raters[2], actor=team.manager)
    assert not given[0].done


def test_work_is_taken_back_and_given_to_another_in_bulk(team: flow.Team) -> None:
    made = [flow.start_case(team.project) for _ in range(2)]
    first, second = team.raters[0], team.raters[1]
    assert all(one.done for one in bulk.give(cases=made, user=first, actor=team.manager))
    twice = bulk.give(cases=made, user=first, actor=team.manager)
    assert [one.message for one in twice] == ["This person has the task already."] * 2
    assert all(one.done for one in bulk.take_back(cases=made, actor=team.manager, user=first))
    assert not any(one.done for one in bulk.take_back(cases=made, actor=team.manager))
    assert all(one.done for one in bulk.give(cases=made, user=second, actor=team.manager))
    urgent = bulk.prioritise(cases=made, actor=team.manager, priority=3, due_on=None, clear_due=False)
    assert all(one.done for one in urgent)
    assert set(Case.objects.values_list("priority", flat=True)) == {3}


@pytest.mark.slow  # of a dozen it is shown each time
def test_two_hundred_raters_ask_at_once() -> None:
    team = flow.make_team(raters=0)
    raters = [factories.make_member(team.project, Role.RATER) for _ in range(200)]
    volume_cases = [flow.start_case(team.project) for _ in range(3)]
    Task.objects.update(overlap=60)  # 180 places: twenty come away with nothing
    queue = iter(raters)
    lock = Lock()

    def ask_until_all_have() -> list[Any]:
        given: list[Any] = []
        while True:
            with lock:
                rater = next(queue, None)
            if rater is None:
                return given
            given.append(next_assignment(user=rater, project=team.project))

    answers = ask_together([ask_until_all_have] * CONNECTIONS)
    given = [one for answer in answers for one in answer if one is not None]
    assert len(given) == 60 * len(volume_cases)
    assert len({(one.task_id, one.slot) for one in given}) == len(given)
    assert len({one.rater_id for one in given}) == len(given)


def test_those_away_get_nothing_and_their_work_goes_back(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    rater.memberships.update(away_until=timezone.localdate() + timedelta(days=7))
    assert keep_up().places_freed == 1
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.CANCELLED
    assert next_assignment(user=rater, project=team.project) is None


def test_the_share_of_blank_starts_is_the_protocols() -> None:
    team = flow.make_team()
    protocol = team.project.protocol
    protocol["stages"][0]["blank_share"] = 1.0
    team.project.save()
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    state = mask_state(flow.reload(assignment))
    assert assignment.blank_start
    assert not state.array.any()


def test_a_blank_mask_is_there_when_the_work_is_taken_and_looking_makes_none() -> None:
    team = flow.make_team()
    team.project.protocol["stages"][0]["blank_share"] = 1.0
    team.project.save()
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    made = MaskVersion.objects.count()
    assert not mask_state(assignment).array.any()
    assert MaskVersion.objects.count() == made
    # taken before blank masks were made on taking: nothing to see yet, opening makes it
    MaskVersion.objects.filter(source=MaskSource.EMPTY).delete()
    with pytest.raises(NotEditable):
        mask_state(assignment)
    open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    assert not mask_state(flow.reload(assignment)).array.any()
    assert MaskVersion.objects.count() == made
