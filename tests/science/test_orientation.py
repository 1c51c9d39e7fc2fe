"""Headers that swap front and back, or head and feet, seen by the mask: on phantoms and on real masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from backend.science.finding import Finding
from backend.science.formats import nifti
from backend.science.quality import check_mask
from backend.science.quality_direction import orientation_remarks
from backend.science.volume import Mask, VolumeGeometry
from tests.science.ingesting import ingested, only, write_nifti
from tests.science.real_data import real_data

STEP = 34
FRONT_BACK, HEAD_FEET, BOTH = (1, -1, 1), (1, 1, -1), (1, -1, -1)
LUMBAR = (20, 21, 22)
REAL_MASKS = (
    "totalsegmentator-abdomen/vertebrae.nii.gz",
    "verse-masks/sub-gl003_dir-ax_seg-vert_msk.nii.gz",
    "verse-masks/sub-verse010_seg-vert_msk.nii.gz",
    "verse004/sub-verse004_seg-vert_msk.nii.gz",
    "verse014/sub-verse014_seg-vert_msk.nii.gz",
)


def spine(levels: Sequence[int], backward: Sequence[int] = ()) -> Mask:
    """Bodies of 34 mm with an arch of 44 mm behind; those called ``backward`` have it in front."""
    array = np.zeros((60, 100, STEP * len(levels) + 20), dtype=np.uint8)
    for place, label in enumerate(levels):
        low = STEP * (len(levels) - place - 1) + 10
        one = array[:, :, low : low + 26]
        if label in backward:
            one = one[:, ::-1]
        one[10:50, 60:94] = label
        one[10:16, 46:60, 10:20] = one[44:50, 46:60, 10:20] = label
        one[10:50, 40:46, :22] = one[26:34, 16:40, :14] = label
    return _mask(array)


def blocks(widths: tuple[int, int], depth: int, levels: Sequence[int] = LUMBAR) -> Mask:
    """Vertebrae without a shape: so many voxels wide in the rear and in the front half of their depth."""
    array = np.zeros((60, 100, STEP * len(levels) + 20), dtype=np.uint8)
    for place, label in enumerate(levels):
        low = STEP * (len(levels) - place - 1) + 10
        for half, width in enumerate(widths):
            at = 20 + half * depth // 2
            array[5 : 5 + width, at : at + depth // 2, low : low + 20] = label
    return _mask(array)


def _mask(array: np.ndarray) -> Mask:
    return Mask(VolumeGeometry(array.shape, np.eye(4)), array)


def swapped(mask: Mask, ends: tuple[int, int, int]) -> Mask:
    """The same voxels under a header that mirrors some of R, A and S."""
    return Mask(
        VolumeGeometry(mask.geometry.shape, np.diag([*ends, 1.0]) @ mask.geometry.affine_ras_mm), mask.array
    )


def orientation(mask: Mask) -> list[Finding]:
    return [finding for finding in check_mask(mask) if finding.code == "orientation"]


def said(mask: Mask) -> list[str]:
    """What is said, by the checks and by the remarks of an upload alike."""
    found = orientation(mask)
    assert all((one.severity, one.label) == ("error", None) for one in found)
    messages = sorted(one.message for one in found)
    assert sorted(remark.message for remark in orientation_remarks(mask)) == messages
    assert {remark.code for remark in orientation_remarks(mask)} <= {"orientation"}
    return messages


BEHIND = "the bodies lie behind their arches: the file's header swaps front and back"
UPWARDS = (
    "the levels run upwards from L1 to L3: the file's header swaps head and feet, "
    "or they were counted from below"
)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((1, 1, 1), []), (FRONT_BACK, [BEHIND]), (HEAD_FEET, [UPWARDS]), (BOTH, [BEHIND, UPWARDS])],
)
def test_what_a_header_swaps_is_said_once(ends: tuple[int, int, int], expected: list[str]) -> None:
    """Whatever the axes of the file; in place of one error for each level that lies above the next."""
    mask = swapped(spine(LUMBAR), ends)
    affine = mask.geometry.affine_ras_mm[:, [2, 0, 1, 3]]
    turned = Mask(
        VolumeGeometry((mask.array.shape[2], *mask.array.shape[:2]), affine), mask.array.transpose(2, 0, 1)
    )
    for one in (mask, turned):
        assert said(one) == expected
        assert "order" not in {finding.code for finding in check_mask(one)}


def test_one_vertebra_alone_is_not_enough_and_two_are() -> None:
    assert said(spine((21,), backward=(21,))) == []
    assert said(spine((21, 22), backward=(21, 22))) == [BEHIND]


def test_one_that_faces_forward_among_others_is_not_the_header() -> None:
    assert said(spine(LUMBAR, backward=(20, 22))) == []


def test_two_levels_in_the_wrong_order_or_some_of_many_are_errors_of_their_own() -> None:
    for levels, wrong in (((21, 20), 1), ((22, 20, 21), 1), ((21, 22, 20), 1)):
        mask = spine(levels)
        assert said(mask) == []
        assert [finding.code for finding in check_mask(mask)].count("order") == wrong


def test_levels_on_one_height_are_not_upside_down() -> None:
    """Three beside each other: nothing tells which way they run, but each is out of order."""
    array = np.zeros((90, 40, 40), dtype=np.uint8)
    for place, label in enumerate(LUMBAR):
        array[5 + 28 * place : 25 + 28 * place, 10:30, 10:30] = label
    assert said(_mask(array)) == []
    assert [finding.code for finding in check_mask(_mask(array))].count("order") == 2


@pytest.mark.parametrize(("levels", "expected"), [((1, 2), []), ((25, 26), []), ((2, 3), [BEHIND])])
def test_the_atlas_and_the_sacrum_are_not_judged(levels: tuple[int, int], expected: list[str]) -> None:
    assert said(spine(levels, backward=levels)) == expected


@pytest.mark.parametrize(
    ("widths", "expected"),
    # the mean lies 12.5 mm x 4 / 84 behind the middle of 50 mm, 0.01 of the depth; or 12.5 mm x 20 / 80, 0.06
    [((44, 40), []), ((50, 30), [BEHIND]), ((30, 50), [])],
)
def test_a_little_more_behind_than_in_front_tells_nothing(
    widths: tuple[int, int], expected: list[str]
) -> None:
    assert said(blocks(widths, 50)) == expected


@pytest.mark.parametrize(
    ("levels", "depth", "expected"),
    [(LUMBAR, 40, []), (LUMBAR, 50, [BEHIND]), ((3, 4, 5), 28, []), ((3, 4, 5), 34, [BEHIND])],
)
def test_bodies_alone_are_not_judged(levels: tuple[int, ...], depth: int, expected: list[str]) -> None:
    """Masks of bodies only are less deep than any vertebra with its arch."""
    assert said(blocks((50, 30), depth, levels)) == expected


def test_what_the_border_cuts_in_profile_is_not_judged() -> None:
    whole = spine(LUMBAR, backward=LUMBAR).array
    for cut in (whole[:, 7:], whole[:, : 100 - 17]):
        assert said(_mask(np.ascontiguousarray(cut))) == [], "the front or the rear is not there"
    for cut in (whole[12:], whole[:48]):
        assert said(_mask(np.ascontiguousarray(cut))) == [BEHIND], "a side tells nothing of front and rear"
    for cut, left in ((whole[:, :, 46:], 1), (whole[:, :, :70], 1), (whole[:, :, 12:], 2)):
        assert said(_mask(np.ascontiguousarray(cut))) == ([BEHIND] if left > 1 else [])


def test_a_mask_without_vertebrae_has_no_direction() -> None:
    assert orientation_remarks(_mask(np.zeros((5, 5, 5), dtype=np.uint8))) == []


@pytest.mark.parametrize("name", REAL_MASKS)
def test_of_every_real_mask_what_its_header_swaps_is_said(name: str) -> None:
    """That nothing is said of them as they are is checked with all else, in `test_quality`."""
    mask = nifti.read_mask(real_data(name))
    for ends, number in (((1, 1, 1), 0), (FRONT_BACK, 1), (HEAD_FEET, 1), (BOTH, 2)):
        messages = [remark.message for remark in orientation_remarks(swapped(mask, ends))]
        assert len(messages) == number
        assert (BEHIND in messages) is (ends[1] < 0)


@pytest.mark.parametrize("numbers", [{}, {20: 22, 21: 21, 22: 20}], ids=["verse", "held"])
def test_an_upload_says_it_of_the_series(tmp_path: Path, numbers: dict[int, int]) -> None:
    """Also where somebody has to say first what the numbers mean."""
    for name, ends in (("right", (1, 1, 1)), ("wrong", FRONT_BACK)):
        mask = swapped(spine(LUMBAR), ends)
        array = mask.array.copy()
        for level, number in numbers.items():
            array[mask.array == level] = number
        affine = mask.geometry.affine_ras_mm
        hu = np.where(array > 0, 300, -20).astype(np.int16)
        hu[:3] = -1000
        write_nifti(tmp_path / name / "a.nii.gz", hu, affine)
        write_nifti(tmp_path / name / "a_seg.nii.gz", array, affine)
        series = only(ingested(tmp_path / name, spacing_mm=1.0))
        assert (series.held is None) is not bool(numbers)
        told = [one["message"] for one in series.checks if one["code"] == "orientation"]
        assert told == ([BEHIND] if name == "wrong" else [])
