"""``compare`` and ``fuse`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from backend.science.cli import main
from backend.science.formats.nifti import read_mask, write_mask
from backend.science.volume import Mask, VolumeGeometry
from tests.science.real_data import real_data
from tests.science.spines import balls, empty


def test_compare_writes_the_agreed_shape(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.nii.gz", balls())
    write_mask(tmp_path / "b.nii.gz", balls((19, 0, 21), noise=0.5))
    report = tmp_path / "deep" / "report.json"
    assert (
        main(["compare", str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz"), "--report", str(report)])
        == 0
    )
    found = json.loads(report.read_text())
    assert found["only_in_a"] == [20]
    assert found["only_in_b"] == []
    assert set(found["labels"]) == {"19", "21"}
    expected = {"dice", "hd95_mm", "assd_mm", "nsd_1mm", "volume_a_ml", "volume_b_ml"}
    assert expected <= set(found["labels"]["19"])
    assert 0.85 < found["labels"]["19"]["dice"] < 1


@pytest.mark.parametrize("method", ["majority", "staple", "sba"])
def test_fuse_writes_mask_entropy_and_report(tmp_path: Path, method: str) -> None:
    paths = []
    for seed in range(3):
        paths.append(tmp_path / f"rater{seed}.nii.gz")
        write_mask(paths[-1], balls(noise=1.0, seed=seed))
    out, entropy, report = tmp_path / "fused.nii.gz", tmp_path / "entropy.nii.gz", tmp_path / "report.json"
    arguments = ["--method", method, "--out", str(out), "--entropy", str(entropy), "--report", str(report)]
    assert main(["fuse", *map(str, paths), *arguments]) == 0
    fused = read_mask(out)
    assert fused.geometry.matches(read_mask(paths[0]).geometry)
    assert sorted(np.unique(fused.array)) == [0, 19, 20, 21]
    image = nib.load(entropy)
    values = np.asarray(image.dataobj)  # type: ignore[attr-defined]
    assert 0.9 < values.max() <= 1
    assert values.min() == 0
    found = json.loads(report.read_text())
    assert found["method"] == method
    assert len(found["labels"]["20"]["sensitivity"]) == 3


def _fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_bad_input_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_mask(tmp_path / "a.nii.gz", balls())
    coarse = VolumeGeometry((3, 3, 3), np.diag([2.0, 2, 2, 1]))
    write_mask(tmp_path / "small.nii.gz", Mask(coarse, np.full((3, 3, 3), 20, np.uint8)))
    (tmp_path / "text.nii.gz").write_text("no mask")
    a, small, text = (str(tmp_path / f"{name}.nii.gz") for name in ("a", "small", "text"))
    report, out = ["--report", str(tmp_path / "r.json")], ["--out", str(tmp_path / "o.nii.gz")]
    assert "grid" in _fails(["compare", a, small, *report], capsys)
    assert "text.nii.gz" in _fails(["compare", a, text, *report], capsys)
    assert "absent" in _fails(["fuse", a, str(tmp_path / "absent.nii.gz"), *out], capsys)
    assert "weight" in _fails(["fuse", a, a, "--method", "weighted", *out], capsys)
    assert "commas" in _fails(["fuse", a, a, "--method", "weighted", "--weights", "1;2", *out], capsys)
    assert "one mask per rater" in _fails(["fuse", a, *out], capsys)
    assert "--method weighted only" in _fails(["fuse", a, a, "--weights", "1,2", *out], capsys)
    assert ".nii.gz" in _fails(["fuse", a, a, "--out", str(tmp_path / "fused.txt")], capsys)
    assert not (tmp_path / "o.nii.gz").exists()


def test_raters_who_cannot_be_meant_are_named_and_do_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, rater in (("a", balls()), ("b", balls()), ("c", empty()), ("d", balls((20, 21, 22)))):
        write_mask(tmp_path / f"{name}.nii.gz", rater)
    paths = [str(tmp_path / f"{name}.nii.gz") for name in "abcd"]
    report, out = tmp_path / "report.json", str(tmp_path / "o.nii.gz")
    assert main(["fuse", *paths, "--out", out, "--report", str(report)]) == 0
    assert json.loads(report.read_text())["raters"][2]["excluded"] == "empty"
    assert capsys.readouterr().err.splitlines() == [
        "c.nii.gz: left out (empty)",
        "d.nii.gz: named 1 level lower than the others",
    ]
    assert main(["fuse", paths[2], paths[2], "--out", out]) == 0
    assert "nobody drew a vertebra" in capsys.readouterr().err


def test_a_real_mask_against_itself(tmp_path: Path) -> None:
    path = str(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    report = tmp_path / "report.json"
    assert main(["compare", path, path, "--report", str(report)]) == 0
    labels = json.loads(report.read_text())["labels"]
    assert list(labels) == [str(label) for label in range(16, 25)]
    assert all(entry["dice"] == entry["nsd_1mm"] == 1 for entry in labels.values())
