"""Measurements belong to a mask version, are made once, and do not lead the reader."""

from __future__ import annotations

import pytest
from django.test import Client

from backend.measurements.models import VertebraMeasurement
from backend.measurements.services import measure_version
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_mask_that_raters_start_from_is_measured_once() -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    assert case.start_mask is not None
    rows = {row.label: row for row in case.start_mask.measurements.all()}
    assert set(rows) == {20, 21}
    assert rows[20].volume_ml == pytest.approx(6 * 6 * 2 * 2.0 / 1000)
    again = measure_version(mask_id=case.start_mask_id or rows[20].mask_id)
    assert [row.pk for row in again] == [rows[20].pk, rows[21].pk]


def test_a_suggestion_is_told_only_after_the_answer() -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    VertebraMeasurement.objects.filter(mask=case.start_mask, label=20).update(
        suggested_grade=2, suggested_type="wedge"
    )
    rater = team.raters[0]
    assignment = flow.take(rater, team.project)
    client = Client()
    client.force_login(rater)
    address = f"/api/v1/assignments/{assignment.pk}"
    before = client.get(f"{address}/measurements").json()[0]
    assert (before["label"], before["answered"], before["suggested_grade"]) == (20, False, None)
    client.put(f"{address}/gradings/20", {"grade": 1}, content_type="application/json")
    after = client.get(f"{address}/measurements").json()[0]
    assert (after["answered"], after["suggested_grade"], after["suggested_type"]) == (True, 2, "wedge")
