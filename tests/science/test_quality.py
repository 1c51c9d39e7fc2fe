from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backend.science.finding import FINDING_CODES, Finding
from backend.science.formats import nifti
from backend.science.geometry import to_canonical
from backend.science.quality import check_mask
from backend.science.volume import Mask, Volume, VolumeGeometry
from tests.science.real_data import real_data, trial

GRID = VolumeGeometry((60, 60, 150), np.diag([1.0, 1, 1, 1]))


def _block(array: np.ndarray, label: int, z: int, *, x: int = 20, size: int = 18) -> None:
    array[x : x + 20, 20:40, z : z + size] = label


def _spine(labels: tuple[int, ...] = (19, 20, 21, 22)) -> np.ndarray:
    """Vertebrae as blocks 25 mm apart, the first on top, none at the border."""
    array = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    for index, label in enumerate(labels):
        _block(array, label, 110 - 25 * index)
    return array


def _findings(array: np.ndarray, **options: Any) -> list[Finding]:
    return check_mask(Mask(GRID, array), **options)


def _only(array: np.ndarray, code: str) -> Finding:
    (finding,) = _findings(array)
    assert finding.code == code
    return finding


@pytest.mark.parametrize(
    "labels", [(19, 20, 21, 22), (19, 28, 20, 21), (18, 20, 21), (23, 24, 25, 26), (23, 26), (6, 7, 8)]
)
def test_a_plausible_spine_has_no_findings_variants_included(labels: tuple[int, ...]) -> None:
    assert _findings(_spine(labels)) == []


def test_the_answer_does_not_depend_on_the_axis_order() -> None:
    turned = Mask(
        VolumeGeometry(
            (150, 60, 60), np.array([[0, 0, -1, 59], [0, 1, 0, 0], [-1, 0, 0, 149], [0, 0, 0, 1.0]])
        ),
        np.ascontiguousarray(_spine((22, 20))[::-1, :, ::-1].transpose(2, 1, 0)),
    )
    assert np.array_equal(to_canonical(turned).array, _spine((22, 20)))
    assert {finding.code for finding in check_mask(turned)} == {
        finding.code for finding in _findings(_spine((22, 20)))
    }


def test_an_empty_mask_says_so() -> None:
    _only(np.zeros(GRID.shape, dtype=np.uint8), "empty_mask")


def test_a_missing_level_is_found_at_the_one_below_it() -> None:
    finding = _only(_spine((19, 21, 22)), "missing_level")
    assert finding.label == 21
    assert "L2 follows T12" in finding.message


def test_levels_in_the_wrong_order_are_an_error() -> None:
    findings = _findings(_spine((20, 19, 21)))
    assert ("order", "error", 20) in {(f.code, f.severity, f.label) for f in findings}


def test_a_cut_vertebra_whose_process_hangs_below_the_next_centre_is_in_order() -> None:
    """Of the upper one the image holds little but the process; of two whole ones the centres decide."""
    array = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    array[20:30, 20:40, 105:149] = 20
    array[20:30, 5:15, 100:150] = 19
    assert "order" not in {finding.code for finding in _findings(array)}
    array[:, :, 149] = 0
    assert "order" in {finding.code for finding in _findings(array)}


def test_one_name_for_two_vertebrae_is_an_error() -> None:
    array = _spine((19, 20, 22))
    _block(array, 20, 60)
    duplicate = next(f for f in _findings(array) if f.code == "duplicate")
    assert (duplicate.severity, duplicate.label) == ("error", 20)


def test_islands_are_judged_in_three_dimensions_over_corners() -> None:
    array = _spine()
    array[40, 40, 110:113] = 19  # touches the block at an edge: one piece by 26 neighbours
    assert _findings(array) == []
    array[45, 45, 115:118] = 19
    finding = _only(array, "islands")
    assert (finding.label, finding.voxels, finding.voxel) == (19, 3, (45, 45, 115))


def test_holes_are_counted_and_placed() -> None:
    array = _spine()
    array[25, 25, 118:120] = 0
    finding = _only(array, "holes")
    assert (finding.severity, finding.label, finding.voxels, finding.voxel) == ("info", 19, 2, (25, 25, 118))


