"""How well the order and the sizes of a mask's regions fit the levels that a numbering gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from backend.science.anatomy import USUAL_ML, possible_ml, possible_reach_mm
from backend.science.labels import COCCYX, L6, SACRUM, T13, name_of, order_of
from backend.science.numbering_tables import USUAL_SPINE
from backend.science.regions import Region

# a spine whose vertebrae hold on average more than this times the usual is another part of it
_LARGEST_SCALE = 1.7
# how much a scale away from the usual counts against the unevenness of the sizes
_SCALE_WEIGHT = 0.15
_CLEARLY = 0.03
# a lone number's size must lie this much nearer to another level's before that is asked
_LONE_FACTOR = 1.5


@dataclass(slots=True)
class Faults:
    """What speaks against a reading: one reason a number, the first of them as a sentence."""

    reasons: dict[int, str] = field(default_factory=dict)
    scale: str = ""

    @property
    def count(self) -> int:
        """Numbers at fault. A spine that is too large in the whole counts as all of them at least three."""
        return len(self.reasons) + (3 if self.scale else 0)

    @property
    def first(self) -> str:
        """The first thing that speaks against it; empty where nothing does."""
        return next(iter(self.reasons.values()), "") or self.scale


def faults_of(regions: Mapping[int, Region], mapping: Mapping[int, int | None]) -> Faults:
    """Regions that lie above one they should lie below, and sizes that their level cannot have."""
    faults = Faults()
    placed = _placed(regions, mapping)
    for (upper_level, upper), (level, lower) in pairwise(placed):
        if upper_level != level and _stands_above(lower, upper):
            said = f"{lower.number} ({name_of(level)}) lies above {upper.number} ({name_of(upper_level)})"
            faults.reasons[lower.number] = said
    for level, region in placed:
        reason = size_fault(region, level) or _lonely(level, {one for one, _ in placed})
        if reason:
            faults.reasons.setdefault(region.number, f"{region.number} {reason}")
    scale = _scale(placed)
    if scale > _LARGEST_SCALE:
        faults.scale = f"the vertebrae are {scale:.1f} times as large as those of their levels"
    return faults


def _stands_above(one: Region, other: Region) -> bool:
    """Whether ``one`` lies above ``other``; of what the border cuts, both ends have to agree.

    The process of a vertebra that is cut off may hang below the centre of the next one.
    """
    if one.centre[2] <= other.centre[2]:
        return False
    if not (one.cut or other.cut):
        return True
    return all(mine > theirs for mine, theirs in zip(one.span_s_mm, other.span_s_mm, strict=True))


def size_fault(region: Region, level: int) -> str:
    """What is impossible about a region's size for its level, or an empty text."""
    least, most = possible_ml(level)
    name, ml = name_of(level), region.volume_ml
    if ml > most:
        return f"holds {ml:.0f} ml, more than the {most:.0f} ml that {name} can have"
    if ml < least and not region.cut:
        return f"holds {ml:.2g} ml, less than the {least:.2g} ml that {name} can have"
    ways = ("from side to side", "from front to back", "in height")
    for reach, bound, way in zip(region.extent_mm, possible_reach_mm(level), ways, strict=True):
        if reach > bound:
            return f"reaches {reach:.0f} mm {way}, and {name} can reach {bound:.0f} mm"
    return ""


def fits_better(
    regions: Mapping[int, Region], one: Mapping[int, int | None], other: Mapping[int, int | None]
) -> bool:
    """Whether order and sizes speak more plainly for ``one`` than for ``other``."""
    mine, theirs = faults_of(regions, one).count, faults_of(regions, other).count
    if mine != theirs:
        return mine < theirs
    if len(regions) > 1:
        return False
    # smaller than usual is a child, or part of a vertebra
    return abs(_log_scale(regions, one)) + math.log(_LONE_FACTOR) < _log_scale(regions, other)


