"""Inclusion rules of a project: checked at ingest, waived with a reason, honoured by tasks and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Case, Task
from backend.imaging.models import RuleVerdict, Series
from backend.progress.figures.selectors.statistics import accepted_cases
from backend.releases.services import drafting
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)

AsUser = Callable[[Any], APIClient]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def ask(client: APIClient, team: flow.Team, *rules: dict[str, Any]) -> Any:
    body = {"rules": [{"enabled": True, **rule} for rule in rules]}
    return client.put(f"/api/v1/projects/{team.project.slug}/inclusion", body, format="json")


KVP = {"id": "I5", "parameters": {"kvp": 120}}


def test_nothing_is_asked_before_a_manager_asks(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    found = as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/inclusion").json()
    assert [rule["id"] for rule in found] == [f"I{n}" for n in range(1, 11)]
    assert not any(rule["enabled"] for rule in found)
    assert Task.objects.filter(case=case).exists()


def test_a_failed_series_gets_no_task_until_it_is_waived(team: flow.Team, as_user: AsUser) -> None:
    client = as_user(team.manager)
    assert ask(client, team, {"id": "I10"}).status_code == 200
    case = flow.start_case(team.project)
    series = Series.objects.get(volume__case=case)
    assert series.held
    assert not Task.objects.filter(case=case).exists()
    told = client.get(f"/api/v1/series/{series.pk}").json()
    assert told["held"]
    assert [(row["rule_id"], row["state"], row["waived_by"]) for row in told["verdicts"]] == [
        ("I10", "failed", None)
    ]
    address = f"/api/v1/series/{series.pk}/inclusion/I10/waiver"
    assert client.put(address, {"reason": " "}, format="json").status_code == 400
    waived = client.put(address, {"reason": "Approved last week, number to follow"}, format="json").json()
    assert waived["waived_by"] == team.manager.name
    assert waived["state"] == "failed"
    assert Task.objects.filter(case=case).exists()
    client.delete(address)
    assert Series.objects.get(pk=series.pk).held


@pytest.mark.parametrize("who", ["raters", "radiologists"])
def test_nobody_but_a_manager_waives(team: flow.Team, as_user: AsUser, who: str) -> None:
    """A rule that failed, and that the manager could waive at this address: no other reason for a refusal."""
    ask(as_user(team.manager), team, {"id": "I10"})
    series = Series.objects.get(volume__case=flow.start_case(team.project))
    address = f"/api/v1/series/{series.pk}/inclusion/I10/waiver"
    other = as_user(getattr(team, who)[0])
    assert other.put(address, {"reason": "I should like to read it"}, format="json").status_code in (403, 404)
    verdict = RuleVerdict.objects.get(series=series, rule_id="I10")
    assert (verdict.state, verdict.waived_by) == ("failed", None)
    assert Series.objects.get(pk=series.pk).held
    assert as_user(team.manager).put(address, {"reason": "Approved"}, format="json").status_code == 200
    assert other.delete(address).status_code in (403, 404)
    verdict.refresh_from_db()
    assert verdict.waived_by == team.manager


def test_what_is_not_known_is_said_by_hand_and_stands(team: flow.Team, as_user: AsUser) -> None:
    client = as_user(team.manager)
    case = flow.start_case(team.project)
    series = Series.objects.get(volume__case=case)
    ask(client, team, KVP, {"id": "I4"})
    assert RuleVerdict.objects.get(series=series, rule_id="I4").state == "unknown"
    assert not Series.objects.get(pk=series.pk).held
    address = f"/api/v1/series/{series.pk}/inclusion/I4"
    assert client.put(address, {"state": "failed"}, format="json").json()["code"] == "fact_missing"
    told = client.put(address, {"state": "failed", "fact": "Metastases in the report"}, format="json").json()
    assert told["stated_by"] == team.manager.name
    ask(client, team, KVP, {"id": "I4"})
    assert Series.objects.get(pk=series.pk).held
    client.put(address, {"state": "unknown"}, format="json")
    assert not Series.objects.get(pk=series.pk).held


def test_levels_are_checked_once_there_is_a_mask(team: flow.Team, as_user: AsUser) -> None:
    ask(as_user(team.manager), team, {"id": "I2"})
    case = flow.start_case(team.project)
    verdict = RuleVerdict.objects.get(series__volume__case=case, rule_id="I2")
    assert verdict.state == "failed"
    assert "C1" in verdict.fact


def test_rules_of_a_failed_series_keep_it_out_of_counts_and_releases(
    team: flow.Team, as_user: AsUser
) -> None:
    case = flow.start_case(team.project)
    Case.objects.filter(pk=case.pk).update(state="accepted", accepted_mask=case.start_mask)
    assert accepted_cases(team.project) == drafting.accepted_cases(team.project) == [case]
    ask(as_user(team.manager), team, {"id": "I10"})
    assert accepted_cases(team.project) == drafting.accepted_cases(team.project) == []
    report = as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/statistics").json()
    assert report["held"] == 1


def test_rules_are_the_managers(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    series = Series.objects.get(volume__case=case)
    for user in (team.raters[0], team.radiologists[0], factories.make_user("stranger")):
        client = as_user(user)
        assert ask(client, team, KVP).status_code in (403, 404)
        assert client.get(f"/api/v1/projects/{team.project.slug}/inclusion").status_code in (403, 404)
        address = f"/api/v1/series/{series.pk}/inclusion/I5"
        assert client.put(address, {"state": "passed", "fact": "x"}, format="json").status_code == 404
        assert client.put(f"{address}/waiver", {"reason": "x"}, format="json").status_code == 404


def test_rules_that_make_no_sense_are_refused(team: flow.Team, as_user: AsUser) -> None:
    answer = ask(as_user(team.manager), team, {"id": "I3", "parameters": {"years": "old"}})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_rules"


def test_the_year_of_a_scan_is_never_served(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    series = Series.objects.get(volume__case=case)
    Series.objects.filter(pk=series.pk).update(acquired_year=1987)
    client = as_user(team.manager)
    listed = client.get(f"/api/v1/projects/{team.project.slug}/series").content
    assert b"1987" not in listed
    assert b"1987" not in client.get(f"/api/v1/series/{series.pk}").content