def test_a_vertebra_at_the_border_is_cut_off() -> None:
    array = _spine()
    array[20:40, 20:40, 128:] = 19
    finding = _only(array, "cut_off")
    assert finding.label == 19
    assert finding.voxel is not None
    assert finding.voxel[2] == 149


def test_a_jump_to_the_side_is_found_and_a_curve_is_not() -> None:
    array = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    for index, x in enumerate((5, 9, 13, 17)):
        _block(array, 19 + index, 110 - 25 * index, x=x)
    assert _findings(array) == []
    array[array == 20] = 0
    _block(array, 20, 85, x=36)
    assert {(f.code, f.label) for f in _findings(array)} == {("sideways", 20)}


def test_sizes_and_distances_out_of_proportion_are_found() -> None:
    array = _spine()
    array[20:40, 20:40, 85 + 5 : 85 + 18] = 0
    finding = _only(array, "size")
    assert (finding.label, "smaller" in finding.message) == (20, True)
    far = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    _block(far, 19, 120)
    _block(far, 20, 20)
    assert _only(far, "distance").message == "T12 and L1 lie 100 mm apart"


def test_numbers_outside_the_table_are_an_error() -> None:
    array = _spine((20, 21))
    _block(array, 29, 30)
    assert ("unknown_label", 29) in {(f.code, f.label) for f in _findings(array)}


def test_with_the_ct_air_and_soft_tissue_inside_a_vertebra_are_found() -> None:
    array = _spine()
    hu = np.full(GRID.shape, -50, dtype=np.int16)
    hu[array > 0] = 250
    assert _findings(array, volume=Volume(GRID, hu)) == []
    hu[array == 20] = 30
    hu[20:40, 20:40, 110:114] = -900
    found = {(f.code, f.label) for f in _findings(array, volume=Volume(GRID, hu))}
    assert found == {("in_air", 19), ("outside_bone", 20)}
    other = VolumeGeometry(GRID.shape, np.diag([2.0, 1, 1, 1]))
    with pytest.raises(ValueError, match="another grid"):
        check_mask(Mask(GRID, array), volume=Volume(other, hu))


def test_v1_verse004_is_one_component_per_label_with_one_hole_of_one_voxel() -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    (finding,) = check_mask(mask)
    assert (finding.code, finding.label, finding.voxels) == ("holes", 21, 1)


def test_real_masks_on_their_real_ct_lie_in_bone() -> None:
    mask = nifti.read_mask(real_data("totalsegmentator-abdomen/vertebrae.nii.gz"))
    volume = nifti.read_volume(real_data("totalsegmentator-abdomen/ct.nii.gz"))
    codes = {(f.code, f.label) for f in check_mask(mask, volume=volume)}
    assert codes == {("cut_off", 18), ("cut_off", 19)}
    flipped = Volume(volume.geometry, volume.array[:, ::-1])
    assert {"in_air", "outside_bone"} & {f.code for f in check_mask(mask, volume=flipped)}


def test_a_centre_outside_its_mask_is_pointed_out() -> None:
    array = _spine()
    array[array == 21] = 0
    # A ring of 30 mm: its centre of mass lies where nothing is.
    array[5:55, 5:55, 65:69] = 21
    array[10:50, 10:50, 65:69] = 0
    found = {finding.code: finding for finding in _findings(array)}
    assert found["centre_outside"].label == 21
    assert found["centre_outside"].voxel is not None


def test_the_centre_of_a_body_must_lie_in_its_vertebra() -> None:
    inside = {label: (29.5, 29.5, 119.0 - 25 * index) for index, label in enumerate((19, 20, 21, 22))}
    assert _findings(_spine(), body_centres=inside) == []
    (finding,) = _findings(_spine(), body_centres={**inside, 20: (5.0, 29.5, 94.0)})
    assert (finding.code, finding.label, finding.voxel) == ("centre_outside", 20, (5, 30, 94))


def test_every_code_that_can_be_found_is_listed() -> None:
    array = _spine((19, 21, 20, 22))
    array[0:3, 0:3, 0:3] = 99
    assert {finding.code for finding in _findings(array)} <= set(FINDING_CODES)


