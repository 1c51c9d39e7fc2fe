"""Sockets of everybody while a sealed part is kept, tried and opened: nothing of it goes over them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.events import AssignmentChanged
from backend.annotation.models import Assignment, Task, TaskKind
from backend.common.events import deliver
from backend.projects.models import Role
from backend.realtime.consumers import AssignmentConsumer, ProjectConsumer
from backend.releases.custody import services as custody
from backend.releases.models import Release
from backend.releases.services.downloading import accept_terms
from backend.releases.services.drafting import add_erratum
from backend.releases.services.looking import item_to_look_at
from tests.backend import contest, factories
from tests.backend.contest import Contest, make_contest, predictions
from tests.backend.thaw import thawed_afterwards
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
ROLES = (Role.MANAGER, Role.RATER, Role.RADIOLOGIST, Role.RESEARCHER, Role.PHYSICIST)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    with thawed_afterwards():
        yield


@sync_to_async
def world() -> tuple[Contest, dict[str, User]]:
    """A challenge on a sealed part that two custodians keep, one of them a researcher of the project."""
    made = make_contest(("validation", "test"))
    people = {role.value: factories.make_member(made.project, role) for role in ROLES}
    people |= {"second": factories.make_user("second"), "stranger": factories.make_user("stranger")}
    for user in (people["researcher"], people["second"]):
        row = custody.name_custodian(release=made.release, actor=made.manager, email=user.email)
        custody.answer(release=made.release, actor=user, custodian_id=row.pk, accept=True)
        accept_terms(release=made.release, user=user)
    people["captain"] = made.researcher()
    return made, people


async def listening(made: Contest, people: dict[str, User]) -> dict[str, Socket]:
    """The sockets of the project, of those who are let in."""
    found = {}
    for name, user in people.items():
        socket = socket_of(
            user, ProjectConsumer, f"/ws/projects/{made.project.slug}/", slug=made.project.slug
        )
        await socket.connect()
        first = await socket.receive_output()
        if first["type"] == "websocket.send":
            socket.scope["before"] = json.loads(first["text"])["seq"]
            found[name] = socket
    return found


async def heard(socket: Socket) -> list[dict[str, Any]]:
    """All that was ever sent over it, and what it tells when it is asked anew; news may come behind that."""
    await socket.send_json_to({"type": "resync"})
    news: list[dict[str, Any]] = socket.scope.setdefault("heard", [])
    asked: list[dict[str, Any]] = []
    while not asked or asked[-1]["seq"] > socket.scope["before"] + len(news):
        message = await socket.receive_json_from()
        (asked if message["type"] == "snapshot" else news).append(message)
    return news + asked


@sync_to_async
def used(made: Contest, people: dict[str, User]) -> None:
    """The part is tried in the challenge, looked at by a custodian, and written about by a manager."""
    made.team("T", people["captain"])
    sent = made.send(people["captain"], contest.zipped(predictions(made.secret)), "test")
    assert sent.status_code == 201, sent.content
    item = made.release.items.get(release_patient__split="test")
    item_to_look_at(release=made.release, item_id=item.pk, user=people["second"])
    add_erratum(release=made.release, actor=made.manager, text="wrong", subject=item.release_patient.subject)
    custody.confirm_opening(release=made.release, actor=people["second"], opens=True)


@sync_to_async
def words_of(release: Release) -> set[str]:
    """What tells the sealed case, and the day."""
    item = release.items.select_related("release_patient", "mask").get(release_patient__split="test")
    day = release.embargo_until
    assert day is not None
    return {str(item.pk), item.release_patient.subject, str(item.mask_id), item.mask.digest, day.isoformat()}


async def test_no_socket_tells_anything_of_a_sealed_part_before_or_when_it_opens() -> None:
    made, people = await world()
    words = await words_of(made.release)
    sockets = await listening(made, people)
    assert people.keys() - sockets.keys() == {"second", "stranger"}
    await used(made, people)
    before = {name: await heard(socket) for name, socket in sockets.items()}
    said = {name: json.dumps(messages) for name, messages in before.items()}
    assert not {name for name, text in said.items() for word in words if word in text}
    kinds = {name: {message["type"] for message in rows} for name, rows in before.items()}
    assert kinds.pop("manager") == {"job", "release", "snapshot"}
    assert all(kind == {"snapshot"} for kind in kinds.values()), "work on it is its managers' alone"
    assert not {name for name, rows in before.items() for row in rows if row.get("state") == "opened"}
    await sync_to_async(custody.confirm_opening)(release=made.release, actor=people["researcher"], opens=True)
    for name, socket in sockets.items():
        rows = await heard(socket)
        news = [(row["id"], row["state"]) for row in rows if row["type"] == "release"]
        assert (str(made.release.pk), "opened") in news, name
        assert not [word for word in words if word in json.dumps(rows)], name
        await socket.disconnect()


async def test_on_its_day_a_socket_has_nothing_of_the_part_either(monkeypatch: pytest.MonkeyPatch) -> None:
    made, people = await world()
    words = await words_of(made.release)
    sockets = await listening(made, people)
    day: date = timezone.localdate() + timedelta(days=40)
    monkeypatch.setattr("backend.releases.embargo.timezone.localdate", lambda: day)
    await used_after(made, people)
    for name, socket in sockets.items():
        assert not [word for word in words if word in json.dumps(await heard(socket))], name
        await socket.disconnect()


@sync_to_async
def used_after(made: Contest, people: dict[str, User]) -> None:
    item = made.release.items.get(release_patient__split="test")
    item_to_look_at(release=made.release, item_id=item.pk, user=people["researcher"])
    add_erratum(release=made.release, actor=made.manager, text="wrong", subject=item.release_patient.subject)


@sync_to_async
def work_on(release: Release, people: dict[str, User]) -> dict[str, Assignment]:
    """An expert's and a rater's own task on the sealed case."""
    case = release.items.get(release_patient__split="test").case
    found = {}
    for name in ("rater", "radiologist"):
        task = Task.objects.create(case=case, stage_key=name, kind=TaskKind.CORRECT, overlap=1)
        found[name] = Assignment.objects.create(task=task, rater=people[name], slot=0)
    return found


async def test_a_task_s_socket_on_a_sealed_case_opens_for_its_rater_alone_and_tells_nothing_of_the_part() -> (
    None
):
    made, people = await world()
    words = await words_of(made.release)
    work = await work_on(made.release, people)
    sockets: dict[tuple[str, str], Socket] = {}
    for whose, assignment in work.items():
        for name, user in people.items():
            address = f"/ws/assignments/{assignment.pk}/"
            socket = socket_of(user, AssignmentConsumer, address, assignment_id=assignment.pk)
            await socket.connect()
            first = await socket.receive_output()
            if first["type"] == "websocket.send":
                socket.scope["before"] = json.loads(first["text"])["seq"]
                sockets[whose, name] = socket
            else:
                assert first["code"] == 4404
    assert sockets.keys() == {(whose, whose) for whose in work}, "its rater alone"
    await used(made, people)
    await sync_to_async(custody.confirm_opening)(release=made.release, actor=people["researcher"], opens=True)
    for assignment in work.values():
        await sync_to_async(deliver)(
            AssignmentChanged(
                assignment_id=assignment.pk,
                case_id=assignment.task.case_id,
                project_id=made.project.pk,
                rater_id=assignment.rater_id,
                state="returned",
            )
        )
    for (whose, _), socket in sockets.items():
        rows = await heard(socket)
        assert [(row["id"], row["state"]) for row in rows if row["type"] != "snapshot"] == [
            (str(work[whose].pk), "returned")
        ]
        told = json.dumps(rows)
        assert not [word for word in {*words, str(work[whose].task.case_id)} if word in told]
        await socket.disconnect()
