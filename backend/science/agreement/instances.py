"""Which vertebra of one rater is which of another: by place, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.agreement.ballots import Ballots

# Two outlines that share less than this of their union are not the same vertebra. SCIENCE: instances match at
# an intersection over union of 0.3; the overlap of a vertebra with its neighbour stays far below.
MATCH_IOU = 0.3
_FRAGMENT_INSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A vertebra that two raters drew in one place."""

    label_a: int
    label_b: int
    iou: float
    intersection: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One vertebra as a place: the name that each rater gave it, 0 where a rater did not draw it."""

    names: tuple[int, ...]

    @property
    def raters(self) -> tuple[int, ...]:
        """Numbers of the raters who drew it."""
        return tuple(number for number, name in enumerate(self.names) if name)

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the raters who did not."""
        return tuple(number for number, name in enumerate(self.names) if not name)

    @property
    def disputed_name(self) -> bool:
        """Whether those who drew it give it more than one name."""
        return len({name for name in self.names if name}) > 1


def match_labels(joint: NDArray[np.int64], minimum_iou: float = MATCH_IOU) -> list[Match]:
    """Pair the vertebrae of two raters so that the sum of overlaps is largest (Hungarian method).

    ``joint`` counts voxels by label of A (rows) and of B (columns), background included as 0.
    """
    size_a, size_b = joint.sum(axis=1), joint.sum(axis=0)
    labels_a = [int(label) for label in np.flatnonzero(size_a) if label]
    labels_b = [int(label) for label in np.flatnonzero(size_b) if label]
    if not (labels_a and labels_b):
        return []
    shared = joint[np.ix_(labels_a, labels_b)].astype(np.float64)
    iou = shared / (size_a[labels_a][:, None] + size_b[labels_b][None, :] - shared)
    # a fragment that lies in the other's vertebra of the same name is that vertebra, drawn badly
    inside = shared / np.minimum(size_a[labels_a][:, None], size_b[labels_b][None, :])
    same_name = np.array(labels_a)[:, None] == np.array(labels_b)[None, :]
    accepted = (iou >= minimum_iou) | (same_name & (inside >= _FRAGMENT_INSIDE))
    # pairs that do not match must not draw others into a worse assignment
    value = np.where(accepted, iou, 0.0)
    rows, columns = scipy.optimize.linear_sum_assignment(value, maximize=True)
    return [
        Match(labels_a[r], labels_b[c], float(iou[r, c]), int(shared[r, c]))
        for r, c in zip(rows, columns, strict=True)
        if accepted[r, c]
    ]


def match_raters(ballots: Ballots, minimum_iou: float = MATCH_IOU) -> list[Instance]:
    """Group the vertebrae of all raters into instances, each rater at most once in each.

    Pairs of raters are matched by overlap, and the matches are joined from the best down as long as no rater
    would come in twice. The result does not depend on the order of the raters.
    """
    found: list[tuple[float, tuple[int, int], tuple[int, int]]] = []
    for a in range(ballots.raters):
        for b in range(a + 1, ballots.raters):
            found += [
                (match.iou, (a, match.label_a), (b, match.label_b))
                for match in match_labels(ballots.joint(a, b), minimum_iou)
            ]
    groups = {
        (rater, label): {rater: label} for rater in range(ballots.raters) for label in ballots.labels(rater)
    }
    # equal overlaps are ordered by what was drawn, never by who drew it
    for _, first, second in sorted(found, key=lambda m: (-m[0], sorted((m[1][1], m[2][1])))):
        one, two = groups[first], groups[second]
        if one is not two and not one.keys() & two.keys():
            one.update(two)
            for member in two.items():
                groups[member] = one
    unique = {id(group): group for group in groups.values()}.values()
    return [Instance(tuple(group.get(r, 0) for r in range(ballots.raters))) for group in unique]


def lookup(instances: Iterable[Instance], raters: int) -> NDArray[np.uint8]:
    """Per rater the instance number (from 1) of each label: raters x 256."""
    table = np.zeros((raters, 256), dtype=np.uint8)
    for number, instance in enumerate(instances, start=1):
        for rater, name in enumerate(instance.names):
            if name:
                table[rater, name] = number
    return table
