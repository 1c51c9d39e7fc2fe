"""Which way the vertebrae of a mask face: bodies behind their arches, levels that run upwards.

Both tell of a header that swaps two ends of the patient, which nothing else in a file would. A mirror of left
and right leaves no trace in vertebrae.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.finding import Finding
from backend.science.formats.nifti_grid import Remark
from backend.science.labels import BY_LABEL, COCCYX, SACRUM, name_of, sort_labels
from backend.science.regions import Region, places_of, regions_of
from backend.science.volume import Mask, closest_axes

FRONT, UP = 1, 2  # of R, A, S
# C1 has no body, and the sacrum and the coccyx slope
_OTHER_BUILD = frozenset({1, SACRUM, COCCYX})
# Bodies alone are less deep than this: 16 to 20 mm in the neck, 20 to 38 mm below.
_LEAST_DEPTH_MM = {"cervical": 30.0, "thoracic": 45.0, "lumbar": 45.0}
_LEAST_PLACES = 200
_FEWEST = 2
# The body holds most of a vertebra, so that the mean of its voxels lies before the middle of its depth: in 51
# vertebrae of eight public masks by 0.02 (a burst one) to 0.19 of the depth, by mask 0.07 to 0.14.
_BEHIND = -0.04


def bodies_behind(
    mask: Mask, regions: Mapping[int, Region], samples: Mapping[int, NDArray[np.float32]]
) -> Finding | None:
    """That each vertebra has its mass at the rear of its depth, where two or more can be judged.

    ``samples`` are places of some voxels of each vertebra, RAS mm. Judged is what has an arch, and is not cut
    in front, behind, above or below.
    """
    shares = []
    for label, region in regions.items():
        if label in _OTHER_BUILD or len(samples[label]) < _LEAST_PLACES or _cut_in_profile(mask, region):
            continue
        forward = samples[label][:, FRONT].astype(np.float64)
        rear, front = np.percentile(forward, (1, 99))
        if front - rear >= _LEAST_DEPTH_MM[BY_LABEL[label].region]:
            shares.append((float(forward.mean()) - (rear + front) / 2) / (front - rear))
    if len(shares) < _FEWEST or max(shares) >= 0 or np.median(shares) > _BEHIND:
        return None
    message = "the bodies lie behind their arches: the file's header swaps front and back"
    return Finding("orientation", "error", message)


def levels_upwards(known: Sequence[int], heights_mm: Mapping[int, float]) -> Finding | None:
    """That of three or more levels, given from the head down, each lies above the one before it."""
    steps = np.diff([heights_mm[label] for label in known])
    if len(steps) < _FEWEST or (steps <= 0).any():
        return None
    cause = "the file's header swaps head and feet, or they were counted from below"
    message = f"the levels run upwards from {name_of(known[0])} to {name_of(known[-1])}: {cause}"
    return Finding("orientation", "error", message)


def orientation_remarks(mask: Mask) -> list[Remark]:
    """What should be said of a mask in VerSe's numbers that faces the wrong way."""
    regions = {label: region for label, region in regions_of(mask).items() if label in BY_LABEL}
    samples = {
        label: places_of(mask, region.box, mask.array[region.box] == label)
        for label, region in regions.items()
    }
    heights = {label: region.centre[UP] for label, region in regions.items()}
    found = [bodies_behind(mask, regions, samples), levels_upwards(sort_labels(regions), heights)]
    return [Remark(one.code, one.message) for one in found if one is not None]


def _cut_in_profile(mask: Mask, region: Region) -> bool:
    order, _ = closest_axes(mask.geometry.directions)
    return any(
        world in (FRONT, UP) and (side.start == 0 or side.stop == length)
        for world, side, length in zip(order, region.box, mask.array.shape, strict=True)
    )
