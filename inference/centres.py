"""Where a vertebra's body is, by its mask: the one definition for what the engine says and is judged by.

The arch is left out as `backend.science.morphometry` does it, which is also what VerSe publishes.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from backend.science.morphometry.bodies import NOT_MEASURED, find_bodies
from backend.science.volume import Mask, VolumeGeometry, label_boxes
from inference.patches import FloatArray

# Halving a finer grid moves a centre by less than a tenth of a millimetre.
_FINE_ENOUGH_MM = 2.0


def mask_centres(mask: Mask, labels: Collection[int]) -> dict[int, FloatArray]:
    """Centres (RAS mm) of the bodies of some labels of a mask in canonical order.

    Left out are levels without a body of their own (C1, C2), and masks in which body and arch cannot be told
    apart.
    """
    wanted = set(labels) - NOT_MEASURED
    coarse = thinned(mask)
    found = find_bodies(coarse, labels=wanted & set(label_boxes(coarse.array))) if wanted else {}
    return {label: body.frame.centre for label, body in found.items() if body.separated}


def thinned(mask: Mask, fine_enough_mm: float = _FINE_ENOUGH_MM) -> Mask:
    """Every second (third, ...) voxel along axes that are finer than needed: a body's centre needs 2 mm."""
    geometry = mask.geometry
    steps = [max(1, int(fine_enough_mm / mm)) for mm in geometry.spacing_mm]
    if steps == [1, 1, 1]:
        return mask
    array = mask.array[:: steps[0], :: steps[1], :: steps[2]]
    affine = geometry.affine_ras_mm @ np.diag([*steps, 1.0])
    return Mask(VolumeGeometry((array.shape[0], array.shape[1], array.shape[2]), affine), array)


def block_centre(inside: npt.NDArray[np.bool_], geometry: VolumeGeometry, label: int) -> FloatArray | None:
    """The body's centre (RAS mm) of one vertebra on a block of its own, or None as in `mask_centres`."""
    if not inside.any():
        return None
    mask = Mask(geometry, np.where(inside, label, 0).astype(np.uint8))
    return mask_centres(mask, [label]).get(label)
