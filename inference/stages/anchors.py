"""What is in view that fixes the names: the sacrum, the last and the first rib, atlas and axis.

A rib that is not seen says nothing where the field of view would not show it: near its lower edge the last
rib was taken for missing, and a whole thorax was one name off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from backend.science.labels import name_of
from inference.levels import expected_step_mm
from inference.patches import WIDE_SPACING_MM, FloatArray
from inference.stages.evidence import Evidence

ANCHORED_ABOVE = 0.8
# Half a millilitre of rib beside a body is as good as none.
RIB_ML = 1.2
_SACRUM_FROM, _NAMED_FROM = 0.6, 0.6
_C1, _C2, _C7, _T1 = 1, 2, 7, 8
_LAST_THORACIC, _FIRST_LUMBAR = (17, 18, 19, 28), (20, 21)


@dataclass(frozen=True)
class Anchors:
    """What is in view that fixes the names."""

    sacrum: bool = False
    upper_cervical: bool = False
    last_rib: bool = False
    first_rib: bool = False

    def names(self) -> list[str]:
        """The anchors in view, in words."""
        pairs = (
            ("sacrum", self.sacrum),
            ("C1 and C2", self.upper_cervical),
            ("last rib", self.last_rib),
            ("first rib", self.first_rib),
        )
        return [name for name, there in pairs if there]


@dataclass(frozen=True)
class AnchorSeen:
    """An anchor's evidence: how sure it is by itself (0 to 1) and where it was seen (3 mm voxels)."""

    name: str
    certainty: float
    centre: tuple[float, float, float]


def _last_rib(labels: Sequence[int], evidence: Evidence) -> int | None:
    """The body with the last rib: the next one has none, and is where one would be seen."""
    for k, (upper, lower) in enumerate(pairwise(labels)):
        if upper in _LAST_THORACIC and lower in _FIRST_LUMBAR:
            told = evidence.rib_ml[k] > RIB_ML > evidence.rib_ml[k + 1]
            return k if told and evidence.shows_ribs[k + 1] else None
    return None


def _first_rib(labels: Sequence[int], evidence: Evidence, anchored: bool) -> int | None:
    """The body with the first rib: T1 has one, and C7 has none where one would be seen.

    Near the upper edge ribs are sometimes missed. There the first rib counts only where the names are
    `anchored` otherwise, so that it agrees with what else is in view and moves nothing.
    """
    shows = evidence.shows_heads if anchored else evidence.shows_ribs
    for k, (upper, lower) in enumerate(pairwise(labels)):
        if (upper, lower) == (_C7, _T1):
            told = evidence.rib_ml[k + 1] > RIB_ML > evidence.rib_ml[k]
            return k + 1 if told and shows[k] else None
    return None


def find_anchors(labels: Sequence[int], confidence: Sequence[float], evidence: Evidence) -> Anchors:
    """The anchors that the named sequence has in view."""
    top = [share for label, share in zip(labels, confidence, strict=True) if label in (_C1, _C2)]
    others = Anchors(
        sacrum=bool(evidence.below_is_sacrum > _SACRUM_FROM),
        upper_cervical=bool(top and min(top) > _NAMED_FROM),
        last_rib=_last_rib(labels, evidence) is not None,
    )
    return replace(others, first_rib=_first_rib(labels, evidence, bool(others.names())) is not None)


def _rib_certainty(evidence: Evidence, with_rib: int, without: int) -> float:
    """How clearly one body has a rib and its neighbour has none: 0 at the limit, 1 at twice it and none."""
    there = float(evidence.rib_ml[with_rib] / RIB_ML - 1)
    missing = float(1 - evidence.rib_ml[without] / RIB_ML)
    return float(np.clip(min(there, missing), 0, 1))


def places_of(
    anchors: Anchors,
    labels: Sequence[int],
    confidence: Sequence[float],
    evidence: Evidence,
    centres: Sequence[FloatArray],
) -> tuple[AnchorSeen, ...]:
    """Each anchor's own certainty and place, for the report."""
    out = []

    def add(name: str, certainty: float, centre: FloatArray) -> None:
        x, y, z = (round(float(c), 2) for c in centre)
        out.append(AnchorSeen(name, round(certainty, 3), (x, y, z)))

    if anchors.sacrum:
        step = expected_step_mm(23.0) / WIDE_SPACING_MM
        down = centres[-1] - centres[-2] if len(centres) > 1 else np.array([0.0, 0.0, -step])
        place = centres[-1] + down / max(float(np.linalg.norm(down)), 1e-6) * step
        add("sacrum", evidence.below_is_sacrum, place)
    if anchors.upper_cervical:
        k = min(k for k, label in enumerate(labels) if label in (_C1, _C2))
        add("C1 and C2", confidence[k], centres[k])
    if anchors.last_rib and (last := _last_rib(labels, evidence)) is not None:
        add("last rib", _rib_certainty(evidence, last, last + 1), centres[last])
    otherwise = bool(replace(anchors, first_rib=False).names())
    if anchors.first_rib and (first := _first_rib(labels, evidence, otherwise)) is not None:
        add("first rib", _rib_certainty(evidence, first, first - 1), centres[first])
    return tuple(out)


def is_doubtful(overall: float, anchors: Anchors) -> bool:
    """Whether names are a guess: nothing in view tells the level, or it does not tell it surely."""
    return not anchors.names() or overall < ANCHORED_ABOVE


def state(labels: Sequence[int], overall: float, anchors: Anchors) -> str:
    """One sentence on how far the names can be trusted."""
    if not labels:
        return "No vertebra was found."
    span = f"{name_of(labels[0])} to {name_of(labels[-1])}" if len(labels) > 1 else name_of(labels[0])
    seen = anchors.names()
    if not seen:
        return (
            f"{span}: the naming is a guess ({round(100 * overall)} %), since neither the sacrum, a first or "
            "last rib nor C2 is in view."
        )
    ground = " and ".join(seen)
    if overall < ANCHORED_ABOVE:
        return f"{span}: named by {ground}, but the level is uncertain ({round(100 * overall)} %)."
    return f"{span}: named by {ground}."
