"""Measuring twenty vertebrae against TotalSegmentator's published height recipe, written anew.

The peer gets the body masks for nothing, while ours tells body from arch by itself. Two numbers are given:
the recipe as published, on masks of the whole volume, against which the bar holds, and the same recipe on
crops, which spares it most of its work. Processor seconds stand beside the clock's: other load adds nothing
to them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.science.finding import Finding
from backend.science.morphometry import Measurements, measure
from backend.science.quality import check_mask, forget_shapes
from backend.science.volume import Mask, Volume
from tests.bench import report
from tests.bench.height_recipe import heights_on_crops, heights_on_whole_grid
from tests.bench.spine_masks import LABELS, raters
from tests.bench.timing import best_of, once, processor_of

# The bodies of `spine_masks` end this far behind the column's axis.
_BEHIND = 16


def _bodies(mask: Mask) -> Mask:
    """The bodies of the made-up spine, which the peer's own network would find."""
    array = mask.array.copy(order="F")
    array[:, : mask.array.shape[1] // 2 - 2 - _BEHIND] = 0
    return Mask(mask.geometry, array)


def run() -> dict[str, Any]:
    mask = raters()[0]
    hu = np.zeros(mask.array.shape, dtype=np.int16, order="F")
    hu[mask.array > 0] = 120
    volume = Volume(mask.geometry, hu)

    def everything() -> tuple[Measurements, list[Finding]]:
        forget_shapes()
        return measure(mask, volume=volume), check_mask(mask)

    def heights() -> Measurements:
        return measure(mask)

    seconds, (found, _) = best_of(4, everything)
    heights_seconds, _ = best_of(4, heights)
    bodies = _bodies(mask)
    peer_seconds, peer = once(lambda: heights_on_whole_grid(mask, bodies, LABELS))
    known = {label: e.heights.all_mm for label, e in found.vertebrae.items() if e.heights}
    one_seconds, _ = best_of(5, lambda: measure(mask, volume=volume, labels=[LABELS[12]], known=known))
    heights_processor = processor_of(4, heights)
    crops_processor = processor_of(4, lambda: heights_on_crops(mask, bodies, LABELS))
    apart = [abs(a - b) for label in known for a, b in zip(known[label], reversed(peer[label]), strict=True)]
    return {
        "vertebrae": len(found.vertebrae),
        "heights_hu_and_checks": {
            "seconds": seconds,
            "processor_seconds": processor_of(4, everything),
            "bar_seconds": 2.0,
        },
        "heights": {
            "seconds": heights_seconds,
            "processor_seconds": heights_processor,
            "recipe_seconds": peer_seconds,
            "times_faster": peer_seconds / heights_seconds,
            "bar": 5.0,
            "recipe_on_crops_processor_seconds": crops_processor,
            "times_faster_than_on_crops": crops_processor / heights_processor,
            "median_difference_mm": float(np.median(apart)),
        },
        "one_vertebra": {"seconds": one_seconds, "bar_seconds": 0.3},
    }


if __name__ == "__main__":
    raise SystemExit(report.write(run))
