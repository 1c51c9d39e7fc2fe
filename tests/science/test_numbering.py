"""Whose numbers a mask holds, by numbers, order and sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.numbering import (
    apply_numbering,
    needs_confirmation,
    numbering_called,
    propose_numberings,
)
from backend.science.numbering_proposal import NumberingProposal
from backend.science.volume import Mask, VolumeGeometry, label_voxels
from tests.science.numbered import block_spine, under_verse
from tests.science.real_data import real_data, trial

LUMBAR = (20, 21, 22, 23, 24)
LOWER = (16, 17, 18, 19, *LUMBAR)
WHOLE = (*range(1, 25), 26)


def _first(mask: Mask) -> NumberingProposal:
    return propose_numberings(mask)[0]


@pytest.mark.parametrize(
    "levels",
    [WHOLE, LOWER, (*LUMBAR, 26), (1, 2, 3), tuple(range(1, 8)), (18, 19, 28, 20), (24, 25, 26), (22,)],
)
@pytest.mark.parametrize("scale", [0.15, 1.0, 1.4])
def test_verse_numbers_in_order_and_of_their_sizes_need_no_question(
    levels: tuple[int, ...], scale: float
) -> None:
    best = _first(under_verse(levels, scale=scale))
    assert (best.key, best.certain, best.remark) == ("verse", True, "")
    assert best.mapping == {level: level for level in levels}


@pytest.mark.parametrize(
    ("key", "levels", "number_of"),
    [
        ("totalsegmentator", (*LOWER, 26), lambda level: 26 if level == 26 else 51 - level),
        ("totalsegmentator", WHOLE, lambda level: 26 if level == 26 else 51 - level),
        ("totalsegmentator", (23, 24, 26), lambda level: 26 if level == 26 else 51 - level),
        ("totalsegmentator-v1", LUMBAR, lambda level: 42 - level),
        ("totalsegmentator-v1", LOWER, lambda level: 42 - level),
        ("totalsegmentator-mr", (*LOWER, 26), lambda level: 1 if level == 26 else 26 - level),
    ],
)
def test_totalsegmentators_numbers_are_recognised_and_asked(
    key: str, levels: tuple[int, ...], number_of: Callable[[int], int]
) -> None:
    mask = block_spine({level: number_of(level) for level in levels})
    proposals = propose_numberings(mask)
    assert (proposals[0].key, needs_confirmation(proposals)) == (key, True)
    assert proposals[0].mapping == {number_of(level): level for level in levels}
    applied = apply_numbering(mask, proposals[0].mapping)
    assert np.array_equal(applied.array, under_verse(levels).array)


def test_organs_of_the_same_program_are_left_out_and_the_sacrum_is_one() -> None:
    mask = block_spine({22: 29, 23: 28, 24: 27, 26: 26})
    mask.array[30:40, 30:40, 4:9] = 5  # the liver
    mask.array[4:10, 4:10, 2:5] = 25  # the sacrum below S1
    best = _first(mask)
    assert best.key == "totalsegmentator"
    assert best.mapping == {5: None, 25: 26, 26: 26, 27: 24, 28: 23, 29: 22}
    assert set(label_voxels(apply_numbering(mask, best.mapping).array)) == {22, 23, 24, 26}


def test_discs_and_sacral_segments_of_spineps_are_left_out_and_joined() -> None:
    mask = block_spine({22: 22, 23: 23, 24: 24, 26: 26})
    mask.array[30:36, 30:36, 20:23] = 123
    mask.array[30:36, 30:36, 2:4] = 29
    best = _first(mask)
    assert (best.key, best.certain) == ("spineps", False)
    assert best.mapping == {22: 22, 23: 23, 24: 24, 26: 26, 29: 26, 123: None}


@pytest.mark.parametrize("upwards", [False, True])
def test_consecutive_numbers_tell_the_order_only(upwards: bool) -> None:
    numbers = range(9, 0, -1) if upwards else range(1, 10)
    mask = block_spine(dict(zip(LOWER, numbers, strict=True)))
    proposals = propose_numberings(mask)
    assert needs_confirmation(proposals)
    by_key = {proposal.key: proposal for proposal in proposals}
    assert by_key["consecutive:T9"].mapping == dict(zip(numbers, LOWER, strict=True))


def test_a_lone_one_is_never_c1_unasked() -> None:
    for level in (1, 20):
        proposals = propose_numberings(block_spine({level: 1}))
        assert needs_confirmation(proposals)
        assert not proposals[0].names_levels


def test_a_spine_under_one_number_names_no_level() -> None:
    mask = block_spine(dict.fromkeys(LOWER, 1))
    proposals = propose_numberings(mask)
    assert (proposals[0].key, needs_confirmation(proposals)) == ("one-number", True)
    assert "more than one vertebra" in proposals[0].why
    with pytest.raises(BadInput) as refused:
        apply_numbering(mask, proposals[0].mapping)
    assert refused.value.code == "no_levels"


def test_parts_of_vertebrae_are_called_what_they_are() -> None:
    best = _first(nifti.read_mask(real_data("tptbox-lumbar/subregions.nii.gz"), labels=None))
    assert (best.key, best.names_levels) == ("parts", False)


def test_one_swapped_pair_is_a_raters_slip_and_no_other_numbering() -> None:
    numbers = {level: level for level in LOWER} | {20: 21, 21: 20}
    best = _first(block_spine(numbers))
    assert (best.key, best.certain) == ("verse", True)
    assert "lies above" in best.remark


def test_a_number_that_nobody_has_is_named() -> None:
    mask = under_verse(LUMBAR)
    mask.array[30:36, 30:36, 2:4] = 190
    best = _first(mask)
    assert (best.key, best.certain) == ("unknown", False)
    assert "190" in best.why
    with pytest.raises(BadInput, match="190"):
        numbering_called("verse", mask)


def test_the_answer_does_not_depend_on_the_axis_order() -> None:
    mask = block_spine({22: 29, 23: 28, 24: 27})
    turned = Mask(
        VolumeGeometry(
            (mask.array.shape[2], 44, 44),
            np.array([[0, 0, 2.0, 0], [0, -2, 0, 86], [-2, 0, 0, 2 * mask.array.shape[2] - 2], [0, 0, 0, 1]]),
        ),
        np.ascontiguousarray(mask.array[:, ::-1, ::-1].transpose(2, 1, 0)),
    )
    assert _first(turned).key == "totalsegmentator"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("verse", {1: 1, 2: 2}),
        ("consecutive:L1", {1: 20, 2: 21}),
        ("1=L1, 2=none", {1: 20, 2: None}),
        ("totalsegmentator-mr", {1: 26, 2: 24}),
    ],
)
def test_a_person_may_say_what_the_numbers_mean(key: str, expected: dict[int, int | None]) -> None:
    assert numbering_called(key, block_spine({20: 1, 21: 2})).mapping == expected


@pytest.mark.parametrize("key", ["vers", "consecutive", "consecutive:X1", "consecutive:S", "1:L1", "1=L9"])
def test_a_numbering_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(BadInput) as refused:
        numbering_called(key, block_spine({20: 1, 21: 2, 22: 3}))
    assert refused.value.code == "unknown_numbering"


def test_a_mapping_must_hold_every_number() -> None:
    with pytest.raises(BadInput) as refused:
        apply_numbering(under_verse(LUMBAR), {20: 20})
    assert refused.value.code == "unknown_labels"


def test_an_empty_mask_has_nothing_to_ask() -> None:
    empty = Mask(VolumeGeometry((4, 4, 4), np.eye(4)), np.zeros((4, 4, 4), np.uint8))
    assert not needs_confirmation(propose_numberings(empty))
    assert not apply_numbering(empty, {}).array.any()


@pytest.mark.parametrize(
    "name",
    [
        "totalsegmentator-abdomen/vertebrae.nii.gz",
        "totalsegmentator-dicom/vertebrae.nii.gz",
        "tptbox-lumbar/vertebrae.nii.gz",
        "verse-masks/sub-gl003_dir-ax_seg-vert_msk.nii.gz",
        "verse-masks/sub-verse010_seg-vert_msk.nii.gz",
        "verse004/sub-verse004_seg-vert_msk.nii.gz",
        "verse014/sub-verse014_seg-vert_msk.nii.gz",
    ],
)
def test_true_masks_are_taken_as_they_are(name: str) -> None:
    best = _first(nifti.read_mask(real_data(name), labels=None))
    assert (best.key, best.certain, best.remark) == ("verse", True, "")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("n05_totalsegmentator_numbers/m3_tsml/ct_seg.nii.gz", "totalsegmentator"),
        ("n06_whole_spine_as_label_1/m2c_spine1/spine_seg.nii.gz", "one-number"),
        ("s03_check_misses/k_one/mask.nii.gz", "one-number"),
        ("s03_check_misses/k_nnunet/mask.nii.gz", "consecutive:T9"),
    ],
)
def test_trials_are_recognised_and_asked(name: str, key: str) -> None:
    proposals = propose_numberings(nifti.read_mask(trial(name), labels=None))
    assert (proposals[0].key, needs_confirmation(proposals)) == (key, True)


def test_a_lone_number_far_too_large_for_its_level_is_asked() -> None:
    assert needs_confirmation(
        propose_numberings(block_spine({24: 18}))
    )  # L5 to TotalSegmentator 1, T11 to VerSe
    assert not needs_confirmation(propose_numberings(block_spine({18: 18})))
