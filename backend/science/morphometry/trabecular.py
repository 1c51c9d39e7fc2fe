"""Hounsfield units of the spongy bone of vertebral bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import edt
import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.agreement.boxes import Extent, grow, label_extents
from backend.science.agreement.pair import number
from backend.science.components import pieces_of
from backend.science.errors import BadInput
from backend.science.morphometry.bodies import Body, Crop, FloatArray, Frame, Point, find_bodies
from backend.science.tolerances import DISTANCE_SLACK_MM
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

# A person may make the region this much smaller or larger; it never leaves the vertebra.
SCALE_RANGE = (0.3, 1.6)
# Field and step of the region's outline on the sagittal plane through its centre.
_OUTLINE_FIELD_MM = 60.0
_OUTLINE_STEP_MM = 1.0


@dataclass(frozen=True, slots=True)
class TrabecularHu:
    """HU of one body's region of interest; ``excluded`` says why the level must not be used.

    ``outline_ras_mm`` is the region's outline on the sagittal plane through its centre, for display.
    """

    label: int
    mean: float
    sd: float
    voxels: int
    volume_mm3: float
    excluded: str
    outline_ras_mm: tuple[Point, ...] = ()

    @property
    def sem(self) -> float:
        """Standard error of the mean in HU, voxels taken as independent; nan where there are too few."""
        return self.sd / float(np.sqrt(self.voxels)) if self.voxels > 1 else float("nan")

    def to_json(self) -> dict[str, Any]:
        """For JSON: HU, voxels and mm3; nan becomes null."""
        return {
            "mean": number(self.mean),
            "sd": number(self.sd),
            "voxels": self.voxels,
            "volume_mm3": self.volume_mm3,
            "excluded": self.excluded,
            "outline_ras_mm": [[round(x, 2) for x in point] for point in self.outline_ras_mm],
        }


@dataclass(frozen=True, slots=True)
class RegionChange:
    """How a person has moved (RAS mm) and scaled (about its centre) a region of interest."""

    shift_ras_mm: Point = (0.0, 0.0, 0.0)
    scale: float = 1.0


def trabecular_region(crop: Crop, body: Body) -> BoolArray:
    """The region of interest of one body, on the crop's voxels."""
    frame = body.frame
    forward = crop.along(frame.front, frame.centre)
    across = np.abs(crop.along(frame.left, frame.centre))
    midline = crop.inside & (across <= 10.0) & (forward > -25.0)
    if not midline.any():
        return np.zeros_like(crop.inside)
    front = float(np.quantile(forward[midline], 0.98))
    # the body reaches about as far behind its centre as before it
    back = -front
    limit = front - ANTERIOR_SHARE * (front - back)
    region = _eroded(crop, forward >= limit)
    pieces, count = pieces_of(region, 6)
    if count > 1:
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        sizes[0] = 0
        region = pieces == int(sizes.argmax())
    return region


