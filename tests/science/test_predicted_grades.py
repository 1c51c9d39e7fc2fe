"""Predicted grades: the table is read strictly, the figures are those worked out by hand."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.predicted_grades import (
    MAX_BYTES,
    GradePair,
    PredictedGrade,
    area_under_curve,
    case_agreement,
    read_grades,
    score_grades,
)
from backend.science.submission import check_submission, list_contents, predicted_grades
from backend.science.volume import VolumeGeometry

HEADER = "case,level,grade,probability\n"


def test_the_table_is_read_by_case_and_level() -> None:
    found = read_grades(f"{HEADER}Sub-A,T12,2,0.9\nsub-a,L1,0,\nsub-b,L1,3,1\n".encode(), {"sub-a", "sub-b"})
    assert found == {
        "sub-a": {19: PredictedGrade(2, 0.9), 20: PredictedGrade(0, None)},
        "sub-b": {20: PredictedGrade(3, 1.0)},
    }


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("level,grade\nL1,0\n", "no column case"),
        (HEADER, "no line"),
        (f"{HEADER}sub-x,L1,0,\n", "line 2 names no case"),
        (f"{HEADER}sub-a,C3,0,\n", "line 2 has a level"),
        (f"{HEADER}sub-a,L9,0,\n", "line 2 has a level"),
        (f"{HEADER}sub-a,L1,4,\n", "line 2 has no grade"),
        (f"{HEADER}sub-a,L1,1.5,\n", "line 2 has no grade"),
        (f"{HEADER}sub-a,L1,1,nan\n", "line 2 has a probability"),
        (f"{HEADER}sub-a,L1,1,1.2\n", "line 2 has a probability"),
        (f"{HEADER}sub-a,L1,1,\nsub-a,L1,2,\n", "line 3 grades a vertebra for the second time"),
        ("\xff\xfe", "no column"),
    ],
)
def test_a_table_at_fault_is_refused_by_its_line(table: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        read_grades(table.encode(), {"sub-a"})
    assert refused.value.code == "bad_grades"


def test_a_table_that_is_no_text_or_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="UTF-8"):
        read_grades(b"\xff\xfe\x00", {"sub-a"})
    with pytest.raises(BadInput, match="longer"):
        read_grades(b"a" * (MAX_BYTES + 1), {"sub-a"})


def test_figures_by_hand() -> None:
    told = [(0, 0), (0, 2), (1, 1), (2, 2), (3, 1), (3, 3)]
    found = score_grades([GradePair(str(at), *one) for at, one in enumerate(told)])
    assert (found.vertebrae, found.fractures) == (6, 3)
    assert found.sensitivity.value == pytest.approx(2 / 3)
    assert found.specificity.value == pytest.approx(2 / 3)
    # positives 2, 1, 3 against negatives 0, 2, 1: 2 beats two and ties one, 1 beats one and ties one, 3 all
    assert found.auc.value == pytest.approx((2.5 + 1.5 + 3) / 9)
    assert found.sensitivity.low <= found.sensitivity.value <= found.sensitivity.high


def test_probabilities_make_the_curve_where_every_vertebra_has_one() -> None:
    pairs = [GradePair("a", 0, 3, 0.1), GradePair("b", 2, 0, 0.9)]
    assert score_grades(pairs).auc.value == 1.0
    assert score_grades([*pairs, GradePair("c", 0, 0)]).auc.value == 0.25


def test_what_is_not_defined_is_nan_and_one_patient_has_no_interval() -> None:
    found = score_grades([GradePair("a", 0, 0), GradePair("a", 1, 1)])
    assert math.isnan(found.sensitivity.value)
    assert math.isnan(found.auc.value)
    assert found.specificity.value == 1.0
    assert math.isnan(found.specificity.low)
    assert score_grades([]).vertebrae == 0


def test_a_scan_is_near_by_the_square_of_what_it_is_off() -> None:
    assert case_agreement([]) == case_agreement([(2, 2)]) == 1.0
    assert case_agreement([(3, 0)]) == 0.0
    assert case_agreement([(1, 2), (0, 0)]) == pytest.approx(1 - 1 / 18)


def test_the_curve_counts_ties_half() -> None:
    assert area_under_curve(np.array([True, False]), np.array([1.0, 1.0])) == 0.5
    assert math.isnan(area_under_curve(np.array([True]), np.array([1.0])))


def zipped(path: Path, files: dict[str, str]) -> Path:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    path.write_bytes(made.getvalue())
    return path


def test_an_archive_of_grades_alone_can_be_evaluated(tmp_path: Path) -> None:
    grids = {"sub-a": VolumeGeometry((2, 2, 2), np.eye(4))}
    path = zipped(tmp_path / "a.zip", {"mine/Grades.csv": f"{HEADER}sub-a,L1,2,\n"})
    contents = check_submission(path, grids)
    assert contents.ok
    assert (contents.grades, contents.missing, contents.extra) == ("mine/Grades.csv", ["sub-a"], [])
    with zipfile.ZipFile(path) as opened:
        assert predicted_grades(opened, "mine/Grades.csv", grids) == {"sub-a": {20: PredictedGrade(2)}}


def test_a_bad_table_or_two_of_them_are_the_archives_fault(tmp_path: Path) -> None:
    bad = check_submission(zipped(tmp_path / "a.zip", {"grades.csv": f"{HEADER}sub-x,L1,2,\n"}), {})
    assert [(fault.name, fault.code) for fault in bad.faults] == [("grades.csv", "bad_grades")]
    two = list_contents(zipped(tmp_path / "b.zip", {"a/grades.csv": "", "b/grades.csv": ""}), [])
    assert [fault.code for fault in two.faults] == ["two_tables"]
    long = list_contents(zipped(tmp_path / "c.zip", {"grades.csv": "a" * (MAX_BYTES + 1)}), [])
    assert [fault.code for fault in long.faults] == ["too_large"]
