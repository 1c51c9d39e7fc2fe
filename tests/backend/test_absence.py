"""An absence for which work waits: what stays, which due dates move and by how much, and what is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState
from backend.annotation.work.services.absence import AbsenceOutcome, note_absence
from backend.annotation.work.services.giving import return_work_of_absent
from backend.audit.models import Record
from backend.projects.models import Membership, Project, Role
from backend.projects.services import Absence
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def day(after: int) -> date:
    return timezone.localdate() + timedelta(days=after)


def held(project: Project, user: User, due: date | None) -> Assignment:
    """A task in the hands of somebody."""
    case = rows.case_in(project, state="in_progress", stage_key="rate")
    return Assignment.objects.create(task=rows.task_on(case), rater=user, slot=0, due_on=due)


def note(
    project: Project,
    user: User,
    since: date | None,
    until: date,
    role: Role = Role.RATER,
    *,
    waits: bool = True,
) -> AbsenceOutcome:
    member = Membership.objects.get(project=project, user=user, role=role)
    absence = Absence(since, until, waits)
    return note_absence(actor=project.created_by, project=project, membership_id=member.pk, absence=absence)


def due(*assignments: Assignment) -> list[date | None]:
    found = dict(Assignment.objects.values_list("pk", "due_on"))
    return [found[assignment.pk] for assignment in assignments]


def test_due_dates_from_the_first_day_on_move_by_the_days_away(project: Project) -> None:
    rater, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    before, first, late, open_end = (held(project, rater, at) for at in (day(4), day(5), day(30), None))
    ended, of_other = held(project, rater, day(6)), held(project, other, day(6))
    Assignment.objects.filter(pk=ended.pk).update(state=AssignmentState.SUBMITTED)
    found = note(project, rater, day(5), day(9))
    assert due(before, first, late, open_end) == [day(4), day(10), day(35), None]
    assert due(ended, of_other) == [day(6), day(6)]
    assert [(one.due_on, one.moves_to) for one in found.moved] == [(day(5), day(10)), (day(30), day(35))]
    record = Record.objects.get(verb="member.due_moved")
    assert (record.detail["tasks"], record.detail["days"]) == (2, 5)


def test_an_absence_made_longer_or_shorter_moves_them_by_the_difference(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    task = held(project, rater, day(5))
    note(project, rater, None, day(1))  # today and tomorrow
    assert due(task) == [day(7)]
    note(project, rater, None, day(3))
    assert due(task) == [day(9)]
    note(project, rater, None, day(0))
    assert due(task) == [day(6)]
    note(project, rater, None, day(3), waits=False)
    assert due(task) == [day(5)]


def test_the_same_days_in_a_second_role_move_nothing_more(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    factories.make_member(project, Role.PHYSICIST, user=rater)
    task = held(project, rater, day(5))
    note(project, rater, None, day(1))
    assert note(project, rater, None, day(1), Role.PHYSICIST).moved == []
    assert due(task) == [day(7)]


def test_work_that_waits_stays_and_other_work_goes_back(project: Project) -> None:
    waits, goes, there = (factories.make_member(project, Role.RATER) for _ in range(3))
    tasks = [held(project, user, day(5)) for user in (waits, goes, there)]
    assert note(project, waits, None, day(3)).goes_back == 0
    found = note(project, goes, None, day(3), waits=False)
    assert (found.goes_back, found.moved) == (1, [])
    assert return_work_of_absent(today=day(1)) == 1
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert [states[task.pk] for task in tasks] == ["open", "cancelled", "open"]


def test_who_left_another_project_keeps_the_work_of_this_one_only(project: Project) -> None:
    elsewhere = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    factories.make_member(elsewhere, Role.RATER, user=rater)
    here, there = held(project, rater, None), held(elsewhere, rater, None)
    Membership.objects.filter(project=elsewhere, user=rater).update(active=False)
    return_work_of_absent(today=day(0))
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert (states[here.pk], states[there.pk]) == ("open", "cancelled")


def test_looking_for_the_absent_costs_two_queries_however_much_is_open(
    project: Project, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(3):
        held(project, factories.make_member(project, Role.RATER), None)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert return_work_of_absent(today=day(0)) == 0


def test_of_a_preview_nothing_stays(project: Project, as_user: AsUser) -> None:
    rater = factories.make_member(project, Role.RATER)
    task = held(project, rater, day(5))
    member = Membership.objects.get(project=project, user=rater)
    address = f"/api/v1/projects/{project.slug}/members/{member.pk}/absence"
    asked = {"away_until": str(day(1)), "work_waits": True}
    manager = as_user(project.created_by)
    seen = manager.post(address, asked | {"preview": True}, format="json").json()
    member.refresh_from_db()
    assert (due(task), member.away_until, Record.objects.filter(verb="member.due_moved").count()) == (
        [day(5)],
        None,
        0,
    )
    assert manager.post(address, asked, format="json").json() == seen
    member.refresh_from_db()
    assert (due(task), member.away_until, member.work_waits) == ([day(7)], day(1), True)
    back = f"/api/v1/projects/{project.slug}/members/{member.pk}"
    assert manager.patch(back, {"away_until": None}, format="json").json()["work_waits"] is False
