"""Where an engine doubted a mask that it made."""

from __future__ import annotations

import zlib

import numpy as np

from backend.common.storage import read_blob
from backend.masks.models import MaskVersion
from backend.pipeline.models import Run
from backend.science.volume import MaskArray

# A mask that was corrected has the runs on the masks before it as well; each covers what it made anew.
_MOST_CORRECTIONS = 20
# Steps of a sixteenth of a bit are told apart by nobody, and less than a tenth is no doubt.
_LEAST, _STEP = 26, 16


def doubt_of(mask: MaskVersion) -> MaskArray | None:
    """Entropy of each voxel from 0 to 255 (one bit) on the mask's grid, as the engine told it; None where the
    mask is not an engine's, or the engine told none."""
    found: MaskArray | None = None
    version: MaskVersion | None = mask
    for _ in range(_MOST_CORRECTIONS):
        if version is None:
            break
        run = Run.objects.filter(result=version, entropy__isnull=False).select_related("entropy").first()
        if run is not None and run.entropy is not None:
            shape = tuple(version.volume.shape)
            told = np.frombuffer(zlib.decompress(read_blob(run.entropy)), np.uint8).reshape(shape, order="F")
            found = told if found is None else np.maximum(found, told)
        version = version.parent
    if found is None:
        return None
    return np.asfortranarray(np.where(found < _LEAST, 0, found // _STEP * _STEP).astype(np.uint8))
