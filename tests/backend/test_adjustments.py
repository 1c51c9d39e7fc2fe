"""Height lines and regions of interest that a reader moves: measured anew, the automatic ones kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Assignment, Case
from backend.annotation.work.services import gradings, working
from backend.measurements.models import Adjustment, VertebraMeasurement
from tests.backend import flow
from tests.backend.test_measurements import column
from tests.science.columns import WEDGE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

AsUser = Callable[[Any], APIClient]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def work(team: flow.Team) -> Assignment:
    flow.start_case(team.project, column(heights={22: WEDGE}))
    assignment = flow.take(team.raters[0], team.project)
    working.open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


def address(work: Assignment, part: str = "") -> str:
    return f"/api/v1/assignments/{work.pk}/measurements" + (f"/22/{part}" if part else "?label=22")


def longer(lines: list[Any], site: int, factor: float) -> list[Any]:
    low, high = lines[site]
    moved = [a + (b - a) * factor for a, b in zip(low, high, strict=True)]
    return [[low, moved] if n == site else line for n, line in enumerate(lines)]


def test_a_moved_line_gives_new_heights_beside_the_automatic_ones(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    before = client.get(address(work)).json()[0]
    assert before["own_lines"] is None
    assert len(before["outline_ras_mm"]) > 20
    lines = longer(before["lines_ras_mm"], 0, 1.5)
    after = client.put(address(work, "lines"), {"lines_ras_mm": lines}, format="json").json()
    assert after["own_lines"]["anterior_mm"] == pytest.approx(1.5 * before["anterior_mm"], rel=0.05)
    assert after["anterior_mm"] == before["anterior_mm"]
    assert after["own_lines"]["suggestion"] is None
    assert not after["own_lines"]["outdated"]
    row = Adjustment.objects.get(current=True)
    assert row.author == work.rater
    assert row.automatic["anterior_mm"] == before["anterior_mm"]
    automatic = VertebraMeasurement.objects.get(mask=work.task.start_mask, label=22)
    assert automatic.anterior_mm == before["anterior_mm"]


def test_what_moved_lines_suggest_waits_for_the_answer(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    lines = client.get(address(work)).json()[0]["lines_ras_mm"]
    body = {"lines_ras_mm": longer(lines, 0, 0.5)}
    assert client.put(address(work, "lines"), body, format="json").json()["own_lines"]["suggestion"] is None
    gradings.grade(assignment_id=work.pk, label=22, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    own = client.get(address(work)).json()[0]["own_lines"]
    assert own["suggestion"]["grade"] == 3
    assert own["suggestion"]["uncertainty_percent"] > 0


def test_each_adjustment_is_kept_and_can_be_taken_back(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    lines = client.get(address(work)).json()[0]["lines_ras_mm"]
    for factor in (1.1, 1.2):
        body = {"lines_ras_mm": longer(lines, 1, factor)}
        assert client.put(address(work, "lines"), body, format="json").status_code == 200
    assert client.delete(address(work, "lines")).json()["own_lines"] is None
    assert list(Adjustment.objects.values_list("current", flat=True)) == [False, False]


def test_the_region_of_interest_is_moved_and_its_hu_read_anew(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    before = client.get(address(work)).json()[0]
    body = {"shift_ras_mm": [0.0, 2.0, 0.0], "scale": 0.7}
    after = client.put(address(work, "region"), body, format="json").json()
    own = after["own_region"]
    assert own["hu_voxels"] < before["hu_voxels"]
    assert own["scale"] == 0.7
    assert after["hu_mean"] == before["hu_mean"]
    assert Adjustment.objects.get().automatic["mean"] == before["hu_mean"]
    assert len(own["region_ras_mm"]) > 4
    assert client.delete(address(work, "region")).json()["own_region"] is None


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("lines", {"lines_ras_mm": [[[0, 0, 0], [0, 0, 1]]] * 3}),
        ("lines", {"lines_ras_mm": [[[0, 0, 0], [0, 0, 20]]]}),
        ("region", {"shift_ras_mm": [0, 0, 0], "scale": 9}),
        ("region", {"shift_ras_mm": [99, 0, 0], "scale": 1}),
        ("region", {"shift_ras_mm": [0, 39, 0], "scale": 0.3}),
    ],
)
def test_what_is_no_line_and_no_region_is_refused(
    work: Assignment, as_user: AsUser, part: str, body: Any
) -> None:
    assert as_user(work.rater).put(address(work, part), body, format="json").status_code == 400
    assert not Adjustment.objects.exists()


def test_nobody_sees_or_moves_anybody_elses_lines(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    lines = client.get(address(work)).json()[0]["lines_ras_mm"]
    client.put(address(work, "lines"), {"lines_ras_mm": longer(lines, 1, 1.2)}, format="json")
    other = flow.take(team.raters[1], team.project)
    assert as_user(team.raters[1]).get(address(other)).json()[0]["own_lines"] is None
    stranger = as_user(team.raters[1]).put(address(work, "lines"), {"lines_ras_mm": lines}, format="json")
    assert stranger.status_code == 404


def test_work_that_was_handed_in_is_not_adjusted(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    lines = client.get(address(work)).json()[0]["lines_ras_mm"]
    flow.hand_in(work)
    answer = client.put(address(work, "lines"), {"lines_ras_mm": lines}, format="json")
    assert answer.json()["code"] == "assignment_closed"


def test_an_expert_s_region_is_the_one_that_density_rests_on(team: flow.Team, as_user: AsUser) -> None:
    case: Case = flow.start_case(team.project, column())
    work = flow.take(team.raters[0], team.project)
    working.open_assignment(assignment_id=work.pk, actor=work.rater)
    body = {"shift_ras_mm": [0.0, 0.0, 0.0], "scale": 0.8}
    as_user(work.rater).put(address(work, "region"), body, format="json")
    told = as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/bone-density").json()["results"]
    assert all(level["adjusted_by"] is None for level in told[0]["levels"])
    Adjustment.objects.update(expert=True)
    told = as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/bone-density").json()["results"]
    level = next(level for level in told[0]["levels"] if level["label"] == 22)
    assert level["adjusted_by"] == work.rater.name
    assert level["automatic_mean"] is not None
    assert case.pk is not None
