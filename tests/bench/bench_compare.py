"""Comparing two raters against the public surface-distance package, called label by label."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import surface_distance

from backend.science.agreement import compare_pair
from backend.science.volume import Mask
from tests.bench import report
from tests.bench.spine_masks import SHAPE, raters
from tests.bench.timing import best_of, once, peak_bytes

VOLUME_BYTES = int(np.prod(SHAPE)) * 2


def _label_by_label(a: Mask, b: Mask) -> dict[int, tuple[float, float, float]]:
    """Dice, HD95 and surface Dice of every shared label by the public package."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package's own imports from SciPy
        for label in sorted((set(np.unique(a.array)) & set(np.unique(b.array))) - {0}):
            one, two = a.array == label, b.array == label
            distances = surface_distance.compute_surface_distances(one, two, a.geometry.spacing_mm)
            surface_distance.compute_average_surface_distance(distances)
            found[int(label)] = (
                float(surface_distance.compute_dice_coefficient(one, two)),
                float(surface_distance.compute_robust_hausdorff(distances, 95)),
                float(surface_distance.compute_surface_dice_at_tolerance(distances, 1.0)),
            )
    return found


def run() -> dict[str, Any]:
    a, b = raters()[:2]
    seconds, own = best_of(2, lambda: compare_pair(a, b))
    peer_seconds, theirs = once(lambda: _label_by_label(a, b))
    difference = max(
        max(
            abs(own.labels[label].dice - dice),
            abs(own.labels[label].hd95_mm - hd95),
            abs(own.labels[label].nsd_1mm - nsd),
        )
        for label, (dice, hd95, nsd) in theirs.items()
    )
    return {
        "labels": len(theirs),
        "seconds": seconds,
        "surface_distance_seconds": peer_seconds,
        "times_faster": peer_seconds / seconds,
        "bar": 5.0,
        "largest_difference": difference,
        "peak_memory": {"volumes": peak_bytes(lambda: compare_pair(a, b)) / VOLUME_BYTES, "bar": 4.0},
    }


if __name__ == "__main__":
    raise SystemExit(report.write(run))
