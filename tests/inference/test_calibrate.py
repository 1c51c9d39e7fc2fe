"""Fitting how sure the engine is: what is true of a case, what is held out, and where the result goes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from backend.science.formats.nifti import write_mask, write_volume
from inference.benchmark import BenchmarkCase
from inference.certainty import FEATURES, Certainty
from inference.synthesis import Phantom
from inference.training.calibrate import Chain, calibrate, truth_of, write_certainty
from inference.weights import DIRECTORY, find_weights


def chain(name: str, true: bool, rng: np.random.Generator, held_out: bool = False) -> Chain:
    features = rng.normal(1.5 if true else -1.5, 1.0, (12, len(FEATURES)))
    return Chain(name, features, np.full(12, float(true)), held_out)


def test_held_out_cases_are_measured_and_not_fitted() -> None:
    rng = np.random.default_rng(0)
    fitted = [chain("spine", True, rng), chain("limb", False, rng)]
    # What is held out is labelled the wrong way round: if it were fitted, the result would change.
    wrong = Chain("wrong", fitted[0].features + 0, np.zeros(12), held_out=True)
    alone, _ = calibrate([*fitted, chain("unseen", True, rng, held_out=True)])
    certainty, report = calibrate([*fitted, wrong])
    assert certainty == alone
    assert report["bodies_held_out"] == 12
    assert report["expected_calibration_error"] > 0.5
    said, true = report["mean_probability_and_truth_by_case"]["limb"]
    assert said < 0.2
    assert true == 0


def test_the_fit_goes_beside_the_weights(tmp_path: Path) -> None:
    for file in ("manifest.json", "localise.safetensors", "label.safetensors", "segment.safetensors"):
        shutil.copyfile(DIRECTORY / file, tmp_path / file)
    certainty = Certainty(tuple(float(k) for k in range(len(FEATURES))), -1.5)
    write_certainty(tmp_path, certainty)
    assert Certainty.of(find_weights(tmp_path).about) == certainty
    assert json.loads((tmp_path / "manifest.json").read_text())["networks"]


def test_what_is_true_of_a_case(lumbar: Phantom, tmp_path: Path) -> None:
    write_volume(tmp_path / "ct.nii.gz", lumbar.volume)
    write_mask(tmp_path / "mask.nii.gz", lumbar.mask)
    points = {label: np.array(point) for label, point in lumbar.centroids_ras_mm.items()}
    between = (points[21] + points[22]) / 2
    masked = truth_of(
        BenchmarkCase("m", tmp_path / "ct.nii.gz", mask=tmp_path / "mask.nii.gz"), lumbar.volume
    )
    geometry = lumbar.volume.geometry
    top = float(geometry.voxel_to_ras_mm((0, 0, geometry.shape[2] - 1))[2])
    heights = {f"L{label - 19}": top - point[2] for label, point in points.items()}
    by_eye = truth_of(BenchmarkCase("e", tmp_path / "ct.nii.gz", heights_mm=heights), lumbar.volume)
    for is_true in (masked, by_eye):
        assert is_true(points[22])
        assert not is_true(between)
        assert is_true(points[20] + [0, 0, 60]), "beyond the ends nothing is known to be none"
    assert not masked(points[22] + [40, 0, 0])
    assert not truth_of(BenchmarkCase("n", tmp_path / "ct.nii.gz"), lumbar.volume)(points[22])


def test_a_level_without_a_height_is_taken_as_true(lumbar: Phantom, tmp_path: Path) -> None:
    case = BenchmarkCase("l", tmp_path / "ct.nii.gz", heights_mm={"T8": float("nan")})
    assert truth_of(case, lumbar.volume)(np.zeros(3))


@pytest.mark.parametrize("name", FEATURES)
def test_the_weights_that_ship_are_calibrated(name: str) -> None:
    assert name in find_weights().about["certainty"]["weights"]
