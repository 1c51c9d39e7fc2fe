"""The project's socket: who gets in, what they hear, and when they are shown out."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from backend.accounts.models import User
from backend.common.events import JobChanged, deliver
from backend.common.models import Job
from backend.projects.models import Membership, Project, Role
from backend.projects.services import remove_member
from backend.realtime.consumers import ProjectConsumer
from tests.backend import factories
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def socket_to(project: Project, user: Any) -> Socket:
    return socket_of(user, ProjectConsumer, f"/ws/projects/{project.slug}/", slug=project.slug)


async def opened(user: Any, project: Project) -> Socket:
    socket = socket_to(project, user)
    connected, _ = await socket.connect()
    assert connected
    return socket


@sync_to_async
def world() -> tuple[Project, User, User, Job]:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    job = Job.objects.create(kind="pipeline.run", project_id_ref=project.pk)
    return project, project.created_by, rater, job


def news_of(job: Job, progress: float = 0.5) -> JobChanged:
    return JobChanged(job.pk, job.kind, None, job.project_id_ref, "running", progress, "half")


async def test_a_manager_gets_a_snapshot_and_then_the_news_in_order() -> None:
    project, manager, _, job = await world()
    socket = await opened(manager, project)
    snapshot = await socket.receive_json_from()
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 0)
    assert [row["id"] for row in snapshot["jobs"]] == [str(job.pk)]
    for progress in (0.25, 0.5):
        await sync_to_async(deliver)(news_of(job, progress))
    first, second = await socket.receive_json_from(), await socket.receive_json_from()
    assert [(m["type"], m["seq"], m["progress"]) for m in (first, second)] == [
        ("job", 1, 0.25),
        ("job", 2, 0.5),
    ]
    await socket.send_json_to({"type": "ping"})
    assert await socket.receive_json_from() == {"type": "pong", "seq": 2}
    await socket.disconnect()


async def test_a_rater_hears_nothing_of_the_project_s_jobs() -> None:
    project, _, rater, job = await world()
    socket = await opened(rater, project)
    assert (await socket.receive_json_from())["jobs"] == []
    await sync_to_async(deliver)(news_of(job))
    assert await socket.receive_nothing()
    await socket.send_json_to({"type": "ping"})
    assert (await socket.receive_json_from())["seq"] == 0
    await socket.disconnect()


@pytest.mark.parametrize("who", ["nobody", "outsider"])
async def test_others_are_shown_out_with_a_reason(who: str) -> None:
    project, *_ = await world()
    user = AnonymousUser() if who == "nobody" else await sync_to_async(factories.make_user)()
    socket = socket_to(project, user)
    await socket.connect()
    closed = await socket.receive_output()
    assert closed["type"] == "websocket.close"
    assert closed["code"] == (4401 if who == "nobody" else 4404)


async def test_news_of_another_project_does_not_come() -> None:
    project, manager, *_ = await world()
    *_, other_job = await world()
    socket = await opened(manager, project)
    await socket.receive_json_from()
    await sync_to_async(deliver)(news_of(other_job))
    assert await socket.receive_nothing()
    await socket.disconnect()


async def test_a_member_who_is_taken_out_is_shown_out() -> None:
    project, manager, rater, _ = await world()
    socket = await opened(rater, project)
    await socket.receive_json_from()
    membership = await sync_to_async(Membership.objects.get)(user=rater)
    await sync_to_async(remove_member)(actor=manager, project=project, membership_id=membership.pk)
    assert (await socket.receive_output())["code"] == 4404


@pytest.mark.parametrize("text", ["7", "not json", "[]", '{"type": "drop tables"}'])
async def test_an_unknown_message_closes_the_socket(text: str) -> None:
    project, manager, *_ = await world()
    socket = await opened(manager, project)
    await socket.receive_json_from()
    await socket.send_to(text_data=text)
    assert (await socket.receive_output())["code"] == 4400
