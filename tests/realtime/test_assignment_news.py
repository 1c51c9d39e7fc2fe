"""News of assignments reaches the rater and the manager, and no other rater."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from backend.accounts.models import User
from backend.annotation.events import AssignmentChanged
from backend.annotation.models import Assignment, Case, Task, TaskKind
from backend.common.events import deliver
from backend.projects.models import Project, Role
from backend.realtime.consumers import AssignmentConsumer, ProjectConsumer
from tests.backend import factories
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@sync_to_async
def world() -> tuple[Project, Assignment, User, User]:
    project = factories.make_project()
    first, second = (factories.make_member(project, Role.RATER) for _ in range(2))
    case = Case.objects.create(
        project=project, volume=factories.make_volume(project), alias="c", stage_key="rate"
    )
    task = Task.objects.create(case=case, stage_key="rate", kind=TaskKind.CORRECT, overlap=3)
    return project, Assignment.objects.create(task=task, rater=first, slot=0), first, second


def assignment_socket(user: User, assignment_id: UUID) -> Socket:
    return socket_of(
        user, AssignmentConsumer, f"/ws/assignments/{assignment_id}/", assignment_id=assignment_id
    )


def project_socket(user: User, project: Project) -> Socket:
    return socket_of(user, ProjectConsumer, f"/ws/projects/{project.slug}/", slug=project.slug)


def event_of(project: Project, assignment: Assignment, **changes: Any) -> AssignmentChanged:
    values = {
        "assignment_id": assignment.pk,
        "case_id": assignment.task.case_id,
        "project_id": project.pk,
        "rater_id": assignment.rater_id,
        "state": "returned",
    }
    return AssignmentChanged(**{**values, **changes})


async def test_the_rater_hears_of_their_own_assignment() -> None:
    project, assignment, rater, _ = await world()
    socket = assignment_socket(rater, assignment.pk)
    await socket.connect()
    assert (await socket.receive_json_from())["type"] == "snapshot"
    await sync_to_async(deliver)(event_of(project, assignment))
    news = await socket.receive_json_from()
    assert (news["type"], news["id"], news["state"]) == ("assignment", str(assignment.pk), "returned")
    assert "case_id" not in news
    await socket.disconnect()


async def test_nobody_else_gets_into_an_assignment_s_socket() -> None:
    _, assignment, _, other = await world()
    for assignment_id in (assignment.pk, uuid4()):
        socket = assignment_socket(other, assignment_id)
        await socket.connect()
        assert (await socket.receive_output())["code"] == 4404


async def test_another_rater_of_the_project_hears_nothing_and_cannot_count() -> None:
    project, assignment, _, other = await world()
    socket = project_socket(other, project)
    await socket.connect()
    await socket.receive_json_from()
    await sync_to_async(deliver)(event_of(project, assignment, state="submitted"))
    assert await socket.receive_nothing()
    await socket.send_json_to({"type": "ping"})
    assert await socket.receive_json_from() == {"type": "pong", "seq": 0}
    await socket.disconnect()


async def test_the_manager_hears_of_every_assignment_once() -> None:
    project, assignment, *_ = await world()
    socket = project_socket(project.created_by, project)
    await socket.connect()
    await socket.receive_json_from()
    await sync_to_async(deliver)(event_of(project, assignment))
    assert (await socket.receive_json_from())["type"] == "assignment"
    assert await socket.receive_nothing()
    await socket.disconnect()
