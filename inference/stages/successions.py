"""How likely each naming of a chain is: the present one, one down, one up, with T13 or without T12.

A naming is told by the names of its first and its last body: those two say how far it is moved and how many
vertebrae it counts in between. The sum over all paths between the two is its weight, the best of them its
names. Evidence of neighbouring bodies says much the same thing, so that weights are surer than they should
be: divided by a number that was fitted to fields with known names (`inference.training.naming`), one for each
kind of anchor, they are probabilities that come true as often as they say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.levels import CLASSES
from inference.patches import FloatArray
from inference.stages.anchors import Anchors

KEY = "naming"
NEVER = -1e9
# No anchor in view; the last rib alone, which a short twelfth rib misleads; any other.
NO_ANCHOR, LAST_RIB_ALONE, ANCHORED = "no anchor", "last rib alone", "anchored"
KINDS = (NO_ANCHOR, LAST_RIB_ALONE, ANCHORED)
_MOST, _FARTHEST = 40, 25.0  # successions, and how far (logarithm) below the best, that are looked at
_LEAST = 0.002  # less likely ones are not told


@dataclass(frozen=True)
class Succession:
    """Names from head to foot, and how likely they are: all successions of a chain add up to 1."""

    labels: tuple[int, ...]
    probability: float


@dataclass(frozen=True)
class Weighed:
    """Names from head to foot, and the logarithm of their weight."""

    labels: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class Sureness:
    """What the logarithms of weights are divided by, for each kind of anchor."""

    divisor: Mapping[str, float]

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Sureness | None:
        """That of a manifest, or None where it was never fitted for its weights."""
        stated = about.get(KEY)
        return None if stated is None else cls({kind: float(stated["divisor"][kind]) for kind in KINDS})

    def stated(self) -> dict[str, Any]:
        """As the manifest has it: the inverse of `of`."""
        return {"divisor": {kind: round(self.divisor[kind], 3) for kind in KINDS}}


def kind_of(anchors: Anchors) -> str:
    """The kind of evidence that names rest on."""
    seen = anchors.names()
    if not seen:
        return NO_ANCHOR
    return LAST_RIB_ALONE if seen == ["last rib"] else ANCHORED


def _log_sum(values: FloatArray, axis: int) -> FloatArray:
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis)))


def _weights(emissions: FloatArray, steps: Sequence[FloatArray]) -> FloatArray:
    """The log-weight of all paths together from each class of the first body (rows) to each of the last."""
    total = np.where(np.eye(emissions.shape[1], dtype=bool), emissions[0][None], NEVER)
    for row, table in zip(emissions[1:], steps, strict=True):
        total = _log_sum(total[:, :, None] + table[None], 1) + row[None]
    return np.asarray(total)


def _best_between(
    emissions: FloatArray, steps: Sequence[FloatArray], first: int, last: int
) -> tuple[int, ...]:
    """The labels of the best path from one class of the first body to one of the last."""
    best = np.full(emissions.shape[1], NEVER)
    best[first] = emissions[0, first]
    back = []
    for row, table in zip(emissions[1:], steps, strict=True):
        ways = best[:, None] + table
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [last]
    for pointers in reversed(back):
        path.insert(0, int(pointers[path[0]]))
    return tuple(CLASSES[c] for c in path)


def weigh(emissions: FloatArray, steps: Sequence[FloatArray]) -> list[Weighed]:
    """The successions of a chain, the heaviest first: scores of each body's classes, and of each step's."""
    weights = _weights(emissions, steps)
    order = np.argsort(-weights, axis=None)[:_MOST]
    top = float(weights.flat[order[0]])
    out = []
    for place in order:
        weight = float(weights.flat[place])
        if weight < max(top - _FARTHEST, NEVER / 2):
            break
        first, last = (int(v) for v in np.unravel_index(place, weights.shape))
        out.append(Weighed(_best_between(emissions, steps, first, last), weight))
    return out


def shares(weights: FloatArray, divisor: float) -> FloatArray:
    """Probabilities of log-weights that are divided by a number."""
    scaled = weights / divisor
    odds = np.exp(scaled - scaled.max())
    return np.asarray(odds / odds.sum())


def as_likely(weighed: Sequence[Weighed], divisor: float = 1.0) -> tuple[Succession, ...]:
    """The successions with their probabilities, the likeliest first, without those that hardly can be."""
    if not weighed:
        return ()
    probable = shares(np.array([row.weight for row in weighed]), divisor)
    return tuple(
        Succession(row.labels, float(share))
        for row, share in zip(weighed, probable, strict=True)
        if share >= _LEAST or row is weighed[0]
    )


def body_shares(successions: Sequence[Succession]) -> tuple[float, ...]:
    """For each body, how likely the name is that the first succession gives it."""
    if not successions:
        return ()
    present, total = successions[0].labels, sum(s.probability for s in successions)
    return tuple(
        min(1.0, sum(s.probability for s in successions if s.labels[k] == label) / total)
        for k, label in enumerate(present)
    )
