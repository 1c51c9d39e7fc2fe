from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from tests.science.ingesting import HU, RAS_AFFINE, check_codes, codes, ingested, only, write_nifti


def _labels(shape=HU.shape, label: int = 20) -> np.ndarray:
    array = np.zeros(shape, dtype=np.uint8)
    array[3:8, 3:8, 2:6] = label
    return array


@pytest.mark.parametrize("name", ["a_seg.nii.gz", "vertebrae.nii.gz", "a_msk.nii.gz", "sub/whatever.nii.gz"])
def test_a_mask_beside_its_ct_is_found_by_grid_and_name(tmp_path, name) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / name, _labels())
    series = only(ingested(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)
    assert series.mask.geometry.matches(series.volume.geometry, 1e-6)


def test_a_mask_stored_in_another_axis_order_still_fits_its_ct(tmp_path) -> None:
    write_nifti(tmp_path / "verse201.nii.gz")
    turned = nib.Nifti1Image(_labels(), RAS_AFFINE).as_reoriented(np.array([[1, -1], [2, 1], [0, 1]]))
    nib.save(turned, tmp_path / "verse201_seg.nii.gz")
    series = only(ingested(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)


def test_each_ct_gets_its_own_mask_by_name(tmp_path) -> None:
    for name, label in (("one", 19), ("two", 22)):
        write_nifti(tmp_path / f"{name}.nii.gz", HU + label)
        write_nifti(tmp_path / f"{name}_seg.nii.gz", _labels(label=label))
    result = ingested(tmp_path)
    assert not result.refused
    for series in result.series:
        assert series.mask is not None
        (label,) = label_voxels(series.mask.array)
        assert series.volume.array.max() == HU.max() + label


def test_a_mask_on_another_grid_is_refused_with_both_grids_while_the_ct_goes_on(tmp_path) -> None:
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


def test_a_second_mask_an_ambiguous_mask_and_a_mask_without_a_ct_are_refused(tmp_path) -> None:
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


def test_a_mask_whose_numbers_are_not_verses_is_held_and_said_while_the_ct_goes_on(tmp_path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / "subregions.nii.gz", _labels(label=49))
    series = only(ingested(tmp_path))
    assert series.mask is None
    assert series.held is not None
    assert set(label_voxels(series.held.mask.array)) == {49}
    assert "numbering_unconfirmed" in check_codes(series)
    assert "subregions.nii.gz" not in series.source_names or series.held.source_name == "subregions.nii.gz"


def test_centroids_beside_the_ct_come_along_in_millimetres(tmp_path) -> None:
    write_nifti(tmp_path / "sub-x_ct.nii.gz")
    (tmp_path / "sub-x_seg-subreg_ctd.json").write_text(
        '[{"direction": ["L", "P", "S"]}, {"label": 20, "X": 2.0, "Y": 3.0, "Z": 4.0}]'
    )
    series = only(ingested(tmp_path))
    assert np.allclose(series.centroids_ras_mm[20], (30 - 1.2, 40 - 2.4, 106))


def test_a_mask_that_reaches_the_neck_warns_of_the_face(tmp_path) -> None:
    write_nifti(tmp_path / "a.nii.gz")
    write_nifti(tmp_path / "a_seg.nii.gz", _labels(label=2))
    assert "face" in check_codes(only(ingested(tmp_path)))


def test_two_transforms_that_disagree_are_warned_of_and_a_rounded_one_is_not(tmp_path) -> None:
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