def _eroded(crop: Crop, wanted: BoolArray) -> BoolArray:
    """Voxels of the vertebra in ``wanted`` that lie deep enough under its surface.

    Distances are needed about the wanted part only, with a margin of the depth itself.
    """
    region = np.zeros_like(crop.inside)
    reach = [np.flatnonzero((crop.inside & wanted).any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    if reach[0].size == 0:
        return region
    margin = int(np.ceil(EROSION_MM / min(crop.geometry.spacing_mm))) + 1
    box = (
        slice(int(reach[0][0]), int(reach[0][-1]) + 1),
        slice(int(reach[1][0]), int(reach[1][-1]) + 1),
        slice(int(reach[2][0]), int(reach[2][-1]) + 1),
    )
    near = grow(box, margin, crop.inside.shape)
    padded = np.pad(crop.inside[near], 1)
    depth = edt.edt(padded, anisotropy=crop.geometry.spacing_mm)[1:-1, 1:-1, 1:-1]
    # beyond a margin that was cut by the box, not by the crop, distances are too small but unused
    region[near] = crop.inside[near] & wanted[near] & (depth >= EROSION_MM - DISTANCE_SLACK_MM)
    return region


def changed_region(crop: Crop, region: BoolArray, change: RegionChange) -> BoolArray:
    """The region moved and scaled, as far as it lies within the vertebra.

    Raises
    ------
    BadInput
        ``bad_scale``.
    """
    low, high = SCALE_RANGE
    if not low <= change.scale <= high:
        raise BadInput("bad_scale", f"the region may be scaled by {low:g} to {high:g}")
    if not region.any():
        return region
    middle = np.argwhere(region).mean(axis=0)
    shift = np.linalg.inv(crop.geometry.affine_ras_mm[:3, :3]) @ np.array(change.shift_ras_mm)
    matrix = np.full(3, 1.0 / change.scale)
    offset = middle - (middle + shift) / change.scale
    moved = scipy.ndimage.affine_transform(region.astype(np.uint8), matrix, offset, order=0, mode="constant")
    result: BoolArray = (moved > 0) & crop.inside
    return result


def region_outline(crop: Crop, region: BoolArray, frame: Frame) -> tuple[Point, ...]:
    """Outline on the sagittal plane through the region's centre: below from back to front, then above."""
    if not region.any():
        return ()
    centre = crop.centre_of(region)
    size = int(_OUTLINE_FIELD_MM / _OUTLINE_STEP_MM) + 1
    to_voxel = np.linalg.inv(crop.geometry.affine_ras_mm[:3, :3])
    matrix = to_voxel @ np.column_stack([frame.left, frame.front, frame.up]) * _OUTLINE_STEP_MM
    middle = crop.geometry.ras_mm_to_voxel(centre) - crop.origin
    offset = middle - matrix @ np.array([0.0, (size - 1) / 2, (size - 1) / 2])
    plane = scipy.ndimage.affine_transform(
        region.astype(np.uint8), matrix, offset, output_shape=(1, size, size), order=0, mode="constant"
    )[0]
    columns = [int(column) for column in np.flatnonzero(plane.any(axis=1))]
    below = [_on_plane(frame, centre, c, float(plane[c].argmax()) - 0.5, size) for c in columns]
    above = [_on_plane(frame, centre, c, size - 0.5 - float(plane[c, ::-1].argmax()), size) for c in columns]
    return (*below, *reversed(above))


def _on_plane(frame: Frame, centre: FloatArray, column: float, row: float, size: int) -> Point:
    half = (size - 1) / 2
    x, y, z = (
        centre
        + frame.front * (float(column) - half) * _OUTLINE_STEP_MM
        + frame.up * (row - half) * _OUTLINE_STEP_MM
    )
    return (float(x), float(y), float(z))


def measure_hu(
    volume: Volume,
    mask: Mask,
    *,
    labels: Sequence[int] | None = None,
    bodies: Mapping[int, Body] | None = None,
    fractured: Sequence[int] = (),
    foreign_material: Sequence[int] = (),
    extents: Mapping[int, Extent] | None = None,
    change: RegionChange | None = None,
) -> dict[int, TrabecularHu]:
    """HU of every measured body, in its own region or in that region with a person's ``change``.

    Raises
    ------
    BadInput
        ``other_grid`` when CT and mask do not lie on one grid; ``bad_scale``.
    """
    if not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask lies on another grid than the CT")
    extents = label_extents(mask.array) if extents is None else extents
    found = find_bodies(mask, labels=labels, extents=extents) if bodies is None else bodies
    result: dict[int, TrabecularHu] = {}
    for label, body in found.items():
        box = extents[label].box
        crop = Crop.of(mask, label, box)
        region = trabecular_region(crop, body)
        if change is not None:
            region = changed_region(crop, region, change)
        hu = volume.array[box][region].astype(np.float64)
        whole = volume.array[box][crop.inside]
        size = hu.size * mask.geometry.voxel_volume_mm3
        mean = float(hu.mean()) if hu.size else float("nan")
        sd = float(hu.std(ddof=1)) if hu.size > 1 else float("nan")
        reason = _excluded(label, mean, size, float((whole >= METAL_HU).mean()), fractured, foreign_material)
        outline = region_outline(crop, region, body.frame)
        result[label] = TrabecularHu(label, mean, sd, int(hu.size), float(size), reason, outline)
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
