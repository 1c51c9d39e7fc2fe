"""A stage of the protocol for a group of people: who is offered it, by every way, and who learns of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.errors import NotInGroup
from backend.annotation.models import Assignment
from backend.annotation.work.services import bulk, giving
from backend.annotation.work.services.readiness import stages_open_to, waiting_for
from backend.annotation.work.services.taking import next_assignment
from backend.common.errors import Invalid
from backend.home.selectors import home_of
from backend.progress.managing.selectors.observed import workers_in
from backend.projects import groups
from backend.projects.models import PeopleGroup, Project, Role
from backend.projects.protocols import ProtocolInvalid, parse
from backend.projects.selectors import protocol_of
from backend.projects.services import ProjectDraft, create_project, update_project
from tests.backend import factories
from tests.backend.test_groups import case_with_task, group_of

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def for_group(project: Project, group_id: object, key: str = "rate") -> dict[str, Any]:
    """The project's protocol with that stage for a group."""
    return {
        **project.protocol,
        "stages": [
            {**stage, "group": str(group_id)} if stage["key"] == key else stage
            for stage in project.protocol["stages"]
        ],
    }


@pytest.fixture
def students(project: Project) -> PeopleGroup:
    """The group whose the rating is, with one rater of two."""
    group = group_of(project, "Students", factories.make_member(project, Role.RATER, "inside"))
    factories.make_member(project, Role.RATER, "outside")
    update_project(
        actor=project.created_by, project=project, changes={"protocol": for_group(project, group.pk)}
    )
    project.refresh_from_db()
    return group


def named(project: Project, name: str) -> User:
    return User.objects.get(memberships__project=project, email__startswith=name)


def test_only_the_group_is_offered_its_stage(project: Project, students: PeopleGroup) -> None:
    case_with_task(project)
    inside, outside = named(project, "inside"), named(project, "outside")
    assert stages_open_to(user=outside, project=project) == []
    assert next_assignment(user=outside, project=project) is None
    assert waiting_for(outside) == []
    assert [one.kinds for one in home_of(outside).waiting] == [[]]
    assert [one.kinds for one in home_of(inside).waiting] == [["correct"]]
    assert [row.project for row in waiting_for(inside)] == [project]
    taken = next_assignment(user=inside, project=project)
    assert taken is not None
    groups.change_people(
        actor=project.created_by,
        project=project,
        group_id=students.pk,
        put_in=[outside.pk],
        take_out=[inside.pk],
    )
    assert next_assignment(user=inside, project=project) == taken, "work in hand stays"
    assert stages_open_to(user=outside, project=project) == ["rate"]


def test_a_manager_gives_and_spreads_it_to_nobody_else(project: Project, students: PeopleGroup) -> None:
    case = case_with_task(project)
    task = case.tasks.get()
    with pytest.raises(NotInGroup):
        giving.assign(task_id=task.pk, user=named(project, "outside"), actor=project.created_by)
    [spread] = bulk.distribute(project=project, cases=[case], actor=project.created_by)
    assert spread.message.startswith(f"Given to {named(project, 'inside').name}; ")
    assert set(Assignment.objects.values_list("rater", flat=True)) == {named(project, "inside").pk}


def test_the_simulation_counts_the_group_alone(
    project: Project, students: PeopleGroup, as_user: AsUser
) -> None:
    asked = {"protocol": project.protocol}
    address, manager = f"/api/v1/projects/{project.slug}/protocol/simulation", as_user(project.created_by)
    told = manager.post(address, asked, format="json").json()
    rate = told["stages"][0]
    assert (rate["key"], rate["people"], rate["unfilled"]) == ("rate", 1, 100.0 * (rate["overlap"] - 1))
    assert [row["name"] for row in told["people"]] == [named(project, "inside").name]
    with CaptureQueriesContext(connection) as few:
        workers_in(project, students.created_at)
    for number in range(5):
        group_of(project, f"More {number}", factories.make_member(project, Role.RATER))
    with CaptureQueriesContext(connection) as many:
        workers_in(project, students.created_at)
    assert len(many) == len(few)


def test_who_does_not_manage_is_not_told_of_groups(
    project: Project, students: PeopleGroup, as_user: AsUser
) -> None:
    address = f"/api/v1/projects/{project.slug}"
    told = as_user(project.created_by).get(address).json()["protocol"]
    assert told["stages"][0]["group"] == str(students.pk)
    expert = factories.make_member(project, Role.RADIOLOGIST)
    for user in (named(project, "inside"), named(project, "outside"), expert):
        for page in (address, "/api/v1/projects", "/api/v1/home"):
            assert str(students.pk) not in as_user(user).get(page).content.decode()


def test_offers_take_as_many_queries_however_many_projects_have_groups(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            home_of(rater)
        return len(captured)

    before = count()
    for _ in range(3):
        other = factories.make_project()
        factories.make_member(other, Role.RATER, user=rater)
        group = group_of(other, "Students", rater)
        changes = {"protocol": for_group(other, group.pk)}
        update_project(actor=other.created_by, project=other, changes=changes)
    assert count() == before


def test_a_group_that_a_stage_is_for_stays_and_others_groups_are_refused(
    project: Project, students: PeopleGroup
) -> None:
    act: dict[str, Any] = {"actor": project.created_by, "project": project}
    with pytest.raises(groups.GroupInUse):
        groups.delete_group(**act, group_id=students.pk)
    for unknown in (uuid4(), group_of(factories.make_project(), "Students").pk):
        with pytest.raises(Invalid, match="for a group that is not in the project"):
            update_project(**act, changes={"protocol": for_group(project, unknown)})
    with pytest.raises(ProtocolInvalid, match="no id of a group"):
        parse(for_group(project, "Students"))
    with pytest.raises(ProtocolInvalid, match="the machine does it"):
        parse(for_group(project, students.pk, key="fuse"))
    update_project(**act, changes={"protocol": protocol_of(project).without_groups().to_json()})
    groups.delete_group(**act, group_id=students.pk)


def test_a_new_project_leaves_the_groups_of_another_behind(project: Project, students: PeopleGroup) -> None:
    draft = ProjectDraft(name="A copy", protocol=project.protocol)
    assert protocol_of(create_project(actor=project.created_by, draft=draft)).groups == set()
    assert protocol_of(project).groups == {str(students.pk)}
