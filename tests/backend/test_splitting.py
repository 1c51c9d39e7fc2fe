"""Splits by patient."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.releases.splitting import SplitPatient, check_fractions, split_patients

SHARES = {"training": 0.5, "validation": 0.25, "test": 0.25}
patients = st.lists(
    st.builds(
        SplitPatient,
        key=st.uuids().map(str),
        series=st.integers(1, 4),
        fractures=st.integers(0, 9),
    ),
    unique_by=lambda patient: patient.key,
    max_size=60,
)


@given(patients, st.integers(0, 999))
def test_shares_are_met_within_one_patient(group: list[SplitPatient], seed: int) -> None:
    placed = split_patients(group, SHARES, seed)
    assert set(placed) == {patient.key for patient in group}
    for split, share in SHARES.items():
        assert abs(list(placed.values()).count(split) - share * len(group)) <= 1


@given(patients, st.integers(0, 999))
def test_the_order_of_the_patients_does_not_matter(group: list[SplitPatient], seed: int) -> None:
    shuffled = random.Random(seed).sample(group, len(group))
    assert split_patients(shuffled, SHARES, seed) == split_patients(group, SHARES, seed)


def test_fractures_are_spread_in_the_shares_asked_for() -> None:
    draw = random.Random(1)
    group = [SplitPatient(f"p{n}", 1, draw.choice([0, 0, 0, 1, 2, 5])) for n in range(400)]
    placed = split_patients(group, SHARES, 7)
    total = sum(patient.fractures for patient in group)
    for split, share in SHARES.items():
        held = sum(p.fractures for p in group if placed[p.key] == split)
        assert held == pytest.approx(share * total, rel=0.05)


def test_another_seed_gives_another_split() -> None:
    group = [SplitPatient(f"p{n}", 1, 0) for n in range(40)]
    assert split_patients(group, SHARES, 1) != split_patients(group, SHARES, 2)


@pytest.mark.parametrize(
    ("fractions", "why"),
    [
        ({"training": 0.9}, "add up to 0.9"),
        ({"training": 1.5}, "between 0 and 1"),
        ({"training": -0.5}, "between 0 and 1"),
        ({"training": 0.5, "holdout": 0.3, "dev": 0.2}, "unknown split 'dev'"),
    ],
)
def test_fractions_that_make_no_sense_are_refused(fractions: dict[str, float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_fractions(fractions)


@pytest.mark.parametrize("by", ["fractures", "series"])
def test_dealing_as_worked_out_by_hand(by: str) -> None:
    """The heaviest first, each to the split that lags most; of two that lag alike to the earlier one."""
    counts = [{"series": 1, "fractures": 0} | {by: n + 1} for n in range(4)]
    group = [SplitPatient(f"p{n}", **count) for n, count in enumerate(counts)]
    assert split_patients(group, SHARES, 1) == {
        "p3": "training",  # lags: 0.5, 0.25, 0.25
        "p2": "validation",  # 0, 0.5, 0.5
        "p1": "test",  # 0.5, -0.25, 0.75
        "p0": "training",  # 1, 0, 0
    }


def test_fractures_come_before_series() -> None:
    group = [SplitPatient("many series", 9, 0), SplitPatient("a fracture", 1, 1)]
    assert split_patients(group, {"training": 0.6, "test": 0.4}, 1)["a fracture"] == "training"


def test_the_first_patient_goes_where_most_belong() -> None:
    group = [SplitPatient("first", 1, 2), SplitPatient("second", 1, 1)]
    placed = split_patients(group, {"training": 0.4, "test": 0.6}, 1)
    assert placed == {"first": "test", "second": "training"}


def test_a_split_may_hold_all_or_nothing() -> None:
    assert check_fractions({"test": 1.0}) == {"training": 0.0, "validation": 0.0, "test": 1.0}
    group = [SplitPatient(f"p{n}", 1, 0) for n in range(5)]
    assert set(split_patients(group, {"test": 1.0}, 1).values()) == {"test"}


@pytest.mark.parametrize(("off", "fine"), [(9e-7, True), (-9e-7, True), (1e-5, False), (-1e-5, False)])
def test_rounding_of_fractions_is_let_pass_and_no_more(off: float, fine: bool) -> None:
    fractions = {"training": 0.5, "validation": 0.25, "test": 0.25 + off}
    if fine:
        assert check_fractions(fractions) == fractions
    else:
        with pytest.raises(ValueError, match="add up to"):
            check_fractions(fractions)
