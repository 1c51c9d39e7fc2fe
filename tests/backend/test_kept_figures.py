"""Figures over a project that are kept: those counted at once, of no other cases, with their time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from backend.common.models import Job, JobState
from backend.progress.keeping import services
from backend.progress.keeping.kinds import KINDS
from backend.progress.keeping.selectors import FIGURES_KIND, lines_of
from backend.progress.models import KeptFigures, KeptLine
from backend.projects import groups
from backend.projects.models import Role
from backend.projects.services import grant
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

PAGES = ("statistics", "edit-effort", "course", "reliability", "automation-bias", "rater-weights", "board")
AGAIN = ("statistics", "edit-effort", "course", "reliability", "automation-bias")
FILES = ("statistics/table.csv", "statistics/figures.csv", "reliability/table.csv")


@pytest.fixture
def team() -> flow.Team:
    team = flow.make_team()
    flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    return team


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(team: flow.Team, page: str) -> str:
    return f"/api/v1/projects/{team.project.slug}/{page}"


def told(team: flow.Team, page: str, user: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said of when the figures are, and the figures."""
    answer = client_of(user or team.manager).get(address(team, page))
    assert answer.status_code == 200, answer.content
    figures = answer.json()
    return figures.pop("as_of"), figures


def more_work(team: flow.Team) -> None:
    flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))


@pytest.mark.parametrize("page", PAGES)
def test_kept_figures_are_those_counted_at_once(team: flow.Team, settings: Any, page: str) -> None:
    as_of, at_once = told(team, page)
    assert (as_of["state"], as_of["kept"], as_of["outdated"]) == ("ready", False, False)
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    if (
        page != "rater-weights"
    ):  # they rest on the same as reliability, which the first look computes for both
        first, nothing = told(team, page)
        large = page not in ("statistics", "edit-effort")  # of which there is nothing yet to count
        assert first["computed_at"] is None or not large
        assert nothing != at_once or not large
    told(team, page)
    as_of, kept = told(team, page)
    assert json.dumps(kept) == json.dumps(at_once), "in the same order, too"


@pytest.mark.parametrize("page", FILES)
def test_files_are_the_same_too_and_never_empty_ones(team: flow.Team, settings: Any, page: str) -> None:
    client = client_of(team.manager)
    at_once = client.get(address(team, page)).content
    settings.VERTEBASE_FIGURES_AT_ONCE = -1
    early = client.get(address(team, page))
    assert (early.status_code, early.json()["code"]) == (409, "figures_computing")
    assert client.get(address(team, page)).content == at_once


@pytest.mark.parametrize("most", [0, 1000])
def test_reliability_of_a_group_is_that_of_its_people_for_managers(
    team: flow.Team, settings: Any, most: int
) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = most
    group = groups.make_group(actor=team.manager, project=team.project, name="Students")
    one, other = team.raters[1], team.raters[2]
    groups.change_people(
        actor=team.manager, project=team.project, group_id=group.pk, put_in=[one.pk, team.manager.pk]
    )
    told(team, "reliability")
    page = f"reliability?group={group.pk}"
    _, found = told(team, page)
    assert (found["count"], [line["user"]["id"] for line in found["raters"]]) == (1, [str(one.pk)])
    table = client_of(team.manager).get(address(team, f"reliability/table.csv?group={group.pk}"))
    names = [line.partition(",")[0] for line in table.content.decode().splitlines()]
    assert names == ["rater", one.name]
    for asked in (page, f"reliability/table.csv?group={group.pk}"):
        assert client_of(other).get(address(team, asked)).status_code == 403
    elsewhere = groups.make_group(actor=team.manager, project=factories.make_project(team.manager), name="X")
    gone = client_of(team.manager).get(address(team, f"reliability?group={elsewhere.pk}"))
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_group")


