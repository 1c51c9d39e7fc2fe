"""Every awkward upload that was tried comes to what is right for it, as the list beside the files says.

Masks that are judged, fused or compared (s01 to s03, n08) are tried in the tests of those commands.
"""

from __future__ import annotations

import pytest

from backend.science.volume import label_voxels
from tests.science.ingesting import check_codes, ingested, only
from tests.science.real_data import trial

SPACING = (1.8, 2.0, 2.0)
ABDOMEN = {18, 19, 20, 21, 22, 23, 24, 26}


@pytest.mark.parametrize(
    ("folder", "slices", "step_mm", "low", "high"),
    [
        ("d01_orientation_sign_of_zero/iopzero_alt", 24, 2.0, -1000, 1200),
        ("d02_orientation_noise_1e-9/dwv1877", 24, 2.0, -1000, 1200),
        ("d02_orientation_noise_1e-9/iopzero_last", 24, 2.0, -1000, 1200),
        ("d02_orientation_noise_1e-9/iopzero_rand", 24, 2.0, -1000, 1200),
        ("d04_rounded_positions/rounded", 40, 1.25, -1000, 1200),
        ("d04_rounded_positions/rounded2", 40, 0.625, -1000, 1200),
        ("d08_overlay_bits_in_jpeg2000/j2k_overlay", 8, 2.0, -1000, 521),
        ("d10_padding_value_zero_on_hu/padding0", 24, 2.0, -1000, 1200),
        ("d11_no_preamble_starting_0008_0008/nopreamble", 24, 2.0, -1000, 1200),
        ("d13_decimal_comma/comma", 24, 2.0, -1000, 1200),
        ("d16_each_file_its_own_series_uid/ownuid", 24, 2.0, -1000, 1200),
    ],
)
def test_one_volume_with_the_values_of_the_phantom(
    folder: str, slices: int, step_mm: float, low: int, high: int
) -> None:
    volume = only(ingested(trial(folder))).volume
    assert volume.array.shape == (72, 64, slices)
    assert volume.geometry.spacing_mm == pytest.approx((1.8, 2.0, step_mm), abs=2e-3)
    assert (int(volume.array.min()), int(volume.array.max())) == (low, high)


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("d08_overlay_bits_in_jpeg2000/j2k_overlay", "stray_bits"),
        ("d10_padding_value_zero_on_hu/padding0", "padding_amid_values"),
        ("d16_each_file_its_own_series_uid/ownuid", "joined"),
    ],
)
def test_what_was_done_about_it_is_said(folder: str, code: str) -> None:
    assert code in check_codes(only(ingested(trial(folder))))


@pytest.mark.parametrize(
    ("folder", "patients"),
    [
        ("d05_two_patients_one_series_uid/twopat_contig", 2),
        ("d05_two_patients_one_series_uid/twopat_inter", 2),
        ("d15_interleaved_reconstructions/interderived", 1),
    ],
)
def test_two_series_under_one_number_are_two(folder: str, patients: int) -> None:
    result = ingested(trial(folder))
    assert not result.refused
    assert [series.volume.array.shape for series in result.series] == [(72, 64, 24)] * 2
    assert all(series.volume.geometry.spacing_mm == pytest.approx(SPACING) for series in result.series)
    assert all("separated" in check_codes(series) for series in result.series)
    assert len({series.patient_hmac for series in result.series}) == patients


@pytest.mark.parametrize(
    ("folder", "code", "named"),
    [
        ("d06_not_hounsfield_units/iodine", "not_hounsfield", "RescaleType"),
        ("d06_not_hounsfield_units/zeff", "not_hounsfield", "RescaleType"),
        ("d07_rescale_missing_on_one_slice/rescale_missing_one", "rescale_missing", "IM0008.dcm"),
    ],
)
def test_what_cannot_be_trusted_is_refused_by_the_name_of_what_is_wrong(
    folder: str, code: str, named: str
) -> None:
    result = ingested(trial(folder))
    assert not result.series
    assert len(result.refused) == 24
    for refused in result.refused:
        assert refused.code == code
        assert named in refused.message


@pytest.mark.parametrize(
    ("folder", "labels", "said"),
    [
        ("n03_labels_scaled_by_nibabel/m1_scl", ABDOMEN, "numbers_rounded"),
        ("n04_totalsegmentator_one_file_per_vertebra/m2_tsbinary", {20, 21, 22}, "numbering"),
        ("n04_totalsegmentator_one_file_per_vertebra/m2b_single", {20}, "numbering"),
        ("n07_slicer_cropped_extent/m6_crop", ABDOMEN, "pasted"),
    ],
)
def test_a_mask_beside_its_ct_has_the_levels_that_its_maker_meant(
    folder: str, labels: set[int], said: str
) -> None:
    series = only(ingested(trial(folder)))
    assert series.mask is not None
    assert set(label_voxels(series.mask.array)) == labels
    assert said in check_codes(series)


@pytest.mark.parametrize(
    ("folder", "levels"),
    [
        ("n05_totalsegmentator_numbers/m3_tsml", {26: 26, 27: 24, 28: 23}),
        ("n06_whole_spine_as_label_1/m2c_spine1", {1: None}),
    ],
)
def test_a_mask_in_other_numbers_waits_for_a_person(folder: str, levels: dict[int, int | None]) -> None:
    series = only(ingested(trial(folder)))
    assert series.mask is None
    assert series.held is not None
    assert "numbering_unconfirmed" in check_codes(series)
    proposed = series.held.proposals[0].mapping
    assert {number: proposed[number] for number in levels} == levels


def test_a_quaternion_whose_sign_is_not_said_is_read_all_the_same() -> None:
    volume = only(ingested(trial("n01_qfac_zero/n1_qfac0"))).volume
    assert volume.array.shape == (72, 64, 24)
    assert volume.geometry.spacing_mm == pytest.approx((1.5, 1.5, 2.0))
