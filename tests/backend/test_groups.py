"""Groups of people: made, renamed, deleted, filled, joined by invitation, and spread over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case
from backend.annotation.work.services import bulk
from backend.audit.models import Record
from backend.common.errors import Forbidden, NotFound
from backend.notices.digests.selectors import fresh_for
from backend.projects import groups, invitations
from backend.projects.models import Invitation, Membership, PeopleGroup, Project, Role
from tests.backend import factories, rows
from tests.backend.test_absence import day, held, note

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def group_of(project: Project, name: str, *people: User) -> PeopleGroup:
    group = groups.make_group(actor=project.created_by, project=project, name=name)
    return groups.change_people(
        actor=project.created_by,
        project=project,
        group_id=group.pk,
        put_in=[user.pk for user in people],
    )


def test_a_group_is_made_filled_renamed_and_deleted(project: Project, as_user: AsUser) -> None:
    first, second = (factories.make_member(project, Role.RATER) for _ in range(2))
    manager, root = as_user(project.created_by), f"/api/v1/projects/{project.slug}/groups"
    made = manager.post(root, {"name": " Students   2026 "}, format="json").json()
    assert (made["name"], made["user_ids"]) == ("Students 2026", [])
    address = f"{root}/{made['id']}"
    people = [str(first.pk), str(second.pk)]
    filled = manager.post(f"{address}/people", {"put_in": people}, format="json").json()
    assert filled["user_ids"] == sorted(people)
    both = {"put_in": people, "take_out": [str(second.pk)]}
    assert manager.post(f"{address}/people", both, format="json").json()["user_ids"] == [str(first.pk)]
    assert manager.put(address, {"name": "Students"}, format="json").json()["name"] == "Students"
    assert [row["name"] for row in manager.get(root).json()["results"]] == ["Students"]
    assert manager.delete(address).status_code == 204
    assert manager.get(root).json()["count"] == 0
    assert set(Membership.objects.filter(project=project, active=True).values_list("user", flat=True)) >= {
        first.pk,
        second.pk,
    }
    said = Record.objects.filter(verb__startswith="group.").order_by("pk")
    assert list(said.values_list("verb", flat=True)) == [
        "group.made",
        "group.changed",
        "group.changed",
        "group.renamed",
        "group.deleted",
    ]
    assert said[1].detail["put_in"] == sorted(people)
    assert (said[2].detail["joined"], said[2].detail["taken_out"]) == (0, [str(second.pk)])
    assert said[4].detail["people"] == [str(first.pk)]


def test_a_name_is_one_groups_in_capitals_or_not_and_another_projects_too(
    project: Project, as_user: AsUser
) -> None:
    group_of(project, "Students")
    other = group_of(project, "Experts")
    group_of(factories.make_project(), "Students")
    manager, root = as_user(project.created_by), f"/api/v1/projects/{project.slug}/groups"
    taken = manager.post(root, {"name": "students"}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "group_name_taken")
    renamed = manager.put(f"{root}/{other.pk}", {"name": "STUDENTS"}, format="json")
    assert renamed.json()["code"] == "group_name_taken"
    assert manager.put(f"{root}/{other.pk}", {"name": "EXPERTS"}, format="json").status_code == 200
    assert manager.post(root, {"name": "  "}, format="json").status_code == 400


def test_who_was_never_in_the_project_is_put_into_no_group_of_it(project: Project) -> None:
    stranger, rater = factories.make_user("stranger"), factories.make_member(project, Role.RATER)
    group = group_of(project, "Students")
    with pytest.raises(groups.NotInProject):
        groups.change_people(
            actor=project.created_by,
            project=project,
            group_id=group.pk,
            put_in=[rater.pk, stranger.pk],
        )
    assert groups.ids_in(project, group.pk) == set()


def test_another_projects_group_is_not_there(project: Project) -> None:
    other = factories.make_project(project.created_by)
    group = group_of(other, "Students")
    own: dict[str, Any] = {"actor": project.created_by, "project": project, "group_id": group.pk}
    for act in (groups.delete_group, groups.change_people):
        with pytest.raises(groups.NoSuchGroup):
            act(**own)
    with pytest.raises(groups.NoSuchGroup):
        groups.rename_group(**own, name="Mine")
    with pytest.raises(groups.NoSuchGroup):
        bulk.distribute(project=project, cases=[], actor=project.created_by, group_id=group.pk)


def test_the_services_are_the_managers_alone(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    group = group_of(project, "Students", rater)
    own: dict[str, Any] = {"actor": rater, "project": project}
    for act in (
        lambda: groups.make_group(**own, name="Mine"),
        lambda: groups.rename_group(**own, group_id=group.pk, name="Mine"),
        lambda: groups.change_people(**own, group_id=group.pk, take_out=[rater.pk]),
        lambda: groups.delete_group(**own, group_id=group.pk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_list_takes_as_many_queries_however_many_groups_there_are(
    project: Project, as_user: AsUser, django_assert_num_queries: Callable[[int], object]
) -> None:
    people = [factories.make_member(project, Role.RATER) for _ in range(3)]
    for name in "ABCD":
        group_of(project, name, *people)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        found = [sorted(user.pk for user in group.people.all()) for group in groups.groups_of(project)]
    assert found == [sorted(user.pk for user in people)] * 4


def invite(project: Project, email: str, group_id: object) -> Invitation:
    return invitations.invite(
        actor=project.created_by,
        project=project,
        email=email,
        role="rater",
        link_of=lambda token: f"#{token}",
        group_id=group_id,  # type: ignore[arg-type]
    ).invitation


def test_who_accepts_an_invitation_joins_its_group_and_is_told_nothing_of_it(
    project: Project, as_user: AsUser, settings: Any
) -> None:
    settings.VERTEBASE_SENDS_MAIL = False
    group = group_of(project, "Students")
    made = as_user(project.created_by).post(
        f"/api/v1/projects/{project.slug}/invitations",
        {"email": "ada@x.test", "role": "rater", "group_id": str(group.pk)},
        format="json",
    )
    assert (made.json()["group_id"], made.json()["group_name"]) == (str(group.pk), "Students")
    token = made.json()["link"].partition("#")[2]
    offer = APIClient().post("/api/v1/invitations/offer", {"token": token}, format="json")
    body = {"token": token, "display_name": "Ada", "password": "a long and odd pass phrase"}
    told = APIClient().post("/api/v1/invitations/accept", body, format="json")
    assert (offer.status_code, told.status_code) == (200, 201)
    assert "Students" not in offer.content.decode() + told.content.decode()
    ada = User.objects.get(email="ada@x.test")
    assert groups.ids_in(project, group.pk) == {ada.pk}
    joined = Record.objects.filter(verb="group.changed").latest("pk")
    assert (joined.actor_id, joined.detail["put_in"]) == (project.created_by.pk, [str(ada.pk)])


def test_a_group_that_is_deleted_leaves_its_invitations_open(project: Project) -> None:
    group = group_of(project, "Students")
    open_one = invite(project, "ada@x.test", group.pk)
    groups.delete_group(actor=project.created_by, project=project, group_id=group.pk)
    open_one.refresh_from_db()
    assert (open_one.group, open_one.accepted_at) == (None, None)
    for unknown in (uuid4(), group_of(factories.make_project(), "Students").pk):
        with pytest.raises(NotFound):
            invite(project, "bert@x.test", unknown)
    assert not Invitation.objects.filter(email="bert@x.test").exists()


def case_with_task(project: Project) -> Case:
    case = rows.case_in(project, state="in_progress", stage_key="rate")
    case.start_mask = rows.mask_of(case)
    case.save()
    rows.task_on(case, start_mask=case.start_mask)
    return case


def test_spreading_over_a_group_gives_to_nobody_else(project: Project, as_user: AsUser) -> None:
    inside, outside = (factories.make_member(project, Role.RATER, name) for name in ("inside", "outside"))
    group = group_of(project, "Students", inside)
    cases = [case_with_task(project) for _ in range(2)]
    body = {
        "action": "distribute",
        "case_ids": [str(case.pk) for case in cases],
        "group_id": str(group.pk),
    }
    address, manager = f"/api/v1/projects/{project.slug}/cases/bulk", as_user(project.created_by)
    assert all(row["done"] for row in manager.post(address, body, format="json").json())
    given = Assignment.objects.values_list("rater", flat=True)
    assert list(given) == [inside.pk, inside.pk]
    again = manager.post(address, body, format="json").json()
    assert {row["message"] for row in again} == {"Nobody of the group is left who may take it."}
    groups.change_people(actor=project.created_by, project=project, group_id=group.pk, put_in=[outside.pk])
    assert all(row["done"] for row in manager.post(address, body, format="json").json())


def test_a_rater_is_told_by_mail_that_an_absence_moved_their_due_dates(project: Project) -> None:
    rater, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    for user in (rater, other):
        held(project, user, day(30))
    held(project, rater, None)
    Assignment.objects.update(created_at=timezone.now() - timedelta(days=9))
    since, now = timezone.now() - timedelta(days=1), timezone.now() + timedelta(minutes=1)
    assert fresh_for(rater, since, now) == []
    note(project, rater, None, day(3))
    (news,) = fresh_for(rater, since, now)
    assert (news.due_moved, news.given, news.is_news) == (1, 0, True)
    assert fresh_for(other, since, now) == []
    assert fresh_for(rater, now, now) == []
