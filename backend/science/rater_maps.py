"""What several people made of each voxel of one mask: where they differ, and how many saw bone there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import MaskArray

ShareArray = NDArray[np.float32]

DISAGREEMENT = "Share of raters whose label differs from the released mask"
PROBABILITY = "Share of raters who marked a vertebra here (mean, no STAPLE)"


def disagreement_map(released: MaskArray, raters: Sequence[MaskArray]) -> ShareArray:
    """In each voxel the share of raters whose label is another than the released one, background included."""
    return _share([mask != released for mask in raters])


def probability_map(raters: Sequence[MaskArray]) -> ShareArray:
    """In each voxel the share of raters who marked any vertebra, whatever they called it."""
    return _share([mask != 0 for mask in raters])


def _share(said: Sequence[NDArray[np.bool_]]) -> ShareArray:
    if not said:
        raise ValueError("a share needs at least one rater")
    count = np.zeros(said[0].shape, dtype=np.uint8, order="F")
    for one in said:
        count += one
    return np.asfortranarray(count / np.float32(len(said)), dtype=np.float32)
