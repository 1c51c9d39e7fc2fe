"""Limits of work: tasks at once, hours a week, absence; each with its reason, and no way past them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.errors import AtTheLimit
from backend.annotation.models import ActiveWeek, Case
from backend.annotation.work.selectors.workload import load_of, monday_of
from backend.annotation.work.services import bulk, giving, taking, working
from backend.audit.models import Record
from backend.projects.models import Membership, Project, Role
from backend.projects.services import grant
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def limit(project: Project, user: User, **limits: Any) -> None:
    Membership.objects.filter(project=project, user=user).update(**limits)


def case_with_task(project: Project) -> Case:
    case = rows.case_in(project, state="in_progress", stage_key="rate")
    case.start_mask = rows.mask_of(case)
    case.save()
    rows.task_on(case, start_mask=case.start_mask)
    return case


def test_limits_are_set_for_all_roles_and_kept_with_a_new_one(project: Project, as_user: AsUser) -> None:
    rater = factories.make_member(project, Role.RATER)
    factories.make_member(project, Role.PHYSICIST, user=rater)
    first = Membership.objects.get(project=project, user=rater, role=Role.RATER)
    answer = as_user(project.created_by).patch(
        f"/api/v1/projects/{project.slug}/members/{first.pk}",
        {"limits": {"max_open": 2, "max_weekly_hours": None}},
        format="json",
    )
    assert (answer.json()["max_open"], answer.json()["max_weekly_hours"]) == (2, None)
    grant(actor=project.created_by, project=project, user=rater, role=Role.RADIOLOGIST)
    held = Membership.objects.filter(project=project, user=rater)
    assert set(held.values_list("max_open", flat=True)) == {2}
    assert Record.objects.get(verb="member.capped").detail["max_weekly_hours"] == "any number of"


def test_nobody_is_given_more_than_they_may_have_at_once(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    limit(project, rater, max_open=1)
    first, second = case_with_task(project), case_with_task(project)
    giving.assign(task_id=first.tasks.get().pk, user=rater, actor=project.created_by)
    with pytest.raises(AtTheLimit, match=r"at the limit of tasks in hand \(1 of 1\)"):
        giving.assign(task_id=second.tasks.get().pk, user=rater, actor=project.created_by)
    assert taking.next_assignment(user=rater, project=project) is not None, "what is begun goes on"


def test_spreading_leaves_out_who_is_at_a_limit(project: Project) -> None:
    full, free = (factories.make_member(project, Role.RATER, name) for name in ("full", "free"))
    limit(project, full, max_open=1)
    cases = [case_with_task(project) for _ in range(3)]
    bulk.distribute(project=project, cases=cases, actor=project.created_by)
    assert load_of(full, project).open == 1
    assert load_of(free, project).open == 3


def test_who_has_worked_the_hours_of_the_week_gets_nothing_new(project: Project, as_user: AsUser) -> None:
    rater = factories.make_member(project, Role.RATER)
    limit(project, rater, max_weekly_hours=2)
    case_with_task(project)
    monday = monday_of(timezone.localdate())
    own = {"project": project, "user": rater}
    ActiveWeek.objects.create(**own, monday=monday - timedelta(weeks=1), seconds=90_000)
    week = ActiveWeek.objects.create(**own, monday=monday, seconds=7200)
    assert taking.next_assignment(user=rater, project=project) is None
    told = as_user(rater).get(f"/api/v1/projects/{project.slug}/my-load").json()
    assert (told["reason"], told["week_seconds"], told["max_weekly_hours"]) == ("hours", 7200, 2)
    week.seconds = 7199
    week.save()
    assert taking.next_assignment(user=rater, project=project) is not None


def test_active_time_counts_in_its_own_week(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    assignment = rows.held(rows.task_on(case_with_task(project)), rater)
    for seconds in (30, 0, 45):
        working.add_active_time(assignment_id=assignment.pk, seconds=seconds)
    week = ActiveWeek.objects.get(project=project, user=rater)
    assert (week.seconds, week.monday) == (75, monday_of(timezone.localdate()))
    assert monday_of(date(2026, 11, 30)) == date(2026, 11, 30)
    assert monday_of(date(2026, 11, 29)) == date(2026, 11, 23)


def test_nobody_is_given_work_while_away(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    case, today = case_with_task(project), timezone.localdate()
    limit(project, rater, away_until=today)
    with pytest.raises(AtTheLimit, match="away until"):
        giving.assign(task_id=case.tasks.get().pk, user=rater, actor=project.created_by)
    limit(project, rater, away_until=today - timedelta(days=1))
    giving.assign(task_id=case.tasks.get().pk, user=rater, actor=project.created_by)
