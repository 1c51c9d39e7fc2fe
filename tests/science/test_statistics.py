"""Table 1 and its tests: the paper's figures as SCIENCE V8 recomputed them."""

from __future__ import annotations

import math

import pytest

from backend.science.statistics import (
    MeanSd,
    SeriesRecord,
    Vertebra,
    compare_splits,
    contingency_test,
    figures,
    t_test,
    table_column,
)

TRAIN_SCANNERS, TEST_SCANNERS = [26, 16, 10, 14, 1], [13, 5, 8, 10, 1]


def test_the_papers_tests_come_out() -> None:
    """V8: training against the secret test set."""
    assert t_test(MeanSd(65.7, 15.5, 67), MeanSd(65.5, 15.8, 37)).p == pytest.approx(0.950, abs=0.001)
    assert t_test(MeanSd(78.7, 58.8, 67), MeanSd(80.1, 47.2, 37)).p == pytest.approx(0.901, abs=0.001)
    sex = [[48, 19], [19, 18]]
    assert contingency_test(sex, variant="pearson").p == pytest.approx(0.039, abs=0.001)
    assert contingency_test(sex, variant="yates").p == pytest.approx(0.064, abs=0.001)
    assert contingency_test([[49, 4, 14], [32, 2, 3]], variant="pearson").p == pytest.approx(0.230, abs=0.001)
    scanners = [TRAIN_SCANNERS, TEST_SCANNERS]
    assert contingency_test(scanners, variant="pearson").p == pytest.approx(0.637, abs=0.001)


def test_small_expected_counts_take_an_exact_or_permutation_test() -> None:
    assert contingency_test([[3, 1], [1, 3]]).variant == "Fisher's exact"
    assert contingency_test([[3, 1], [1, 3]]).p == pytest.approx(0.486, abs=0.001)
    scanner = contingency_test([TRAIN_SCANNERS, TEST_SCANNERS])
    assert scanner.variant.startswith("permutation")
    assert "0.7" in scanner.note
    assert scanner.p == pytest.approx(0.64, abs=0.03)
    assert scanner.p == contingency_test([TRAIN_SCANNERS, TEST_SCANNERS]).p
    assert contingency_test([[48, 19], [19, 18]]).variant.startswith("Pearson")


def test_what_cannot_be_tested_says_so() -> None:
    assert math.isnan(contingency_test([[5, 0], [7, 0]]).p)
    assert math.isnan(t_test(MeanSd.of([1.0]), MeanSd.of([1.0, 2.0])).p)
    with pytest.raises(ValueError, match="two by two"):
        contingency_test([[1, 2, 3], [3, 2, 1]], variant="fisher")


def _series() -> list[SeriesRecord]:
    neck = (Vertebra(6), Vertebra(7), Vertebra(8, grade=0))
    back = (
        Vertebra(19, grade=1, fracture_type="wedge"),
        Vertebra(28, grade=3, fracture_type="crush"),
        Vertebra(20, grade=2, fracture_type="wedge", foreign_material="pmma"),
    )
    return [
        SeriesRecord("a", neck, "F", 71, None, "none", "iCT"),
        SeriesRecord("a", back, "F", 71, 64.0, "none", "iCT"),
        SeriesRecord("b", (Vertebra(24),), "M", 58, 120.0, "portal_venous", "AS+"),
    ]


def test_rows_count_series_vertebrae_and_patients() -> None:
    column = table_column(_series())
    assert (column.scans, column.patients, column.vertebrae) == (3, 2, 7)
    assert column.regions == {"cervical": 2, "thoracic": 3, "lumbar": 2}
    assert (column.fractures, column.grades, column.foreign_material) == (3, {1: 1, 2: 1, 3: 1}, 1)
    assert (column.women, column.sex_unknown) == (1, 0)
    assert (column.age_years.mean, column.age_years.n) == (64.5, 2)
    assert column.age_years.sd == pytest.approx(9.192, abs=0.001)
    # the patient's first series has no BMD, the second has
    assert column.bmd_mg_cm3.mean == 92.0
    assert column.contrast == {"none": 1, "portal_venous": 1}
    assert column.scanners == {"AS+": 1, "iCT": 1}


def test_a_grade_of_a_cervical_vertebra_is_no_fracture() -> None:
    assert table_column([SeriesRecord("a", (Vertebra(5, grade=2),))]).fractures == 0


def test_an_empty_split_has_a_column() -> None:
    column = table_column([])
    assert column.scans == column.patients == 0
    assert column.to_json()["age_years"] == {"mean": None, "sd": None, "n": 0}


def test_counts_of_the_figures_are_in_anatomical_order() -> None:
    found = figures(_series())
    assert list(found.vertebrae) == ["C6", "C7", "T1", "T12", "T13", "L1", "L5"]
    assert found.fractured["T13"] == 1
    assert found.fractured["L5"] == 0
    assert found.types["wedge"] == {1: 1, 2: 1, 3: 0}
    assert found.decades == {"50-59": 1, "60-69": 0, "70-79": 1}
    assert found.bmd_classes == {"<80": 1, "80-120": 1, ">120": 0}


def test_splits_are_compared_with_named_variants() -> None:
    column = table_column(_series())
    results = compare_splits(column, column)
    assert [r.name for r in results].count("sex") == 3
    assert all(r.variant for r in results)
    assert all(math.isnan(r.p) or r.p > 0.9 for r in results)
