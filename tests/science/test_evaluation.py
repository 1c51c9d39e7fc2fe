"""The challenge's measures against SCIENCE V5, V6 and the behaviour of its public code."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science.cli import main
from backend.science.evaluation import evaluate_case, identify, panoptic_quality
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.formats.verse import write_centroids
from backend.science.volume import Mask, Volume, VolumeGeometry
from tests.science.real_data import real_data, trial
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


def _evaluated(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    report = folder / "report.json"
    status = main(["evaluate", str(folder / "pred"), str(folder / "ref"), "--report", str(report), *options])
    return status, json.loads(report.read_text()) if status == 0 else {}


def test_one_bad_prediction_is_its_cases_error_and_the_others_are_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good", "label", "text", "grid", "ref"):
        write_mask(tmp_path / "ref" / f"{name}.nii.gz", balls())
        write_mask(tmp_path / "pred" / f"{name}.nii.gz", balls())
    label = balls()
    label.array[0, 0, 0] = 190
    write_mask(tmp_path / "pred" / "label.nii.gz", label)
    (tmp_path / "pred" / "text.nii.gz").write_text("no mask")
    (tmp_path / "ref" / "ref.nii.gz").write_text("no mask")
    shifted = np.array(balls().geometry.affine_ras_mm)
    shifted[0, 3] += 0.4
    write_mask(
        tmp_path / "pred" / "grid.nii.gz", Mask(VolumeGeometry(label.array.shape, shifted), label.array)
    )
    status, found = _evaluated(tmp_path)
    assert (status, set(found["cases"]), found["scored_cases"]) == (0, {"good"}, 1)
    assert set(found["errors"]) == {"label", "text", "grid", "ref"}
    assert "190" in found["errors"]["label"]
    assert found["dice"] == 1
    said = capsys.readouterr().err
    assert all(f"{name}: not scored: " in said for name in found["errors"])


def test_where_nothing_can_be_scored_the_status_is_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mask(tmp_path / "ref" / "a.nii.gz", balls())
    (tmp_path / "pred").mkdir()
    (tmp_path / "pred" / "a.nii.gz").write_text("no mask")
    assert _evaluated(tmp_path)[0] == 2
    assert "no prediction could be scored: a.nii.gz" in capsys.readouterr().err


def test_predictions_that_fit_no_reference_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        write_mask(tmp_path / "ref" / f"{name}_seg.nii.gz", balls())
    write_mask(tmp_path / "pred" / "c_0000.nii.gz", balls())
    assert _evaluated(tmp_path)[0] == 2
    assert "c_0000.nii.gz against a, b" in capsys.readouterr().err
    write_mask(tmp_path / "pred" / "a_seg.nii.gz", balls())
    status, found = _evaluated(tmp_path)
    assert (status, found["unmatched_predictions"], found["absent_cases"]) == (0, ["c_0000.nii.gz"], ["b"])
    assert "c_0000.nii.gz: fits no reference" in capsys.readouterr().err


def test_the_ct_beside_a_mask_of_its_name_is_no_second_mask(tmp_path: Path) -> None:
    """The challenge of 2019 has verse004.nii.gz beside verse004_seg.nii.gz."""
    for folder in ("pred", "ref"):
        write_mask(tmp_path / folder / "verse004_seg.nii.gz", balls())
    hu = np.arange(balls().array.size).reshape(balls().array.shape).astype(np.int16)
    write_volume(tmp_path / "ref" / "verse004.nii.gz", Volume(balls().geometry, hu))
    status, found = _evaluated(tmp_path)
    assert (status, found["dice"], found["errors"]) == (0, 1, {})


def test_two_masks_of_one_case_are_an_error_of_that_case(tmp_path: Path) -> None:
    for folder in ("pred", "ref"):
        for name in ("a", "b"):
            write_mask(tmp_path / folder / f"{name}_seg.nii.gz", balls())
    write_mask(tmp_path / "pred" / "other" / "a_msk.nii.gz", balls())
    status, found = _evaluated(tmp_path)
    assert (status, set(found["cases"])) == (0, {"b"})
    assert "2 masks" in found["errors"]["a"]


def test_the_report_says_whose_centroids_were_used_and_knows_them_by_content(tmp_path: Path) -> None:
    for folder in ("pred", "ref"):
        write_mask(tmp_path / folder / "a_seg.nii.gz", balls())
        (tmp_path / folder / "a.json").write_text('{"Modality": "CT", "SliceThickness": 1}')
    points = {19: (22.0, 20.0, 78.0), 20: (22.0, 20.0, 48.0), 21: (22.0, 20.0, 18.0)}
    write_centroids(tmp_path / "ref" / "a_seg-subreg_ctd.json", points, balls().geometry)
    status, found = _evaluated(tmp_path)
    assert status == 0
    assert found["cases"]["a"]["centroids"] == {
        "predicted": "bodies of the mask",
        "reference": "file a_seg-subreg_ctd.json",
    }


@pytest.mark.parametrize("layout", ["e1_2019", "e1_cur"])
def test_trial_layouts_are_scored(layout: str, tmp_path: Path) -> None:
    folder = trial(f"s01_evaluate_names/{layout}")
    report = tmp_path / "report.json"
    status = main(["evaluate", str(folder / "pred"), str(folder / "ref"), "--report", str(report)])
    found = json.loads(report.read_text())
    assert (status, found["errors"], found["scored_cases"]) == (0, {}, 1)
    assert found["dice"] > 0.7
