"""News of notes: to those who may read them, and to nobody who works blinded."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.annotation.work.services import working
from backend.projects.models import Membership, Project, Role
from backend.realtime.consumers import ProjectConsumer
from backend.review import services as review
from tests.backend import flow
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


async def listening(project: Project, *people: User) -> list[Socket]:
    sockets = []
    for user in people:
        socket = socket_of(user, ProjectConsumer, f"/ws/projects/{project.slug}/", slug=project.slug)
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "snapshot"
        sockets.append(socket)
    return sockets


async def notes_heard(sockets: list[Socket]) -> list[list[str]]:
    """What each socket was told of notes; the answer to a ping comes after all that was sent before."""
    told = []
    for socket in sockets:
        await socket.send_json_to({"type": "ping"})
        states: list[str] = []
        while (message := await socket.receive_json_from())["type"] != "pong":
            states.append(message["state"])
        told.append(states)
    return told


@sync_to_async
def two_at_work(manager_rates: bool) -> tuple[flow.Team, Assignment]:
    team = flow.make_team()
    case = flow.start_case(team.project)
    if manager_rates:
        Membership.objects.create(project=team.project, user=team.manager, role=Role.RATER)
        flow.take(team.manager, team.project)
    first, _ = (flow.take(rater, team.project) for rater in team.raters[:2])
    assert first.task.case == case
    return team, first


@pytest.mark.parametrize("manager_rates", [False, True])
async def test_a_peer_s_note_is_told_to_nobody_who_works_blinded_managers_included(
    manager_rates: bool,
) -> None:
    team, first = await two_at_work(manager_rates)
    sockets = await listening(team.project, team.manager, *team.raters[:2])
    pin = review.Pin("Facet?", label=20)
    await sync_to_async(review.add_comment)(assignment_id=first.pk, actor=first.rater, pin=pin)
    assert await notes_heard(sockets) == [[] if manager_rates else ["comment"], [], []]


@sync_to_async
def asked_before_adjudication() -> tuple[flow.Team, Assignment, Any]:
    team = flow.make_team()
    flow.start_case(team.project)
    asking = flow.take(team.raters[0], team.project)
    asked = review.add_comment(assignment_id=asking.pk, actor=asking.rater, pin=review.Pin("T12?", label=20))
    flow.rate(team, changes=[None, None, flow.erase(20)])
    expert = team.radiologists[0]
    adjudication = flow.take(expert, team.project)
    working.open_assignment(assignment_id=adjudication.pk, actor=expert)
    return team, adjudication, asked


async def test_an_expert_s_answer_and_the_end_of_a_thread_reach_who_asked_and_no_other_rater() -> None:
    team, adjudication, asked = await asked_before_adjudication()
    sockets = await listening(team.project, *team.raters[:2], adjudication.rater)
    said: dict[str, Any] = {"assignment_id": adjudication.pk, "actor": adjudication.rater}
    await sync_to_async(review.add_comment)(**said, pin=review.Pin("Yes.", parent=asked.pk))
    assert await notes_heard(sockets) == [["comment"], [], []]
    await sync_to_async(review.resolve_comment)(**said, comment_id=asked.pk, resolved=True)
    assert await notes_heard(sockets) == [["thread"], [], []]
