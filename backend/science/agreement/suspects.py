"""Raters whose mask cannot be meant: empty, of another place, named one level off, or like nobody else's.

A mask is judged by the others of its case. The thresholds are far below anything that trained readers do
(their Dice of one vertebra is above 0.8), so that style and difficult bone never come near them. With one
other rater and no reference nobody can say whose mask is wrong; then only an empty one is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import Ballots, count_ballots, require_one_grid
from backend.science.agreement.instances import match_labels
from backend.science.labels import ANATOMICAL_ORDER, name_of
from backend.science.volume import Mask

Code = Literal["empty", "elsewhere", "shifted_level", "disagrees"]
IntArray = NDArray[np.int64]

# Dice of the whole spines: two masks of one spine that miss every second vertebra still share more than this.
ELSEWHERE_DICE = 0.1
# Mean Dice over all vertebrae of either mask, by name; one that only one of them has counts as 0.
DISAGREES_DICE = 0.5
# Share of the vertebrae drawn in one place whose names differ by one and the same number of levels.
SHIFTED_SHARE = 0.8
_T13, _LAST_THORACIC = 28, 19
_LEVELS = [label for label in ANATOMICAL_ORDER if label != _T13]  # T13 is rare; T12 and L1 are neighbours
_JUDGES = 2  # others (or a reference) that it takes to say which of two masks is wrong


@dataclass(frozen=True, slots=True)
class Suspect:
    """A rater (by number) whose mask is not to be trusted on this case, and why."""

    rater: int
    code: Code
    text: str

    def to_json(self) -> dict[str, Any]:
        """For JSON: the rater by index, the code and the sentence."""
        return {"rater": self.rater, "code": self.code, "text": self.text}


def find_suspects(masks: Sequence[Mask], reference: Mask | None = None) -> list[Suspect]:
    """Judge the masks of one case by each other; ``reference`` is one more judge, never judged.

    Raises
    ------
    BadInput
        ``no_masks``, ``other_grid``.
    """
    judges = [*masks, *([reference] if reference is not None and reference.array.any() else [])]
    require_one_grid(judges)
    return suspects_of(count_ballots([mask.array for mask in judges]), raters=len(masks))


def suspects_of(ballots: Ballots, *, raters: int | None = None) -> list[Suspect]:
    """The same, once the masks are counted; numbers from ``raters`` on are references."""
    count = ballots.raters if raters is None else raters
    drawn = [number for number in range(ballots.raters) if ballots.labels(number)]
    relations = {
        (a, b): _relation(ballots.joint(a, b)) for place, a in enumerate(drawn) for b in drawn[place + 1 :]
    }
    found = []
    for rater in range(count):
        if rater not in drawn:
            found.append(Suspect(rater, "empty", "submitted an empty mask"))
            continue
        others = [_seen_from(relations, rater, other) for other in drawn if other != rater]
        suspect = _judge(rater, others)
        if suspect is not None:
            found.append(suspect)
    return found


@dataclass(frozen=True, slots=True)
class _Relation:
    """Two masks: overlap of the whole spines, mean Dice by name, and how many levels the names are off."""

    overlap: float
    dice: float
    shift: int
    example: tuple[int, int]  # one vertebra by the first's name and by the second's

    def turned(self) -> _Relation:
        return _Relation(self.overlap, self.dice, -self.shift, (self.example[1], self.example[0]))


def _seen_from(relations: dict[tuple[int, int], _Relation], rater: int, other: int) -> _Relation:
    return relations[rater, other] if rater < other else relations[other, rater].turned()


def _relation(joint: IntArray) -> _Relation:
    size_a, size_b = joint.sum(axis=1), joint.sum(axis=0)
    labels = np.flatnonzero((size_a + size_b)[1:]) + 1
    dice = 2 * joint[labels, labels] / (size_a[labels] + size_b[labels])
    whole = size_a[1:].sum() + size_b[1:].sum()
    matches = match_labels(joint)
    offsets = Counter(_step(m.label_a, m.label_b) for m in matches)
    offset, times = offsets.most_common(1)[0] if offsets else (0, 0)
    shift = offset if offset and times >= SHIFTED_SHARE * len(matches) else 0
    example = next(
        ((m.label_a, m.label_b) for m in matches if _step(m.label_a, m.label_b) == shift),
        (0, 0),
    )
    return _Relation(float(2 * joint[1:, 1:].sum() / whole), float(dice.mean()), shift, example)


def _step(label_a: int, label_b: int) -> int:
    """How many levels lower on the spine the first name is than the second."""
    last = _LEVELS.index(_LAST_THORACIC) + 1  # where a T13 counts
    a, b = (_LEVELS.index(label) if label in _LEVELS else last for label in (label_a, label_b))
    return a - b


def _judge(rater: int, others: list[_Relation]) -> Suspect | None:
    """More than half of all who drew something must say the same of this one: two camps accuse nobody."""
    if len(others) < _JUDGES:
        return None

    def most(told: int) -> bool:
        return 2 * told > len(others) + 1

    if most(sum(one.overlap < ELSEWHERE_DICE for one in others)):
        return Suspect(rater, "elsewhere", "drew another place than the others: hardly a voxel is shared")
    shifts = Counter(one.shift for one in others if one.shift)
    if shifts:
        shift, times = shifts.most_common(1)[0]
        if most(times):
            own, theirs = next(one.example for one in others if one.shift == shift)
            levels = "one level" if abs(shift) == 1 else f"{abs(shift)} levels"
            return Suspect(
                rater,
                "shifted_level",
                f"named the vertebrae {levels} too {'low' if shift > 0 else 'high'} "
                f"({name_of(own)} where the others say {name_of(theirs)})",
            )
    if most(sum(one.dice < DISAGREES_DICE for one in others)):
        mean = sum(one.dice for one in others) / len(others)
        return Suspect(rater, "disagrees", f"agrees with nobody: mean Dice {mean:.2f}")
    return None


def judge_by_answer(mask: Mask, answer: Mask) -> Suspect | None:
    """Judge one mask by an answer that is known to be right.

    Raises
    ------
    BadInput
        ``other_grid``.
    """
    require_one_grid([mask, answer])
    if not mask.array.any():
        return Suspect(0, "empty", "submitted an empty mask")
    if not answer.array.any():
        return None
    told = _relation(count_ballots([mask.array, answer.array]).joint(0, 1))
    return _judge(0, [told] * _JUDGES)
