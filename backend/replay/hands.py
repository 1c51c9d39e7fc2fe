"""How the bots see and draw: each rater with errors of their own, all from a seed.

Errors are those of the trade: an outline a voxel in or out, a process cut short, a front edge too wide, a
vertebra overlooked, a whole spine one name off, a grade one too high or too low. Of the four raters one at
the most misnames or overlooks in a series, and two at the most misread the same vertebra: what three of them
got wrong alike nobody would ever be asked about, and the recipe's counts could not come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from backend.replay.recipe import SeriesPlan
from backend.science.labels import THORACOLUMBAR, VALID_LABELS
from backend.science.volume import MaskArray
from backend.workflow.demo_hands import Change, overdraw, shave, trace

MOST_WRONG = 2  # of the raters, about the grade of one vertebra
ENGINE_SHARE = 0.06  # of a vertebra's volume that the delivered mask has otherwise
DOWN, UP = 1, -1


@dataclass(frozen=True, slots=True)
class Hand:
    """A rater: the share of each vertebra that is drawn otherwise, and how often the rest happens."""

    key: str
    border: float
    slip: float  # of series: a process cut short, or a front edge too wide
    miss: float  # of series: the first or last vertebra overlooked
    shift: float  # of series: all names one off
    confuse_broken: float  # of fractured vertebrae: a grade too high or low
    confuse_whole: float  # of others: taken for a mild fracture


RATERS = (
    Hand("rater1", 0.02, 0.06, 0.01, 0.01, 0.04, 0.004),
    Hand("rater2", 0.03, 0.10, 0.02, 0.02, 0.07, 0.008),
    Hand("rater3", 0.03, 0.12, 0.03, 0.02, 0.10, 0.010),
    Hand("rater4", 0.04, 0.18, 0.04, 0.03, 0.14, 0.015),
)
Answer = tuple[str, int]  # type ("" for none) and Genant grade


@dataclass(frozen=True, slots=True)
class Reading:
    """What one rater makes of one series. Labels are true ones; ``shift`` is put upon them at last."""

    missed: int | None = None
    shift: int = 0
    slips: Mapping[int, str] = field(default_factory=dict)  # shave or overdraw
    answers: Mapping[int, Answer] = field(default_factory=dict)  # where it is no plain normal vertebra

    def called(self, label: int) -> int:
        """What this rater calls a vertebra."""
        return label + self.shift


def readings(series: SeriesPlan, seed: int) -> dict[str, Reading]:
    """All raters' readings of a series, by their keys."""
    rng = np.random.default_rng((seed, series.number))
    answers = _answers(series, rng)
    strayed = False  # somebody has misnamed or overlooked
    found = {}
    for hand in RATERS:
        misses, shifts, slips = (bool(rng.random() < p) for p in (hand.miss, hand.shift, hand.slip))
        missed = int(rng.choice([series.labels[0], series.labels[-1]]))
        slipped = int(rng.choice(series.labels))
        kind = str(rng.choice(["shave", "overdraw"]))
        misses = misses and not strayed and len(series.labels) > 3
        strayed = strayed or misses
        shift = _shift(series, rng) if shifts and not strayed else 0
        strayed = strayed or shift != 0
        found[hand.key] = Reading(
            missed=missed if misses else None,
            shift=shift,
            slips={slipped: kind} if slips else {},
            answers=answers[hand.key],
        )
    return found


def _shift(series: SeriesPlan, rng: np.random.Generator) -> int:
    """One name down or up, where all of them have a name there."""
    ways = [
        way
        for way in (DOWN, UP)
        if all(label + way in VALID_LABELS and 1 <= label + way <= 25 for label in series.labels)
    ]
    return int(rng.choice(ways)) if ways else 0


def _answers(series: SeriesPlan, rng: np.random.Generator) -> dict[str, dict[int, Answer]]:
    found: dict[str, dict[int, Answer]] = {hand.key: {} for hand in RATERS}
    for label in series.labels:
        if label not in THORACOLUMBAR:
            continue
        kind, grade = series.fractures.get(label, ("", 0))
        wrong = 0
        for hand in RATERS:
            odds = hand.confuse_broken if grade else hand.confuse_whole
            errs = bool(rng.random() < odds) and wrong < MOST_WRONG
            step = int(rng.choice([-1, 1]))
            told = min(3, max(0, grade + (step if grade else 1))) if errs else grade
            wrong += told != grade
            if told:
                found[hand.key][label] = (kind or "wedge", told)
    return found


def draw(truth: MaskArray, hand: Hand, reading: Reading, *, seed: int) -> MaskArray:
    """The mask that this rater hands in."""
    mask = truth.copy(order="F")
    trace(hand.border, seed=seed)(mask)
    for label, kind in reading.slips.items():
        slip: Change = {"shave": shave, "overdraw": overdraw}[kind](label)
        if (mask == label).any():
            slip(mask)
    if reading.missed is not None:
        mask[mask == reading.missed] = 0
    if reading.shift:
        moved = mask.astype(np.int16) + reading.shift  # a byte knows no step down
        mask = np.asfortranarray(np.where(mask > 0, moved, 0).astype(np.uint8))
    return mask


def delivered(truth: MaskArray, *, seed: int) -> MaskArray:
    """What an engine makes of it: outlines a little off, now and then a process missing."""
    mask = truth.copy(order="F")
    trace(ENGINE_SHARE, seed=seed)(mask)
    rng = np.random.default_rng(seed)
    if rng.random() < 0.3:
        shave(int(rng.choice(np.unique(mask[mask > 0]))))(mask)
    return mask


def dice(first: MaskArray, second: MaskArray, label: int) -> float:
    """Of one vertebra; 1 where neither has it."""
    one, two = first == label, second == label
    both = int(one.sum()) + int(two.sum())
    return 2 * int((one & two).sum()) / both if both else 1.0
