"""Trabecular density: Hounsfield units of the spongy bone, and bone mineral density where it is calibrated.

HU become mg/cm3 only through a calibration record that a person verified. No coefficient is built in:
without a matching record there is no BMD, and the HU are kept so that it can be computed later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import cc3d
import edt
import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.boxes import grow, label_extents, origin
from backend.science.agreement.pair import number
from backend.science.errors import BadInput
from backend.science.labels import label_of
from backend.science.morphometry.bodies import Body, Crop, find_bodies
from backend.science.volume import Mask, Volume

BoolArray = NDArray[np.bool_]
Phase = Literal["none", "arterial", "portal_venous"]
Category = Literal["osteoporosis", "low", "normal"]

# Region of interest: this far inside the body's surface (cortex and endplates), its anterior two thirds
# (the basivertebral veins enter from behind).
EROSION_MM = 4.5
ANTERIOR_SHARE = 2.0 / 3.0
SMALLEST_ROI_MM3 = 1000.0

# Spongy bone outside these limits is not what is to be measured: cement, metal, sclerosis, gas.
METAL_HU = 2000.0
METAL_SHARE = 0.002
SCLEROTIC_HU = 400.0
_LUMBAR = tuple(label_of(name) for name in ("L1", "L2", "L3"))
_REPLACEMENTS = tuple(label_of(name) for name in ("L4", "T12"))
_FEWEST_LEVELS = 2

# Categories of the mean of two lumbar bodies in postmenopausal women and older men (mg/cm3).
NORMAL_ABOVE, OSTEOPOROSIS_BELOW = 120.0, 80.0
CAVEATS = (
    "categories are for the mean of at least two lumbar bodies, postmenopausal women and older men",
    "QCT values must not be read with DXA limits",
)


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
        box = grow(extents[label].box, 0, mask.geometry.shape)
        crop = Crop(mask.array[box] == label, origin(box), mask.geometry)
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


@dataclass(frozen=True, slots=True)
class Calibration:
    """A verified conversion for one scanner: BMD = slope * HU + intercept, in mg/cm3."""

    scanner_model: str
    device_serial_hash: str
    kvp: float
    kernel: str
    slope: float
    intercept: float
    phantom: str
    valid_from: date
    valid_to: date | None
    source: str
    verified_by: str
    phase: Phase = "none"

    def refusal(self, scan: Scan) -> str:
        """Why this record does not hold for a scan; "" where it does. An empty serial or kernel fits any."""
        reasons = {
            "not_verified": not self.verified_by,
            "no_source": not self.source,
            "other_scanner": self.scanner_model != scan.scanner_model,
            "other_device": bool(self.device_serial_hash)
            and self.device_serial_hash != scan.device_serial_hash,
            "other_kvp": abs(self.kvp - scan.kvp) > 0.5,
            "other_kernel": bool(self.kernel) and self.kernel != scan.kernel,
            "other_phase": self.phase != scan.phase,
            "out_of_date": scan.date is not None
            and (scan.date < self.valid_from or (self.valid_to is not None and scan.date > self.valid_to)),
        }
        return next((reason for reason, holds in reasons.items() if holds), "")


@dataclass(frozen=True, slots=True)
class Scan:
    """What calibration needs to know of a scan. ``date`` may be unknown after de-identification."""

    scanner_model: str
    kvp: float
    device_serial_hash: str = ""
    kernel: str = ""
    phase: Phase = "none"
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Bmd:
    """Bone mineral density of a patient: mean of levels, with everything it rests on."""

    mg_cm3: float
    sd_between_levels: float
    levels: tuple[int, ...]
    replaced: bool
    category: Category
    calibration: Calibration
    caveats: tuple[str, ...] = field(default=CAVEATS)


def category_of(mg_cm3: float) -> Category:
    """Under 80 osteoporosis, from 80 to 120 low, above 120 normal."""
    if mg_cm3 < OSTEOPOROSIS_BELOW:
        return "osteoporosis"
    return "low" if mg_cm3 <= NORMAL_ABOVE else "normal"


def matching_calibration(scan: Scan, records: Sequence[Calibration]) -> Calibration:
    """The record that holds for a scan; of several the one for this very device, then the newest.

    Raises
    ------
    BadInput
        ``no_calibration``, naming what is missing. There is no default.
    """
    fitting = [record for record in records if not record.refusal(scan)]
    if not fitting:
        why = sorted({record.refusal(scan) for record in records})
        detail = f" (records there are: {', '.join(why)})" if why else ""
        wanted = f"{scan.scanner_model} at {scan.kvp:g} kVp, phase {scan.phase}"
        raise BadInput("no_calibration", f"no verified calibration for {wanted}{detail}")
    return max(fitting, key=lambda r: (bool(r.device_serial_hash), bool(r.kernel), r.valid_from))


def bone_mineral_density(hu: Mapping[int, TrabecularHu], scan: Scan, records: Sequence[Calibration]) -> Bmd:
    """Mean BMD of L1 to L3; L4, then T12, stand in for levels that cannot be used.

    Raises
    ------
    BadInput
        ``no_calibration``, or ``too_few_levels`` when fewer than two levels can be used.
    """
    record = matching_calibration(scan, records)
    usable = [label for label in _LUMBAR if label in hu and not hu[label].excluded]
    spare = [label for label in _REPLACEMENTS if label in hu and not hu[label].excluded]
    levels = tuple(usable + spare[: len(_LUMBAR) - len(usable)])
    if len(levels) < _FEWEST_LEVELS:
        raise BadInput("too_few_levels", f"only {len(levels)} level of T12 to L4 can be used, two are needed")
    values = np.array([record.slope * hu[label].mean + record.intercept for label in levels])
    return Bmd(
        mg_cm3=float(values.mean()),
        sd_between_levels=float(values.std(ddof=1)),
        levels=levels,
        replaced=levels != _LUMBAR,
        category=category_of(float(values.mean())),
        calibration=record,
    )
