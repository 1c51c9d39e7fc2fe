"""Heights that a vertebra would have, from its intact neighbours, and the losses against them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from backend.science.labels import T13, order_of
from backend.science.morphometry.genant import MILD_PERCENT

Three = tuple[float, float, float]

# Intact levels that are used on each side, and how far away they may be.
_PER_SIDE = 2
_FARTHEST_LEVELS = 4


def own_loss_percent(heights_mm: Three) -> float:
    """Loss of the lowest height against the vertebra's own highest. Normal bodies show 5 to 15 percent."""
    return 100.0 * (1.0 - min(heights_mm) / max(heights_mm))


def intact_levels(heights_mm: Mapping[int, Three], excluded: Collection[int] = ()) -> list[int]:
    """Levels that may stand as reference: not excluded, and no fracture by shape or against the others.

    A level that has lost height evenly has a normal shape, so levels are also held against a line through the
    rest (median of slopes, so that neighbouring fractures do not draw it); the worst goes first, until none
    is off by as much as a mild fracture.
    """
    levels = [
        label
        for label, heights in heights_mm.items()
        if label not in excluded and own_loss_percent(heights) < MILD_PERCENT
    ]
    while len(levels) > 2:
        losses = {}
        for label in levels:
            expected = _robust_heights(label, heights_mm, [other for other in levels if other != label])
            losses[label] = max(site_losses_percent(heights_mm[label], expected))
        worst = max(losses, key=lambda label: losses[label])
        if losses[worst] < MILD_PERCENT:
            break
        levels.remove(worst)
    return levels


def _steps(label: int, other: int, heights_mm: Mapping[int, Three]) -> int:
    """Levels from one to the other, down positive; T13 counts only in a spine that has one."""
    steps = order_of(other) - order_of(label)
    crosses = (order_of(label) < order_of(T13)) != (order_of(other) < order_of(T13))
    absent = label != T13 and T13 not in heights_mm
    return steps - int(np.sign(steps)) if crosses and absent else steps


def _robust_heights(label: int, heights_mm: Mapping[int, Three], others: Sequence[int]) -> Three:
    """Heights at a level from the line through others with the median of all slopes between two of them."""
    steps = np.array([_steps(label, other, heights_mm) for other in others], dtype=np.float64)
    table = np.array([heights_mm[other] for other in others])
    pairs = [(i, j) for i in range(len(others)) for j in range(i)]
    slopes = np.median([(table[i] - table[j]) / (steps[i] - steps[j]) for i, j in pairs], axis=0)
    a, m, p = np.median(table - np.outer(steps, slopes), axis=0)
    return float(a), float(m), float(p)


def expected_heights(label: int, heights_mm: Mapping[int, Three], intact: Collection[int]) -> Three | None:
    """Heights per site from a line through up to two intact levels above and two below.

    One neighbour alone gives its own heights. None without any within four levels.
    """
    distance = {other: _steps(label, other, heights_mm) for other in intact if other != label}
    near = {other: d for other, d in distance.items() if abs(d) <= _FARTHEST_LEVELS}
    above = sorted((d, other) for other, d in near.items() if d < 0)[-_PER_SIDE:]
    below = sorted((d, other) for other, d in near.items() if d > 0)[:_PER_SIDE]
    used = above + below
    if not used:
        return None
    steps = np.array([d for d, _ in used], dtype=np.float64)
    table = np.array([heights_mm[other] for _, other in used])
    if len(used) == 1:
        a, m, p = table[0]
    else:
        design = np.column_stack([np.ones(len(used)), steps])
        a, m, p = np.linalg.lstsq(design, table, rcond=None)[0][0]
    return float(a), float(m), float(p)


def site_losses_percent(heights_mm: Three, expected_mm: Three) -> Three:
    """Loss at each site in percent of the expected height, 0 where nothing is lost."""
    a, m, p = (
        max(0.0, 100.0 * (1.0 - found / wanted))
        for found, wanted in zip(heights_mm, expected_mm, strict=True)
    )
    return a, m, p
