"""The command line: files in, files out, one line for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from torch import nn

from backend.science.formats.nifti import read_mask, write_volume
from backend.science.formats.verse import read_centroids
from backend.science.training_api import FineTuning, TrainingPoint
from inference import engine, loading
from inference.cases import read_ct_said
from inference.cli import main
from inference.synthesis import Phantom
from inference.training import finetune
from inference.weights import WeightSet, find_weights


@pytest.fixture
def ct(lumbar: Phantom, tmp_path: Path) -> Path:
    path = tmp_path / "ct.nii.gz"
    write_volume(path, lumbar.volume)
    return path


def test_segment_writes_mask_centroids_and_report(
    ct: Path,
    lumbar: Phantom,
    knowing_networks: dict[str, nn.Module],
    stand_in_weights: WeightSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "find_weights", lambda: stand_in_weights)
    monkeypatch.setattr(loading, "load_network", lambda file, device: knowing_networks[file.network])
    mask, centroids, report = (ct.parent / name for name in ("m.nii.gz", "c.json", "r.json"))
    arguments = [
        "segment",
        str(ct),
        "--mask",
        str(mask),
        "--centroids",
        str(centroids),
        "--report",
        str(report),
    ]
    assert main([*arguments, "--threads", "1"]) == 0
    written = read_mask(mask)
    assert written.geometry.matches(lumbar.volume.geometry)
    assert set(read_centroids(centroids, written.geometry).points_ras_mm) == {20, 21, 22, 23, 24}
    assert json.loads(report.read_text())["naming"]["anchors"] == ["sacrum"]


def test_segment_says_that_the_transforms_of_its_ct_differ(tmp_path: Path) -> None:
    hu = np.arange(-100, 4 * 5 * 6 - 100, dtype=np.int16).reshape(4, 5, 6)
    image = nib.Nifti1Image(hu, np.eye(4))
    image.set_qform(np.diag([-1.0, 1, 1, 1]), code=1)
    image.set_sform(np.eye(4), code=1)
    nib.save(image, tmp_path / "ct.nii.gz")
    _, (transforms, values) = read_ct_said(tmp_path / "ct.nii.gz")
    assert transforms.startswith("ct.nii.gz: its two transforms (sform, qform) differ by up to 6 mm")
    assert values == (
        "ct.nii.gz: hardly any voxel is as light as air: the values may not be Hounsfield units"
    )


def test_segment_refuses_values_that_no_ct_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = np.random.default_rng(5).integers(800, 1400, (12, 12, 12), dtype=np.int16)
    nib.save(nib.Nifti1Image(stored, np.eye(4)), tmp_path / "stored.nii.gz")
    assert main(["segment", str(tmp_path / "stored.nii.gz"), "--mask", str(tmp_path / "m.nii.gz")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "stored.nii.gz" in said
    assert "not Hounsfield units" in said
    assert not (tmp_path / "m.nii.gz").exists()


def test_without_weights_one_line_says_so(
    ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "find_weights", lambda: find_weights(tmp_path))
    assert main(["segment", str(ct), "--mask", str(tmp_path / "m.nii.gz")]) == 2
    assert capsys.readouterr().err == "inference: no trained weights are installed with the built-in engine\n"


def test_a_file_that_is_no_ct_gets_one_line(
    tmp_path: Path,
    stand_in_weights: WeightSet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(engine, "find_weights", lambda: stand_in_weights)
    path = tmp_path / "letter.nii.gz"
    path.write_text("Dear Sir or Madam")
    assert main(["segment", str(path), "--mask", str(tmp_path / "m.nii.gz")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "letter.nii.gz" in said


def test_scenes_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scenes", str(tmp_path), "--kind", "wide", "--seed", "3", "--count", "1"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert capsys.readouterr().err == "1 scenes made\n0 scenes made\n"


def test_self_train_hands_its_cases_to_the_same_function_as_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[FineTuning] = []

    def fine_tune(fine_tuning: FineTuning, tell: Any, *words: Any) -> dict[str, Any]:
        asked.append(fine_tuning)
        tell(TrainingPoint(1, 2, loss=0.5, network="label"))
        row = {"network": "label", "better": True, "reason": "", "before": {"score": 0.5}}
        left_out = [{"case": "u1", "reason": "The names are a guess."}]
        found = {"cases": 2, "learnt_from": [{"case": "u0"}], "left_out": left_out}
        return {"networks": [row | {"after": {"score": 0.75}}], "self_training": found}

    monkeypatch.setattr(finetune, "fine_tune", fine_tune)
    words = ["--case", "a.nii", "a-mask.nii", "--held-out", "b.nii", "b-mask.nii", "--unlabelled", "c.nii"]
    words += ["d.nii", "--networks", "label", "--steps", "2", "--version", "own", "--device", "cuda:0"]
    assert main(["self-train", str(tmp_path), *words]) == 0
    (one,) = asked
    assert [(case.ct.name, case.mask.name) for case in one.cases] == [("a.nii", "a-mask.nii")]
    assert [case.ct.name for case in one.validation] == ["b.nii"]
    assert [case.ct.name for case in one.unlabelled] == ["c.nii", "d.nii"]
    assert (one.networks, one.steps, one.device, one.start) == (("label",), 2, "cuda:0", None)
    said = capsys.readouterr()
    assert "label: 0.5 before, 0.75 after; kept" in said.out
    assert "1 of 2 CTs without a mask were learnt from" in said.out
    assert "d.nii: The names are a guess." in said.out
    assert '"network": "label"' in said.err
    assert json.loads((tmp_path / "report.json").read_text())["self_training"]["cases"] == 2
