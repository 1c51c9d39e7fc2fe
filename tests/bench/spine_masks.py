"""A large mask and five raters' versions of it: 20 vertebrae on 200 x 300 x 500 voxels of 1 mm."""

from __future__ import annotations

from functools import lru_cache

import edt
import numpy as np
from scipy import ndimage

from backend.science.labels import ANATOMICAL_ORDER
from backend.science.volume import Mask, VolumeGeometry

SHAPE = (200, 300, 500)
LABELS = ANATOMICAL_ORDER[3:19] + ANATOMICAL_ORDER[20:24]
RATERS = 5
_LEVEL = 24


def _vertebra() -> np.ndarray:
    """One vertebra: body, pedicles, lamina and processes; about 20 ml in a box of 80 x 90 x 28 voxels."""
    x, y, z = np.meshgrid(np.arange(-40, 40), np.arange(-62, 28), np.arange(-14, 14), indexing="ij")
    inside: np.ndarray = ((x / 20.0) ** 4 + (y / 15.0) ** 4 <= 1) & (np.abs(z) <= 9)
    behind, wide = -15 - y, np.abs(x)
    inside |= (behind > -3) & (behind < 18) & (wide > 9) & (wide < 15) & (z > -3) & (z < 5)
    inside |= (behind > 14) & (behind < 19) & (wide < 15) & (z > -8) & (z < 6)
    inside |= (behind > 16) & (behind < 40) & (wide < 3) & (z > -11) & (z < -3)
    inside |= (behind > 8) & (behind < 16) & (wide < 34) & (np.abs(z) < 4) & (wide > 12)
    return inside


@lru_cache(maxsize=1)
def raters() -> tuple[Mask, ...]:
    """Five masks whose outlines wander by about a voxel, the fifth with a leak and one vertebra missing."""
    shape = np.pad(_vertebra(), 4)
    distance = edt.edt(shape) - edt.edt(~shape)
    geometry = VolumeGeometry(SHAPE, np.eye(4))
    rng = np.random.default_rng(0)
    masks = []
    for rater in range(RATERS):
        array = np.zeros(SHAPE, dtype=np.uint8, order="F")
        for place, label in enumerate(LABELS):
            if rater == RATERS - 1 and place == 7:
                continue
            rough = ndimage.gaussian_filter(rng.normal(size=distance.shape).astype(np.float32), 2.5)
            drawn = distance + rough / rough.std() * 0.8 > 0
            start = (100 - 44, 150 - 66, 500 - 18 - _LEVEL * (place + 1))
            view = array[tuple(slice(s, s + n) for s, n in zip(start, drawn.shape, strict=True))]
            view[drawn & (view == 0)] = label
        if rater == RATERS - 1:
            array[130:150, 150:160, 200:210] = LABELS[11]
        masks.append(Mask(geometry, array))
    return tuple(masks)
