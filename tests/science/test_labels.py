from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.science import labels
from backend.science.commands.labels import TYPESCRIPT_PATH
from tests.science.real_data import REPOSITORY


def test_numbers_are_those_of_verse() -> None:
    expected = {
        "C1": 1,
        "C7": 7,
        "T1": 8,
        "T12": 19,
        "L1": 20,
        "L5": 24,
        "L6": 25,
        "S": 26,
        "Cocc": 27,
        "T13": 28,
    }
    assert {name: labels.label_of(name) for name in expected} == expected
    assert {labels.name_of(number) for number in expected.values()} == set(expected)
    assert frozenset(range(1, 29)) == labels.VALID_LABELS


def test_t13_lies_between_t12_and_l1() -> None:
    assert labels.sort_labels([20, 26, 28, 19, 1]) == [1, 19, 28, 20, 26]
    assert labels.order_of(19) + 1 == labels.order_of(28) == labels.order_of(20) - 1
    assert (*range(1, 20), 28, *range(20, 28)) == labels.ANATOMICAL_ORDER


def test_unknown_labels_sort_last_and_have_no_name() -> None:
    assert labels.sort_labels([41, 20, 30]) == [20, 30, 41]
    with pytest.raises(KeyError):
        labels.name_of(29)
    with pytest.raises(KeyError):
        labels.label_of("T14")


def test_graded_levels_are_t1_to_l6_and_t13() -> None:
    assert frozenset(range(8, 26)) | {28} == labels.THORACOLUMBAR


@pytest.mark.parametrize(
    ("upper", "lower", "adjacent"),
    [
        (18, 20, True),
        (19, 20, True),
        (19, 28, True),
        (28, 20, True),
        (17, 20, False),
        (28, 21, False),
        (23, 26, True),
    ],
)
def test_variants_make_gaps_at_the_junctions_ordinary(upper: int, lower: int, adjacent: bool) -> None:
    assert (lower in labels.successors(upper)) is adjacent


def test_neighbouring_colours_are_easy_to_tell_apart() -> None:
    assert len({level.color for level in labels.LEVELS}) == len(labels.LEVELS)
    for step in (1, 2):
        for a, b in zip(labels.LEVELS, labels.LEVELS[step:], strict=False):
            assert sum((x - y) ** 2 for x, y in zip(a.rgb, b.rgb, strict=True)) > 70**2, (a.name, b.name)


def test_the_front_ends_table_has_not_drifted() -> None:
    assert TYPESCRIPT_PATH.read_text("utf-8") == labels.typescript_table()


def test_the_check_command_tells_drift_in_one_line(tmp_path: Path) -> None:
    stale = tmp_path / "labels.generated.ts"
    stale.write_text("export {};\n")
    command = [sys.executable, "-m", "backend.science", "labels", "--typescript", str(stale)]
    refused = subprocess.run(
        [*command, "--check"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "labels.generated.ts" in refused.stderr
    subprocess.run(command, cwd=REPOSITORY, check=True)
    assert stale.read_text("utf-8") == labels.typescript_table()
