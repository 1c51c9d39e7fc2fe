"""Gold cases and repeats with a rater's eyes: no answer, number, header or message tells them from work."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.test import Client

from backend.accounts.models import User
from backend.annotation.models import Assignment, Exercise
from backend.annotation.work.services import working
from backend.projects.models import Role
from backend.realtime.consumers import AssignmentConsumer, ProjectConsumer
from tests.backend import factories, flow
from tests.permissions.world import hidden
from tests.support.replay import replayable
from tests.support.sockets import Socket, socket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

UUID_OR_HASH = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|case-\d{6}")
TIMES = {"opened_at", "submitted_at", "updated_at", "saved_at", "created_at", "at", "last_activity"}
OF_THE_CT = {"affine_ras_mm", "shape", "bytes", "hu_range"}  # each CT has its own


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every value of a JSON answer by its path; ids, digests, aliases and times count as one word each."""
    if isinstance(value, dict):
        rows = [
            leaves("a time" if key in TIMES and one is not None else one, f"{path}.{key}")
            for key, one in value.items()
            if key not in OF_THE_CT
        ]
        return {name: leaf for row in rows for name, leaf in row.items()}
    if isinstance(value, list):
        rows = [leaves(one, f"{path}[{place}]") for place, one in enumerate(value)]
        return {path: len(value)} | {name: leaf for row in rows for name, leaf in row.items()}
    return {path: UUID_OR_HASH.sub("an id", value) if isinstance(value, str) else value}


def make_team(role: Role) -> flow.Team:
    """Three who rate blindly, the first of them in that role."""
    team = flow.make_team()
    if role != Role.RATER:
        rate, *later = team.project.protocol["stages"]
        stages = [{**rate, "roles": [Role.RATER.value, role.value]}, *later]
        team.project.protocol = {**team.project.protocol, "stages": stages}
        team.project.save()
        team.raters[0] = factories.make_member(team.project, role)
    return team


@replayable
def rated_team(role: Role) -> flow.Team:
    team = make_team(role)
    for _ in range(2):  # what will be repeated, and enough for intervals
        flow.start_case(team.project)
        flow.rate(team)
    return team


@pytest.fixture(params=[Role.RATER, Role.RADIOLOGIST])
def team(request: pytest.FixtureRequest) -> flow.Team:
    """Somebody who rates, with work, a gold case and a repeat, all of the same shape."""
    return rated_team(request.param)


def given(team: flow.Team, kind: str) -> Assignment:
    """The next thing in the rater's hands: work, gold or repeat."""
    rater = team.raters[0]
    if kind == "work":
        flow.start_case(team.project)
        return flow.take(rater, team.project)
    if kind == "gold":
        flow.known_case(team)
    return hidden(team.project, rater, kind)


def readings(client: Client, slug: str) -> dict[str, Any]:
    """All that a rater can read of the project as a whole, and of their own line in it."""
    addresses = (
        "/projects",
        f"/projects/{slug}",
        f"/projects/{slug}/board",
        f"/projects/{slug}/cases",
        f"/projects/{slug}/reliability",
        f"/projects/{slug}/training",
        f"/projects/{slug}/releases",
        f"/projects/{slug}/statistics",
        f"/projects/{slug}/series",
        f"/projects/{slug}/runs",
        f"/projects/{slug}/jobs",
        "/assignments?state=open",
        "/assignments?state=all",
        "/assignments/waiting",
    )
    return {
        f"{address}{path}": leaf
        for address in addresses
        for path, leaf in leaves(client.get(f"/api/v1{address}").json()).items()
    }


@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_a_hidden_case_reads_like_work(team: flow.Team, kind: str) -> None:
    client = signed_in(team.raters[0])
    told = []
    for one in ("work", kind):
        assignment = given(team, one)
        working.open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
        work = f"/api/v1/assignments/{assignment.pk}"
        ct = assignment.task.case.volume
        volume = f"/api/v1/volumes/{ct.pk}/index"
        slug = team.project.slug
        lists = [  # where one could look for it: what is on no list would be a copy
            f"/api/v1/projects/{slug}/series",
            f"/api/v1/projects/{slug}/series?search={ct.series.patient.pseudonym}",
            f"/api/v1/projects/{slug}/runs?volume={ct.pk}",
            f"/api/v1/projects/{slug}/jobs",
            f"/api/v1/projects/{slug}/cases",
            f"/api/v1/series/{ct.series_id}",
            f"/api/v1/cases/{assignment.task.case_id}/consensus",
            f"/api/v1/cases/{assignment.task.case_id}/view",
        ]
        answers = [client.get(address) for address in (work, f"{work}/findings", volume, *lists)]
        mask = client.get(f"{work}/mask")
        told.append(
            (
                [leaves(answer.json()) for answer in answers],
                [set(answer.headers) for answer in (*answers, mask)],
                [answer.headers.get("Content-Disposition") for answer in (*answers, mask)],
            )
        )
        flow.hand_in(assignment)
    assert told[0] == told[1]


@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_handing_in_a_hidden_case_moves_what_work_moves(team: flow.Team, kind: str) -> None:
    client = signed_in(team.raters[0])
    slug = team.project.slug
    moved = []
    for one in ("work", kind):
        assignment = given(team, one)
        before = readings(client, slug)
        flow.hand_in(assignment)
        after = readings(client, slug)
        paths = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        moved.append({re.sub(r"\[\d+\]", "[]", path) for path in paths})
    assert moved[0] ^ moved[1] == set()
    assert any("/board" in path for path in moved[0]), "the rater's own line moves"


