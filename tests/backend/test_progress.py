"""The board and the lists: right numbers, in a number of queries that does not grow."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.annotation.work.services import giving
from tests.backend import flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_board_counts_cases_by_stage_and_people_by_work(team: flow.Team) -> None:
    flow.start_case(team.project)
    flow.rate(team)
    flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    board = client_of(team.manager).get(f"/api/v1/projects/{team.project.slug}/board").json()
    counts = {stage["key"]: stage["count"] for stage in board["stages"]}
    assert counts == {"waiting": 0, "rate": 1, "fuse": 0, "adjudicate": 0, "review": 1, "accepted": 0}
    card = next(stage for stage in board["stages"] if stage["key"] == "rate")["cases"][0]
    assert card["progress"] == {"submitted": 1, "overlap": 3}
    people = {row["user"]["name"]: row["submitted"] for row in board["raters"]}
    assert sorted(people.values()) == [0, 0, 1, 1, 2]
    assert board["throughput"][-1]["submitted"] == 4


def test_lists_and_boards_ask_as_often_for_many_cases_as_for_one(team: flow.Team) -> None:
    slug = team.project.slug
    addresses = [f"/api/v1/projects/{slug}/board", f"/api/v1/projects/{slug}/cases"]
    manager, rater = client_of(team.manager), client_of(team.raters[0])
    flow.start_case(team.project)
    flow.take(team.raters[0], team.project)
    few = [queries(manager, address) for address in addresses] + [queries(rater, "/api/v1/assignments")]
    for _ in range(4):
        case = flow.start_case(team.project)
        for person in team.raters:
            giving.assign(task_id=case.tasks.get().pk, user=person, actor=team.manager)
    many = [queries(manager, address) for address in addresses] + [queries(rater, "/api/v1/assignments")]
    assert many == few
    assert client_of(team.raters[0]).get("/api/v1/assignments").json()["count"] == 5


def test_the_timeline_tells_the_case_in_words(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    told = client_of(team.manager).get(f"/api/v1/cases/{case.pk}").json()
    texts = [row["text"] for row in told["timeline"]]
    assert texts[:2] == ["Case opened", "First mask is there"]
    assert "Raters compared" in texts
    assert "Fused by STAPLE" in texts
    titles = {stage["key"]: stage["title"] for stage in team.project.protocol["stages"]}
    assert f"Moved to {titles['adjudicate']}" in texts
    assert any(text.startswith(f"Task opened: {titles['rate']}, round 1") for text in texts)
    assert [task["stage_key"] for task in told["tasks"]] == ["rate", "adjudicate"]
    assert {mask["source"] for mask in told["masks"]} == {"import", "rater", "fusion"}


def test_filters_of_the_list(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    client = client_of(team.manager)
    address = f"/api/v1/projects/{team.project.slug}/cases"
    pseudonym = case.volume.series.patient.pseudonym
    for text, found in ((case.alias.lower(), 1), (pseudonym[-6:], 1), ("nobody", 0)):
        assert client.get(f"{address}?search={text}").json()["count"] == found
    assert client.get(f"{address}?stage=rate").json()["count"] == 1
    assert client.get(f"{address}?stage=review").json()["count"] == 0
    assert client.get(f"{address}?state=accepted").json()["count"] == 0
    assert client.get(f"{address}?ordering=due_on").json()["count"] == 1
    assert client.get(f"{address}?ordering=nonsense").status_code == 400


def test_a_projects_counts_include_its_cases(team: flow.Team) -> None:
    flow.start_case(team.project)
    told = client_of(team.manager).get(f"/api/v1/projects/{team.project.slug}").json()
    assert (told["counts"]["cases"], told["counts"]["accepted"]) == (1, 0)
