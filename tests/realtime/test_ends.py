"""A socket lives no longer than what it was opened with: session, password, account, membership."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.projects.models import Membership, Role
from backend.projects.services import remove_member, update_member
from backend.realtime import consumers
from backend.realtime.consumers import AssignmentConsumer, ProjectConsumer
from backend.realtime.streams import project_stream, send
from tests.backend import factories, flow
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
AUTH = "/_allauth/browser/v1"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def browser_of(user: User) -> Client:
    """A browser in which the person signed in by the page, which keeps a list of such sessions."""
    client = Client()
    body = {"email": user.email, "password": factories.PASSWORD}
    assert client.post(f"{AUTH}/auth/login", body, content_type="application/json").status_code == 200
    return client


@sync_to_async
def signed_in() -> tuple[flow.Team, User, Client, Any]:
    """A rater with an assignment, in a browser."""
    team = flow.make_team()
    flow.start_case(team.project)
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    return team, rater, browser_of(rater), assignment


async def both(team: flow.Team, rater: User, client: Client, assignment: Any) -> list[Socket]:
    """The project's and the assignment's socket, opened with the browser's session."""
    slug = team.project.slug
    sockets = [
        socket_of(rater, ProjectConsumer, f"/ws/projects/{slug}/", slug=slug),
        socket_of(rater, AssignmentConsumer, "/ws/assignments/x/", assignment_id=assignment.pk),
    ]
    session = await sync_to_async(lambda: client.session)()
    for socket in sockets:
        socket.scope["session"] = session
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "snapshot"
    return sockets


async def closed(sockets: list[Socket]) -> list[int]:
    return [(await socket.receive_output())["code"] for socket in sockets]


def sign_out(rater: User, client: Client) -> None:
    assert client.delete(f"{AUTH}/auth/session").status_code == 401


def sign_out_from_elsewhere(rater: User, client: Client) -> None:
    other = browser_of(rater)
    key = client.session.session_key
    row = UserSession.objects.get(session_key=key)
    body = {"sessions": [row.pk]}
    assert other.delete(f"{AUTH}/auth/sessions", body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("end", [sign_out, sign_out_from_elsewhere])
async def test_signing_out_closes_the_sockets_of_that_browser_alone(
    end: Callable[[User, Client], None],
) -> None:
    team, rater, client, assignment = await signed_in()
    here = await both(team, rater, client, assignment)
    elsewhere = await sync_to_async(browser_of)(rater)
    there = await both(team, rater, elsewhere, assignment)
    await sync_to_async(end)(rater, client)
    assert await closed(here) == [4401, 4401]
    for socket in there:
        await socket.send_json_to({"type": "ping"})
        assert (await socket.receive_json_from())["type"] == "pong"
        await socket.disconnect()


async def test_a_change_of_password_closes_every_socket() -> None:
    team, rater, client, assignment = await signed_in()
    sockets = await both(team, rater, client, assignment)
    former = await sync_to_async(lambda: client.session)()

    def change() -> None:
        rater.set_password("another-long-pass-phrase")
        rater.save()

    await sync_to_async(change)()
    assert await closed(sockets) == [1012, 1012]
    again = socket_of(rater, ProjectConsumer, "/ws/projects/x/", slug=team.project.slug)
    again.scope["session"] = former
    await again.connect()
    assert (await again.receive_output())["code"] == 4401, "the session is of the former password"


@pytest.mark.parametrize("how", ["removed", "paused"])
async def test_a_lost_membership_closes_the_assignment_s_socket_too(how: str) -> None:
    team, rater, client, assignment = await signed_in()
    sockets = await both(team, rater, client, assignment)

    def lose() -> None:
        membership = Membership.objects.get(user=rater, role=Role.RATER)
        asked: dict[str, Any] = {
            "actor": team.manager,
            "project": team.project,
            "membership_id": membership.pk,
        }
        if how == "removed":
            remove_member(**asked)
        else:
            update_member(**asked, active=False)

    await sync_to_async(lose)()
    for socket in sockets:
        messages = [await socket.receive_output()]
        while messages[-1]["type"] != "websocket.close":
            messages.append(await socket.receive_output())
        assert messages[-1]["code"] == 4404


def expire(rater: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def switch_off(rater: User) -> None:
    User.objects.filter(pk=rater.pk).update(is_active=False)


@pytest.mark.parametrize("end", [expire, switch_off])
@pytest.mark.parametrize("kind", ["command", "news"])
async def test_what_ends_without_a_word_is_found_at_the_next_command_or_news(
    end: Callable[[User], None], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    team, rater, client, assignment = await signed_in()
    socket = (await both(team, rater, client, assignment))[0]
    await sync_to_async(end)(rater)
    if kind == "command":
        await socket.send_json_to({"type": "resync"})
    else:
        monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.0)
        stream = project_stream(team.project.pk, rater.pk)
        await sync_to_async(send)(stream, {"type": "case", "id": "x", "state": "x"})
    assert (await socket.receive_output())["code"] == 4401


async def test_no_session_no_socket() -> None:
    team, rater, _, _ = await signed_in()
    socket = socket_of(rater, ProjectConsumer, "/ws/projects/x/", slug=team.project.slug)
    socket.scope["session"] = None
    await socket.connect()
    assert (await socket.receive_output())["code"] == 4401


async def test_a_factory_s_person_can_listen() -> None:
    project = await sync_to_async(factories.make_project)()
    socket = socket_of(project.created_by, ProjectConsumer, "/ws/projects/x/", slug=project.slug)
    assert (await socket.connect())[0]
    assert (await socket.receive_json_from())["type"] == "snapshot"
    await socket.disconnect()