def test_a_mask_edited_in_place_is_judged_as_it_is_now() -> None:
    """Vertebrae that stayed the same are remembered; the edited one, a moved one and another grid are not."""
    array = _spine()
    assert _findings(array) == []
    array[25, 25, 118] = 0
    assert _only(array, "holes").label == 19
    array[25, 25, 118] = 19
    assert _findings(array) == []
    assert {
        f.code for f in check_mask(Mask(VolumeGeometry(GRID.shape, np.diag([1.0, 1, 0.2, 1])), array))
    } == {"distance"}
    array[20:40, 20:40, 110:128] = 0
    array[25:45, 25:45, 110:128] = 19
    array[30, 30, 118] = 0
    assert _only(array, "holes").voxel == (30, 30, 118)


def test_a_size_that_no_such_vertebra_can_have_is_an_error() -> None:
    array = _spine()
    array[5:55, 5:55, 84:104] = 20  # 50 ml beside its 7 ml neighbours is no wonder; C2 of 50 ml is
    assert "impossible_size" not in {finding.code for finding in _findings(array)}
    array[array == 20] = 2
    found = next(f for f in _findings(array) if f.code == "impossible_size")
    assert (found.label, found.severity) == (2, "error")
    assert "more than the 50 ml that C2 can have" in found.message


def test_a_whole_crumb_is_too_small_and_one_cut_off_is_not() -> None:
    array = np.zeros(GRID.shape, dtype=np.uint8, order="F")
    array[20:26, 20:26, 60:66] = 22
    assert "impossible_size" in {finding.code for finding in _findings(array)}
    array[:] = 0
    array[20:26, 20:26, 0:6] = 22
    assert "impossible_size" not in {finding.code for finding in _findings(array)}


def test_a_whole_spine_under_one_name_is_pointed_out() -> None:
    for name, label in (("k_one", 1), ("k_nnunet", 4)):
        mask = nifti.read_mask(trial(f"s03_check_misses/{name}/mask.nii.gz"))
        assert ("impossible_size", label) in {(f.code, f.label) for f in check_mask(mask)}


def _with_arches(owner: dict[int, int]) -> Mask:
    """Five lumbar vertebrae, body in front and arch behind the canal; each arch named as ``owner`` says."""
    geometry = VolumeGeometry((60, 100, 200), np.diag([1.0, 1, 1, 1]))
    array = np.zeros(geometry.shape, dtype=np.uint8, order="F")
    for place, label in enumerate(range(20, 25)):
        low = 160 - 34 * place
        array[10:50, 60:94, low : low + 26] = label
        arch = owner.get(label, label)
        array[10:16, 46:60, low + 10 : low + 20] = array[44:50, 46:60, low + 10 : low + 20] = arch
        array[10:50, 40:46, low - 2 : low + 22] = array[26:34, 10:40, low - 2 : low + 14] = arch
    return Mask(geometry, array)


def test_an_arch_that_carries_its_neighbours_name_is_pointed_out() -> None:
    assert "arch" not in {finding.code for finding in check_mask(_with_arches({}))}
    for owner, whose in ((23, "L4"), (21, "L2")):
        found = [f for f in check_mask(_with_arches({22: owner})) if f.code == "arch"]
        assert found[0].label == 22
        assert f"it may carry the name of {whose}" in found[0].message
    shifted = check_mask(_with_arches({label: label + 1 for label in range(20, 24)}))
    assert {21, 22, 23} <= {finding.label for finding in shifted if finding.code == "arch"}


@pytest.mark.parametrize(
    "name",
    [
        "totalsegmentator-abdomen/vertebrae.nii.gz",
        "totalsegmentator-dicom/vertebrae.nii.gz",
        "tptbox-lumbar/vertebrae.nii.gz",
        "verse-masks/sub-gl003_dir-ax_seg-vert_msk.nii.gz",
        pytest.param("verse-masks/sub-gl017_seg-vert_msk.nii.gz", marks=pytest.mark.slow),
        "verse-masks/sub-verse010_seg-vert_msk.nii.gz",
        "verse004/sub-verse004_seg-vert_msk.nii.gz",
        "verse014/sub-verse014_seg-vert_msk.nii.gz",
    ],
)
def test_true_masks_have_no_impossible_size_no_strange_arch_and_face_forward(name: str) -> None:
    found = {finding.code for finding in check_mask(nifti.read_mask(real_data(name)))}
    assert not found & {"impossible_size", "arch", "orientation"}
