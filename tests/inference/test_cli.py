"""The command line: files in, files out, one line for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from torch import nn

from backend.science.formats.nifti import read_mask, write_volume
from backend.science.formats.verse import read_centroids
from inference import engine, loading
from inference.cases import read_ct_said
from inference.cli import main
from inference.synthesis import Phantom
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
