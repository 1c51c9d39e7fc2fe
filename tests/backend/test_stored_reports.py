"""Reports kept as JSON: what is computed fits its model whole, and those of former versions stay readable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.annotation.quality.reports import ScoreReport
from backend.common.stored import Report
from backend.consensus.grades import grade_report
from backend.consensus.models import Comparison, Fusion
from backend.consensus.reports import BadParameters, ComparisonReport, FinalReport, FusionAsked, FusionReport
from backend.consensus.selectors import report_of
from backend.consensus.services.items import find_items, mask_slots
from backend.measurements.grading_schema import GENANT_ONLY
from backend.measurements.models import GradingSchema
from backend.measurements.selectors import schema_of
from backend.progress.models import AgreementReport
from backend.progress.raters.reports import AgreementFigures
from backend.projects.protocols import Thresholds
from backend.science.agreement import compare_group
from backend.science.agreement.final import compare_with_final
from backend.science.agreement.scoring import score
from backend.science.fusion import FusionParameters, fuse
from backend.science.volume import Mask, VolumeGeometry
from tests.backend import flow

AsUser = Callable[[Any], APIClient]
GRID = VolumeGeometry((16, 16, 24), np.eye(4))


def mask(*blocks: tuple[int, int]) -> Mask:
    """Blocks of 8 x 8 x 6 voxels: (label, first slice)."""
    array = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    for label, k in blocks:
        array[4:12, 4:12, k : k + 6] = label
    return Mask(GRID, array)


# T12 above L1, as all say; one calls L1 L2, one draws another L1, one draws nothing of L1
RATERS = [
    mask((19, 16), (20, 8)),
    mask((19, 16), (21, 8)),
    mask((19, 16), (20, 0)),
]


def lost(told: Any, kept: Any, place: str = "") -> list[str]:
    """Where ``kept`` lacks something of ``told``, or has it otherwise."""
    if isinstance(told, dict) and isinstance(kept, dict):
        parts = [(f"{place}.{key}", told[key], kept.get(key, "nothing")) for key in told]
    elif isinstance(told, list | tuple) and isinstance(kept, list) and len(told) == len(kept):
        parts = [(f"{place}[{i}]", a, b) for i, (a, b) in enumerate(zip(told, kept, strict=True))]
    else:
        return [] if told == kept else [place]
    return [found for where, a, b in parts for found in lost(a, b, where)]


def fused(method: Any) -> dict[str, Any]:
    return fuse(RATERS, parameters=FusionParameters(method=method, weights=(1.0, 1.0, 2.0))).to_json()


COMPUTED: list[tuple[type[Report], dict[str, Any]]] = [
    (ComparisonReport, compare_group(RATERS).to_json()),
    (
        ComparisonReport,
        {"grades": grade_report([[{"label": 20, "grade": 1}], [{"label": 20, "grade": None}]])},
    ),
    (FusionReport, fused("staple")),
    (FusionReport, fused("weighted")),
    (FinalReport, compare_with_final(RATERS[0], RATERS[1], RATERS[2]).to_json()),
    (ScoreReport, score(RATERS[1], RATERS[0], {20: 1}, {20: None, 19: 0}).to_json()),
    (ScoreReport, score(mask(), RATERS[0], {}, {}).to_json()),
]


@pytest.mark.parametrize(("model", "told"), COMPUTED)
def test_nothing_that_science_reports_is_lost_in_storing(model: type[Report], told: dict[str, Any]) -> None:
    assert lost(told, model.read(told).to_json()) == []


def test_what_is_lost_would_be_seen() -> None:
    assert lost({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}) == [".a[0].c"]


# As they were stored before letters of masks, suspects, numbers of spots, expected Dice and shares were kept
_SHAPE = {"dice": 0.9, "hd95_mm": 2.0, "assd_mm": 0.5, "nsd_1mm": 0.9, "volume_a_ml": 30, "volume_b_ml": None}
_L1 = {"label": 20, "names": [20, 20], "missing": [], "naming_disputed": False, "minimum_dice": 0.9}
OLD_COMPARISON = {
    "slots": ["A", "B"],
    "raters": 2,
    "labels": {"20": {**_L1, "pairs": [{"raters": [0, 1], **_SHAPE}], "retired_figure": 1}},
    "grades": {"labels": {"20": [1, None]}, "pairs": 0, "exact": None, "within_one": None, "disputed": [20]},
}
OLD_FUSION = {
    "raters": [{"rater": 0, "labels": 1, "matched": 1, "name_shift": 0, "excluded": ""}],
    "labels": {
        "20": {
            "label": 20,
            "names": [20, 20],
            "voxels": 100,
            "majority_voxels": 99,
            "staple_voxels": None,
            "disputed_voxels": 3,
            "sensitivity": [1.0, None],
            "specificity": [1.0, None],
            "flags": ["missing"],
        }
    },
    "adjudicate": [20],
}


def test_a_comparison_of_a_former_version_is_read() -> None:
    report = ComparisonReport.read(OLD_COMPARISON)
    assert (report.mask_slots, report.suspects, report.spots_total) == (("A", "B"), None, None)
    assert mask_slots(report) == ["A", "B"]
    assert "retired_figure" not in report.to_json()["labels"]["20"]
    old = FusionReport.read(OLD_FUSION)
    items = find_items(report=report, answers={}, thresholds=Thresholds(dice_below=0.95), fused=old)
    assert [(item.label, item.reasons) for item in items] == [(20, ("dice",))]
    assert old.labels["20"].expected_dice == ()


@pytest.mark.django_db(transaction=True)
def test_pages_show_reports_of_former_versions(as_user: AsUser) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    flow.rate(team)
    manager = as_user(team.manager)
    Comparison.objects.update(report=OLD_COMPARISON)
    Fusion.objects.update(report=OLD_FUSION, parameters={"method": "majority", "weights": [1, 2]})
    told = manager.get(f"/api/v1/cases/{case.pk}/consensus").json()
    assert told["comparison"]["report"]["labels"]["20"]["pairs"][0]["dice"] == 0.9
    assert {row["report"]["labels"]["20"]["flags"][0] for row in told["fusions"]} == {"missing"}
    assert {tuple(row["parameters"]["weights"]) for row in told["fusions"]} == {(1.0, 2.0)}
    manager.get(f"/api/v1/projects/{team.project.slug}/agreement")
    AgreementReport.objects.update(report={"comparisons": 1, "raters": [str(team.raters[0].pk)]})
    agreement = manager.get(f"/api/v1/projects/{team.project.slug}/agreement").json()
    assert [row["name"] for row in agreement["raters"]] == [team.raters[0].name]
    assert agreement["overall"]["dice"] == {"value": None, "low": None, "high": None}
    assert manager.get(f"/api/v1/projects/{team.project.slug}/reliability").status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"iterations": 3}, "iterations is not known: leave it out."),
        ({"weights": ["heavy"]}, "weights 1 must be a number."),
        ({"weights_choice": "mine"}, "weights_choice is not known: leave it out."),
    ],
)
def test_a_fusion_is_asked_for_in_the_form_that_the_schema_tells(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BadParameters, match=said):
        FusionAsked.read(asked)
    assert FusionAsked.read({"clean": False}).given() == {"clean": False}


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_has_the_form_that_the_schema_tells(as_user: AsUser) -> None:
    team = flow.make_team()
    flow.start_case(team.project)
    flow.rate(team)
    as_user(team.manager).get(f"/api/v1/projects/{team.project.slug}/agreement")
    stored: list[tuple[type[Report], dict[str, Any]]] = [
        (ComparisonReport, Comparison.objects.get().report),
        *((FusionReport, fusion.report) for fusion in Fusion.objects.all()),
        (AgreementFigures, AgreementReport.objects.get().report or {}),
    ]
    assert len(stored) > 2
    for model, row in stored:
        assert model.read(row).to_json() == row
        assert set(row) == set(model.model_fields)
    assert report_of(Comparison.objects.get()).spots_total == 0


@pytest.mark.django_db(transaction=True)
def test_a_grading_schema_of_before_some_fields_is_read() -> None:
    team = flow.make_team()
    asked = {
        "name": "fracture_type",
        "asked": True,
        "needed": "fracture",
        "options": [{"code": "wedge", "title": "W"}],
    }
    GradingSchema.objects.create(
        project=team.project, schema={"title": "Old", "fields": [asked]}, changed_by=team.manager
    )
    schema = schema_of(team.project)
    assert [option.code for option in schema.field("fracture_type").options] == ["wedge"]
    assert not schema.field("deformity").asked
    assert len(schema.fields) == len(GENANT_ONLY.fields)
