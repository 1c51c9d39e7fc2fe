"""Raters whose mask cannot be meant: each kind is named, and nobody is for honest differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backend.science.agreement.suspects import find_suspects
from backend.science.volume import Mask
from tests.science import spines


def honest(count: int = 2) -> list[Mask]:
    return [spines.balls(noise=0.6, seed=number) for number in range(count)]


def moved(mask: Mask) -> Mask:
    """The same spine in another corner of the CT."""
    return Mask(mask.geometry, np.asfortranarray(np.roll(mask.array, 22, axis=0)))


@pytest.mark.parametrize(
    ("bad", "code", "words"),
    [
        (spines.empty(), "empty", "empty"),
        (moved(spines.balls()), "elsewhere", "another place"),
        (spines.balls((18, 19, 20)), "shifted_level", "one level too high (T11 where the others say T12)"),
        (spines.balls((20, 21, 22)), "shifted_level", "one level too low (L1 where the others say T12)"),
        (spines.balls((0, 20, 0), radius=6), "disagrees", "mean Dice"),
    ],
)
def test_a_mask_that_cannot_be_meant_is_named_wherever_it_stands(bad: Mask, code: str, words: str) -> None:
    for place in range(3):
        masks = honest()
        masks.insert(place, bad)
        found = find_suspects(masks)
        assert [(one.rater, one.code) for one in found] == [(place, code)]
        assert words in found[0].text


def test_honest_differences_make_no_suspect() -> None:
    assert find_suspects(honest(4)) == []
    fused_levels = [*honest(2), spines.balls((19, 20, 0), noise=0.6)]  # one vertebra was missed
    assert find_suspects(fused_levels) == []


def test_of_two_raters_only_an_empty_mask_is_named_without_a_reference() -> None:
    good, shifted = spines.balls(), spines.balls((20, 21, 22))
    assert find_suspects([good, shifted]) == []
    assert [one.rater for one in find_suspects([good, spines.empty()])] == [1]
    assert [(one.rater, one.code) for one in find_suspects([good, shifted], reference=good)] == [
        (1, "shifted_level")
    ]


def test_two_camps_of_equal_size_accuse_nobody() -> None:
    camps = [spines.balls(), spines.balls(noise=0.5), spines.balls((20, 21, 22)), spines.balls((20, 21, 22))]
    for order in itertools.permutations(range(4)):
        assert find_suspects([camps[number] for number in order]) == []


def test_all_empty_are_all_named() -> None:
    assert [one.code for one in find_suspects([spines.empty(), spines.empty()])] == ["empty", "empty"]
