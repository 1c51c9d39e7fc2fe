"""Masks whose numbers a table beside them names: 3D Slicer's and ITK-SNAP's."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.formats.label_table import (
    belongs_to,
    is_label_table,
    level_in_words,
    read_label_table,
)
from backend.science.labels import SACRUM, label_of
from backend.science.reading import read_mask_file
from backend.science.volume import Mask, label_voxels
from tests.science.ingesting import check_codes, codes, ingested, only
from tests.science.numbered import block_spine

L1, L2, L3 = map(label_of, ("L1", "L2", "L3"))
CTBL = """# Color table file C:/Users/anna/scan-label_ColorTable.ctbl
# 4 values
0 Background 0 0 0 0
1 L1_vertebra 216 101 79 255
2 L2_vertebra 241 214 145 255
3 L3_vertebra 111 184 210 255
"""
CSV = """LabelValue,Name,Color_R,Color_G,Color_B,Color_A,Type_CodingScheme,Type_CodeValue,Type_CodeMeaning
1,Segment_1,216,101,79,255,SCT,14293000,L1 vertebra
2,L2,241,214,145,255,SCT,85756007,Tissue
3,"lumbar vertebra 3",111,184,210,255,,,
"""
ITK_SNAP = """################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "L1"
    2     0  255    0        1  1  1    "L2"
    3     0    0  255        1  1  1    "L3"
