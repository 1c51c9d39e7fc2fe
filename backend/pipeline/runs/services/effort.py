"""How much people changed of what the engine gave them."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.selectors import mask_array
from backend.pipeline.models import EditEffort, Run
from backend.science.volume import MaskArray

EFFORT = "pipeline.effort"


def measure_effort(*, mask_id: UUID) -> EditEffort | None:
    """Count the voxels in which a rater's mask differs from the engine's mask that it started from.

    None where the mask is not a rater's, or did not start from an engine's result.
    """
    version = MaskVersion.objects.select_related("volume", "parent").filter(pk=mask_id).first()
    if version is None or version.source != MaskSource.RATER or version.parent is None:
        return None
    run = Run.objects.filter(result=version.parent, result__source=MaskSource.ENGINE).first()
    if run is None:
        return None
    before, after = mask_array(version.parent), mask_array(version)
    changed = int(np.count_nonzero(before != after))
    made, _ = EditEffort.objects.update_or_create(
        mask=version,
        defaults={
            "run": run,
            "changed_voxels": changed,
            "changed_mm3": round(changed * geometry_of(version.volume).voxel_volume_mm3, 1),
            "engine_voxels": int(np.count_nonzero(before)),
            "dice": _mean_dice(before, after),
        },
    )
    return made


def _mean_dice(before: MaskArray, after: MaskArray) -> float | None:
    """Mean Dice over the labels of either mask; None where both are empty."""
    sizes_before = np.bincount(before.ravel(order="K"), minlength=256)
    sizes_after = np.bincount(after.ravel(order="K"), minlength=256)
    both = np.bincount(before[before == after].ravel(order="K"), minlength=256)
    total = (sizes_before + sizes_after)[1:]
    present = total > 0
    if not present.any():
        return None
    return round(float((2 * both[1:][present] / total[present]).mean()), 4)
