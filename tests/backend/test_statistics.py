"""Table 1 and the figures of accepted cases and of releases, through REST and in the archive."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Case
from backend.common.storage import read_blob
from backend.consensus.models import AgreedGrade
from backend.imaging.models import Patient, Series
from backend.measurements.models import VertebraMeasurement
from backend.releases import pictures as drawing
from backend.releases.models import Release, ReleaseFile
from backend.releases.services import building, drafting
from backend.review import services as review
from tests.backend import flow
from tests.backend.out import publish
from tests.backend.thaw import thawed_afterwards
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

AsUser = Callable[[Any], APIClient]
FACTS = {"manufacturer": "Philips", "model": "iCT 256", "kvp": 120.0, "contrast": "none"}


@replayable
def accept_case(team: flow.Team, *, sex: str, age: int, grades: dict[int, int]) -> Case:
    case = flow.start_case(team.project)
    flow.rate(team, grades=[grades] * len(team.raters))
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=True)
    series = Series.objects.get(volume__case=case)
    Series.objects.filter(pk=series.pk).update(facts=FACTS)
    Patient.objects.filter(pk=series.patient_id).update(sex=sex, age_years=age)
    case.refresh_from_db()
    return case


@pytest.fixture
def team() -> Iterator[flow.Team]:
    with thawed_afterwards():
        yield flow.make_team(raters=3)


def rows_of(report: dict[str, Any], column: int = -1) -> dict[str, str]:
    return {row["name"]: row["cells"][column] for row in report["rows"]}


def test_table_1_of_the_accepted_cases(team: flow.Team, as_user: AsUser) -> None:
    address = f"/api/v1/projects/{team.project.slug}/statistics"
    client = as_user(team.manager)
    empty = client.get(address).json()
    assert (empty["columns"], rows_of(empty)["CT series"], empty["figures"]["vertebrae"]) == (
        ["all"],
        "0",
        {},
    )
    accept_case(team, sex="F", age=62, grades={20: 2})
    second = accept_case(team, sex="M", age=75, grades={})
    flow.start_case(team.project)  # under way: not counted
    AgreedGrade.objects.filter(case=second, label=21, current=True).update(foreign_material="pmma")
    report = client.get(address).json()
    found = rows_of(report)
    assert {name: found[name] for name in ("CT series", "Patients", "Women", "Vertebrae")} == {
        "CT series": "2",
        "Patients": "2",
        "Women": "1",
        "Vertebrae": "4",
    }
    assert (found["Vertebrae, lumbar"], found["Fractured vertebrae"], found["Fractures of grade 2"]) == (
        "4",
        "1",
        "1",
    )
    assert found["Foreign material"] == "1"
    assert found["Age in years, mean (SD)"] == "68.5 (9.2), n = 2"
    assert found["Bone density in mg/cm³, mean (SD)"] == "n/a"
    assert (found["Contrast: none"], found["Scanner: Philips iCT 256"]) == ("2", "2")
    assert report["figures"]["vertebrae"] == {"L1": 2, "L2": 2}
    assert report["figures"]["types"]["wedge"] == {"1": 0, "2": 1, "3": 0}
    assert report["figures"]["decades"] == {"60-69": 1, "70-79": 1}


def test_a_vertebra_that_the_image_cuts_is_not_counted(team: flow.Team, as_user: AsUser) -> None:
    case = accept_case(team, sex="F", age=62, grades={})
    VertebraMeasurement.objects.filter(mask=case.accepted_mask, label=20).update(
        flags=["touches_border", "cut_off"]
    )
    report = as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/statistics").json()
    assert (rows_of(report)["Vertebrae"], report["left_out"]) == ("1", 1)


def test_statistics_are_for_managers_and_radiologists(team: flow.Team, as_user: AsUser) -> None:
    address = f"/api/v1/projects/{team.project.slug}/statistics"
    other = flow.make_team()
    for person, status in (
        (team.manager, 200),
        (team.radiologists[0], 200),
        (team.raters[0], 403),
        (team.researcher, 403),
        (other.manager, 404),
    ):
        for path in (address, f"{address}/table.csv", f"{address}/figures.csv"):
            assert as_user(person).get(path).status_code == status


def test_the_tables_come_as_csv(team: flow.Team, as_user: AsUser) -> None:
    accept_case(team, sex="F", age=62, grades={20: 3})
    client = as_user(team.manager)
    address = f"/api/v1/projects/{team.project.slug}/statistics"
    table = list(csv.reader(io.StringIO(client.get(f"{address}/table.csv").content.decode())))
    assert table[0] == ["", "all"]
    assert ["Fractured vertebrae", "1"] in table
    bars = list(csv.reader(io.StringIO(client.get(f"{address}/figures.csv").content.decode())))
    assert ["E3 fracture types", "wedge", "grade 3", "1"] in bars


@pytest.fixture
def release(team: flow.Team) -> Release:
    for number in range(4):
        accept_case(team, sex="FM"[number % 2], age=60 + 5 * number, grades={20: number % 3})
    made = drafting.create_release(
        project=team.project,
        actor=team.manager,
        draft=drafting.Draft(
            version="1.0", title="First", fractions={"training": 0.5, "validation": 0.25, "test": 0.25}
        ),
    )
    building.start_freeze(release_id=made.pk, actor=team.manager)
    made.refresh_from_db()
    assert made.state == "frozen", made.error
    return publish(made)


def test_a_release_has_a_column_for_each_split_and_its_files(
    team: flow.Team, release: Release, as_user: AsUser
) -> None:
    report = as_user(team.manager).get(f"/api/v1/releases/{release.pk}/statistics").json()
    assert report["columns"] == ["training", "validation", "test", "all"]
    assert sum(report["patients"][name] for name in ("training", "validation", "test")) == 4
    variants = {(test["name"], test["variant"]) for test in report["tests"]}
    assert ("sex", "Fisher's exact") in variants
    assert ("age", "student, equal variances") in variants
    assert {test["groups"] for test in report["tests"]} == {"training, validation", "training, test"}
    files = {file.path: file for file in ReleaseFile.objects.filter(release=release).select_related("blob")}
    table = files["01_training/statistics/table_1.csv"]
    assert table.split == "training"
    assert b"CT series,2,2" in read_blob(table.blob)
    svg = read_blob(files["01_training/statistics/e1_vertebrae.svg"].blob)
    assert svg.startswith(b"<?xml")
    assert b"<dc:date>" not in svg
    assert read_blob(files["03_test/statistics/e1_vertebrae.png"].blob).startswith(b"\x89PNG")


def test_an_embargoed_test_split_has_no_column_for_researchers(
    team: flow.Team, release: Release, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/api/v1/releases/{release.pk}/statistics"
    open_to_all = as_user(team.researcher).get(address).json()
    assert "test" in open_to_all["columns"]
    monkeypatch.setattr("backend.releases.statistics.is_sealed", lambda release, split: True)
    assert "test" in as_user(team.manager).get(address).json()["columns"]
    locked = as_user(team.researcher).get(address).json()
    assert "test" not in locked["columns"]
    assert locked["patients"]["all"] == 4 - open_to_all["patients"]["test"]
    assert as_user(team.raters[0]).get(address).status_code == 404


FIGURES = {
    "vertebrae": {"L1": 2, "L2": 3},
    "fractured": {"L1": 1, "L2": 0},
    "types": {"wedge": {"1": 0, "2": 1, "3": 0}},
    "decades": {},
    "bmd_classes": {"<80": 0, "80-120": 0, ">120": 0},
}


def test_pictures_are_the_same_bytes_each_time_and_empty_ones_are_left_out() -> None:
    first, second = dict(drawing.pictures(FIGURES)), dict(drawing.pictures(FIGURES))
    assert first == second
    assert {name.split(".")[0] for name in first} == {
        "e1_vertebrae",
        "e2_fractured_vertebrae",
        "e3_fracture_types",
    }
