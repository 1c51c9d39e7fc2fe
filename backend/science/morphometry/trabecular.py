"""Hounsfield units of the spongy bone of vertebral bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cc3d
import edt
import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.boxes import label_extents
from backend.science.agreement.pair import number
from backend.science.errors import BadInput
from backend.science.morphometry.bodies import Body, Crop, find_bodies
from backend.science.volume import Mask, Volume

BoolArray = NDArray[np.bool_]

# Region of interest: this far inside the body's surface (cortex and endplates), its anterior two thirds
# (the basivertebral veins enter from behind).
EROSION_MM = 4.5
ANTERIOR_SHARE = 2.0 / 3.0
SMALLEST_ROI_MM3 = 1000.0

# Spongy bone outside these limits is not what is to be measured: cement, metal, sclerosis, gas.
METAL_HU = 2000.0
METAL_SHARE = 0.002
SCLEROTIC_HU = 400.0


@dataclass(frozen=True, slots=True)
class TrabecularHu:
    """HU of one body's region of interest; ``excluded`` says why the level must not be used."""

    label: int
    mean: float
    sd: float
    voxels: int
    volume_mm3: float
    excluded: str

    def to_json(self) -> dict[str, Any]:
        return {
            "mean": number(self.mean),
            "sd": number(self.sd),
            "voxels": self.voxels,
            "volume_mm3": self.volume_mm3,
            "excluded": self.excluded,
        }


def trabecular_region(crop: Crop, body: Body) -> BoolArray:
    """The region of interest of one body, on the crop's voxels."""
    frame = body.frame
    forward = crop.along(frame.front, frame.centre)
    across = np.abs(crop.along(frame.left, frame.centre))
    depth = edt.edt(np.pad(crop.inside, 1), anisotropy=crop.geometry.spacing_mm)[1:-1, 1:-1, 1:-1]
    midline = crop.inside & (across <= 10.0) & (forward > -25.0)
    if not midline.any():
        return np.zeros_like(crop.inside)
    front = float(np.quantile(forward[midline], 0.98))
    # the body reaches about as far behind its centre as before it
    back = -front
    limit = front - ANTERIOR_SHARE * (front - back)
    region: BoolArray = crop.inside & (depth >= EROSION_MM) & (forward >= limit)
    pieces, count = cc3d.connected_components(region, connectivity=6, return_N=True)
    if count > 1:
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        sizes[0] = 0
        region = pieces == int(sizes.argmax())
    return region


def measure_hu(
    volume: Volume,
    mask: Mask,
    *,
    labels: Sequence[int] | None = None,
    bodies: Mapping[int, Body] | None = None,
    fractured: Sequence[int] = (),
    foreign_material: Sequence[int] = (),
) -> dict[int, TrabecularHu]:
    """HU of every measured body.

    Raises
    ------
    BadInput
        ``other_grid`` when CT and mask do not lie on one grid.
    """
    if not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask lies on another grid than the CT")
    found = find_bodies(mask, labels=labels) if bodies is None else bodies
    extents = label_extents(mask.array)
    result: dict[int, TrabecularHu] = {}
    for label, body in found.items():
        box = extents[label].box
        crop = Crop.of(mask, label, box)
        region = trabecular_region(crop, body)
        hu = volume.array[box][region].astype(np.float64)
        whole = volume.array[box][crop.inside]
        size = hu.size * mask.geometry.voxel_volume_mm3
        mean = float(hu.mean()) if hu.size else float("nan")
        sd = float(hu.std(ddof=1)) if hu.size > 1 else float("nan")
        reason = _excluded(label, mean, size, float((whole >= METAL_HU).mean()), fractured, foreign_material)
        result[label] = TrabecularHu(label, mean, sd, int(hu.size), float(size), reason)
    return result


def _excluded(
    label: int, mean: float, size_mm3: float, metal: float, fractured: Sequence[int], foreign: Sequence[int]
) -> str:
    """The first reason why a level's density must not be used."""
    reasons = {
        "fractured": label in fractured,
        "foreign_material": label in foreign,
        "metal": metal >= METAL_SHARE,
        "too_small": size_mm3 < SMALLEST_ROI_MM3,
        "sclerotic": bool(mean >= SCLEROTIC_HU),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
