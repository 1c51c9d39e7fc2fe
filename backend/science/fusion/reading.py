"""What a person should know of each fused vertebra: how far the methods part, and its flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from backend.science.fusion.bounds import largest_ml
from backend.science.fusion.instance_votes import InstanceVotes
from backend.science.fusion.model import STAPLE_VOLUME_ALARM
from backend.science.fusion.prepare import Candidates

MaskArray = NDArray[np.uint8]

# Methods, or outlines, of which one is larger than the other by more than this share of the larger one.
APART_SHARE = 1 / 3
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class MethodVoxels:
    """One vertebra by each method: how many voxels, and the largest share by which two of them differ.

    ``apart_share`` is the larger method's share of voxels that only one of the two has, 0 to 2.
    """

    majority: int
    staple: int | None
    sba: int
    apart_share: float


def method_voxels(candidates: Candidates, votes: InstanceVotes, by_shape: MaskArray) -> list[MethodVoxels]:
    """Hold the methods against each other on the disputed voxels, for every vertebra.

    ``by_shape`` is the instance of every disputed voxel by shape-based averaging. The majority is that of
    more than half; what it leaves undecided it does not have.
    """
    rows = {
        "majority": votes.majority[candidates.row_pattern],
        "staple": votes.by_staple[candidates.row_pattern],
        "sba": by_shape,
    }
    counts = {name: np.bincount(values, minlength=256) for name, values in rows.items()}
    shared = {
        (one, other): np.bincount(rows[one][rows[one] == rows[other]], minlength=256)
        for one, other in combinations(rows, 2)
    }
    found = []
    for number in range(1, len(candidates.instances) + 1):
        agreed = int(candidates.agreed[number])
        sizes = {name: int(values[number]) + agreed for name, values in counts.items()}
        apart = 0.0
        for (one, other), both in shared.items():
            differing = sizes[one] + sizes[other] - 2 * (int(both[number]) + agreed)
            apart = max(apart, differing / max(sizes[one], sizes[other], 1))
        by_staple = sizes["staple"] if votes.has_staple(number) else None
        found.append(MethodVoxels(sizes["majority"], by_staple, sizes["sba"], apart))
    return found


def flags_of(
    number: int,
    candidates: Candidates,
    methods: MethodVoxels,
    *,
    voxels: int,
    rater_voxels: Sequence[int],
    converged: bool,
    voxel_ml: float,
) -> tuple[str, ...]:
    """Reasons for a person to look at one vertebra; see ``FusedInstance``.

    ``voxels`` are those of the result, ``rater_voxels`` of each outline as drawn.
    """
    left_out = "outline_left_out" if candidates.abstains[number - 1].any() else ""
    label = int(candidates.final[number])
    if not label:
        return tuple(flag for flag in ("minority_dropped", left_out) if flag)
    instance = candidates.instances[number - 1]
    tied, invented = candidates.named[number - 1]
    half = abs(float(candidates.support[number - 1]) - 0.5) < _ROUNDING
    sizes = [rater_voxels[r] for r in instance.raters if candidates.weights[r] > 0]
    checks = {
        "name_tied": tied,
        "name_invented": invented,
        "name_disputed": instance.disputed_name,
        "missing": bool(instance.missing) and not half and not left_out,
        "half_missing": half,
        "empty_result": voxels == 0,
        "outline_left_out": bool(left_out),
        "too_large": voxels * voxel_ml > largest_ml(label),
        "sizes_differ": bool(sizes) and min(sizes) < (1 - APART_SHARE) * max(sizes),
        "methods_differ": methods.apart_share > APART_SHARE,
        "staple_volume": _staple_apart(methods),
        "staple_not_converged": not converged,
    }
    return tuple(flag for flag, raised in checks.items() if raised)


def _staple_apart(methods: MethodVoxels) -> bool:
    if methods.staple is None:
        return False
    return abs(methods.staple - methods.majority) > STAPLE_VOLUME_ALARM * max(methods.majority, 1)
