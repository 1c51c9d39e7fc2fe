"""News of questions: to who asked and to who may answer, and to nobody who rates the case."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from backend.annotation.models import Assignment, Question
from backend.annotation.work.services import questions
from backend.annotation.work.services.questions import Asked
from backend.projects.models import Role
from tests.backend import factories, flow
from tests.realtime.test_note_news import listening
from tests.support.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


async def heard(sockets: list[Socket]) -> list[list[str]]:
    """Of which questions each socket was told; the answer to a ping comes after all that was sent before."""
    told = []
    for socket in sockets:
        await socket.send_json_to({"type": "ping"})
        ids: list[str] = []
        while (message := await socket.receive_json_from())["type"] != "pong":
            if message["type"] == "question":
                ids.append(message["id"])
        told.append(ids)
    return told


@sync_to_async
def two_rate_and_one_of_them_is_an_expert() -> tuple[flow.Team, Assignment]:
    team = flow.make_team()
    flow.start_case(team.project)
    first, second = (flow.take(rater, team.project) for rater in team.raters[:2])
    factories.make_member(team.project, Role.RADIOLOGIST, user=second.rater)
    return team, first


async def test_each_step_is_told_to_the_other_side_and_to_no_rater() -> None:
    team, work = await two_rate_and_one_of_them_is_an_expert()
    asker, rating_expert, idle = team.raters
    expert = team.radiologists[0]
    sockets = await listening(team.project, asker, expert, team.manager, rating_expert, idle)
    ask = sync_to_async(questions.ask)
    question: Question = await ask(assignment=work, actor=asker, asked=Asked("Is this a rib?"))
    one = str(question.pk)
    assert await heard(sockets) == [[], [one], [one], [], []]
    await sync_to_async(questions.reply)(question=question, actor=expert, text="It is.")
    assert await heard(sockets) == [[one], [], [one], [], []]
    await sync_to_async(questions.close)(question=question, actor=asker)
    assert await heard(sockets) == [[], [one], [one], [], []]
    for socket in sockets:
        await socket.disconnect()
