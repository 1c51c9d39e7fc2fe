"""Agreement over many cases, on numbers whose answer is known by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from backend.science.agreement.final import compare_with_final
from backend.science.agreement.pooled import (
    GradedVertebra,
    PairMeasure,
    mean_by_patient,
    means,
    pool_grades,
    volume_limits,
)
from backend.science.errors import BadInput
from backend.science.volume import Mask, MaskArray, VolumeGeometry


def measure(patient: str, dice: float, volumes: tuple[float, float] | None = None) -> PairMeasure:
    return PairMeasure(patient, patient, 20, ("x", "y"), True, {"dice": dice}, volumes)


def test_the_interval_is_over_patients_not_over_vertebrae() -> None:
    values = [0.9] * 50 + [0.5] * 50
    alike = mean_by_patient(values, ["p"] * 50 + ["q"] * 50)
    spread = mean_by_patient(values, [str(n) for n in range(100)])
    assert alike.value == spread.value == pytest.approx(0.7)
    assert (alike.low, alike.high) == pytest.approx((0.5, 0.9)), "with two patients all of it may be either"
    assert spread.high - spread.low < 0.1


def test_a_mean_weighs_vertebrae_and_one_patient_has_no_interval() -> None:
    assert mean_by_patient([1.0, 1.0, 0.0], ["p", "p", "q"]).value == pytest.approx(2 / 3)
    alone = mean_by_patient([0.8, 0.6], ["p", "p"])
    assert alone.value == pytest.approx(0.7)
    assert math.isnan(alone.low)
    assert math.isnan(mean_by_patient([], []).value)


def test_what_one_did_not_draw_counts_as_no_overlap_and_has_no_distance() -> None:
    rows = [
        PairMeasure("p", "c", 20, ("x", "y"), True, {"dice": 0.9, "hd95_mm": 2.0}),
        PairMeasure("q", "d", 20, ("x", "y"), False, {"dice": 0.0}),
    ]
    found = means(rows)
    assert found["dice"].value == pytest.approx(0.45)
    assert found["hd95_mm"].value == pytest.approx(2.0)
    assert math.isnan(found["nsd_1mm"].value)


def test_limits_of_agreement_by_hand() -> None:
    rows = [measure(str(n), 1.0, (10.0 + d, 10.0)) for n, d in enumerate([-1.0, 0.0, 1.0])]
    limits = volume_limits(rows)
    assert limits.bias.value == pytest.approx(0.0)
    assert (limits.lower, limits.upper) == pytest.approx((-1.96, 1.96))
    assert limits.pairs == 3


def graded(*answers: tuple[str, Mapping[str, int | None]]) -> list[GradedVertebra]:
    return [GradedVertebra(patient, given) for patient, given in answers]


def test_raters_who_change_from_case_to_case_are_pooled() -> None:
    rows = graded(
        *[(f"p{n}", {"a": n % 4, "b": n % 4}) for n in range(8)],
        *[(f"q{n}", {"c": n % 4, "d": n % 4}) for n in range(8)],
        ("r", {"a": 2, "b": None}),
    )
    found = pool_grades(rows)
    assert (found.vertebrae, found.patients, found.differing) == (16, 16, 0)
    for estimate in (found.fleiss, found.alpha, found.ac2):
        assert estimate.value == pytest.approx(1.0)
    assert {pair: count for pair, (count, _) in found.kappa.items()} == {("a", "b"): 8, ("c", "d"): 8}
    assert found.kappa[("a", "b")][1].value == pytest.approx(1.0)


def test_nothing_graded_twice_is_nothing_known() -> None:
    found = pool_grades(graded(("p", {"a": 1}), ("q", {"b": None, "c": 2})))
    assert found.vertebrae == 0
    assert math.isnan(found.alpha.value)
    assert found.kappa == {}


GEOMETRY = VolumeGeometry((4, 3, 3), np.diag([1.0, 1.0, 1.0, 1.0]))


def mask_of(*boxes: tuple[slice, int]) -> Mask:
    array: MaskArray = np.zeros((4, 3, 3), np.uint8)
    for rows, label in boxes:
        array[rows] = label
    return Mask(GEOMETRY, array)


def test_edits_kept_and_overlap_with_the_final_mask() -> None:
    start = mask_of((slice(0, 1), 20))
    own = mask_of((slice(0, 3), 20))  # two planes of nine voxels added
    final = mask_of((slice(0, 2), 20), (slice(3, 4), 21))  # one of them kept; another vertebra added
    report = compare_with_final(start, own, final)
    assert (report.edited_voxels, report.kept_voxels) == (18, 9)
    assert report.kept_share == pytest.approx(0.5)
    assert report.dice == pytest.approx({20: 2 * 18 / (27 + 18), 21: 0.0})


def test_a_rater_who_changed_nothing_has_no_share_of_kept_edits() -> None:
    same = mask_of((slice(0, 2), 20))
    report = compare_with_final(same, same, same)
    assert report.to_json()["kept_share"] is None
    assert report.mean_dice == 1.0


def test_another_grid_is_refused() -> None:
    own = mask_of((slice(0, 2), 20))
    other = Mask(VolumeGeometry((4, 3, 3), np.diag([2.0, 1.0, 1.0, 1.0])), own.array)
    with pytest.raises(BadInput):
        compare_with_final(own, own, other)
