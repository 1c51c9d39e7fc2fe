"""How a final grade came about: the readers' own answers before the consensus, and every grade that stood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.consensus.models import AgreedGrade
from tests.backend import flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

AsUser = Callable[[Any], APIClient]


def test_the_history_keeps_the_readers_answers_and_the_consensus_reading(as_user: AsUser) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    flow.rate(team, grades=[{21: 0}, {21: 2}, {21: 0}])
    expert = team.radiologists[0]
    assignment = flow.take(expert, team.project)
    flow.hand_in(assignment, grades={21: 2})
    address = f"/api/v1/cases/{case.pk}/grade-history"
    rows = [row for row in as_user(team.manager).get(address).json() if row["label"] == 21]
    assert rows[-1]["current"]
    assert (rows[-1]["grade"], rows[-1]["method"]) == (2, "adjudicated")
    assert {one["slot"]: one["grade"] for one in rows[-1]["answers"]} == {"A": 0, "B": 2, "C": 0}
    assert [row["current"] for row in rows].count(True) == 1
    assert len(rows) == AgreedGrade.objects.filter(case=case, label=21).count()
    settled = [row for row in as_user(team.manager).get(address).json() if row["label"] == 20]
    assert (settled[0]["method"], settled[0]["grade"]) == ("unanimous", 0)


def test_the_history_is_blinded_like_the_consensus(as_user: AsUser) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    waiting = flow.take(team.raters[0], team.project)
    assert waiting.task.case_id == case.pk
    address = f"/api/v1/cases/{case.pk}/grade-history"
    assert as_user(team.raters[0]).get(address).status_code == 404
    assert as_user(team.manager).get(address).json() == []
    assert as_user(flow.make_team().manager).get(address).status_code == 404
