"""Splits by patient."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.releases import splitting
from backend.releases.splitting import SPLIT_ORDER, SplitPatient, check_fractions, split_patients

SHARES = {"training": 0.5, "validation": 0.25, "test": 0.25}
TRAITS = ("fracture: 1", "fracture: 3", "level: L1", "level: T4", "scanner: A")
patients = st.lists(
    st.builds(
        SplitPatient,
        key=st.uuids().map(str),
        strata=st.dictionaries(st.sampled_from(TRAITS), st.integers(1, 9), max_size=4),
    ),
    unique_by=lambda patient: patient.key,
    max_size=40,
)


@given(patients, st.integers(0, 999))
def test_shares_are_met_within_one_patient(group: list[SplitPatient], seed: int) -> None:
    placed = split_patients(group, SHARES, seed)
    assert set(placed) == {patient.key for patient in group}
    for split, share in SHARES.items():
        assert abs(list(placed.values()).count(split) - share * len(group)) < 1


@given(patients, st.integers(0, 999))
def test_the_order_of_the_patients_does_not_matter(group: list[SplitPatient], seed: int) -> None:
    shuffled = random.Random(seed).sample(group, len(group))
    assert split_patients(shuffled, SHARES, seed) == split_patients(group, SHARES, seed)


def clinic(count: int, seed: int = 1) -> list[SplitPatient]:
    """Patients with rare and common traits, some of them together."""
    draw = random.Random(seed)
    group = []
    for number in range(count):
        strata = {"sex: F": 1.0} if draw.random() < 0.6 else {"sex: M": 1.0}
        strata[f"scanner: {draw.choices('ABC', (70, 25, 5))[0]}"] = 1.0
        for grade, chance in ((1, 0.2), (2, 0.15), (3, 0.05)):
            if draw.random() < chance:
                strata[f"fracture: {grade}"] = float(draw.randint(1, 4))
        group.append(SplitPatient(f"p{number:03d}", strata))
    return group


def off(group: list[SplitPatient], placed: dict[str, str]) -> dict[str, float]:
    """How far each trait is from its shares, in patients or vertebrae, at the worst split."""
    names = {name for patient in group for name in patient.strata}
    found = {}
    for name in names:
        total = sum(patient.strata.get(name, 0) for patient in group)
        found[name] = max(
            abs(sum(p.strata.get(name, 0) for p in group if placed[p.key] == split) - share * total)
            for split, share in SHARES.items()
        )
    return found


def test_each_trait_is_spread_in_the_shares_asked_for() -> None:
    group = clinic(120)
    assert max(off(group, split_patients(group, SHARES, 7)).values()) <= 1.0


def test_exchanging_makes_what_was_dealt_more_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    group = clinic(90, seed=3)
    exchanged = sum(off(group, split_patients(group, SHARES, 1)).values())
    monkeypatch.setattr(splitting, "MOST_PASSES", 0)
    dealt = sum(off(group, split_patients(group, SHARES, 1)).values())
    assert exchanged < dealt


def test_what_is_fixed_stays_and_the_others_make_up_for_it() -> None:
    group = clinic(40)
    fractured = [
        patient for patient in group if "fracture: 3" in patient.strata or "fracture: 2" in patient.strata
    ]
    fixed = {patient.key: "test" for patient in fractured[:5]}
    placed = split_patients(group, SHARES, 1, fixed | {"somebody else": "training"})
    assert {placed[key] for key in fixed} == {"test"}
    assert set(placed) == {patient.key for patient in group}
    assert [list(placed.values()).count(split) for split in SPLIT_ORDER] == [20, 10, 10]
    full = split_patients(group, SHARES, 1, {patient.key: "test" for patient in group[:30]})
    assert [list(full.values()).count(split) for split in SPLIT_ORDER] == [7, 3, 30]
    everybody = {patient.key: "test" for patient in group}
    assert split_patients(group, SHARES, 1, everybody) == everybody


def test_patients_that_share_a_scan_are_placed_as_one_and_count_as_many() -> None:
    group = [SplitPatient("a pair", {}, weight=2), *(SplitPatient(f"p{n}") for n in range(6))]
    placed = split_patients(group, SHARES, 1)
    weights = {patient.key: patient.weight for patient in group}
    held = [sum(weights[key] for key, where in placed.items() if where == split) for split in SPLIT_ORDER]
    assert held == [4, 2, 2]


def test_another_seed_gives_another_split() -> None:
    group = [SplitPatient(f"p{n}") for n in range(40)]
    assert split_patients(group, SHARES, 1) != split_patients(group, SHARES, 2)


def test_each_kind_of_trait_counts_alike() -> None:
    """One kind with many values does not outweigh another with one."""
    many = [SplitPatient(f"p{n}", {f"level: {n % 4}": 1.0, "fracture: 1": float(n < 4)}) for n in range(8)]
    placed = split_patients(many, {"training": 0.5, "test": 0.5}, 1)
    assert sum(placed[f"p{n}"] == "test" for n in range(4)) == 2


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


def test_the_first_patient_goes_where_most_belong() -> None:
    group = [SplitPatient("first", {"fracture: 1": 2.0}), SplitPatient("second", {"fracture: 1": 1.0})]
    placed = split_patients(group, {"training": 0.4, "test": 0.6}, 1)
    assert placed == {"first": "test", "second": "training"}


def test_a_split_may_hold_all_or_nothing() -> None:
    assert check_fractions({"test": 1.0}) == {"training": 0.0, "validation": 0.0, "test": 1.0}
    group = [SplitPatient(f"p{n}") for n in range(5)]
    assert set(split_patients(group, {"test": 1.0}, 1).values()) == {"test"}
    assert split_patients([], SHARES, 1) == {}


@pytest.mark.parametrize(("off_by", "fine"), [(9e-7, True), (-9e-7, True), (1e-5, False), (-1e-5, False)])
def test_rounding_of_fractions_is_let_pass_and_no_more(off_by: float, fine: bool) -> None:
    fractions = {"training": 0.5, "validation": 0.25, "test": 0.25 + off_by}
    if fine:
        assert check_fractions(fractions) == fractions
    else:
        with pytest.raises(ValueError, match="add up to"):
            check_fractions(fractions)


def test_what_nobody_gains_from_is_not_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    group = [SplitPatient(f"p{number}", {"sex: F": 1.0}) for number in range(12)]
    exchanged = split_patients(group, SHARES, 1)
    monkeypatch.setattr(splitting, "MOST_PASSES", 0)
    assert split_patients(group, SHARES, 1) == exchanged


@given(st.lists(st.integers(2, 5), min_size=1, max_size=8), st.integers(0, 99))
def test_groups_that_fit_nowhere_stay_out_of_a_part_without_a_share(sizes: list[int], seed: int) -> None:
    group = [SplitPatient(f"p{number}", weight=size) for number, size in enumerate(sizes)]
    placed = split_patients(group, {"training": 0.5, "validation": 0.0, "test": 0.5}, seed)
    assert "validation" not in placed.values()


def chi_square(group: list[SplitPatient], placed: dict[str, str]) -> float:
    """What the exchange makes small, counted another way: by hand, trait by trait, each kind alike."""
    names = {name for patient in group for name in patient.strata}
    kinds = [name.partition(":")[0] for name in sorted(names)]
    total = 0.0
    for name in names:
        amount = sum(patient.strata.get(name, 0) for patient in group)
        for split, share in SHARES.items():
            there = sum(p.strata.get(name, 0) for p in group if placed[p.key] == split)
            total += (there - share * amount) ** 2 / (share * amount) / kinds.count(name.partition(":")[0])
    return total


@pytest.mark.parametrize("seed", [1, 2])
def test_no_exchange_of_two_patients_would_make_the_splits_more_alike(seed: int) -> None:
    group = clinic(36, seed)
    placed = split_patients(group, SHARES, seed)
    least = chi_square(group, placed)
    for first, second in itertools.combinations([patient.key for patient in group], 2):
        other = {**placed, first: placed[second], second: placed[first]}
        assert chi_square(group, other) > least - 1e-9


def test_dealing_alone_spreads_what_is_rare_before_what_is_common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MOST_PASSES", 0)
    group = [
        SplitPatient(f"p{number:02d}", {"sex: F": 1.0, **({"fracture: 3": 1.0} if number % 10 == 3 else {})})
        for number in range(40)
    ]
    for seed in range(8):
        placed = split_patients(group, SHARES, seed)
        rare = [placed[patient.key] for patient in group if "fracture: 3" in patient.strata]
        assert sorted(rare) == ["test", "training", "training", "validation"]
    dealt = [chi_square(clinic(60, n), split_patients(clinic(60, n), SHARES, n)) for n in range(6)]
    assert max(dealt) < 1.5, dealt
