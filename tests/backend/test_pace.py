"""Work that was handed in faster than anybody can look at it, and levels that nobody had in view."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.annotation.models import Assignment, Submission
from backend.annotation.work.selectors import pace
from backend.annotation.work.services import working
from tests.backend import flow, rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def begun(team: flow.Team, *, minutes_ago: float = 60, rater: int = 0) -> Assignment:
    """Opened a while ago, so that the browser's count is not cut short by the clock."""
    assignment = flow.take(team.raters[rater], team.project)
    working.open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    since = timezone.now() - timedelta(minutes=minutes_ago)
    Assignment.objects.filter(pk=assignment.pk).update(opened_at=since)
    return flow.reload(assignment)


def usual_work(team: flow.Team, seconds_per_vertebra: float, count: int) -> None:
    """What others took before, of which the project's median comes."""
    flow.start_case(team.project)
    other = begun(team, rater=2)
    row = flow.hand_in(other, seconds=60)
    kept = {**(row.pace or {}), "seconds_per_vertebra": seconds_per_vertebra}
    Submission.objects.filter(pk=row.pk).update(pace=kept)
    for _ in range(count - 1):
        rows.handed_in(other, mask=row.mask, pace=kept)


def ask(user: Any, path: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"/api/v1/{path}")


def test_eight_seconds_for_a_case_are_no_reading(team: flow.Team) -> None:
    flow.start_case(team.project)
    row = flow.hand_in(begun(team), seconds=3)
    assert row.pace == {
        "seconds": 3.0,
        "vertebrae": 2,
        "seconds_per_vertebra": 1.5,
        "median": None,
        "of": 0,
        "floor": 2.0,
        "fast": True,
        "why": "floor",
    }


def test_the_floor_itself_is_enough(team: flow.Team) -> None:
    flow.start_case(team.project)
    assert flow.hand_in(begun(team), seconds=4).pace["fast"] is False  # type: ignore[index]


def test_a_count_is_never_longer_than_the_case_was_open(team: flow.Team) -> None:
    flow.start_case(team.project)
    row = flow.hand_in(begun(team, minutes_ago=0), seconds=36000)
    assert row.pace is not None
    assert row.pace["seconds"] < 3600


@pytest.mark.parametrize(("seconds", "fast"), [(15, True), (16, False), (200, False)])
def test_a_fifth_of_the_median_is_too_fast(team: flow.Team, seconds: int, fast: bool) -> None:
    usual_work(team, 40.0, pace.LEAST_WORK)  # 40 s each: below 8 s each, 16 s for both, is too fast
    row = flow.hand_in(begun(team), seconds=seconds)
    assert row.pace is not None
    assert (row.pace["fast"], row.pace["why"], row.pace["median"], row.pace["of"]) == (
        fast,
        "median" if fast else "",
        40.0,
        pace.LEAST_WORK,
    )


def test_little_work_is_no_measure(team: flow.Team) -> None:
    usual_work(team, 40.0, pace.LEAST_WORK - 1)
    row = flow.hand_in(begun(team), seconds=15)
    assert row.pace is not None
    assert (row.pace["fast"], row.pace["median"]) == (False, None)


def test_the_work_of_other_projects_and_kinds_is_no_measure(team: flow.Team) -> None:
    usual_work(flow.make_team(), 40.0, pace.LEAST_WORK)
    flow.start_case(team.project)
    row = flow.hand_in(begun(team), seconds=15)
    assert row.pace is not None
    assert row.pace["of"] == 0


def test_levels_that_no_pane_showed_are_kept(team: flow.Team) -> None:
    flow.start_case(team.project)
    assert flow.hand_in(begun(team), seen=(21,)).never_in_view == [20]
    assert flow.hand_in(begun(team, rater=1), seen=(20, 21, 24)).never_in_view == []
    assert flow.hand_in(begun(team, rater=2)).never_in_view is None, "who does not look cannot say"


def test_managers_read_the_figures(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.hand_in(begun(team), seconds=3, seen=(21,))
    flow.hand_in(begun(team, rater=1), seconds=300)
    (row,) = ask(team.manager, f"projects/{team.project.slug}/hasty-work").json()
    assert (row["alias"], row["name"], row["never_in_view"]) == (case.alias, team.raters[0].name, [20])
    assert (row["pace"]["seconds_per_vertebra"], row["pace"]["floor"]) == (1.5, 2.0)
    (task,) = ask(team.manager, f"cases/{case.pk}").json()["tasks"]
    paces = [(one["pace"] or {}).get("fast") for one in task["assignments"]]
    assert paces == [True, False]


def test_a_double_blind_project_names_nobody(team: flow.Team) -> None:
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    flow.start_case(team.project)
    flow.hand_in(begun(team), seconds=3)
    (row,) = ask(team.manager, f"projects/{team.project.slug}/hasty-work").json()
    assert row["name"] == "Rater A"
