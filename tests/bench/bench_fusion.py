"""Fusing five raters against SimpleITK's voting and STAPLE on the whole volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK

from backend.science.fusion import FusionParameters, fuse
from backend.science.fusion.voting import UNDECIDED
from tests.bench import report
from tests.bench.spine_masks import SHAPE, raters
from tests.bench.timing import best_of, once, peak_bytes

sitk: Any = SimpleITK
VOLUME_BYTES = int(np.prod(SHAPE)) * 2  # the CT, int16


def run() -> dict[str, Any]:
    masks = raters()
    images = [sitk.GetImageFromArray(np.ascontiguousarray(mask.array.T)) for mask in masks]
    plain = FusionParameters(clean=False)
    seconds_majority, fused = best_of(3, lambda: fuse(masks, "majority"))
    seconds_staple, _ = best_of(2, lambda: fuse(masks, "staple"))
    seconds_sba, _ = once(lambda: fuse(masks, "sba"))
    seconds_voting, voted = best_of(3, lambda: sitk.LabelVoting(images, UNDECIDED))
    seconds_multi, _ = once(lambda: sitk.MultiLabelSTAPLE(images))
    theirs = sitk.GetArrayViewFromImage(voted).T
    own = fuse(masks, "majority", plain).mask.array
    decided = theirs != UNDECIDED
    return {
        "raters": len(masks),
        "vertebrae": len(fused.instances),
        "majority": {
            "seconds": seconds_majority,
            "simpleitk_label_voting_seconds": seconds_voting,
            "times_faster": seconds_voting / seconds_majority,
            "bar": 5.0,
            "voxels_unlike_simpleitk": int(np.count_nonzero(own[decided] != theirs[decided])),
        },
        "staple": {
            "seconds": seconds_staple,
            "simpleitk_multi_label_staple_seconds": seconds_multi,
            "times_faster": seconds_multi / seconds_staple,
            "bar": 30.0,
        },
        "sba": {"seconds": seconds_sba},
        "peak_memory": {
            "volumes": peak_bytes(lambda: fuse(masks, "majority")) / VOLUME_BYTES,
            "bar": 4.0,
        },
    }


if __name__ == "__main__":
    raise SystemExit(report.write(run))
