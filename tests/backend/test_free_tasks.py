"""Which tasks a person may take, and in which order: each rule with rows that differ in it alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Sighting, SightKind, Task, TaskKind
from backend.annotation.selectors import free_tasks
from backend.projects.models import Project, Role
from tests.backend import factories
from tests.backend.rows import case_in, copy_for, held, task_on

pytestmark = pytest.mark.django_db
CORRECT, ADJUDICATE, REVIEW = TaskKind.CORRECT, TaskKind.ADJUDICATE, TaskKind.REVIEW


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def rater(project: Project) -> User:
    return factories.make_member(project, Role.RATER)


def free(user: User, project: Project, **how: Any) -> list[Task]:
    return list(free_tasks(user=user, project=project, stage_keys=["rate", "review"], **how))


def new_task(project: Project, kind: TaskKind = CORRECT, overlap: int = 2, **fields: Any) -> Task:
    return task_on(case_in(project), kind, overlap, **fields)


def test_only_open_places_of_the_stages_asked_for(project: Project, rater: User) -> None:
    task, single = new_task(project), new_task(project, overlap=1)
    new_task(factories.make_project())
    new_task(project, stage_key="other")
    new_task(project, state="complete")
    new_task(project, overlap=0)
    task_on(case_in(project, purpose="gold"))
    full = new_task(project, overlap=2)
    for _ in range(2):
        held(full, factories.make_user())
    given_back = new_task(project, overlap=1)
    held(given_back, factories.make_user(), "cancelled")
    half = new_task(project, overlap=2)
    held(half, factories.make_user())
    assert free(rater, project) == [half, task, single, given_back], "begun first, then by age"


def test_nobody_does_a_task_twice_or_one_whose_answer_they_were_told(project: Project, rater: User) -> None:
    peer = factories.make_member(project, Role.RATER)
    done, given_back, told, waits, new = (new_task(project, overlap=3) for _ in range(5))
    held(done, rater, "submitted")
    held(given_back, rater, "cancelled")
    held(task_on(copy_for(rater, told.case).case, overlap=1), rater)
    copy_for(rater, waits.case)
    assert free(rater, project) == [waits, new]
    assert set(free(peer, project)) == {done, given_back, told, waits, new}


def test_who_has_seen_others_work_gets_none_that_is_blind(project: Project, rater: User) -> None:
    peer = factories.make_member(project, Role.RATER)
    seen, compared, unopened, new = (new_task(project) for _ in range(4))
    alone = new_task(project, overlap=1)
    check = new_task(project, REVIEW, stage_key="review")
    for task in (seen, alone, check):
        Sighting.objects.create(case=task.case, user=rater, kind=SightKind.CASE)
    held(task_on(compared.case, REVIEW, 1, stage_key="other"), rater, opened_at=timezone.now())
    held(task_on(unopened.case, REVIEW, 1, stage_key="other"), rater)
    held(task_on(new.case, CORRECT, 1, stage_key="other"), rater, opened_at=timezone.now())
    assert set(free(rater, project)) == {unopened, new, alone, check}
    assert len(free(peer, project)) == 6


@pytest.mark.parametrize("kind", [ADJUDICATE, REVIEW])
def test_nobody_judges_their_own_work(project: Project, rater: User, kind: TaskKind) -> None:
    peer = factories.make_member(project, Role.RADIOLOGIST)
    worked, given_back, reviewed, new = (new_task(project, kind, 1, stage_key="review") for _ in range(4))
    held(task_on(worked.case, stage_key="other"), rater, "submitted")
    held(task_on(given_back.case, stage_key="other"), rater, "cancelled")
    held(task_on(reviewed.case, REVIEW, stage_key="other"), rater, "submitted")
    again = task_on(worked.case)  # of another kind: their own work is no reason against it
    assert set(free(rater, project)) == {given_back, reviewed, new, again}
    assert set(free(peer, project)) == {worked, given_back, reviewed, new, again}


def test_what_matters_comes_first_then_what_is_due_then_what_the_engine_doubts(
    project: Project, rater: User
) -> None:
    def task(**of_case: Any) -> Task:
        return task_on(case_in(project, **of_case))

    plain = task(difficulty=None)
    easy, hard = task(difficulty=0.2), task(difficulty=0.9)
    late, soon = task(due_on=date(2026, 12, 2)), task(due_on=date(2026, 12, 1))
    urgent = task(priority=1)
    assert free(rater, project) == [urgent, soon, late, plain, easy, hard]
    assert free(rater, project, uncertain_first=True) == [urgent, soon, late, hard, easy, plain]