"""


def lumbar() -> Mask:
    return block_spine({L1: 1, L2: 2, L3: 3})


def write_pair(folder: Path, mask: Mask, name: str = "scan-label.nii.gz") -> None:
    """A CT of air, fat, muscle and bone with a mask on its grid."""
    noise = np.random.default_rng(1).normal(0, 20, mask.array.shape)
    around = np.where(np.arange(mask.array.shape[0])[:, None, None] < 3, -1000, -60)
    ct = np.where(mask.array > 0, 300, around)
    ct = ct + noise + np.where(np.arange(mask.array.shape[1])[None, :, None] > 30, 110, 0)
    nib.save(nib.Nifti1Image(ct.astype(np.int16), mask.geometry.affine_ras_mm), folder / "scan.nii.gz")
    nib.save(nib.Nifti1Image(mask.array, mask.geometry.affine_ras_mm), folder / name)


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("L1", "L1"),
        ("L1_vertebra", "L1"),
        ("vertebrae_T12", "T12"),
        ("Vertebra C7", "C7"),
        ("Th11", "T11"),
        ("first lumbar vertebra", "L1"),
        ("12th thoracic vertebra", "T12"),
        ("Lumbar vertebra 5", "L5"),
        ("Atlas", "C1"),
        ("Sacrum", "S"),
        ("S1", "S"),
        ("T13", "T13"),
    ],
)
def test_words_that_mean_a_level(words: str, level: str) -> None:
    assert level_in_words(words) == (SACRUM if level == "S" else label_of(level))


@pytest.mark.parametrize(
    "words",
    [
        "aorta",
        "L7",
        "T14",
        "C8",
        "Segment 1",
        "rib L1",
        "L1 disc",
        "eighth cervical vertebra",
        "disc L1-L2",
        "",
    ],
)
def test_words_that_mean_none(words: str) -> None:
    assert level_in_words(words) is None


@pytest.mark.parametrize(
    ("name", "text", "program"),
    [
        ("scan-label_ColorTable.ctbl", CTBL, "3D Slicer"),
        ("scan-label_ColorTable.txt", CTBL, "3D Slicer"),
        ("scan-label_ColorTable.csv", CSV, "3D Slicer"),
        ("scan.label", ITK_SNAP, "ITK-SNAP"),
        ("any-name.txt", ITK_SNAP, "ITK-SNAP"),
    ],
)
class TestTables:
    def test_is_read(self, tmp_path: Path, name: str, text: str, program: str) -> None:
        path = tmp_path / name
        path.write_text(text)
        assert is_label_table(name, path.read_bytes()[:352])
        table = read_label_table(path)
        assert table.program == program
        assert table.levels == {1: L1, 2: L2, 3: L3}

    def test_names_the_numbers_of_an_uploaded_mask(
        self, tmp_path: Path, name: str, text: str, program: str
    ) -> None:
        mask = lumbar()
        write_pair(tmp_path, mask)
        (tmp_path / name).write_text(text)
        result = ingested(tmp_path, spacing_mm=2.0)
        series = only(result)
        assert not result.refused
        assert series.held is None
        assert series.mask is not None
        expected = {level: label_voxels(mask.array)[number] for number, level in ((1, L1), (2, L2), (3, L3))}
        assert label_voxels(series.mask.array) == expected
        (said,) = [one["message"] for one in series.checks if one["code"] == "numbering"]
        assert f"{program}'s table: 1 -> L1, 2 -> L2, 3 -> L3" in said
        assert name not in said  # it is kept, and names of files are not


def test_without_its_table_the_same_mask_is_held(tmp_path: Path) -> None:
    write_pair(tmp_path, lumbar())
    series = only(ingested(tmp_path, spacing_mm=2.0))
    assert series.mask is None
    assert "numbering_unconfirmed" in check_codes(series)


def test_the_command_line_follows_the_table_beside_a_mask(tmp_path: Path) -> None:
    write_pair(tmp_path, lumbar())
    with pytest.raises(BadInput, match="confirmed"):
        read_mask_file(tmp_path / "scan-label.nii.gz")
    (tmp_path / "scan-label_ColorTable.ctbl").write_text(CTBL)
    read = read_mask_file(tmp_path / "scan-label.nii.gz")
    assert set(label_voxels(read.mask.array)) == {L1, L2, L3}
    assert "scan-label_ColorTable.ctbl" in str(read.remarks[0])


def test_what_is_named_and_is_no_vertebra_is_left_out_and_said(tmp_path: Path) -> None:
    write_pair(tmp_path, lumbar())
    (tmp_path / "scan-label_ColorTable.ctbl").write_text(CTBL.replace("L3_vertebra", "Aorta_of_Mrs_Smith"))
    series = only(ingested(tmp_path, spacing_mm=2.0))
    assert series.mask is not None
    assert set(label_voxels(series.mask.array)) == {L1, L2}
    (said,) = [one["message"] for one in series.checks if one["code"] == "numbering"]
    assert "3 -> left out" in said
    assert "Smith" not in str(series.checks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CTBL.replace("3 L3_vertebra 111 184 210 255\n", ""), "does not name 3"),
        (CTBL.replace("L3_vertebra", "Segment_3"), "does not name 3"),
        (CTBL.replace("L3_vertebra", "L2_vertebra"), "names L2 twice"),
        (CTBL.replace("L1_", "L5_").replace("L3_", "C1_"), "but"),
    ],
)
def test_a_table_that_leaves_doubt_is_shown_and_not_followed(tmp_path: Path, text: str, why: str) -> None:
    write_pair(tmp_path, lumbar())
    (tmp_path / "scan-label_ColorTable.ctbl").write_text(text)
    series = only(ingested(tmp_path, spacing_mm=2.0))
    assert series.mask is None
    assert series.held is not None
    first = series.held.proposals[0]
    assert first.name == "3D Slicer's table"
    assert why in first.why


def test_each_mask_takes_the_table_that_is_called_after_it(tmp_path: Path) -> None:
    write_pair(tmp_path, lumbar())
    (tmp_path / "scan-label_ColorTable.ctbl").write_text(CTBL)
    (tmp_path / "other_ColorTable.ctbl").write_text(CTBL.replace("L1_", "T12_"))
    result = ingested(tmp_path, spacing_mm=2.0)
    (series,) = result.series
    assert series.mask is not None
    assert set(label_voxels(series.mask.array)) == {L1, L2, L3}
    assert codes(result) == {"no_mask"}  # the other one, which no mask needs


def test_one_table_above_serves_the_masks_of_all_folders(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text(ITK_SNAP)
    for folder, scale in (("one", 1.0), ("two", 1.05)):
        (tmp_path / folder).mkdir()
        write_pair(tmp_path / folder, block_spine({L1: 1, L2: 2, L3: 3}, scale=scale))
    result = ingested(tmp_path, spacing_mm=2.0)
    assert not result.refused
    assert [set(label_voxels(one.mask.array)) for one in result.series if one.mask] == [{L1, L2, L3}] * 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CTBL + "many vertebrae\n", "line 7"),
        (CTBL + "3 T5 1 1 1 255\n", "twice"),
        ("LabelValue,Color_R\n1,2\n", "Name"),
        (ITK_SNAP + "4 1 2 3\n", "line 10"),
    ],
)
def test_a_broken_table_is_refused_by_its_line(tmp_path: Path, text: str, why: str) -> None:
    write_pair(tmp_path, lumbar())
    (tmp_path / "scan.csv" if text.startswith("Label") else tmp_path / "scan.txt").write_text(text)
    result = ingested(tmp_path, spacing_mm=2.0)
    assert len(result.series) == 1
    (refused,) = result.refused
    assert refused.code == "bad_label_table"
    assert why in refused.message


def test_names_of_tables() -> None:
    assert belongs_to("scan-label_ColorTable.ctbl", "scan-label.nii.gz")
    assert belongs_to("scan_ColorTable.csv", "scan.nii.gz")
    assert belongs_to("scan.label", "scan.nii.gz")
    assert not belongs_to("scan2_ColorTable.ctbl", "scan.nii.gz")
    assert not is_label_table("notes.txt", b"L1 is fractured")
    assert not is_label_table("table.csv", b"patient,age\n1,2\n")
    assert not is_label_table("empty.csv", b"")
