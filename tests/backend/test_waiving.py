"""A rule waived for many series, over pages and by filter; what else keeps one out is said; the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Task
from backend.imaging.models import RuleVerdict, Series
from tests.backend import flow
from tests.backend.test_inclusion import KVP, ask

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[Any], APIClient]
NO_APPROVAL = {"id": "I10"}


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def client(team: flow.Team, as_user: AsUser) -> APIClient:
    return as_user(team.manager)


def series_of(team: flow.Team, count: int, **facts: Any) -> list[Series]:
    made = [Series.objects.get(volume__case=flow.start_case(team.project)) for _ in range(count)]
    for one in made:
        one.facts = {**one.facts, **facts}
        one.save()
    return made


def post(client: APIClient, team: flow.Team, path: str, series: list[Series], **said: Any) -> list[Any]:
    body = {"series_ids": [str(one.pk) for one in series], **said}
    answer = client.post(f"/api/v1/projects/{team.project.slug}/inclusion/{path}", body, format="json")
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()
    return found


def listed(client: APIClient, team: flow.Team, **query: str) -> list[str]:
    found = client.get(f"/api/v1/projects/{team.project.slug}/series", query).json()["results"]
    ids = client.get(f"/api/v1/projects/{team.project.slug}/series/ids", query).json()
    assert sorted(ids["ids"]) == sorted(row["id"] for row in found)
    assert ids["count"] == len(found)
    return [row["id"] for row in found]


def test_a_rule_is_waived_for_all_that_it_keeps_out(team: flow.Team, client: APIClient) -> None:
    ask(client, team, NO_APPROVAL)
    kept_out = series_of(team, 2)
    assert not Task.objects.exists()
    address = f"/api/v1/projects/{team.project.slug}/inclusion/kept-out"
    assert [(row["rule_id"], row["series"]) for row in client.get(address).json()] == [("I10", 2)]
    assert sorted(listed(client, team, kept_out="I10")) == sorted(str(one.pk) for one in kept_out)
    tried = post(client, team, "I10/waivers", kept_out, reason="approved on paper", preview=True)
    assert [row["message"] for row in tried] == ["Waived", "Waived"]
    assert not RuleVerdict.objects.filter(waived_by__isnull=False).exists()
    done = post(client, team, "I10/waivers", kept_out, reason="approved on paper")
    assert [row["done"] for row in done] == [True, True]
    assert set(RuleVerdict.objects.values_list("waived_by", "waived_reason")) == {
        (team.manager.pk, "approved on paper")
    }
    assert Task.objects.count() == 2
    assert client.get(address).json() == []
    assert listed(client, team, kept_out="any") == []
    (first, _) = kept_out
    (back,) = post(client, team, "I10/waivers/withdraw", [first])
    assert (back["done"], back["message"]) == (True, "Waiver taken back")
    assert listed(client, team, kept_out="I10") == [str(first.pk)]
    (again,) = post(client, team, "I10/waivers/withdraw", [first])
    assert (again["done"], again["message"]) == (False, "Nobody has waived this rule for it.")


def test_what_another_rule_keeps_out_stays_out_and_is_said(team: flow.Team, client: APIClient) -> None:
    both = series_of(team, 1, kvp=80)
    ask(client, team, NO_APPROVAL, KVP)
    (row,) = post(client, team, "I10/waivers", both, reason="approved on paper")
    assert (row["done"], row["message"]) == (True, "Waived; still kept out by I5")
    assert row["name"].endswith(", series 1")
    assert listed(client, team, kept_out="I10") == []
    assert listed(client, team, kept_out="I5") == listed(client, team, kept_out="any") == [str(both[0].pk)]
    (twice,) = post(client, team, "I5/waivers", both, reason="read by hand")
    assert twice["message"] == "Waived"


def test_a_rule_that_is_asked_no_more_keeps_nothing_out(team: flow.Team, client: APIClient) -> None:
    both = series_of(team, 1, kvp=80)
    ask(client, team, NO_APPROVAL, KVP)
    ask(client, team, NO_APPROVAL, {**KVP, "enabled": False})
    assert listed(client, team, kept_out="I5") == []
    (row,) = post(client, team, "I10/waivers", both, reason="approved on paper")
    assert row["message"] == "Waived"


def test_what_did_not_fail_is_said_and_a_reason_is_needed(team: flow.Team, client: APIClient) -> None:
    fine, failed = series_of(team, 1, kvp=120), series_of(team, 1, kvp=80)
    ask(client, team, KVP)
    rows = post(client, team, "I5/waivers", [*fine, *failed], reason="read by hand")
    assert [row["done"] for row in rows] == [False, True]
    assert rows[0]["message"] == "Only a rule that failed can be waived."
    address = f"/api/v1/projects/{team.project.slug}/inclusion/I5/waivers"
    body = {"series_ids": [str(failed[0].pk)], "reason": " "}
    assert client.post(address, body, format="json").status_code == 400


def test_series_of_another_project_and_other_people_are_kept_off(
    team: flow.Team, client: APIClient, as_user: AsUser
) -> None:
    other = flow.make_team()
    theirs = series_of(other, 1)
    ask(as_user(other.manager), other, NO_APPROVAL)
    assert post(client, team, "I10/waivers", theirs, reason="not mine") == []
    assert Series.objects.get().held
    address = f"/api/v1/projects/{other.project.slug}/inclusion/I10/waivers"
    body = {"series_ids": [str(theirs[0].pk)], "reason": "not mine"}
    assert client.post(address, body, format="json").status_code == 404
    assert as_user(other.raters[0]).post(address, body, format="json").status_code == 403


def test_the_search_finds_what_its_field_promises(team: flow.Team, client: APIClient) -> None:
    made = series_of(team, 1, manufacturer="Siemens", model="Definition AS+", kernel="B60f")
    series_of(team, 1, manufacturer="Philips", model="iCT", kernel="YB")
    for text in ("siemens", "definition", "b60", made[0].patient.pseudonym):
        assert listed(client, team, search=text) == [str(made[0].pk)], text
    assert listed(client, team, search="toshiba") == []
