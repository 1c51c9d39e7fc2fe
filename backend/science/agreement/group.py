"""Several raters' masks held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from backend.science.agreement.ballots import Ballots, count_ballots, require_one_grid
from backend.science.agreement.instances import MATCH_IOU, Instance, match_raters
from backend.science.agreement.overlap import conformity_of_counts
from backend.science.agreement.pair import (
    Outlines,
    PairComparison,
    ShapeAgreement,
    compare_outlines,
    compare_tables,
    number,
)
from backend.science.errors import BadInput
from backend.science.labels import sort_labels
from backend.science.volume import Mask


@dataclass(frozen=True, slots=True)
class InstanceAgreement:
    """How well a group agrees on one vertebra, whatever they call it.

    ``label`` is the name most raters gave (the upper one of a tie), ``names`` what each gave (0: not drawn),
    ``pairs`` the agreement of each two raters who drew it, by their numbers.
    """

    label: int
    names: tuple[int, ...]
    pairs: dict[tuple[int, int], ShapeAgreement]
    conformity_index: float

    @property
    def missing(self) -> tuple[int, ...]:
        """Raters who did not draw it."""
        return tuple(rater for rater, name in enumerate(self.names) if not name)

    @property
    def naming_disputed(self) -> bool:
        """Whether those who drew it give it more than one name."""
        return len({name for name in self.names if name}) > 1

    def mean_dice(self) -> float:
        """Mean over all pairs of raters; a pair of which one did not draw it counts as 0."""
        drew = len(self.names) - len(self.missing)
        all_pairs = len(self.names) * (len(self.names) - 1) // 2
        both_missing = len(self.missing) * (len(self.missing) - 1) // 2
        counted = all_pairs - both_missing
        return sum(p.dice for p in self.pairs.values()) / counted if counted and drew else float("nan")

    def worst_hd95_mm(self) -> float:
        """Largest 95th percentile of any pair; inf when a rater did not draw it."""
        if self.missing:
            return float("inf")
        return max((pair.hd95_mm for pair in self.pairs.values()), default=float("nan"))

    def to_json(self) -> dict[str, Any]:
        """For JSON: names, who lacks it, and the measures of each pair."""
        dices = [pair.dice for pair in self.pairs.values()]
        return {
            "label": self.label,
            "names": list(self.names),
            "missing": list(self.missing),
            "naming_disputed": self.naming_disputed,
            "mean_dice": number(self.mean_dice()),
            "minimum_dice": 0.0 if self.missing else number(min(dices, default=float("nan"))),
            "hd95_mm": number(self.worst_hd95_mm()),
            "assd_mm": number(float(np.mean([p.assd_mm for p in self.pairs.values()] or [np.nan]))),
            "nsd_1mm": number(float(np.mean([p.nsd_1mm for p in self.pairs.values()] or [np.nan]))),
            "conformity_index": number(self.conformity_index),
            "pairs": [{"raters": list(raters), **shape.to_json()} for raters, shape in self.pairs.items()],
        }


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """All raters of one case compared: each pair by name, each vertebra by place."""

    raters: int
    pairs: dict[tuple[int, int], PairComparison]
    instances: list[InstanceAgreement]
    empty_raters: list[int]

    def dice_matrix(self) -> list[list[float | None]]:
        """Mean Dice of each pair of raters by name, 1 on the diagonal."""
        matrix: list[list[float | None]] = [[1.0] * self.raters for _ in range(self.raters)]
        for (first, second), pair in self.pairs.items():
            matrix[first][second] = matrix[second][first] = number(pair.mean_dice())
        return matrix

    def to_json(self) -> dict[str, Any]:
        """The whole comparison; ``labels`` is keyed by the name that most raters gave."""
        return {
            "raters": self.raters,
            "empty_raters": self.empty_raters,
            "dice_matrix": self.dice_matrix(),
            "labels": {str(key): value for key, value in self._by_label().items()},
            "pairs": [{"raters": list(key), **pair.to_json()} for key, pair in self.pairs.items()],
            "naming_disputes": [
                {"label": i.label, "names": list(i.names)} for i in self.instances if i.naming_disputed
            ],
        }

    def _by_label(self) -> dict[int, dict[str, Any]]:
        """Instances by name; of several with one name the best drawn stands, the rest beside it."""
        result: dict[int, dict[str, Any]] = {}
        for instance in sorted(self.instances, key=lambda i: len(i.missing)):
            entry = instance.to_json()
            if instance.label in result:
                result[instance.label].setdefault("also", []).append(entry)
            else:
                result[instance.label] = entry
        return {label: result[label] for label in sort_labels(result)}


def compare_group(masks: Sequence[Mask], *, minimum_iou: float = MATCH_IOU) -> GroupComparison:
    """Compare the masks of two or more raters on one grid.

    Raises
    ------
    BadInput
        ``too_few_masks`` for fewer than two, ``other_grid`` when they do not lie on one grid.
    """
    if len(masks) < 2:
        raise BadInput("too_few_masks", "at least two masks are needed to compare raters")
    require_one_grid(masks)
    ballots = count_ballots([mask.array for mask in masks])
    outlines = [Outlines(mask) for mask in masks]
    cache: dict[tuple[int, int, int, int], ShapeAgreement] = {}
    joints = {pair: ballots.joint(*pair) for pair in combinations(range(len(masks)), 2)}
    pairs = {
        (a, b): compare_tables(outlines[a], outlines[b], joint, minimum_iou=minimum_iou)
        for (a, b), joint in joints.items()
    }
    for (a, b), pair in pairs.items():
        cache.update({(a, label, b, label): shape for label, shape in pair.labels.items()})
        cache.update({(a, n.label_a, b, n.label_b): n.shape for n in pair.naming})
    instances = []
    for instance in match_raters(ballots, minimum_iou):
        shapes = {}
        for a, b in combinations(instance.raters, 2):
            name_a, name_b = instance.names[a], instance.names[b]
            key = (a, name_a, b, name_b)
            if key not in cache:
                shared = int(joints[(a, b)][name_a, name_b])
                cache[key] = compare_outlines(
                    outlines[a][name_a], outlines[b][name_b], shared, masks[0].geometry
                )
            shapes[(a, b)] = cache[key]
        instances.append(
            InstanceAgreement(
                _common_name(instance), instance.names, shapes, _conformity(instance, ballots, joints)
            )
        )
    ranks = {label: rank for rank, label in enumerate(sort_labels({i.label for i in instances}))}
    instances.sort(key=lambda i: (ranks[i.label], i.names))
    empty = [rater for rater in range(len(masks)) if not outlines[rater].boxes]
    return GroupComparison(len(masks), pairs, instances, empty)


def _common_name(instance: Instance) -> int:
    """The name most raters gave; of equally many the one nearest the head."""
    votes = Counter(name for name in instance.names if name)
    most = max(votes.values())
    return sort_labels(name for name, count in votes.items() if count == most)[0]


def _conformity(instance: Instance, ballots: Ballots, joints: dict[tuple[int, int], Any]) -> float:
    sizes = [int(ballots.voxels(rater)[name]) if name else 0 for rater, name in enumerate(instance.names)]
    counts = []
    for a, b in combinations(range(ballots.raters), 2):
        name_a, name_b = instance.names[a], instance.names[b]
        shared = int(joints[(a, b)][name_a, name_b]) if name_a and name_b else 0
        counts.append((shared, sizes[a] + sizes[b] - shared))
    return conformity_of_counts(counts)
