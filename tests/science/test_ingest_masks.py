from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from backend.science.geometry import to_canonical
from backend.science.ingest import ingest
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from tests.science.ingesting import HU, RAS_AFFINE, check_codes, codes, ingested, only, write_nifti


def _labels(shape: tuple[int, int, int] = HU.shape, label: int = 20) -> np.ndarray:
    array = np.zeros(shape, dtype=np.uint8)
    array[3:8, 3:8, 2:6] = label
    return array


@pytest.mark.parametrize("name", ["a_seg.nii.gz", "vertebrae.nii.gz", "a_msk.nii.gz", "sub/whatever.nii.gz"])
def test_a_mask_beside_its_ct_is_found_by_grid_and_name(tmp_path: Path, name: str) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / name, _labels())
    series = only(ingested(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)
    assert series.mask.geometry.matches(series.volume.geometry, 1e-6)


def test_a_mask_stored_in_another_axis_order_still_fits_its_ct(tmp_path: Path) -> None:
    write_nifti(tmp_path / "verse201.nii.gz")
    turned = nib.Nifti1Image(_labels(), RAS_AFFINE).as_reoriented(np.array([[1, -1], [2, 1], [0, 1]]))
    nib.save(turned, tmp_path / "verse201_seg.nii.gz")
    series = only(ingested(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)


def test_each_ct_gets_its_own_mask_by_name(tmp_path: Path) -> None:
    for name, label in (("one", 19), ("two", 22)):
        write_nifti(tmp_path / f"{name}.nii.gz", HU + label)
        write_nifti(tmp_path / f"{name}_seg.nii.gz", _labels(label=label))
    result = ingested(tmp_path)
    assert not result.refused
    for series in result.series:
        assert series.mask is not None
        (label,) = label_voxels(series.mask.array)
        assert series.volume.array.max() == HU.max() + label


def test_a_mask_on_another_grid_is_refused_with_both_grids_while_the_ct_goes_on(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    coarser = RAS_AFFINE.copy()
    coarser[:3, 0] *= 2
    write_nifti(tmp_path / "a_seg.nii.gz", _labels((12, 10, 7)), coarser)
    shifted = RAS_AFFINE.copy()
    shifted[2, 3] += 0.7
    write_nifti(tmp_path / "a_msk.nii.gz", _labels(), shifted)
    result = ingested(tmp_path)
    assert [series.mask for series in result.series] == [None]
    messages = {refused.name: (refused.code, refused.message) for refused in result.refused}
    assert messages["a_seg.nii.gz"][0] == messages["a_msk.nii.gz"][0] == "other_grid"
    assert "12x10x7 voxels" in messages["a_seg.nii.gz"][1]
    assert "12x10x8 voxels" in messages["a_seg.nii.gz"][1]
    assert "0.7 mm away" in messages["a_msk.nii.gz"][1]


def test_a_second_mask_an_ambiguous_mask_and_a_mask_without_a_ct_are_refused(tmp_path: Path) -> None:
    write_nifti(tmp_path / "1" / "a.nii.gz")
    write_nifti(tmp_path / "1" / "a_msk.nii.gz", _labels())
    write_nifti(tmp_path / "1" / "a_seg.nii.gz", _labels())
    assert codes(ingested(tmp_path / "1")) == {"second_mask"}
    write_nifti(tmp_path / "2" / "a.nii.gz")
    write_nifti(tmp_path / "2" / "b.nii.gz", HU + 1)
    write_nifti(tmp_path / "2" / "mask.nii.gz", _labels())
    result = ingested(tmp_path / "2")
    assert (codes(result), len(result.series)) == ({"ambiguous_mask"}, 2)
    assert codes(ingested(tmp_path / "2" / "mask.nii.gz")) == {"no_ct"}


def test_a_mask_whose_numbers_are_not_verses_is_held_and_said_while_the_ct_goes_on(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / "subregions.nii.gz", _labels(label=49))
    series = only(ingested(tmp_path))
    assert series.mask is None
    assert series.held is not None
    assert set(label_voxels(series.held.mask.array)) == {49}
    assert "numbering_unconfirmed" in check_codes(series)
    assert "subregions.nii.gz" not in series.source_names or series.held.source_name == "subregions.nii.gz"


def test_centroids_beside_the_ct_come_along_in_millimetres(tmp_path: Path) -> None:
    write_nifti(tmp_path / "sub-x_ct.nii.gz")
    (tmp_path / "sub-x_seg-subreg_ctd.json").write_text(
        '[{"direction": ["L", "P", "S"]}, {"label": 20, "X": 2.0, "Y": 3.0, "Z": 4.0}]'
    )
    series = only(ingested(tmp_path))
    assert np.allclose(series.centroids_ras_mm[20], (30 - 1.2, 40 - 2.4, 106))


def test_a_mask_that_reaches_the_neck_warns_of_the_face(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / "a_seg.nii.gz", _labels(label=2))
    assert "face" in check_codes(only(ingested(tmp_path)))


def test_two_transforms_that_disagree_are_warned_of_and_a_rounded_one_is_not(tmp_path: Path) -> None:
    image = nib.Nifti1Image(HU, RAS_AFFINE)
    image.set_qform(RAS_AFFINE + 1e-3 * np.eye(4)[:, [3, 1, 2, 0]], code=1, strip_shears=True)
    nib.save(image, tmp_path / "rounded.nii")
    assert "transforms_differ" not in check_codes(only(ingested(tmp_path / "rounded.nii")))
    image.set_qform(np.diag([-1.0, 1, 1, 1]) @ RAS_AFFINE, code=1)
    nib.save(image, tmp_path / "mirrored.nii")
    mirrored = only(ingested(tmp_path / "mirrored.nii"))
    assert "transforms_differ" in check_codes(mirrored)
    expected = to_canonical(Volume(VolumeGeometry(HU.shape, RAS_AFFINE), HU))
    assert mirrored.volume.geometry.matches(expected.geometry, 1e-3)


def test_files_named_by_vertebra_are_joined_and_their_overlap_is_said(tmp_path: Path) -> None:
    write_nifti(tmp_path / "ct.nii.gz")
    folder = tmp_path / "segmentations"
    upper, lower, organ = (np.zeros(HU.shape, np.uint8) for _ in range(3))
    upper[3:8, 3:8, 4:7] = lower[3:8, 3:8, 1:5] = organ[9:11, 8:9, 2:6] = 1
    for name, array in (("vertebrae_L1", upper), ("vertebrae_L2", lower), ("liver", organ)):
        write_nifti(folder / f"{name}.nii.gz", array)
    write_nifti(folder / "vertebrae_T12.nii.gz", np.zeros(HU.shape, np.uint8))
    result = ingested(tmp_path)
    (series,) = result.series
    assert series.mask is not None
    assert set(label_voxels(series.mask.array)) == {20, 21}
    assert {"overlap", "numbering"} <= check_codes(series)
    assert "25 voxels of L2 lie in L1" in next(c["message"] for c in series.checks if c["code"] == "overlap")
    assert [(one.name, one.code) for one in result.refused] == [
        ("segmentations/liver.nii.gz", "not_a_vertebra")
    ]


def test_a_mask_cut_to_its_content_is_pasted_without_loss(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    affine = RAS_AFFINE.copy()
    affine[:3, 3] = (RAS_AFFINE @ [3, 3, 2, 1])[:3]
    write_nifti(tmp_path / "a_seg.nii.gz", _labels()[3:8, 3:8, 2:6], affine)
    series = only(ingested(tmp_path))
    assert series.mask is not None
    assert np.array_equal(
        series.mask.array, to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels())).array
    )
    assert "pasted" in check_codes(series)


def test_a_mask_that_reaches_out_of_its_ct_is_refused(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    affine = RAS_AFFINE.copy()
    affine[:3, 3] = (RAS_AFFINE @ [6, 0, 0, 1])[:3]
    write_nifti(tmp_path / "a_seg.nii.gz", np.full(HU.shape, 20, np.uint8), affine)
    assert codes(ingested(tmp_path)) == {"other_grid"}


def test_a_person_may_say_what_the_numbers_mean(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / "a_seg.nii.gz", _labels(label=1))
    held = only(ingested(tmp_path))
    assert held.mask is None
    assert held.held is not None
    told = only(ingest(tmp_path, secret=b"x" * 16, numbering="1=L2"))
    assert told.mask is not None
    assert told.held is None
    assert set(label_voxels(told.mask.array)) == {21}


def test_what_single_raters_made_does_not_take_the_masks_place(tmp_path: Path) -> None:
    """A release has it beside its mask, on the same grid; a map on which all agree looks like a mask."""
    write_nifti(tmp_path / "sub-x_ct.nii.gz")
    write_nifti(tmp_path / "sub-x_seg-vert_msk.nii.gz", _labels(label=20))
    ends = ("desc-disagreement_map", "desc-raterA_msk", "desc-rater3f9a1c2e_msk", "probseg")
    for end in ends:
        write_nifti(tmp_path / f"sub-x_seg-vert_{end}.nii.gz", _labels(label=22))
    result = ingested(tmp_path)
    mask = result.series[0].mask
    assert mask is not None
    assert set(label_voxels(mask.array)) == {20}
    assert sorted((one.name, one.code) for one in result.refused) == sorted(
        (f"sub-x_seg-vert_{end}.nii.gz", "of_raters") for end in ends
    )


def test_a_converters_sidecar_does_not_take_the_centroids_place(tmp_path: Path) -> None:
    write_nifti(tmp_path / "sub-x_ct.nii.gz")
    (tmp_path / "sub-x_ct.json").write_text('{"Modality": "CT", "ConversionSoftware": "dcm2niix"}')
    (tmp_path / "sub-x_seg-subreg_ctd.json").write_text(
        '[{"direction": ["L", "P", "S"]}, {"label": 20, "X": 2.0, "Y": 3.0, "Z": 4.0}]'
    )
    result = ingested(tmp_path)
    assert set(result.series[0].centroids_ras_mm) == {20}
    assert [(one.name, one.code) for one in result.refused] == [("sub-x_ct.json", "not_centroids")]
