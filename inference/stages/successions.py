"""How likely each naming of a chain is: the present one, one down, one up, with T13 or without T12.

A naming is told by the names of its first and its last body: those two say how far it is moved and how many
vertebrae it counts in between. The sum over all paths between the two is its weight, the best of them its
names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.levels import CLASSES
from inference.patches import FloatArray


@dataclass(frozen=True)
class Succession:
    """Names from head to foot, and how likely they are: all successions of a chain add up to 1."""

    labels: tuple[int, ...]
    probability: float


def log_sum(values: FloatArray, axis: int) -> FloatArray:
    """The logarithm of a sum of exponentials."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis)))


def weights_of(emissions: FloatArray, steps: Sequence[FloatArray]) -> FloatArray:
    """The log-weight of all paths together from each class of the first body (rows) to each of the last."""
    classes = emissions.shape[1]
    start = np.where(np.eye(classes, dtype=bool), emissions[0][None], -np.inf)
    total = np.maximum(start, NEVER)
    for row, table in zip(emissions[1:], steps, strict=True):
        total = log_sum(total[:, :, None] + table[None], 1) + row[None]
    return np.asarray(total)


NEVER = -1e9


def best_between(emissions: FloatArray, steps: Sequence[FloatArray], first: int, last: int) -> list[int]:
    """The classes of the best path from one class of the first body to one of the last."""
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
    return path
