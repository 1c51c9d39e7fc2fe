"""Trabecular HU on phantoms, and BMD that refuses to be invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import ndimage

from backend.science.bmd import (
    Calibration,
    Scan,
    bone_mineral_density,
    category_of,
    matching_calibration,
)
from backend.science.errors import BadInput
from backend.science.morphometry.trabecular import TrabecularHu, measure_hu
from backend.science.volume import Mask, Volume, VolumeGeometry
from tests.science.columns import Column, make

# Numbers made up for the test, not a scanner's.
RECORD = Calibration(
    "Scanner X",
    "",
    120.0,
    "",
    0.5,
    10.0,
    "phantom",
    date(2015, 1, 1),
    date(2016, 1, 1),
    "doi:test",
    "a physicist",
)
SCAN = Scan("Scanner X", 120.0, date=date(2015, 6, 1))


def _ct(mask: Mask, spongy: float = 130.0) -> Volume:
    """Soft tissue at 40, cortex of 2 mm at 600, spongy bone with noise."""
    rng = np.random.default_rng(0)
    hu = rng.normal(40, 10, mask.array.shape)
    inside = mask.array > 0
    hu[inside] = rng.normal(spongy, 30, int(inside.sum()))
    hu[inside & ~ndimage.binary_erosion(inside, iterations=2)] = 600
    return Volume(mask.geometry, hu.astype(np.int16))


def test_the_mean_is_that_of_the_spongy_bone_without_cortex_or_arch() -> None:
    mask, _ = make(Column(labels=(20, 21, 22), turn_deg=(10.0, 0.0, 5.0)))
    found = measure_hu(_ct(mask), mask)
    for hu in found.values():
        assert hu.mean == pytest.approx(130.0, abs=2.0)
        assert hu.sd == pytest.approx(30.0, abs=2.0)
        assert hu.volume_mm3 > 1000
        assert hu.excluded == ""


def test_levels_that_must_not_be_used_say_why() -> None:
    mask, _ = make(Column(labels=(20, 21, 22, 23)))
    volume = _ct(mask)
    where = np.argwhere(mask.array == 23)
    middle = where.mean(axis=0).astype(int)
    volume.array[tuple(slice(c - 4, c + 5) for c in middle)] = 3000
    found = measure_hu(volume, mask, fractured=[20], foreign_material=[21])
    assert [found[label].excluded for label in (20, 21, 22, 23)] == [
        "fractured",
        "foreign_material",
        "",
        "metal",
    ]


def test_a_ct_on_another_grid_is_refused() -> None:
    mask, _ = make(Column(labels=(20,)))
    other = Volume(VolumeGeometry((4, 4, 4), np.eye(4)), np.zeros((4, 4, 4), np.int16))
    with pytest.raises(BadInput) as refused:
        measure_hu(other, mask)
    assert refused.value.code == "other_grid"


def _hu(**means: float) -> dict[int, TrabecularHu]:
    labels = {"t12": 19, "l1": 20, "l2": 21, "l3": 22, "l4": 23}
    return {labels[k]: TrabecularHu(labels[k], m, 20.0, 3000, 3000.0, "") for k, m in means.items()}


def test_bmd_is_the_mean_of_l1_to_l3() -> None:
    bmd = bone_mineral_density(_hu(l1=100, l2=110, l3=120, l4=500), SCAN, [RECORD])
    assert bmd.mg_cm3 == pytest.approx(0.5 * 110 + 10)
    assert (bmd.levels, bmd.replaced, bmd.category) == ((20, 21, 22), False, "osteoporosis")
    assert bmd.calibration is RECORD


def test_replacements_are_named() -> None:
    hu = _hu(t12=90, l1=100, l2=110, l3=120, l4=130)
    hu[21] = replace(hu[21], excluded="fractured")
    bmd = bone_mineral_density(hu, SCAN, [RECORD])
    assert (bmd.levels, bmd.replaced) == ((20, 22, 23), True)


def test_fewer_than_two_levels_give_no_value() -> None:
    with pytest.raises(BadInput) as refused:
        bone_mineral_density(_hu(l1=100), SCAN, [RECORD])
    assert refused.value.code == "too_few_levels"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (replace(RECORD, verified_by=""), "not_verified"),
        (replace(RECORD, source=""), "no_source"),
        (replace(RECORD, scanner_model="Scanner Y"), "other_scanner"),
        (replace(RECORD, kvp=100.0), "other_kvp"),
        (replace(RECORD, device_serial_hash="abc"), "other_device"),
        (replace(RECORD, kernel="B70"), "other_kernel"),
        (replace(RECORD, phase="portal_venous"), "other_phase"),
        (replace(RECORD, valid_to=date(2015, 2, 1)), "out_of_date"),
    ],
)
def test_no_record_no_bmd(record: Calibration, reason: str) -> None:
    assert record.refusal(SCAN) == reason
    with pytest.raises(BadInput, match=reason):
        bone_mineral_density(_hu(l1=100, l2=100), SCAN, [record])


def test_the_record_of_this_very_device_wins() -> None:
    own = replace(RECORD, device_serial_hash="abc", valid_from=date(2014, 1, 1))
    scan = replace(SCAN, device_serial_hash="abc")
    assert matching_calibration(scan, [RECORD, own]) is own
    assert matching_calibration(SCAN, [RECORD, own]) is RECORD


@pytest.mark.parametrize(
    ("mg", "category"), [(79.9, "osteoporosis"), (80, "low"), (120, "low"), (120.1, "normal")]
)
def test_categories(mg: float, category: str) -> None:
    assert category_of(mg) == category


@pytest.mark.parametrize("off", [1e-6, -1e-6])
def test_steps_a_hair_off_leave_the_region_as_it_is(off: float) -> None:
    """The region begins 4.5 mm inside: five steps of 0.9 mm, which a float32 affine must not make six."""
    mask, _ = make(Column(labels=(20, 21, 22), spacing_mm=(0.9, 0.9, 0.9)))
    affine = mask.geometry.affine_ras_mm.copy()
    affine[:3, :3] *= 1 + off
    stored = Mask(VolumeGeometry(mask.geometry.shape, affine), mask.array)
    exact, rounded = measure_hu(_ct(mask), mask)[21], measure_hu(_ct(stored), stored)[21]
    assert rounded.volume_mm3 == pytest.approx(exact.volume_mm3, rel=1e-4)
    assert rounded.mean == pytest.approx(exact.mean, abs=0.01)
