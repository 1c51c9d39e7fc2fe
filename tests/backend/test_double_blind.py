"""Double blind: whoever looks at a case sees letters, until they say why they need the names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from backend.annotation.work.services import giving
from backend.audit.models import Record
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)


def blind(team: flow.Team) -> None:
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()


def test_names_become_letters_until_a_reason_is_given(as_user: Callable[..., APIClient]) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    given_back = flow.take(team.raters[2], team.project)
    giving.cancel_assignment(assignment_id=given_back.pk, actor=team.raters[2])
    for rater in team.raters[:2]:
        flow.hand_in(flow.take(rater, team.project))
    manager = as_user(team.manager)
    address = f"/api/v1/cases/{case.pk}"
    assert team.raters[0].name in manager.get(address).content.decode(), "not blind yet"
    assert manager.post(f"{address}/unblind", {"reason": "Curious"}, format="json").status_code == 409
    blind(team)
    page = manager.get(address)
    for rater in team.raters:
        assert rater.name not in page.content.decode()
        assert str(rater.pk) not in page.content.decode()
    detail = page.json()
    assert detail["names_hidden"]
    assert [one["rater"] for one in detail["tasks"][0]["assignments"]] == [
        {"id": None, "name": "Rater A"},
        {"id": None, "name": "Rater B"},
    ]
    assert "Rater A" in {row["actor"] for row in detail["timeline"]}
    assert {row["author"] for row in detail["masks"]} == {None, "Rater A", "Rater B"}
    assert manager.post(f"{address}/unblind", {"reason": " "}, format="json").status_code == 400
    asked = manager.post(f"{address}/unblind", {"reason": "Rater A's hands shake"}, format="json")
    assert asked.status_code == 204
    record = Record.objects.get(verb="case.unblinded")
    assert (record.actor, record.detail["reason"]) == (team.manager, "Rater A's hands shake")
    after = manager.get(address).json()
    assert not after["names_hidden"]
    assert [row["reason"] for row in after["unblindings"]] == ["Rater A's hands shake"]
    assert after["tasks"][0]["assignments"][0]["rater"]["name"] == team.raters[0].name
    assert manager.post(f"{address}/unblind", {"reason": "Again"}, format="json").status_code == 409


def test_an_adjudicator_reads_letters_in_comments(as_user: Callable[..., APIClient]) -> None:
    team = flow.make_team()
    blind(team)
    flow.start_case(team.project)
    first = flow.take(team.raters[0], team.project)
    as_user(team.raters[0]).post(f"/api/v1/assignments/{first.pk}/comments", {"text": "L1?"}, format="json")
    flow.rate(team, changes=[None, None, flow.erase(20)])
    expert = team.radiologists[0]
    adjudication = flow.take(expert, team.project)
    rows = as_user(expert).get(f"/api/v1/assignments/{adjudication.pk}/comments").json()
    assert [row["author"] for row in rows] == ["Rater A"]
    assert (
        as_user(expert)
        .post(f"/api/v1/cases/{adjudication.task.case_id}/unblind", {"reason": "Want to know"}, format="json")
        .status_code
        == 404
    ), "only a manager may"
