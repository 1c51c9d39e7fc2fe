"""Outlines that no vertebra can have: floods. They are taken out of the vote before anything is fused.

A brush or a region that ran out covers the image under one label. Its signed distance is negative nearly
everywhere, so the mean of distances follows it; in a vote it outweighs nobody but takes the place of every
neighbour. What is left out abstains: it speaks neither for the vertebra nor for background.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import Ballots
from backend.science.agreement.instances import Instance
from backend.science.labels import BY_LABEL
from backend.science.volume import VolumeGeometry

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

# About two and a half times the largest whole vertebra of each region in six masks of adults (C2 28, T12 48,
# L5 66 ml). No whole sacrum or coccyx was among them: those two are set wide, without a source.
_LARGEST_ML = {"cervical": 80.0, "thoracic": 120.0, "lumbar": 160.0, "sacral": 500.0, "coccygeal": 100.0}
# Against the others: this many times the largest of two or more who drew the same vertebra.
LARGER_THAN_OTHERS = 3.0
_FEWEST_OTHERS = 2
# Who left out an outline that covers this share of another vertebra abstains on that one, too.
_COVERED = 0.5


def largest_ml(label: int) -> float:
    """The volume in ml that no vertebra of this label has."""
    return _LARGEST_ML[BY_LABEL[label].region]


def floods(
    ballots: Ballots, instances: Sequence[Instance], geometry: VolumeGeometry, votes: BoolArray
) -> set[tuple[int, int]]:
    """Outlines (rater, label) to be left out.

    Left out is what is larger than its vertebra can be, or three times larger than the largest of two or more
    others who drew the same vertebra. With one other nobody can say which of two possible sizes is right, and
    what all whose votes count drew alike stands: both are flagged, not decided.

    Parameters
    ----------
    votes
        Per rater whether the rater's votes count at all.
    """
    voxel_ml = geometry.voxel_volume_mm3 / 1000.0
    voters = set(np.flatnonzero(votes).tolist())
    found: set[tuple[int, int]] = set()
    for instance in instances:
        sizes = {r: float(ballots.voxels(r)[instance.names[r]]) * voxel_ml for r in instance.raters}
        impossible = {r for r, size in sizes.items() if size > largest_ml(instance.names[r])}
        if voters - impossible:
            found |= {(r, instance.names[r]) for r in impossible}
        for rater, size in sizes.items():
            others = [sizes[r] for r in sizes.keys() & voters - impossible - {rater}]
            if len(others) >= _FEWEST_OTHERS and size > LARGER_THAN_OTHERS * max(others):
                found.add((rater, instance.names[rater]))
    return found


def without(instances: Sequence[Instance], left_out: set[tuple[int, int]]) -> list[Instance]:
    """The instances as if the outlines left out had not been drawn."""
    return [
        Instance(tuple(0 if (rater, name) in left_out else name for rater, name in enumerate(instance.names)))
        for instance in instances
    ]


def abstentions(
    ballots: Ballots, voting: Sequence[Instance], drawn: Sequence[Instance], left_out: set[tuple[int, int]]
) -> BoolArray:
    """Which rater abstains on which instance (instances x raters), because of an outline left out there.

    ``voting`` are the instances without what was left out, ``drawn`` the same as they were drawn.
    """
    result = np.zeros((len(voting), ballots.raters), dtype=np.bool_)
    if not left_out:
        return result
    silent = np.zeros(ballots.patterns.shape, dtype=np.bool_)
    for rater, label in left_out:
        silent[:, rater] |= ballots.patterns[:, rater] == label
    for number, (now, before) in enumerate(zip(voting, drawn, strict=True)):
        names = np.array(now.names)
        touched = ((ballots.patterns == names) & (names > 0)).any(axis=1)
        covered = ballots.counts[touched] @ silent[touched].astype(np.float64)
        result[number] = covered >= _COVERED * max(1, int(ballots.counts[touched].sum()))
        result[number] |= np.array([(r, name) in left_out for r, name in enumerate(before.names)])
    return result