def cost_of(regions: Mapping[int, Region], mapping: Mapping[int, int | None]) -> float:
    """A number by which readings are ranked: share of numbers at fault, then unevenness of the sizes."""
    placed = _placed(regions, mapping)
    unevenness = _unevenness([region for _, region in placed], [level for level, _ in placed])
    return faults_of(regions, mapping).count / max(1, len(placed)) + unevenness


def from_the_head(regions: Mapping[int, Region]) -> list[Region] | None:
    """The regions from the head down where their numbers run from 1 on, up or down; else None."""
    if set(regions) != set(range(1, len(regions) + 1)) or len(regions) < 2:
        return None
    ordered = by_height(regions)
    numbers = [region.number for region in ordered]
    if numbers not in (sorted(numbers), sorted(numbers, reverse=True)) or len(numbers) > len(USUAL_SPINE):
        return None
    return ordered


def by_height(regions: Mapping[int, Region]) -> list[Region]:
    """The regions from the head down."""
    return sorted(regions.values(), key=lambda region: -region.centre[2])


def likeliest_top(ordered: Sequence[Region]) -> int:
    """The level of the topmost region by which the sizes of all fit best."""
    starts = range(len(USUAL_SPINE) - len(ordered) + 1)
    best = min(starts, key=lambda s: _unevenness(ordered, USUAL_SPINE[s : s + len(ordered)]))
    return USUAL_SPINE[best]


def starts_at_c1(regions: Mapping[int, Region]) -> bool:
    """Whether numbers from 1 on, first on top, have the sizes of the neck and not clearly of another part."""
    ordered = from_the_head(regions)
    if ordered is None or ordered[0].number != 1:
        return False
    faults = faults_of(regions, {number: number for number in regions})
    if faults.count * 3 > len(regions):
        return False
    costs = [
        _unevenness(ordered, USUAL_SPINE[s : s + len(ordered)])
        for s in range(len(USUAL_SPINE) - len(ordered) + 1)
    ]
    return costs[0] <= min(costs) + _CLEARLY


def _placed(regions: Mapping[int, Region], mapping: Mapping[int, int | None]) -> list[tuple[int, Region]]:
    """Levels and regions from the head down by level; what is no vertebra left out."""
    named = [(level, regions[number]) for number, level in mapping.items() if level is not None]
    return sorted(named, key=lambda pair: (order_of(pair[0]), pair[1].number))


def _lonely(level: int, levels: set[int]) -> str:
    """A variant or a coccyx without the level above it is likelier a number of somebody else's."""
    above = {T13: 19, L6: 24, COCCYX: SACRUM}.get(level)
    if above is None or above in levels:
        return ""
    return f"would be {name_of(level)} without {name_of(above)} above it"


def _log_ratios(regions: Sequence[Region], levels: Sequence[int]) -> list[float]:
    """How much larger than usual each whole vertebra is; those that the border cuts only where all are."""
    pairs = [(r, level) for r, level in zip(regions, levels, strict=True) if level in USUAL_ML]
    whole = [(r, level) for r, level in pairs if not r.cut] or pairs
    return [float(np.log(r.volume_ml / USUAL_ML[level])) for r, level in whole]


def _unevenness(regions: Sequence[Region], levels: Sequence[int]) -> float:
    """Spread of the sizes about one scale, and a little for a scale away from the usual.

    About the median, so that one collapsed vertebra does not move the others.
    """
    ratios = _log_ratios(regions, levels)
    if not ratios:
        return 0.0
    middle = float(np.median(ratios))
    return float(np.abs(np.array(ratios) - middle).mean()) + _SCALE_WEIGHT * abs(middle)


def _scale(placed: Sequence[tuple[int, Region]]) -> float:
    ratios = _log_ratios([region for _, region in placed], [level for level, _ in placed])
    return float(np.exp(np.median(ratios))) if len(ratios) >= 2 else 1.0


def _log_scale(regions: Mapping[int, Region], mapping: Mapping[int, int | None]) -> float:
    placed = _placed(regions, mapping)
    ratios = _log_ratios([region for _, region in placed], [level for level, _ in placed])
    return float(np.median(ratios)) if ratios else 0.0
