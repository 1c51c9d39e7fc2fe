"""Agreement and reliability over a project: right figures, and reads that do not grow with it."""

from __future__ import annotations

import csv
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.annotation.models import Assignment, Case
from backend.common.tasks import request_cancel, run_job
from backend.consensus.models import FinalAgreement
from backend.consensus.services.finals import compare_case_with_final
from backend.progress.models import AgreementReport
from backend.progress.raters.reports import AgreementPair, Estimate
from backend.progress.raters.selectors.pairs import Measure, in_order, pair_lines
from backend.projects import groups
from backend.projects.protocols import PROTOCOLS
from backend.review import services as review
from backend.workflow.sweep import sweep
from backend.workflow.tasks import COMPARE_WITH_FINAL
from tests.backend import flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    cache.clear()
    return flow.make_team()


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(user: Any, team: flow.Team, part: str) -> dict[str, Any]:
    answer = client_of(user).get(f"/api/v1/projects/{team.project.slug}/{part}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def queries(user: Any, team: flow.Team, part: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        told(user, team, part)
    return len(captured)


def rate_a_case(team: flow.Team, **differing: Any) -> Case:
    case = flow.start_case(team.project)
    flow.rate(team, **differing)
    return case


def test_nothing_compared_is_an_empty_report(team: flow.Team) -> None:
    report = told(team.manager, team, "agreement")
    assert (report["comparisons"], report["levels"], report["pairs"], report["naming"]) == (0, [], [], [])
    assert report["overall"]["dice"] == {"value": None, "low": None, "high": None}


def test_the_report_holds_levels_pairs_volumes_and_grades(team: flow.Team) -> None:
    rate_a_case(team)
    rate_a_case(team, changes=[None, None, flow.erase(20)], grades=[{21: 1}, {21: 1}, {21: 2}])
    report = told(team.manager, team, "agreement")
    assert (report["comparisons"], report["cases"], report["patients"]) == (2, 2, 2)
    levels = {row["label"]: row for row in report["levels"]}
    assert list(levels) == [20, 21]
    # three pairs that agree, then one that agrees and two where one drew half of the other
    assert levels[20]["dice"]["value"] == pytest.approx((4 + 2 * (2 / 3)) / 6)
    assert levels[21]["dice"]["value"] == pytest.approx(1.0)
    assert levels[20]["dice"]["low"] < levels[20]["dice"]["value"] < levels[20]["dice"]["high"]
    assert len(report["pairs"]) == 3
    assert {row["id"] for row in report["raters"]} == {str(rater.pk) for rater in team.raters}
    third = str(team.raters[2].pk)
    for pair in report["pairs"]:
        exact = third not in (pair["first"], pair["second"])
        assert (pair["dice"]["value"] == pytest.approx(1.0)) is exact
        assert pair["graded"] == 4
    assert report["volumes"]["pairs"] == 12
    assert len(report["volumes"]["points"]) == 12
    assert (report["grades"]["vertebrae"], report["grades"]["differing"]) == (4, 1)
    assert 0 < report["grades"]["alpha"]["value"] < 1


def test_a_naming_dispute_is_listed_with_letters(team: flow.Team) -> None:
    def rename(mask: Any) -> None:
        mask[mask == 20] = 19

    case = rate_a_case(team, changes=[None, None, rename])
    disputes = told(team.manager, team, "agreement")["naming"]
    assert [(row["alias"], row["label"]) for row in disputes] == [(case.alias, 20)]
    assert disputes[0]["names"] == [
        {"slot": "A", "label": 20},
        {"slot": "B", "label": 20},
        {"slot": "C", "label": 19},
    ]


def test_a_new_comparison_makes_a_new_report_and_reads_stay_as_many(team: flow.Team) -> None:
    rate_a_case(team)
    assert told(team.manager, team, "agreement")["comparisons"] == 1
    stored = queries(team.manager, team, "agreement")
    rate_a_case(team)
    rate_a_case(team)
    assert told(team.manager, team, "agreement")["comparisons"] == 3
    assert queries(team.manager, team, "agreement") == stored
    few = queries(team.manager, team, "reliability")
    rate_a_case(team)
    assert queries(team.manager, team, "reliability") == few


def test_a_report_in_the_making_says_what_its_figures_are_of(
    team: flow.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def state(user: Any = team.manager) -> tuple[str, int, int]:
        report = told(user, team, "agreement")
        return report["state"], report["comparisons"], report["wanted"]

    waiting: list[UUID] = []
    rate_a_case(team)
    monkeypatch.setattr("backend.common.tasks.send", waiting.append)
    assert [state(), state()] == [("computing", 0, 1)] * 2
    assert len(waiting) == 1, "asked for twice, computed once"
    run_job(waiting.pop())
    assert state() == ("ready", 1, 1)
    monkeypatch.undo()
    case = rate_a_case(team)
    monkeypatch.setattr("backend.common.tasks.send", waiting.append)
    assert state() == ("computing", 1, 2)
    request_cancel(job_id=waiting.pop())
    assert state() == ("failed", 1, 2)
    assert told(team.manager, team, "agreement")["levels"], "the figures there are stay in view"
    again = client_of(team.manager).post(f"/api/v1/projects/{team.project.slug}/agreement")
    assert again.json()["state"] == "computing"
    twice = client_of(team.manager).post(f"/api/v1/projects/{team.project.slug}/agreement")
    assert twice.status_code == 409
    run_job(waiting.pop())
    assert state() == ("ready", 2, 2)
    # a manager who rates one of the cases gets no report with it, not even the one of everybody else
    Assignment.objects.create(task=case.tasks.get(stage_key="rate"), rater=team.manager, slot=7)
    assert state() == ("ready", 1, 1)
    AgreementReport.objects.filter(report__comparisons=1).delete()
    assert state() == ("computing", 0, 1)


def test_more_pairs_than_a_page_come_least_alike_first_and_by_rater(
    team: flow.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.progress.raters.selectors.pairs.PAGE", 2)
    monkeypatch.setattr("backend.progress.raters.selectors.pairs.FEW", 1)
    monkeypatch.setattr("backend.progress.raters.services.PAGE", 2)
    rate_a_case(team, changes=[None, None, flow.erase(20)])
    first = told(team.manager, team, "agreement")
    assert (first["pairs_are_paged"], first["pair_count"], first["page_size"]) == (True, 3, 2)
    last = told(team.manager, team, "agreement?page=2")
    third = str(team.raters[2].pk)
    assert all(third in (pair["first"], pair["second"]) for pair in first["pairs"])
    assert [pair["dice"]["value"] for pair in last["pairs"]] == [pytest.approx(1.0)]
    assert last["overall"] == first["overall"]
    mine = told(team.manager, team, f"agreement?rater={team.raters[0].pk}")
    assert mine["pair_count"] == 2
    assert [third in (pair["first"], pair["second"]) for pair in mine["pairs"]] == [True, False]
    by_distance = told(team.manager, team, "agreement?measure=hd95_mm")["pairs"]
    assert all(third in (pair["first"], pair["second"]) for pair in by_distance)
    group = groups.make_group(actor=team.manager, project=team.project, name="Students")
    two = [user.pk for user in team.raters[:2]]
    groups.change_people(actor=team.manager, project=team.project, group_id=group.pk, put_in=two)
    within = told(team.manager, team, f"agreement?group={group.pk}")
    assert (within["pair_count"], within["overall"]) == (1, first["overall"])
    assert {within["pairs"][0]["first"], within["pairs"][0]["second"]} == {str(pk) for pk in two}


def test_pairs_that_rest_on_little_come_after_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.progress.raters.selectors.pairs.PAGE", 1)

    def pair(
        name: str,
        vertebrae: int,
        dice: float | None = None,
        hd95_mm: float | None = None,
        kappa: float | None = None,
    ) -> AgreementPair:
        return AgreementPair(
            first=name,
            second="z",
            pairs=vertebrae if dice is not None else 0,
            dice=Estimate(value=dice),
            hd95_mm=Estimate(value=hd95_mm),
            graded=vertebrae,
            kappa=Estimate(value=kappa) if kappa is not None else None,
        )

    given = [
        pair("nothing", 30),
        pair("alike", 30, 0.95, 9.0, 0.2),
        pair("chance", 2, 0.1, 90.0, 0.0),
        pair("graded", 30, kappa=0.7),
        pair("apart", 30, 0.6, 4.0),
    ]

    def names(measure: Measure) -> list[str]:
        return [one.first for one in in_order(given, measure)]

    assert names("dice") == ["apart", "alike", "chance", "nothing", "graded"]
    assert names("hd95_mm") == ["alike", "apart", "chance", "nothing", "graded"]
    assert names("kappa") == ["alike", "graded", "chance", "nothing", "apart"]
    assert in_order(given[:1], "dice") == given[:1], "one page stays as it is"
    lines = pair_lines(AgreementReport(), given)
    assert [(line.place, line.place_by_hd95, line.place_by_kappa) for line in lines] == [
        (3, 3, 3),
        (1, 0, 0),
        (2, 2, 2),
        (4, 4, 1),
        (0, 1, 4),
    ]


def accept(team: flow.Team) -> None:
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=True)


def test_an_accepted_mask_is_held_against_each_raters(team: flow.Team) -> None:
    case = rate_a_case(team)
    accept(team)
    reports = list(FinalAgreement.objects.values_list("report", flat=True))
    assert len(reports) == 3
    assert all(report["mean_dice"] == 1.0 and report["kept_share"] is None for report in reports)
    assert compare_case_with_final(case_id=case.pk) == 0, "a second time there is nothing left to do"


def test_the_sweep_finds_an_accepted_case_whose_event_was_lost(team: flow.Team) -> None:
    rate_a_case(team)
    accept(team)
    assert sweep().missed[COMPARE_WITH_FINAL] == 0
    FinalAgreement.objects.all().delete()
    connection.cursor().execute("delete from common_job where kind = 'workflow.hold_against_final'")
    assert sweep().missed[COMPARE_WITH_FINAL] == 1
    assert FinalAgreement.objects.count() == 3


def test_reliability_names_who_missed_what(team: flow.Team) -> None:
    rate_a_case(team, changes=[None, None, flow.erase(20)])
    lines = {line["user"]["id"]: line for line in told(team.manager, team, "reliability")["raters"]}
    good, bad = lines[str(team.raters[0].pk)], lines[str(team.raters[2].pk)]
    assert good["sensitivity"]["value"] > bad["sensitivity"]["value"]
    assert good["minutes_per_vertebra"]["value"] == pytest.approx(0.5), "a minute on two vertebrae"
    assert good["confusion"] == {"items": 2, "table": None, "reason": "too_few"}
    assert [point["vertebrae"] for point in bad["history"]] == [2]


def share_back(team: flow.Team, user: Any) -> dict[str, Any]:
    """The share of submissions that came back, by the rater's id."""
    raters = told(user, team, "reliability")["raters"]
    return {line["user"]["id"]: line["came_back"]["value"] for line in raters}


def test_reliability_tells_what_share_of_submissions_came_back(team: flow.Team) -> None:
    ids = [str(rater.pk) for rater in team.raters]
    usual = PROTOCOLS["multi_rater"]
    stages = tuple(stage for stage in usual.stages if stage.kind in ("correct", "fuse", "review"))
    team.project.protocol = usual.model_copy(update={"stages": stages}).to_json()
    team.project.save()
    rate_a_case(team)
    assert share_back(team, team.manager) == dict.fromkeys(ids, 0.0)
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=False, comment="Mend L1")
    assert share_back(team, team.manager) == dict.fromkeys(ids, 1.0)
    flow.hand_in(flow.take(team.raters[0], team.project))
    assert share_back(team, team.manager) == dict(zip(ids, (0.5, 1.0, 1.0), strict=True)), "one of two"
    assert share_back(team, team.raters[0]) == {ids[0]: 0.5}, "their own, also while the case is closed"
    table = client_of(team.manager).get(f"/api/v1/projects/{team.project.slug}/reliability/table.csv")
    rows = list(csv.DictReader(table.content.decode("utf-8-sig").splitlines()))
    assert sorted(row["came_back_mean"] for row in rows) == ["0.5", "1.0", "1.0"]
    # the board tells which case was returned, and would tell whose it is
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    assert share_back(team, team.manager) == dict.fromkeys(ids)
    assert share_back(team, team.raters[0]) == {ids[0]: 0.5}


def test_no_share_came_back_is_told_where_a_review_returns_to_the_adjudication(team: flow.Team) -> None:
    rate_a_case(team)
    assert set(share_back(team, team.manager).values()) == {None}, "a nought would praise them"


def test_enough_grades_make_a_confusion(team: flow.Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.progress.raters.selectors.reliability.DAWID_SKENE_ITEMS", 4)
    for _ in range(2):
        rate_a_case(team, grades=[{21: 1}, {21: 1}, {21: 2}])
    lines = {line["user"]["id"]: line for line in told(team.manager, team, "reliability")["raters"]}
    table = lines[str(team.raters[2].pk)]["confusion"]["table"]
    assert table[1][2] > 0.8, "what the others call 1 the third calls 2"
    assert lines[str(team.raters[0].pk)]["confusion"]["table"][1][1] > 0.8
