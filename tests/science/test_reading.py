"""One set of rules by which every command reads its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from backend.science.cli import main
from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.reading import level_in_name, on_one_grid, read_mask_file
from backend.science.volume import Mask, VolumeGeometry, label_voxels
from tests.science.numbered import block_spine, under_verse
from tests.science.real_data import trial

LUMBAR = (20, 21, 22, 23)
Command = Callable[[Path, Path, Path], list[str]]

COMMANDS: dict[str, Command] = {
    "check": lambda a, b, out: ["check", str(a), "--report", str(out)],
    "compare": lambda a, b, out: ["compare", str(a), str(b), "--report", str(out)],
    "measure": lambda a, b, out: ["measure", "--mask", str(a), "--report", str(out)],
    "fuse": lambda a, b, out: ["fuse", str(a), str(b), "--out", f"{out}.nii.gz", "--report", str(out)],
    "evaluate": lambda a, b, out: ["evaluate", str(a.parent), str(b.parent), "--report", str(out)],
}


def _saved(path: Path, mask: Mask, **header: float) -> Path:
    image = nib.Nifti1Image(np.asarray(mask.array), mask.geometry.affine_ras_mm)
    for key, value in header.items():
        image.header[key] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)
    return path


def _turned(mask: Mask) -> Mask:
    """The same voxels with every axis in another place and two of them backwards."""
    image = nib.Nifti1Image(np.asarray(mask.array), mask.geometry.affine_ras_mm)
    turned = image.as_reoriented(np.array([[1, -1], [2, 1], [0, -1]]))
    shape = (turned.shape[0], turned.shape[1], turned.shape[2])
    return Mask(VolumeGeometry(shape, turned.affine), np.asarray(turned.dataobj))


def _cut(mask: Mask) -> Mask:
    """The mask with its extent cut to what is drawn."""
    low = np.argwhere(mask.array).min(axis=0)
    high = np.argwhere(mask.array).max(axis=0) + 1
    affine = np.array(mask.geometry.affine_ras_mm)
    affine[:3, 3] = mask.geometry.voxel_to_ras_mm(low)
    part = mask.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    return Mask(VolumeGeometry(part.shape, affine), np.asfortranarray(part))


def test_a_qfac_of_zero_counts_as_one_and_a_long_quaternion_is_normalised(tmp_path: Path) -> None:
    mask = under_verse((20, 21))
    turn = np.diag([-1.0, -1.0, 1.0, 1.0]) @ mask.geometry.affine_ras_mm
    image = nib.Nifti1Image(np.asarray(mask.array), None)
    image.set_qform(turn, code=1)
    image.set_sform(None, code=0)
    path = tmp_path / "m.nii"
    nib.save(image, path)
    content = bytearray(path.read_bytes())
    content[76:80] = np.float32(0).tobytes()  # pixdim[0]
    content[256:268] = np.array([0.0008, 0, 1.0004], np.float32).tobytes()  # b, c, d
    path.write_bytes(content)
    read = nifti.read_mask(path)
    assert np.allclose(read.geometry.affine_ras_mm, turn, atol=0.01)
    assert np.allclose(
        read.geometry.spacing_mm, 2.0, atol=1e-5
    )  # a length of 1.0004 would stretch the voxels
    content[256:268] = np.array([0.9, 0, 0.9], np.float32).tobytes()
    path.write_bytes(content)
    with pytest.raises(BadInput, match="not a rotation"):
        nifti.read_mask(path)


@pytest.mark.parametrize(("off", "refused"), [(0.0002, False), (0.009, False), (0.02, True)])
def test_numbers_beside_whole_ones_are_rounded_and_said(tmp_path: Path, off: float, refused: bool) -> None:
    mask = under_verse((20, 21))
    path = tmp_path / "m.nii.gz"
    nib.save(nib.Nifti1Image(mask.array + off * (mask.array == 20), mask.geometry.affine_ras_mm), path)
    if refused:
        with pytest.raises(BadInput, match="whole numbers"):
            read_mask_file(path)
        return
    read = read_mask_file(path)
    assert np.array_equal(read.mask.array, mask.array)
    assert [one.remark.code for one in read.remarks] == ["numbers_rounded"]


@pytest.mark.parametrize(("shear", "refused"), [(0.001, False), (0.01, True), (0.36, True)])
def test_axes_that_are_not_at_right_angles_are_refused(tmp_path: Path, shear: float, refused: bool) -> None:
    mask = under_verse((20, 21))
    affine = np.array(mask.geometry.affine_ras_mm)
    affine[1, 2] = shear * affine[2, 2]
    path = tmp_path / "m.nii.gz"
    nib.save(nib.Nifti1Image(mask.array, affine), path)
    if refused:
        with pytest.raises(BadInput, match="second and third axes") as error:
            nifti.read_mask(path)
        assert error.value.code == "sheared"
    else:
        assert nifti.read_mask(path).array.any()


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_says_that_the_transforms_differ(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = under_verse(LUMBAR)
    image = nib.Nifti1Image(np.asarray(mask.array), mask.geometry.affine_ras_mm)
    image.set_qform(np.diag([-1.0, 1, 1, 1]) @ mask.geometry.affine_ras_mm, code=1)
    (tmp_path / "a").mkdir()
    nib.save(image, tmp_path / "a" / "x.nii.gz")
    other = _saved(tmp_path / "b" / "x.nii.gz", mask)
    out = tmp_path / "out.json"
    assert main(COMMANDS[command](tmp_path / "a" / "x.nii.gz", other, out)) == 0
    assert "x.nii.gz: its two transforms (sform, qform) differ" in capsys.readouterr().err
    assert "transforms_differ" in out.read_text()


@pytest.mark.parametrize("command", ["compare", "fuse", "evaluate"])
@pytest.mark.parametrize("change", [_turned, _cut, lambda mask: _cut(_turned(mask))])
@pytest.mark.parametrize("swap", [False, True])
def test_another_axis_order_or_extent_changes_no_number(
    command: str, change: Callable[[Mask], Mask], swap: bool, tmp_path: Path
) -> None:
    one, other = under_verse(LUMBAR), under_verse(LUMBAR, scale=0.9)
    plain = (one, other)
    changed = (change(one), other) if swap else (one, change(other))
    results = []
    for name, (a, b) in (("plain", plain), ("changed", changed)):
        first = _saved(tmp_path / name / "a" / "x.nii.gz", a)
        second = _saved(tmp_path / name / "b" / "x.nii.gz", b)
        out = tmp_path / name / "out.json"
        assert main(COMMANDS[command](first, second, out)) == 0
        report = json.loads(out.read_text(), parse_float=lambda text: round(float(text), 9))
        report.pop("remarks")
        results.append(json.dumps(report, sort_keys=True))
    assert results[0] == results[1]


@pytest.mark.parametrize("command", ["compare", "measure", "fuse", "evaluate"])
def test_numbers_that_are_not_plainly_verses_are_asked(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = block_spine({20: 31, 21: 30, 22: 29, 23: 28})
    a = _saved(tmp_path / "a" / "x.nii.gz", foreign)
    b = _saved(tmp_path / "b" / "x.nii.gz", foreign)
    out = tmp_path / "out.json"
    assert main(COMMANDS[command](a, b, out)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "28 -> L4" in line
    assert "--numbering totalsegmentator " in line
    assert main([*COMMANDS[command](a, b, out), "--numbering", "totalsegmentator"]) == 0
    assert "numbered as TotalSegmentator 2: 28 -> L4" in capsys.readouterr().err
    if command == "compare":
        assert set(json.loads(out.read_text())["labels"]) == {"20", "21", "22", "23"}


def test_a_mask_that_is_plainly_verses_keeps_its_numbers_beside_one_that_is_not(tmp_path: Path) -> None:
    a = _saved(tmp_path / "a.nii.gz", under_verse(LUMBAR))
    b = _saved(tmp_path / "b.nii.gz", block_spine({20: 31, 21: 30, 22: 29, 23: 28}))
    first, second = (read_mask_file(path, numbering="totalsegmentator") for path in (a, b))
    assert np.array_equal(first.mask.array, second.mask.array)
    assert "was not applied" in str(first.remarks[0])


def test_check_points_foreign_numbers_out_instead_of_stopping(tmp_path: Path) -> None:
    mask = _saved(tmp_path / "x.nii.gz", block_spine(dict.fromkeys((*LUMBAR, 24, 19, 18), 1)))
    assert main(["check", str(mask), "--report", str(tmp_path / "out.json")]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["ok"] is False
    assert {"numbering", "impossible_size"} <= {finding["code"] for finding in report["findings"]}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("vertebrae_L1.nii.gz", 20),
        ("vertebrae_C7.nii", 7),
        ("case-3_vertebra_T12.nii.gz", 19),
        ("vertebrae_S1.nii.gz", 26),
        ("sacrum.nii.gz", 26),
        ("scan_T1.nii.gz", None),
        ("rib_left_12.nii.gz", None),
        ("vertebrae_L7.nii.gz", None),
    ],
)
def test_a_file_may_be_named_after_its_vertebra(name: str, level: int | None) -> None:
    assert level_in_name(name) == level


def test_a_lone_one_in_a_file_named_after_its_vertebra_is_that_vertebra(tmp_path: Path) -> None:
    read = read_mask_file(_saved(tmp_path / "vertebrae_L3.nii.gz", block_spine({22: 1})))
    assert set(label_voxels(read.mask.array)) == {22}
    assert "named after L3" in str(read.remarks[0])


def test_masks_cut_to_different_extents_meet_on_a_grid_that_holds_both(tmp_path: Path) -> None:
    whole = under_verse(LUMBAR)
    parts = []
    for index, keep in enumerate(((20, 21), (22, 23))):
        part = Mask(whole.geometry, np.where(np.isin(whole.array, keep), whole.array, 0).astype(np.uint8))
        parts.append(read_mask_file(_saved(tmp_path / f"{index}.nii.gz", _turned(_cut(part)))))
    first, second = on_one_grid(parts)
    assert first.mask.geometry.matches(second.mask.geometry)
    joined = np.maximum(first.mask.array, second.mask.array)
    assert label_voxels(joined) == label_voxels(whole.array)
    centre = [np.argwhere(joined == 22).mean(axis=0)]
    expected = [np.argwhere(whole.array == 22).mean(axis=0)]
    assert np.allclose(first.mask.geometry.voxel_to_ras_mm(centre), whole.geometry.voxel_to_ras_mm(expected))


def test_trial_transforms_are_said() -> None:
    read = read_mask_file(trial("n08_transforms_differ_unsaid/n_qs/a.nii.gz"))
    assert [one.remark.code for one in read.remarks] == ["transforms_differ"]
