"""The replay's bots err as they are told to, and never so that nobody could notice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backend.replay import bots, hands, teams
from backend.replay.hands import MOST_WRONG, Hand, Reading
from backend.replay.recipe import make_recipe
from backend.science.volume import MaskArray

RECIPE = make_recipe(0.4)
SURE = Hand("rater1", 0.02, 0, 0, 0, 0, 0)


def blocks(*labels: int) -> MaskArray:
    """A column of blocks, one under the other."""
    mask = np.zeros((16, 20, 8 * len(labels) + 4), np.uint8, order="F")
    for at, label in enumerate(labels):
        low = 8 * (len(labels) - 1 - at) + 2
        mask[3:13, 4:16, low : low + 6] = label
    return mask


def test_of_four_raters_one_strays_at_the_most_and_two_misread() -> None:
    seen: Counter[str] = Counter()
    for _, series in RECIPE.series():
        found = hands.readings(series, 7)
        astray = [one for one in found.values() if one.shift or one.missed is not None]
        assert len(astray) <= 1
        seen["shifted"] += sum(one.shift != 0 for one in astray)
        seen["missed"] += sum(one.missed is not None for one in astray)
        for label in series.labels:
            truth = series.fractures.get(label, ("", 0))
            wrong = [key for key, one in found.items() if one.answers.get(label, ("", 0)) != truth]
            assert len(wrong) <= MOST_WRONG
            seen["misread"] += len(wrong)
    assert min(seen[kind] for kind in ("shifted", "missed", "misread")) > 0


def test_the_worst_raters_too_leave_somebody_who_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    worst = (
        replace(hand, miss=0.8, shift=0.8, confuse_broken=0.9, confuse_whole=0.9) for hand in hands.RATERS
    )
    monkeypatch.setattr(hands, "RATERS", tuple(worst))
    for _, series in make_recipe(0.05).series():
        found = hands.readings(series, 7).values()
        assert sum(bool(one.shift) or one.missed is not None for one in found) == 1
        for label in series.labels:
            truth = series.fractures.get(label, ("", 0))
            assert sum(one.answers.get(label, ("", 0)) != truth for one in found) <= MOST_WRONG


def test_a_weaker_rater_misreads_more() -> None:
    wrong: Counter[str] = Counter()
    for _, series in RECIPE.series():
        for key, one in hands.readings(series, 7).items():
            wrong[key] += sum(one.answers.get(label) != told for label, told in series.fractures.items())
    assert wrong["rater1"] < wrong["rater4"]


def test_the_same_seed_reads_the_same() -> None:
    (_, series), *_ = make_recipe(0.1).series()
    assert hands.readings(series, 3) == hands.readings(series, 3)
    drawn = [hands.draw(blocks(20, 21), SURE, Reading(), seed=5) for _ in range(2)]
    assert np.array_equal(drawn[0], drawn[1])


def test_errors_are_drawn_as_they_are_named() -> None:
    truth = blocks(20, 21, 22)
    missed = hands.draw(truth, SURE, Reading(missed=22), seed=1)
    assert set(np.unique(missed)) == {0, 20, 21}
    for shift, called in ((1, {21, 22, 23}), (-1, {19, 20, 21})):
        shifted = hands.draw(truth, SURE, Reading(shift=shift), seed=1)
        assert set(np.unique(shifted)) == {0, *called}
    plain, slipped = (
        hands.draw(truth, SURE, Reading(slips=slips), seed=1) for slips in ({}, {21: "overdraw"})
    )
    assert hands.dice(plain, truth, 21) > hands.dice(slipped, truth, 21)
    assert hands.dice(plain, truth, 20) == hands.dice(slipped, truth, 20)


def test_an_expert_mends_what_is_wrong_and_leaves_the_rest() -> None:
    truth = blocks(20, 21, 22)
    found = hands.draw(truth, SURE, Reading(), seed=1)
    found[found == 22] = 0
    found[0, 0, 0] = 24
    assert bots.amiss(found, truth) == [22, 24]
    done = bots.mended(found, truth)
    assert bots.amiss(done, truth) == []
    assert np.array_equal(done == 20, found == 20)


def test_an_expert_names_by_what_lies_beneath() -> None:
    truth = blocks(20, 21, 22)
    shifted = np.where(truth > 0, truth + 1, 0).astype(np.uint8)
    assert bots.true_names(shifted, truth, [21, 22, 23]) == [20, 21, 22]
    shape = bots.own_name(shifted, 22, 21)
    assert np.array_equal(shape == 21, truth == 21)
    assert not bots.own_name(shifted, 0, 21).any()


def test_a_better_team_predicts_better() -> None:
    truth = blocks(18, 19, 20, 21)

    def mean(skill: teams.Skill) -> float:
        drawn = [teams.predict(truth, replace(skill, shifted=0.0), seed=seed) for seed in range(3)]
        return float(
            np.mean([hands.dice(mask, truth, label) for mask in drawn for label in (18, 19, 20, 21)])
        )

    careful, middling, hasty = (mean(skill) for skill in teams.TEAMS)
    assert careful > middling > hasty


def test_a_method_that_counts_wrongly_is_one_name_off() -> None:
    truth = blocks(20, 21)
    found = teams.predict(truth, replace(teams.TEAMS[0], shifted=1.0), seed=1)
    assert set(np.unique(found)) == {0, 21, 22}


def test_a_better_team_grades_better() -> None:
    wrong = Counter(
        {
            skill.name: sum(
                told.grade != series.grade(label)
                for _, series in RECIPE.series()
                for label, told in teams.grade(series, skill, seed=series.number).items()
            )
            for skill in teams.TEAMS
        }
    )
    assert wrong["Careful"] < wrong["Middling"] < wrong["Hasty"]
