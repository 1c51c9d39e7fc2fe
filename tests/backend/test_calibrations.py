"""Bone density needs a verified record; nothing is invented, and the answer says what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.annotation.models import Case
from backend.common.events import publish
from backend.imaging.events import VolumeReady
from backend.imaging.models import Series
from backend.measurements.calibrations import settle_periods
from backend.measurements.models import CalibrationRecord, PeriodVerdict, VertebraMeasurement
from backend.projects.models import Role
from backend.science.bmd import CAVEATS
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

AsUser = Callable[[Any], APIClient]
FACTS = {
    "manufacturer": "Siemens",
    "model": "SOMATOM Definition AS",
    "kvp": 120.0,
    "kernel": "B60f",
    "contrast": "none",
    "device_hmac": "ab12",
}
CANDIDATE = {"slope": 0.8, "intercept": -5.0, "source": "(0019,xx92), (0019,xx93)"}
VERIFICATION = {"phantom": "Phantom of known rods", "source": "Own measurement", "valid_from": "2015-01-01"}
YEAR = 2017
HU = {19: 150.0, 20: 100.0, 21: 110.0, 22: 120.0, 23: 90.0}


class Site:
    """A project with one measured case and its physicist."""

    def __init__(self, as_user: AsUser) -> None:
        self.team = flow.make_team()
        self.physicist = factories.make_member(self.team.project, Role.PHYSICIST)
        self.client = as_user(self.physicist)
        self.root = f"/api/v1/projects/{self.team.project.slug}"
        self.case = flow.start_case(self.team.project)
        self.measure(HU)

    @property
    def series(self) -> Series:
        return Series.objects.get(volume__case=self.case)

    def facts(self, **facts: Any) -> None:
        Series.objects.filter(pk=self.series.pk).update(facts={**FACTS, **facts}, acquired_year=YEAR)
        publish(VolumeReady(Case.objects.get(pk=self.case.pk).volume_id))

    def measure(self, hu: dict[int, float], excluded: dict[int, str] | None = None) -> None:
        assert self.case.start_mask is not None
        VertebraMeasurement.objects.filter(mask=self.case.start_mask).delete()
        for label, mean in hu.items():
            detail = {
                "mean": mean,
                "sd": 30.0,
                "voxels": 2000,
                "volume_mm3": 2000.0,
                "excluded": (excluded or {}).get(label, ""),
            }
            VertebraMeasurement.objects.create(
                mask=self.case.start_mask, label=label, hu_mean=mean, detail={"hu": detail}
            )

    def candidate(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.client.get(f"{self.root}/calibrations").json()["results"]
        assert len(found) == 1
        return found[0]

    def enter(self, **fields: Any) -> str:
        body = {"scanner_model": "Siemens SOMATOM Definition AS", "kvp": 120, "slope": 0.5, "intercept": 0}
        made = self.client.post(f"{self.root}/calibrations", {**body, **fields}, format="json")
        assert made.status_code == 201, made.content
        verified = self.client.post(
            f"/api/v1/calibrations/{made.json()['id']}/verify", VERIFICATION, format="json"
        )
        assert verified.status_code == 200, verified.content
        return str(made.json()["id"])

    def row(self) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.client.get(f"{self.root}/bone-density").json()["results"]
        assert len(rows) == 1
        return rows[0]


@pytest.fixture
def site(as_user: AsUser) -> Site:
    return Site(as_user)


def test_a_header_s_line_becomes_a_candidate_once_and_nothing_is_computed_with_it(site: Site) -> None:
    site.facts(osteo_regression_candidate=CANDIDATE)
    site.facts(osteo_regression_candidate=CANDIDATE)
    found = site.candidate()
    assert (found["state"], found["from_header"], found["phantom"]) == ("candidate", True, "")
    assert (found["scanner_model"], found["kvp"]) == ("Siemens SOMATOM Definition AS", 120.0)
    row = site.row()
    assert row["bmd"] is None
    assert row["missing"]["code"] == "no_calibration"
    assert "Siemens SOMATOM Definition AS at 120 kVp" in row["missing"]["text"]
    assert {level["label"]: level["mean"] for level in row["levels"]} == HU


def test_density_is_told_as_soon_as_the_candidate_is_verified(site: Site) -> None:
    site.facts(osteo_regression_candidate=CANDIDATE)
    address = f"/api/v1/calibrations/{site.candidate()['id']}"
    assert site.client.post(f"{address}/verify", VERIFICATION, format="json").status_code == 200
    bmd = site.row()["bmd"]
    assert bmd["mg_cm3"] == pytest.approx(0.8 * 110 - 5)
    assert bmd["sd_between_levels"] == pytest.approx(0.8 * 10)
    # 8 % of the value between asynchronous and in-scan calibration, and the levels' standard error
    assert bmd["sd_mg_cm3"] == pytest.approx(((0.08 * 83) ** 2 + 8**2 / 3) ** 0.5)
    assert (bmd["levels"], bmd["replaced"], bmd["category"]) == (["L1", "L2", "L3"], False, "low")
    assert set(CAVEATS) < set(bmd["caveats"])
    assert bmd["calibration"]["verified_by"] == site.physicist.name
    assert (bmd["calibration"]["slope"], bmd["calibration"]["source"]) == (0.8, "Own measurement")
    assert site.client.post(f"{address}/verify", VERIFICATION, format="json").status_code == 409
    assert site.client.post(f"{address}/retire", {"note": "drift"}, format="json").status_code == 200
    assert site.row()["bmd"] is None


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"model": ""}, "no_scanner"),
        ({"kvp": None}, "no_kvp"),
        ({"contrast": "unknown"}, "no_phase"),
        ({"kvp": 100.0}, "no_calibration"),
        ({"manufacturer": "Philips", "model": "iCT 256"}, "no_calibration"),
    ],
)
def test_the_page_says_what_is_missing(site: Site, facts: dict[str, Any], code: str) -> None:
    site.enter()
    site.facts(**facts)
    row = site.row()
    assert (row["bmd"], row["missing"]["code"]) == (None, code)


def test_fractured_and_excluded_levels_are_replaced_or_refused(site: Site) -> None:
    site.facts()
    site.enter()
    site.measure(HU, excluded={21: "metal"})
    bmd = site.row()["bmd"]
    assert (bmd["levels"], bmd["replaced"]) == (["L1", "L3", "L4"], True)
    VertebraMeasurement.objects.filter(label__in=(20, 22)).update(suggested_grade=2)
    row = site.row()
    assert row["bmd"]["levels"] == ["L4", "T12"]
    site.measure(HU, excluded={19: "sclerotic", 21: "metal", 23: "too_small"})
    VertebraMeasurement.objects.filter(label=20).update(suggested_grade=3)
    assert site.row()["missing"]["code"] == "too_few_levels"


def test_contrast_needs_a_stated_phase_and_a_correction(site: Site) -> None:
    site.facts(contrast="enhanced", contrast_phase_candidate="portal_venous")
    site.enter(slope=1.0)
    row = site.row()
    assert (row["missing"]["code"], row["phase_hint"], row["phase"]) == ("no_phase", "portal_venous", None)
    address = f"/api/v1/series/{site.series.pk}/contrast-phase"
    assert site.client.put(address, {"phase": "portal_venous"}, format="json").status_code == 200
    assert site.row()["missing"]["code"] == "no_contrast_correction"
    site.enter(kind="contrast", phase="portal_venous", slope=0.9, intercept=-10)
    row = site.row()
    assert row["bmd"]["mg_cm3"] == pytest.approx(0.9 * 110 - 10)
    assert row["bmd"]["correction"]["slope"] == 0.9
    assert any("corrected" in caveat for caveat in row["bmd"]["caveats"])
    assert row["phase_from"] == "person"


def test_a_record_must_be_whole_to_count(site: Site) -> None:
    body = {"scanner_model": "X 1", "kvp": 120, "slope": -1, "intercept": 0}
    assert site.client.post(f"{site.root}/calibrations", body, format="json").status_code == 400
    body |= {"slope": 1, "kind": "contrast"}
    assert (
        site.client.post(f"{site.root}/calibrations", body, format="json").json()["code"] == "phase_missing"
    )
    record = CalibrationRecord.objects.create(
        project=site.team.project, scanner_model="X 1", kvp=120, slope=1, intercept=0
    )
    address = f"/api/v1/calibrations/{record.pk}/verify"
    for wrong in ({"phantom": " "}, {"source": ""}, {"valid_to": "2014-01-01"}, {"valid_from": None}):
        assert site.client.post(address, {**VERIFICATION, **wrong}, format="json").status_code == 400
    with pytest.raises(IntegrityError), transaction.atomic():
        CalibrationRecord.objects.filter(pk=record.pk).update(state="verified")


def test_calibrations_are_for_physicists_and_managers(site: Site, as_user: AsUser) -> None:
    site.facts(osteo_regression_candidate=CANDIDATE)
    candidate = site.candidate()["id"]
    phase = f"/api/v1/series/{site.series.pk}/contrast-phase"
    assert as_user(site.team.manager).get(f"{site.root}/calibrations").status_code == 200
    assert as_user(site.team.manager).get(f"{site.root}/bone-density").status_code == 200
    stranger = flow.make_team()
    for person, listed in (
        (site.team.raters[0], 403),
        (site.team.radiologists[0], 403),
        (stranger.manager, 404),
    ):
        client = as_user(person)
        assert client.get(f"{site.root}/calibrations").status_code == listed
        assert client.get(f"{site.root}/bone-density").status_code == listed
        body = {"scanner_model": "X 1", "kvp": 120, "slope": 1, "intercept": 0}
        assert client.post(f"{site.root}/calibrations", body, format="json").status_code == listed
        verify = client.post(f"/api/v1/calibrations/{candidate}/verify", VERIFICATION, format="json")
        assert verify.status_code == 404
        assert client.put(phase, {"phase": "none"}, format="json").status_code == 404


def test_the_list_takes_few_queries(site: Site, django_assert_max_num_queries: Any) -> None:
    site.facts()
    site.enter()
    for _ in range(3):
        flow.start_case(site.team.project, np.asfortranarray(factories.block_mask()))
    with django_assert_max_num_queries(12):
        assert len(site.client.get(f"{site.root}/bone-density").json()["results"]) == 4


def test_a_record_counts_only_where_it_held_when_the_scan_was_made(site: Site) -> None:
    site.facts()
    Series.objects.filter(pk=site.series.pk).update(acquired_year=None)
    record = site.enter()
    row = site.row()
    assert (row["bmd"], row["missing"]["code"]) == (None, "period_unsure")
    assert [one["id"] for one in row["unsure"]] == [record]
    address = f"/api/v1/series/{site.series.pk}/calibration-period"
    told = site.client.put(address, {"record_id": record, "within": True}, format="json")
    assert told.status_code == 200
    assert site.row()["bmd"]["mg_cm3"] == pytest.approx(55)
    site.client.put(address, {"record_id": record, "within": False}, format="json")
    assert site.row()["missing"]["code"] == "no_calibration"


@pytest.mark.parametrize(
    ("year", "code"),
    [(2014, "no_calibration"), (2016, "period_unsure"), (2017, None), (2019, "period_unsure")],
)
def test_the_year_decides_where_it_can(site: Site, year: int, code: str | None) -> None:
    site.facts()
    record = site.enter()
    CalibrationRecord.objects.filter(pk=record).update(
        valid_from=date(2016, 3, 1), valid_to=date(2019, 6, 30)
    )
    Series.objects.filter(pk=site.series.pk).update(acquired_year=year)
    missing = site.row()["missing"]
    assert (missing["code"] if missing else None) == code


def test_the_ingest_settles_by_the_day_what_the_year_cannot(site: Site) -> None:
    site.facts()
    record = site.enter()
    CalibrationRecord.objects.filter(pk=record).update(valid_from=date(2016, 3, 1))
    Series.objects.filter(pk=site.series.pk).update(acquired_year=2016)
    settle_periods(site.series, date(2016, 3, 2))
    assert site.row()["bmd"] is not None
    assert "2016-03-02" not in json.dumps(PeriodVerdict.objects.values_list("within", "stated_by")[0])


def test_a_period_is_stated_by_keepers_alone(site: Site, as_user: AsUser) -> None:
    record = site.enter()
    address = f"/api/v1/series/{site.series.pk}/calibration-period"
    body = {"record_id": record, "within": True}
    assert as_user(site.team.raters[0]).put(address, body, format="json").status_code == 404
