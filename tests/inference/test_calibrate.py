"""Fitting how sure the engine is: what is true of a case, what is held out, and where the result goes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.science.formats.nifti import write_mask, write_volume
from backend.science.geometry import to_canonical
from inference.benchmark import BenchmarkCase
from inference.certainty import FEATURES, Certainty
from inference.judging import FEATURES as JUDGING
from inference.judging import KEY
from inference.synthesis import Phantom
from inference.training.calibrate import Chain, calibrate, fit_both, posed, truth_of, write_certainty
from inference.weights import DIRECTORY, find_weights


def chain(
    name: str, true: bool, rng: np.random.Generator, *, held_out: bool = False, source: str = ""
) -> Chain:
    features = rng.normal(1.5 if true else -1.5, 1.0, (12, len(FEATURES)))
    by_mask = np.abs(rng.normal(0.3 if true else 0.8, 0.1, (12, 2)))
    return Chain(name, source or name, features, by_mask, np.full(12, float(true)), held_out)


def test_held_out_cases_are_measured_and_not_fitted() -> None:
    rng = np.random.default_rng(0)
    fitted = [chain(f"{name} {k}", name == "spine", rng) for name in ("spine", "limb") for k in range(3)]
    # What is held out is labelled the wrong way round: if it were fitted, the result would change.
    wrong = replace(fitted[0], name="wrong", source="wrong", truth=np.zeros(12), held_out=True)
    alone, _ = calibrate([*fitted, chain("unseen", True, rng, held_out=True)])
    both, report = calibrate([*fitted, wrong])
    assert both == alone == fit_both(fitted)
    assert report["bodies"] == 7 * 12
    assert report["chains_without_a_vertebra"] == 4
    assert report["drawn_of_those"] == 1
    assert report["mean_probability_and_truth"]["wrong"][0] > 0.9
    said, true = report["mean_probability_and_truth"]["limb 1"]
    assert said < 0.1
    assert true == 0


def test_what_is_said_of_a_ct_comes_from_a_fit_without_any_of_its_poses() -> None:
    rng = np.random.default_rng(1)
    known = [chain(f"{name} {k}", name == "spine", rng) for name in ("spine", "limb") for k in range(3)]
    # A limb that looks like a spine, in three poses: whoever was fitted to one would know the others.
    odd = [replace(chain(f"odd {k}", True, rng, source="odd"), truth=np.zeros(12)) for k in range(3)]
    _, report = calibrate([*known, *odd])
    assert all(report["mean_probability_and_truth"][c.name][0] > 0.9 for c in odd)
    _, leaky = calibrate([*known, *(replace(c, source=c.name) for c in odd)])
    said = [[r["mean_probability_and_truth"][c.name][0] for c in odd] for r in (report, leaky)]
    assert np.mean(said[1]) < np.mean(said[0]) - 0.1


def test_a_limb_is_shown_in_other_poses_and_sizes(lumbar: Phantom) -> None:
    poses = posed(lumbar.volume)
    first = to_canonical(lumbar.volume)
    assert np.array_equal(poses["head down"].array[:, ::-1, ::-1], first.array)
    assert np.array_equal(poses["face down"].array[::-1, ::-1], first.array)
    for name, by in (("smaller", 0.7), ("larger", 1.35)):
        assert np.allclose(poses[name].geometry.spacing_mm, by * np.array(first.geometry.spacing_mm))


def test_the_fit_goes_beside_the_weights(tmp_path: Path) -> None:
    for file in ("manifest.json", "localise.safetensors", "label.safetensors", "segment.safetensors"):
        shutil.copyfile(DIRECTORY / file, tmp_path / file)
    first = Certainty(tuple(float(k) for k in range(len(FEATURES))), -1.5)
    second = Certainty(tuple(float(k) for k in range(len(JUDGING))), 0.5)
    write_certainty(tmp_path, first, second)
    about = find_weights(tmp_path).about
    assert Certainty.of(about) == first
    assert Certainty.of(about, KEY, JUDGING) == second
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


def test_the_weights_that_ship_are_calibrated() -> None:
    about = find_weights().about
    assert Certainty.of(about) is not None
    assert Certainty.of(about, KEY, JUDGING) is not None