def test_a_protocol_of_one_rater_tells_no_more() -> None:
    """There work moves the case on at once, and a number over the project would show that a copy does not."""
    team = flow.make_team("verse_2019", raters=2)
    rater = team.raters[0]
    client = signed_in(rater)
    mixing = {**team.project.protocol["quality"], "gold_share": 0.1}
    team.project.protocol = {**team.project.protocol, "quality": mixing}
    team.project.save()
    moved = []
    for _ in range(2):  # enough for intervals
        flow.hand_in(given(team, "work"))
    for one in ("work", "gold"):
        assignment = given(team, one)
        before = readings(client, team.project.slug)
        flow.hand_in(assignment)
        after = readings(client, team.project.slug)
        moved.append({re.sub(r"\[\d+\]", "[]", path) for path in after if before.get(path) != after[path]})
    assert moved[0] ^ moved[1] == set()


@sync_to_async
def of_kind(kind: str, role: Role) -> tuple[flow.Team, Assignment]:
    cache.clear()
    team = make_team(role)
    if kind == "work":
        flow.start_case(team.project)
        return team, flow.take(team.raters[0], team.project)
    flow.known_case(team)
    return team, hidden(team.project, team.raters[0], "gold")


async def heard(socket: Socket) -> list[tuple[Any, ...]]:
    """All messages, without ids; the answer to a ping says how many there are."""
    await socket.send_json_to({"type": "ping"})
    told: list[tuple[Any, ...]] = []
    sent = None
    while sent is None or (told and told[-1][1] < sent):
        message = await socket.receive_json_from()
        if message["type"] == "pong":
            sent = message["seq"]
        else:
            told.append((message["type"], message["seq"], message.get("state"), sorted(message)))
    await socket.disconnect()
    return told


@pytest.mark.asyncio
@pytest.mark.parametrize("role", [Role.RATER, Role.RADIOLOGIST])
async def test_the_sockets_say_the_same_of_a_gold_case_as_of_work(role: Role) -> None:
    """To its rater; and to another rater, nothing at all."""
    told: dict[str, list[Any]] = {}
    for kind in ("work", "gold"):
        team, assignment = await of_kind(kind, role)
        rater, other = team.raters[:2]
        slug = team.project.slug
        sockets = [
            socket_of(rater, ProjectConsumer, f"/ws/projects/{slug}/", slug=slug),
            socket_of(rater, AssignmentConsumer, "/ws/assignments/x/", assignment_id=assignment.pk),
            socket_of(other, ProjectConsumer, f"/ws/projects/{slug}/", slug=slug),
        ]
        for socket in sockets:
            assert (await socket.connect())[0]
        await sync_to_async(flow.hand_in)(assignment)
        told[kind] = [await heard(socket) for socket in sockets]
        stranger = socket_of(other, AssignmentConsumer, "/ws/assignments/x/", assignment_id=assignment.pk)
        await stranger.connect()
        assert (await stranger.receive_output())["code"] == 4404
    assert told["gold"] == told["work"]
    assert [message[0] for message in told["gold"][0]] == ["snapshot", "assignment", "assignment"]
    assert [message[0] for message in told["gold"][2]] == ["snapshot"]


@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_where_copies_are_mixed_in_nothing_opens_after_handing_in(kind: str) -> None:
    """Nothing could open for a copy: as the protocol wishes, every case but copies would open."""
    team = flow.make_team()
    project, rater = team.project, team.raters[0]
    project.protocol = {**project.protocol, "open_after_submission": True}
    project.save()
    client = signed_in(rater)
    work = flow.start_case(project)
    flow.rate(team)
    consensus = f"/api/v1/cases/{work.pk}/consensus"
    assert client.get(consensus).status_code == 200, "no copies yet: it opens"
    copy = given(team, kind)
    flow.hand_in(copy)
    answers = [client.get(f"/api/v1/cases/{pk}/consensus") for pk in (work.pk, copy.task.case_id)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    line = client.get(f"/api/v1/projects/{project.slug}/reliability").json()["raters"][0]
    told = [{name: value for name, value in point.items() if name not in TIMES} for point in line["history"]]
    assert len(told) == 2
    alike = [{**point, "case": "", "minutes_per_vertebra": 0} for point in told]
    assert alike[0] == alike[1], "nor does the history tell the copy from work"


@pytest.mark.parametrize("share", ["gold_share", "repeat_share"])
def test_a_share_alone_keeps_others_work_closed(share: str) -> None:
    """From the day it is chosen: who noted what opens before the first copy comes would know it then."""
    team = flow.make_team()
    project = team.project
    project.protocol = {**project.protocol, "open_after_submission": True, "quality": {share: 0.1}}
    project.save()
    work = flow.start_case(project)
    flow.rate(team)
    assert signed_in(team.raters[0]).get(f"/api/v1/cases/{work.pk}/consensus").status_code == 404
    assert signed_in(team.manager).get(f"/api/v1/cases/{work.pk}/consensus").status_code == 200


@pytest.mark.parametrize("role", [Role.RATER, Role.RADIOLOGIST])
def test_requests_for_the_original_find_nothing(role: Role) -> None:
    """Whoever learnt an address of the copied case from elsewhere gets nothing by it."""
    team = make_team(role)
    rater = team.raters[0]
    key = flow.known_case(team)
    copied = hidden(team.project, rater, "gold")
    source = Exercise.objects.get(rater=rater).source
    client = signed_in(rater)
    assert client.get(f"/api/v1/volumes/{copied.task.case.volume_id}/index").status_code == 200
    for address in (
        f"/volumes/{source.volume_id}/index",
        f"/volumes/{source.volume_id}/blobs/{source.volume.thumbnail_id}",
        f"/series/{source.volume.series_id}",
        f"/cases/{source.pk}",
        f"/cases/{source.pk}/view",
        f"/cases/{source.pk}/masks/{key.mask_id}",
    ):
        assert client.get(f"/api/v1{address}").status_code == 404, address
