"""What the size and the build of single vertebrae say: more than a level can hold, another vertebra's arch.

An arch that carries its neighbour's name cannot be told by pieces, since facets touch; it is told by depth
and by height. Of some forty vertebrae in public masks (VerSe, TotalSegmentator, TPTBox) that the image shows
whole, none had less than 0.9 times the depth of the shallower of its neighbours, and the rear of a vertebra
lay from 0.5 steps below to 0.3 steps above its front, a step being the way to the next vertebra. Where an
arch was given to a neighbour, the depth of its own vertebra fell to 0.5; where all arches were, the rear lay
0.85 to 1.1 steps away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.anatomy import USUAL_ML
from backend.science.finding import Finding
from backend.science.labels import COCCYX, SACRUM, name_of, order_of
from backend.science.numbering import needs_confirmation
from backend.science.numbering_fit import size_fault
from backend.science.numbering_proposal import NumberingProposal
from backend.science.regions import Region, place_of
from backend.science.volume import Mask

# C1 is a ring, and the sacrum has no neighbour of its kind
_OTHER_BUILD = frozenset({1, SACRUM, COCCYX})
_LEAST_DEPTH = 0.6
_FARTHEST_STEPS = 0.7
# shares of the depth that count as front and rear; the canal lies between them
_FRONT, _REAR = 0.4, 0.45
# fewer places than this tell no shape
_LEAST_PLACES = 200
# a vertebra that holds a neighbour's arch as well is larger for its level than the other neighbour by this
_LARGER = 1.1


def numbering_findings(proposals: Sequence[NumberingProposal]) -> list[Finding]:
    """That the numbers of a mask file are not plainly VerSe's, before anybody has said what they are."""
    if not needs_confirmation(proposals):
        return []
    first = proposals[0]
    message = f"the numbers have to be confirmed: {first.why}"
    if first.names_levels:
        message += f" ({first.table})"
    return [Finding("numbering", "error", message)]


def impossible_sizes(mask: Mask, regions: Mapping[int, Region]) -> list[Finding]:
    """Vertebrae that hold or reach more, or whole ones that hold less, than their level can."""
    findings = []
    for label, region in regions.items():
        fault = size_fault(region, label)
        if fault:
            message = f"{name_of(label)} {fault}"
            where = place_of(mask, region.centre)
            findings.append(Finding("impossible_size", "error", message, label, region.voxels, where))
    return findings


def arch_findings(
    mask: Mask, regions: Mapping[int, Region], samples: Mapping[int, NDArray[np.float32]]
) -> list[Finding]:
    """Vertebrae without an arch among others that have one, and arches at another vertebra's height.

    ``samples`` are places of some voxels of each vertebra, RAS mm. Judged are vertebrae that the image shows
    whole.
    """
    spine = sorted(
        (
            label
            for label, region in regions.items()
            if label not in _OTHER_BUILD and len(samples[label]) >= _LEAST_PLACES
        ),
        key=order_of,
    )
    if len(spine) < 3:
        return []
    builds = {label: _build(label, spine, regions, samples) for label in spine}
    findings = []
    for label in spine:
        if regions[label].cut:
            continue
        message = _without_arch(label, spine, regions, builds) or _of_another(label, spine, builds)
        if message:
            where = place_of(mask, regions[label].centre)
            findings.append(Finding("arch", "warning", message, label, voxel=where))
    return findings


@dataclass(frozen=True, slots=True)
class _Build:
    """Depth of a vertebra along its own axis in mm, and how far its rear lies above its front, in mm and in
    steps to the next vertebra."""

    depth: float
    rear_steps: float
    rear_mm: float


def _build(
    label: int, spine: list[int], regions: Mapping[int, Region], samples: Mapping[int, NDArray[np.float32]]
) -> _Build:
    index = spine.index(label)
    above, below = spine[max(0, index - 1)], spine[min(len(spine) - 1, index + 1)]
    way = np.subtract(regions[above].centre, regions[below].centre)
    length = float(np.linalg.norm(way)) or 1.0
    levels = order_of(below) - order_of(above)
    up = way / length
    front = np.array([0.0, 1.0, 0.0]) - up[1] * up
    front /= float(np.linalg.norm(front)) or 1.0
    places = samples[label].astype(np.float64) - regions[label].centre
    along, forward = places @ up, places @ front
    low, high = (float(v) for v in np.percentile(forward, (1, 99)))
    depth = high - low
    ahead, behind = along[forward > high - _FRONT * depth], along[forward < low + _REAR * depth]
    rear = float(behind.mean() - ahead.mean()) if len(ahead) and len(behind) else 0.0
    return _Build(depth, rear / (length / levels), rear)


def _without_arch(
    label: int, spine: list[int], regions: Mapping[int, Region], builds: Mapping[int, _Build]
) -> str:
    whole = [other for other in spine if other != label and not regions[other].cut]
    nearest = sorted(whole, key=lambda other: abs(spine.index(other) - spine.index(label)))[:2]
    if not nearest:
        return ""
    usual = min(builds[other].depth for other in nearest)
    if builds[label].depth >= _LEAST_DEPTH * usual:
        return ""
    index = spine.index(label)
    beside = [spine[i] for i in (index - 1, index + 1) if 0 <= i < len(spine)]
    larger = sorted(beside, key=lambda other: -regions[other].volume_ml / USUAL_ML[other])
    shares = [regions[other].volume_ml / USUAL_ML[other] for other in larger]
    told = len(shares) == 1 or shares[0] > _LARGER * shares[1]
    whose = f"the name of {name_of(larger[0])}" if told else "a neighbour's name"
    return f"{name_of(label)} has no arch while its neighbours have one: it may carry {whose}"


def _of_another(label: int, spine: list[int], builds: Mapping[int, _Build]) -> str:
    build = builds[label]
    if abs(build.rear_steps) <= _FARTHEST_STEPS:
        return ""
    index = spine.index(label) + (-1 if build.rear_steps > 0 else 1)
    whose = f"that of {name_of(spine[index])}" if 0 <= index < len(spine) else "another vertebra's"
    word = "above" if build.rear_steps > 0 else "below"
    return f"the arch of {name_of(label)} lies {abs(build.rear_mm):.0f} mm {word} its body: it may be {whose}"
