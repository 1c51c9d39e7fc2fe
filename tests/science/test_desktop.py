"""Masks on their way to 3D Slicer and ITK-SNAP and back, read and written by other people's libraries too."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
import slicerio
from pydicom.sr.codedict import codes

from backend.science import desktop
from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.formats.label_table import read_label_table
from backend.science.formats.nrrd import MAX_HEADER_BYTES, read_nrrd
from backend.science.formats.segmentation import read_segmentation, segmentation_bytes
from backend.science.geometry import to_canonical
from backend.science.labels import LEVELS, VALID_LABELS, label_of
from backend.science.terminology import VERTEBRA, code_of, level_of_code
from backend.science.volume import Mask, MaskArray, VolumeGeometry

SHAPE = (6, 7, 9)
T13, L1, L2 = label_of("T13"), label_of("L1"), label_of("L2")
# oblique, and with an axis that runs to the left
AFFINE = np.array([[-1, 0.1, 0, 5], [0.1, 1, 0, -3.25], [0, 0, 2, 7], [0, 0, 0, 1.0]])
GENERAL = "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"


def drawn(*boxes: tuple[int, int, int]) -> MaskArray:
    """Blocks of (label, first slice, last slice)."""
    array = np.zeros(SHAPE, np.uint8, order="F")
    for label, first, last in boxes:
        array[1:5, 2:6, first : last + 1] = label
    return array


def mask(array: MaskArray | None = None) -> Mask:
    usual = drawn((L2, 0, 1), (L1, 3, 4), (T13, 6, 7))
    return Mask(VolumeGeometry(SHAPE, AFFINE), usual if array is None else array)


def tags(code: str, meaning: str) -> str:
    return f"Segmentation.Status:inprogress|TerminologyEntry:{GENERAL}~SCT^{code}^{meaning}~^^~~^^~^^|"


def segmentation(path: Path, array: np.ndarray, *segments: dict[str, object]) -> Path:
    """A file as ``pynrrd`` writes it, with what Slicer says of segments."""
    directions = (np.diag([-1, -1, 1]) @ AFFINE[:3, :3]).T
    header: dict[str, object] = {
        "space": "left-posterior-superior",
        "space directions": directions,
        "space origin": np.diag([-1, -1, 1]) @ AFFINE[:3, 3],
        "kinds": ["domain"] * 3,
        "encoding": "gzip",
    }
    if array.ndim == 4:
        header["kinds"] = ["list", *["domain"] * 3]
        header["space directions"] = np.vstack([np.full(3, np.nan), directions])
    for place, said in enumerate(segments):
        header |= {f"Segment{place}_{key}": str(value) for key, value in said.items()}
    nrrd.write(str(path), array, header)
    return path


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        read_segmentation(path)
    assert error.value.source == path.name
    return error.value.code


def test_each_level_has_the_code_that_dicom_gives_it() -> None:
    for level in LEVELS:
        code = code_of(level.label)
        word = {"S": "Sacrum", "Cocc": "Coccyx"}.get(level.name, f"{level.name}Vertebra")
        if level.name in ("T13", "L6"):
            assert code == VERTEBRA
            assert level_of_code(code.value) is None
        else:
            ours, theirs = (code.value, code.meaning), getattr(codes.SCT, word)
            assert ours == (theirs.value, theirs.meaning)
            assert level_of_code(code.value) == level.label
    assert VERTEBRA.value == codes.SCT.Vertebra.value


def test_slicer_finds_names_colours_terminology_and_place(tmp_path: Path) -> None:
    path = tmp_path / "case.seg.nrrd"
    path.write_bytes(segmentation_bytes(mask()))
    read = slicerio.read_segmentation(str(path))
    assert np.array_equal(read["voxels"], mask().array)
    assert np.allclose(np.diag([-1, -1, 1, 1]) @ read["ijkToLPS"], AFFINE)
    assert [(one["name"], one["labelValue"]) for one in read["segments"]] == [
        ("T13", T13),
        ("L1", L1),
        ("L2", L2),
    ]
    lumbar = read["segments"][1]
    assert lumbar["terminology"]["type"] == ["SCT", "66794005", "L1 vertebra"]
    assert lumbar["extent"] == [1, 4, 2, 5, 3, 4]
    colour = next(level for level in LEVELS if level.label == L1).rgb
    assert np.allclose(lumbar["color"], np.array(colour) / 255, atol=1e-6)
    image = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(image).T, mask().array)
    assert image.GetMetaData("Segment2_Name") == "L2"  # type: ignore[no-untyped-call]


def test_the_same_mask_is_the_same_bytes() -> None:
    assert segmentation_bytes(mask()) == segmentation_bytes(mask(mask().array.copy(order="C")))


def test_what_is_written_comes_back_as_it_was(tmp_path: Path) -> None:
    made = desktop.files_for(mask(), stem="case")
    assert sorted(made) == ["case.label", "case.nii.gz", "case.seg.nrrd", "case_ColorTable.ctbl"]
    for name in ("case.nii.gz", "case.seg.nrrd"):
        (tmp_path / name).write_bytes(made[name])
        back = desktop.read_edited(tmp_path / name, base=mask())
        assert np.array_equal(back.mask.array, mask().array)
        assert back.mask.geometry.matches(mask().geometry)
        assert back.remarks == ()


@pytest.mark.parametrize("name", ["case.label", "case_ColorTable.ctbl"])
def test_both_tables_name_every_level_with_its_colour(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(desktop.files_for(mask(), stem="case")[name])
    assert read_label_table(path).levels == {label: label for label in VALID_LABELS}
    words = [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]
    at = 1 if name.endswith("label") else 2
    for level in LEVELS:
        (row,) = [row for row in words if row[0] == str(level.label)]
        assert tuple(map(int, row[at : at + 3])) == level.rgb


def test_a_segment_is_what_its_terminology_or_its_name_says(tmp_path: Path) -> None:
    array = drawn((1, 0, 1), (2, 3, 4), (7, 6, 7))
    path = segmentation(
        tmp_path / "a.seg.nrrd",
        array,
        {"Name": "the lower one", "LabelValue": 1, "Layer": 0, "Tags": tags("14293000", "L2 vertebra")},
        {"Name": "first lumbar vertebra", "LabelValue": 2, "Layer": 0, "Tags": tags("85756007", "Tissue")},
        {"Name": "T13", "LabelValue": 7, "Layer": 0, "Tags": tags(VERTEBRA.value, "Vertebra")},
        {"Name": "Segment_9", "LabelValue": 9, "Layer": 0, "Tags": ""},  # nothing is drawn of it
    )
    found, remarks = read_segmentation(path)
    assert np.array_equal(found.array, mask().array)
    assert np.allclose(found.geometry.affine_ras_mm, AFFINE)
    assert remarks == []


def test_a_cropped_segmentation_in_another_order_lands_on_the_ct(tmp_path: Path) -> None:
    whole = mask()
    canonical = to_canonical(whole)
    inside = tuple(slice(low, high) for low, high in ((1, 5), (2, 6), (0, 8)))
    affine = canonical.geometry.affine_ras_mm.copy()
    affine[:3, 3] = canonical.geometry.voxel_to_ras_mm((1, 2, 0))
    part = np.asfortranarray(canonical.array[inside])
    path = tmp_path / "cropped.seg.nrrd"
    path.write_bytes(segmentation_bytes(Mask(VolumeGeometry(part.shape, affine), part)))
    assert np.array_equal(desktop.read_edited(path, base=whole).mask.array, whole.array)


def test_of_layers_that_overlap_the_upper_vertebra_keeps_the_voxels(tmp_path: Path) -> None:
    layers = np.stack([drawn((1, 0, 4)), drawn((1, 3, 5))])
    path = segmentation(
        tmp_path / "a.seg.nrrd",
        layers,
        {"Name": "L2", "LabelValue": 1, "Layer": 0},
        {"Name": "L1", "LabelValue": 1, "Layer": 1},
    )
    found, remarks = read_segmentation(path)
    assert np.array_equal(found.array, drawn((L2, 0, 2), (L1, 3, 5)))
    assert [remark.code for remark in remarks] == ["overlap"]
    assert "32 voxels of L2" in remarks[0].message


def test_files_that_slicer_wrote_are_read_and_ribs_are_no_vertebra(tmp_path: Path) -> None:
    for name in ("Segmentation.seg.nrrd", "SegmentationOverlapping.seg.nrrd"):
        with resources.as_file(resources.files("slicerio") / "data" / name) as path:
            found = read_nrrd(path)
            theirs, _ = nrrd.read(str(path))
            assert np.array_equal(found.layers if theirs.ndim == 4 else found.layers[0], theirs)
            assert refused(path) == "no_vertebra"


def test_other_structures_are_left_out_and_said(tmp_path: Path) -> None:
    path = segmentation(
        tmp_path / "a.seg.nrrd",
        drawn((1, 0, 1), (2, 3, 4)),
        {"Name": "L2", "LabelValue": 1, "Layer": 0},
        {"Name": "spinal cord", "LabelValue": 2, "Layer": 0},
    )
    found, remarks = read_segmentation(path)
    assert np.array_equal(found.array, drawn((L2, 0, 1)))
    assert [remark.message for remark in remarks] == [
        "the segment 'spinal cord' is no vertebra and was left out"
    ]


ONE = {"LabelValue": 1, "Layer": 0}
TWO = {"LabelValue": 2, "Layer": 0}


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        ((), "no_segments"),
        (({**ONE, "Name": "Segment_1"}, {**TWO, "Name": "L1"}), "segment_unnamed"),
        (({**ONE, "Name": "L2"},), "segment_unnamed"),  # nobody claims the number 2
        (({**ONE, "Name": "L2"}, {**TWO, "Name": "vertebrae_L2"}), "level_twice"),
        (
            ({**ONE, "Name": "L2"}, {**TWO, "Name": "L1", "Tags": tags("36470004", "L3 vertebra")}),
            "segment_ambiguous",
        ),
        (({**ONE, "Name": "L2"}, {**TWO, "Name": "L1", "Layer": 3}), "not_nrrd"),
        (({**ONE, "Name": "L2"}, {**TWO, "Name": "L1", "LabelValue": "two"}), "not_nrrd"),
    ],
)
def test_what_leaves_a_level_open_is_refused(
    tmp_path: Path, segments: tuple[dict[str, object], ...], code: str
) -> None:
    """Never by its number: Slicer gives a new segment the next one, which VerSe gave to another vertebra."""
    assert refused(segmentation(tmp_path / "a.seg.nrrd", drawn((1, 0, 1), (2, 3, 4)), *segments)) == code


def changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, 1)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda content: content[:-20], "truncated"),
        (lambda content: content[:-6] + bytes([content[-6] ^ 1]) + content[-5:], "truncated"),
        (lambda content: b"NRRD0004\n" + b"#" * MAX_HEADER_BYTES, "not_nrrd"),
        (lambda content: b"PNG" + content, "not_nrrd"),
        (changed(b"type: unsigned char", b"type: double"), "bad_voxel_type"),
        (changed(b"sizes: 6 7 9", b"sizes: 6 7 60000"), "truncated"),
        (changed(b"sizes: 6 7 9", b"sizes: 60000 60000 60000"), "too_large"),
        (changed(b"sizes: 6 7 9", b"sizes: 6 7"), "bad_shape"),
        (changed(b"sizes: 6 7 9", b"sizes: 6 7 x"), "bad_shape"),
        (changed(b"encoding: gzip", b"encoding: bzip2"), "not_nrrd"),
        (changed(b"encoding: gzip", b"encoding: gzip\ndata file: /etc/passwd"), "detached"),
        (changed(b"encoding: gzip", b"encoding: gzip\nbyte skip: -1"), "not_nrrd"),
        (changed(b"encoding: gzip", b"encoding: gzip\nline skip: some"), "not_nrrd"),
        (changed(b"space: left", b"space: scanner"), "no_orientation"),
        (changed(b"(0,0,2)", b"(0,0,0)"), "singular_affine"),
        (changed(b"(0,0,2)", b"(0,0,x)"), "no_orientation"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, harm: Callable[[bytes], bytes], code: str) -> None:
    path = tmp_path / "a.nrrd"
    path.write_bytes(harm(segmentation_bytes(mask())))
    assert refused(path) == code


def test_voxels_that_go_on_for_ever_are_refused(tmp_path: Path) -> None:
    header, _, voxels = segmentation_bytes(mask()).partition(b"\n\n")
    path = tmp_path / "a.nrrd"
    path.write_bytes(header + b"\n\n" + gzip.compress(gzip.decompress(voxels) + bytes(65 << 20), 1))
    assert refused(path) == "too_large"


def test_big_endian_and_plain_voxels_are_read(tmp_path: Path) -> None:
    content = segmentation_bytes(mask())
    header, _, voxels = content.partition(b"\n\n")
    wide = np.frombuffer(gzip.decompress(voxels), np.uint8).astype(">i2").tobytes()
    header = header.replace(b"unsigned char", b"short").replace(
        b"encoding: gzip", b"encoding: raw\nendian: big"
    )
    path = tmp_path / "a.seg.nrrd"
    path.write_bytes(header + b"\n\n" + wide)
    assert np.array_equal(read_segmentation(path)[0].array, mask().array)


def nifti_of(path: Path, array: MaskArray) -> Path:
    nifti.write_mask(path, mask(array))
    return path


def test_a_nifti_keeps_the_numbers_that_it_was_handed_out_with(tmp_path: Path) -> None:
    edited = drawn((L2, 0, 2), (L1, 3, 4), (label_of("T12"), 6, 7))
    edited[3:5, 3:5, 4] = 0
    assert edited[1, 2, 2] == L2
    back = desktop.read_edited(nifti_of(tmp_path / "a.nii.gz", edited), base=mask())
    assert np.array_equal(back.mask.array, edited)


def test_numbers_that_a_program_gave_anew_are_asked_about(tmp_path: Path) -> None:
    """As Slicer exports segments: 1, 2, 3. The tables beside the file do not answer it: they are ours."""
    made = desktop.files_for(mask(), stem="case")
    for name in ("case.label", "case_ColorTable.ctbl"):
        (tmp_path / name).write_bytes(made[name])
    path = nifti_of(tmp_path / "case.nii.gz", drawn((3, 0, 1), (2, 3, 4), (1, 6, 7)))
    with pytest.raises(desktop.NumbersUnclear) as unclear:
        desktop.read_edited(path, base=mask())
    assert unclear.value.code == "numbering_unconfirmed"
    assert unclear.value.proposals
    told = desktop.read_edited(path, base=mask(), numbering="1=T13,2=L1,3=L2")
    assert np.array_equal(told.mask.array, mask().array)
    with pytest.raises(BadInput, match=r"case\.nii\.gz"):
        desktop.read_edited(path, base=mask(), numbering="1=L9")


def test_a_file_that_unpacks_to_much_more_than_its_ct_is_not_read(tmp_path: Path) -> None:
    wide = np.zeros((6, 7, 2 * 9 + 1), np.uint8, order="F")
    path = tmp_path / "wide.nii"
    nifti.write_mask(path, Mask(VolumeGeometry((6, 7, 19), AFFINE), wide))
    path.write_bytes(path.read_bytes()[:-30])  # its voxels would be found wanting
    with pytest.raises(BadInput, match="6x7x19 voxels") as error:
        desktop.read_edited(path, base=mask())
    assert error.value.code == "other_grid"
    layers = np.zeros((9, *SHAPE), np.uint8)
    many = segmentation(tmp_path / "a.seg.nrrd", layers, {"Name": "L1", "LabelValue": 1, "Layer": 0})
    with pytest.raises(BadInput) as error:
        desktop.read_edited(many, base=mask())
    assert error.value.code == "too_large"


def test_a_mask_on_another_grid_is_refused(tmp_path: Path) -> None:
    moved = AFFINE.copy()
    moved[0, 3] += 0.5
    for name, content in desktop.files_for(
        Mask(VolumeGeometry(SHAPE, moved), mask().array), stem="moved"
    ).items():
        if not name.endswith(("nii.gz", "nrrd")):
            continue
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match="another grid") as error:
            desktop.read_edited(path, base=mask())
        assert error.value.code == "other_grid"
