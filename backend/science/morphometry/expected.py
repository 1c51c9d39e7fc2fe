"""Heights that a vertebra would have, from a profile of levels and the intact ones, and its losses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from backend.science.labels import T13, order_of
from backend.science.morphometry.genant import MILD_PERCENT
from backend.science.morphometry.profile import Three, profile_mm

# Intact levels that the profile is scaled by: the nearest ones, and how far away they may be.
_NEAREST = 5
_FARTHEST_LEVELS = 8


def own_loss_percent(heights_mm: Three) -> float:
    """Loss of the lowest height against the vertebra's own highest. Normal bodies show 5 to 15 percent."""
    return 100.0 * (1.0 - min(heights_mm) / max(heights_mm))


def intact_levels(heights_mm: Mapping[int, Three], excluded: Collection[int] = ()) -> list[int]:
    """Levels that may stand as reference: not excluded, and no fracture by shape or against the others.

    A level that has lost height evenly has a normal shape, so levels are also held against what all others
    let expect of it (a median, so that neighbouring fractures do not draw it); the worst goes first, until
    none is off by as much as a mild fracture. Cervical levels, of which there is no profile, are judged by
    shape alone.
    """
    levels = [
        label
        for label, heights in heights_mm.items()
        if label not in excluded and own_loss_percent(heights) < MILD_PERCENT
    ]
    while True:
        losses = {}
        for label in levels:
            expected = _scaled(label, heights_mm, [other for other in levels if other != label])
            if expected is not None:
                losses[label] = max(site_losses_percent(heights_mm[label], expected))
        # of two that differ nobody can say which one is too low
        if len(losses) < 3:
            break
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


def _scaled(label: int, heights_mm: Mapping[int, Three], others: Sequence[int]) -> Three | None:
    """The profile's heights at a level, scaled per site by the median ratio of other levels to theirs."""
    wanted = profile_mm(label)
    known = [(heights_mm[other], profile) for other in others if (profile := profile_mm(other)) is not None]
    if wanted is None or not known:
        return None
    ratios = np.array([np.array(found) / np.array(profile) for found, profile in known])
    a, m, p = np.median(ratios, axis=0) * np.array(wanted)
    return float(a), float(m), float(p)


def expected_heights(label: int, heights_mm: Mapping[int, Three], intact: Collection[int]) -> Three | None:
    """Heights per site (mm): a published profile, scaled to the patient by the nearest intact levels.

    Lower thoracic bodies are a sixth lower than lumbar ones, so a line through lumbar neighbours expects too
    much of them. The scale is the median over up to five intact levels, and per site, so that it carries the
    patient's size, wedging and hollow endplates. None without an intact level within eight, and for cervical
    levels.
    """
    distance = {other: abs(_steps(label, other, heights_mm)) for other in intact if other != label}
    near = [other for other, steps in distance.items() if steps <= _FARTHEST_LEVELS and profile_mm(other)]
    return _scaled(label, heights_mm, sorted(near, key=lambda o: (distance[o], order_of(o)))[:_NEAREST])


def site_losses_percent(heights_mm: Three, expected_mm: Three) -> Three:
    """Loss at each site in percent of the expected height, 0 where nothing is lost."""
    a, m, p = (
        max(0.0, 100.0 * (1.0 - found / wanted))
        for found, wanted in zip(heights_mm, expected_mm, strict=True)
    )
    return a, m, p
