"""The challenge's measures against SCIENCE V5, V6 and the behaviour of its public code."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from backend.science.cli import main
from backend.science.evaluation import evaluate_case, identify, panoptic_quality
from backend.science.formats.nifti import write_mask
from backend.science.formats.verse import write_centroids
from tests.science.real_data import real_data
from tests.science.spines import balls, empty, mask

T11, T12, L1 = 18, 19, 20
TRUE = {T11: (0.0, 0.0, 0.0), T12: (0.0, 25.0, 0.0), L1: (0.0, 50.0, 0.0)}


def _hits(predicted: dict[int, tuple[float, float, float]]) -> list[bool]:
    return list(identify(TRUE, predicted).hits.values())


def test_twenty_millimetres_hit_and_more_miss() -> None:
    """V5."""
    assert _hits({T11: (20.0, 0.0, 0.0)}) == [True, False, False]
    assert _hits({T11: (20.01, 0.0, 0.0)}) == [False, False, False]


def test_names_shifted_by_one_identify_nothing() -> None:
    assert identify(TRUE, {T11: TRUE[T12], T12: TRUE[L1], L1: (0.0, 75.0, 0.0)}).rate == 0


def test_a_prediction_competes_only_with_labels_that_both_have() -> None:
    assert _hits({L1: (0.0, 36.0, 0.0)}) == [False, False, True]
    assert _hits({T12: TRUE[T12], L1: (0.0, 36.0, 0.0)}) == [False, True, False]


def test_extra_labels_do_not_lower_the_rate() -> None:
    assert identify(TRUE, {**TRUE, 21: (0.0, 75.0, 0.0), 22: (0.0, 99.0, 0.0)}).rate == 1


def test_no_shared_label() -> None:
    found = identify(TRUE, {24: (0.0, 0.0, 0.0)})
    assert found.rate == 0
    assert found.distances_mm == {}
    assert math.isnan(identify({}, {}).rate)


def test_swapped_labels_have_no_dice() -> None:
    """V6: the foreground agrees fully."""
    case = evaluate_case(
        mask([1, 1, 2, 2]), mask([2, 2, 1, 1]), predicted_centroids={}, reference_centroids={}
    )
    assert case.dice == {1: 0.0, 2: 0.0}


def test_a_missed_and_an_extra_vertebra_are_counted() -> None:
    case = evaluate_case(balls((19, 0, 22)), balls((19, 20, 21)))
    assert case.missed == [20, 21]
    assert case.extra == [22]
    assert case.dice == {19: 1.0, 20: 0.0, 21: 0.0}
    assert case.hausdorff_mm == {19: 0.0}
    assert case.panoptic_quality == pytest.approx(1 / (1 + 0.5 * 2 + 0.5 * 1))


def test_panoptic_quality_by_hand() -> None:
    assert panoptic_quality([0.8, 0.4], 0, 0) == pytest.approx(0.8 / 2)
    assert math.isnan(panoptic_quality([], 0, 0))


def test_the_command_reports_each_case_and_the_set(tmp_path: Path) -> None:
    predicted, reference = tmp_path / "pred", tmp_path / "ref" / "sub-a"
    reference.mkdir(parents=True)
    write_mask(reference / "sub-a_seg-vert_msk.nii.gz", balls())
    write_mask(reference.parent / "b_seg.nii.gz", balls((19, 20, 0)))
    write_mask(predicted / "sub-a_seg-vert_msk.nii.gz", balls((19, 20, 0)))
    write_mask(predicted / "b.nii.gz", balls((19, 20, 21)))
    report = tmp_path / "report.json"
    assert main(["evaluate", str(predicted), str(reference.parent), "--report", str(report)]) == 0
    found = json.loads(report.read_text())
    assert set(found["cases"]) == {"sub-a", "b"}
    assert found["identification_rate"] == pytest.approx(4 / 5)
    assert found["dice"] == pytest.approx((2 / 3 + 1) / 2)
    assert (found["missed"], found["extra"]) == (1, 1)
    assert found["hausdorff_mm"] == found["mean_distance_mm"] == 0
    assert found["cases"]["sub-a"]["vertebrae"]["21"]["dice"] == 0


def test_a_case_without_prediction_is_missed_not_left_out(tmp_path: Path) -> None:
    write_mask(tmp_path / "ref" / "a.nii.gz", balls())
    (tmp_path / "pred").mkdir()
    report = tmp_path / "report.json"
    assert main(["evaluate", str(tmp_path / "pred"), str(tmp_path / "ref"), "--report", str(report)]) == 0
    found = json.loads(report.read_text())
    assert found["identification_rate"] == found["dice"] == 0
    assert found["hausdorff_mm"] is None
    assert found["absent_cases"] == ["a"]


def test_centroid_files_beside_the_masks_are_used(tmp_path: Path) -> None:
    moved = {19: (22.0, 20.0, 99.0), 20: (22.0, 20.0, 69.0), 21: (22.0, 20.0, 39.0)}
    for folder in ("pred", "ref"):
        write_mask(tmp_path / folder / "a.nii.gz", balls())
    true = {19: (22.0, 20.0, 78.0), 20: (22.0, 20.0, 48.0), 21: (22.0, 20.0, 18.0)}
    write_centroids(tmp_path / "pred" / "a_ctd.json", moved, balls().geometry)
    write_centroids(tmp_path / "ref" / "a_ctd.json", true, balls().geometry)
    report = tmp_path / "report.json"
    assert main(["evaluate", str(tmp_path / "pred"), str(tmp_path / "ref"), "--report", str(report)]) == 0
    assert json.loads(report.read_text())["mean_distance_mm"] == pytest.approx(21.0, abs=0.1)


def test_bad_folders_get_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    write_mask(tmp_path / "ref" / "a.nii.gz", balls())
    write_mask(tmp_path / "other" / "a.nii.gz", mask([[[1]]]))
    report = ["--report", str(tmp_path / "r.json")]
    for predicted, reference in (("empty", "empty"), ("empty", "absent"), ("other", "ref")):
        assert main(["evaluate", str(tmp_path / predicted), str(tmp_path / reference), *report]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_empty_prediction_and_an_empty_reference() -> None:
    assert evaluate_case(empty(), balls()).missed == [19, 20, 21]
    assert evaluate_case(balls(), empty()).extra == [19, 20, 21]


def test_the_published_mask_against_itself(tmp_path: Path) -> None:
    folder = str(real_data("verse004"))
    report = tmp_path / "report.json"
    assert main(["evaluate", folder, folder, "--report", str(report)]) == 0
    found = json.loads(report.read_text())
    assert (found["identification_rate"], found["dice"], found["hausdorff_mm"]) == (1, 1, 0)
