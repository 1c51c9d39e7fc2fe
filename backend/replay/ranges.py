"""Which levels each series of a split shows: as many of each region as the table counts.

Every patient has a series that reaches the lumbar spine, since bone density was measured in all; whoever has
a second one has a stack of the neck and the upper chest beside it. Levels of a series are without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.replay.table import Column

CERVICAL, THORACIC, LUMBAR = 7, 12, 5
FEWEST_LUMBAR = 3  # of a patient: density rests on two of L1 to L3
STACK_THORACIC = 4  # of a stack of the neck
MOVES = 3  # for each series: how much the lengths are mixed


@dataclass(frozen=True, slots=True)
class Shown:
    """How many levels of each region a series shows; they meet at C7/T1 and T12/L1."""

    cervical: int
    thoracic: int
    lumbar: int

    @property
    def labels(self) -> tuple[int, ...]:
        """VerSe's numbers from the head down."""
        if self.lumbar:
            thoracic = range(20 - self.thoracic, 20)
        else:
            thoracic = range(8, 8 + self.thoracic)
        return (*range(8 - self.cervical, 8), *thoracic, *range(20, 20 + self.lumbar))


class Unfit(ValueError):
    """No such series can be made of these counts."""


def ranges_of(column: Column, rng: np.random.Generator) -> tuple[list[Shown], list[Shown]]:
    """Each patient's lumbar series, and the stacks of those that have another.

    Of a small share the counts may not fit whole spines: then the neck is cut short, and the recipe's own
    sums say what there is. Raises ``Unfit`` where the whole table does not come out.
    """
    mains, stacks = column.patients, column.scans - column.patients
    cervical, thoracic, lumbar = (column.regions[name] for name in ("cervical", "thoracic", "lumbar"))
    necks = [min(CERVICAL, cervical)] * stacks
    for at in range(stacks):
        necks[at] = min(CERVICAL, cervical)
        cervical -= necks[at]
    whole: list[int] = []  # cervical levels of series that show the whole spine down from there
    while cervical > 0 and thoracic - THORACIC * (len(whole) + 1) >= mains - len(whole) - 1 + stacks:
        whole.append(min(CERVICAL, cervical))
        cervical -= whole[-1]
    left = thoracic - THORACIC * len(whole)
    chests = _spread(min(left, STACK_THORACIC * stacks), stacks, 1, 2 * STACK_THORACIC, rng)
    backs = _spread(left - sum(chests), mains - len(whole), 0, THORACIC - 1, rng)
    lumbars = _spread(lumbar, mains, min(FEWEST_LUMBAR, lumbar // mains), LUMBAR, rng)
    shown = [
        Shown(neck, chest, low)
        for neck, chest, low in zip(
            [*whole, *[0] * len(backs)], [*[THORACIC] * len(whole), *backs], lumbars, strict=True
        )
    ]
    order = rng.permutation(mains)
    return [shown[at] for at in order], [
        Shown(neck, chest, 0) for neck, chest in zip(necks, chests, strict=True)
    ]


def _spread(total: int, n: int, least: int, most: int, rng: np.random.Generator) -> list[int]:
    """``n`` whole numbers from ``least`` to ``most`` that sum up to ``total``, mixed."""
    if n == 0:
        return []
    total = min(max(total, least * n), most * n)
    found = [total // n + (at < total % n) for at in range(n)]
    for _ in range(MOVES * n):
        giver, taker = (int(at) for at in rng.integers(n, size=2))
        if giver != taker and found[giver] > least and found[taker] < most:
            found[giver] -= 1
            found[taker] += 1
    return found