def test_work_makes_figures_outdated_until_they_are_computed_again(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    told(team, "reliability")
    as_of, before = told(team, "reliability")
    assert (as_of["state"], as_of["kept"], as_of["outdated"]) == ("ready", True, False)
    more_work(team)
    as_of, after = told(team, "reliability")
    assert (as_of["outdated"], after) == (True, before), "shown as of before, and said so"
    assert client_of(team.manager).post(address(team, "reliability")).status_code == 200
    as_of, again = told(team, "reliability")
    settings.VERTEBASE_FIGURES_AT_ONCE = 1000
    assert (as_of["outdated"], again) == (False, told(team, "reliability")[1])
    assert sum(line["submissions"] for line in again["raters"]) == 4


def test_looking_computes_no_oftener_than_is_due(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    jobs = Job.objects.filter(kind=FIGURES_KIND)
    for _ in range(3):
        told(team, "reliability")
    assert jobs.count() == 1, "nothing has changed since"
    more_work(team)
    told(team, "reliability")
    assert jobs.count() == 1, "too soon"
    KeptFigures.objects.update(computed_at=timezone.now() - services.SOONEST)
    told(team, "reliability")
    assert jobs.count() == 2
    KeptFigures.objects.update(seconds=60, computed_at=timezone.now() - 2 * services.SOONEST)
    more_work(team)
    told(team, "reliability")
    assert jobs.count() == 2, "what takes a minute is not computed every other minute"
    KeptFigures.objects.update(computed_at=timezone.now() - services.NIGHTLY)
    told(team, "reliability")
    assert jobs.count() == 3


def test_every_night_all_is_counted_anew_whatever_was_told(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    told(team, "board")
    assert not told(team, "board")[0]["outdated"]
    KeptFigures.objects.update(head={"raters": [], "throughput": []})
    assert told(team, "board")[1]["raters"] == [], "kept, and no act or job since"
    KeptFigures.objects.update(computed_at=timezone.now() - services.NIGHTLY - timedelta(seconds=1))
    told(team, "board")
    assert len(told(team, "board")[1]["raters"]) == 5


def test_a_manager_who_rates_blindly_is_not_shown_what_others_computed(
    team: flow.Team, settings: Any
) -> None:
    grant(actor=team.manager, project=team.project, user=team.manager, role=Role.RATER)
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    other = flow.make_team(raters=1).manager
    grant(actor=team.manager, project=team.project, user=other, role=Role.MANAGER)
    more_work(team)
    told(team, "reliability", other)
    _, everything = told(team, "reliability", other)
    flow.take(team.manager, team.project)
    as_of, shown = told(team, "reliability")
    assert (as_of["computed_at"], shown["raters"]) == (None, [])
    _, own = told(team, "reliability")
    assert sum(line["submissions"] for line in own["raters"]) == 3
    assert sum(line["submissions"] for line in everything["raters"]) == 4
    settings.VERTEBASE_FIGURES_AT_ONCE = 1000
    assert own == told(team, "reliability")[1]
    assert told(team, "reliability", other)[1] == everything


def test_a_rater_is_kept_their_own_line_alone(team: flow.Team, settings: Any) -> None:
    rater = team.raters[0]
    _, at_once = told(team, "reliability", rater)
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    told(team, "reliability")
    told(team, "reliability", rater)
    assert told(team, "reliability", rater)[1] == at_once
    assert [line["user"]["id"] for line in at_once["raters"]] == [str(rater.pk)]
    job = KeptFigures.objects.get(viewer=rater).job
    assert job is not None
    assert job.project_id_ref is None, "nobody else hears of it"


def test_figures_of_a_view_that_is_gone_are_dropped(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    grant(actor=team.manager, project=team.project, user=team.manager, role=Role.RATER)
    more_work(team)
    told(team, "reliability")
    row = KeptFigures.objects.get(kind="reliability")
    kind = KINDS["reliability"]
    made = kind.make

    def take_meanwhile(project: Any, user: Any) -> Any:
        figures = made(project, user)
        flow.take(team.manager, team.project)
        return figures

    with patch.dict(KINDS, {"reliability": replace(kind, make=take_meanwhile)}):
        services.compute(figures_id=row.pk, user_id=team.manager.pk)
    assert not KeptFigures.objects.filter(pk=row.pk).exists()


def test_a_failure_is_told_and_somebody_may_try_again(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    kind = KINDS["reliability"]

    def fail(project: Any, user: Any) -> Any:
        raise ZeroDivisionError("no work")

    with patch.dict(KINDS, {"reliability": replace(kind, make=fail)}):
        told(team, "reliability")
    as_of, figures = told(team, "reliability")
    assert (as_of["state"], as_of["computed_at"], figures["raters"]) == ("failed", None, [])
    assert "no work" in as_of["error"]
    assert Job.objects.filter(kind=FIGURES_KIND, state=JobState.FAILED).count() == 1, "not tried by itself"
    client_of(team.manager).post(address(team, "reliability"))
    as_of, figures = told(team, "reliability")
    assert (as_of["state"], len(figures["raters"])) == ("ready", 3)


def test_a_page_being_read_keeps_its_lines_while_new_ones_come(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    told(team, "reliability")
    before = KeptFigures.objects.get(kind="reliability")
    services.compute(figures_id=before.pk, user_id=team.manager.pk)
    assert lines_of(before, "rater"), "read as of the former revision"
    services.compute(figures_id=before.pk, user_id=team.manager.pk)
    assert KeptLine.objects.filter(figures=before).values("revision").distinct().count() == 2


@pytest.mark.parametrize("page", AGAIN)
def test_computing_again_is_for_those_who_may_see(team: flow.Team, page: str) -> None:
    outsider = flow.make_team(raters=1).manager
    assert client_of(outsider).post(address(team, page)).status_code == 404
    assert client_of(team.manager).post(address(team, page)).status_code == 200


def test_figures_kept_in_a_former_form_are_computed_anew_before_they_are_shown(
    team: flow.Team, settings: Any
) -> None:
    """After an update that adds a figure: what is kept lacks it, and cannot be sent."""
    settings.VERTEBASE_FIGURES_AT_ONCE = 0
    told(team, "reliability")
    _, figures = told(team, "reliability")
    row = KeptFigures.objects.get(kind="reliability")
    for line in KeptLine.objects.filter(figures=row, group="rater"):
        del line.body["kept_share"]
        line.save()
    KeptFigures.objects.update(stamp=f"0:{row.stamp.partition(':')[2]}")
    as_of, nothing = told(team, "reliability")
    assert (as_of["computed_at"], as_of["outdated"], nothing["raters"]) == (None, False, [])
    assert told(team, "reliability")[1] == figures
