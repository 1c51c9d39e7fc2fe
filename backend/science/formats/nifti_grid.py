"""Where a NIfTI file puts its voxels: two transforms of which one is followed, and what of them is usable.

The sform is followed where it is set, else the qform. The qform is read as the format's own reference code
reads it: a qfac of 0 counts as 1, and a quaternion that rounding made longer than 1 is brought back to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.volume import FloatArray, VolumeGeometry

MAX_VOXELS = 2**30
_MM_PER_UNIT = {"meter": 1000.0, "micron": 0.001}
_SPACING_RANGE_MM = (0.02, 30.0)
# b, c and d of a unit quaternion; float32 and four printed decimals leave them this much too long at most
_LONGEST_QUATERNION = 1.01
# Of two unit axes. Distances between voxels are worked out from the spacing along each axis: at a right angle
# that is off by less than a thousandth.
_MAX_SHEAR_COSINE = 2e-3
_TRANSFORMS_DIFFER_MM = 1.0
_ORDINALS = ("first", "second", "third")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that should be said of a file that can be used all the same."""

    code: str
    message: str


def grid_of(header: Any, path: Path) -> VolumeGeometry:
    """Shape and affine of a header, in RAS mm.

    Raises
    ------
    BadInput
        not_nifti, four_dimensions, bad_shape, too_large, no_orientation, singular_affine, sheared,
        implausible_spacing.
    """
    shape = _shape(header, path)
    if header["sform_code"] > 0:
        affine: FloatArray = header.get_sform().astype(np.float64)
    elif header["qform_code"] > 0:
        affine = _qform(header, path)
    else:
        raise BadInput(
            "no_orientation", "neither sform nor qform is set: left and right are unknown", source=path
        )
    affine = affine.copy()
    affine[:3] *= _MM_PER_UNIT.get(_spatial_unit(header), 1.0)
    try:
        geometry = VolumeGeometry(shape, affine)
    except BadInput as error:
        raise error.about(path) from error
    low, high = _SPACING_RANGE_MM
    if not all(low <= s <= high for s in geometry.spacing_mm):
        listed = " x ".join(f"{s:.4g}" for s in geometry.spacing_mm)
        raise BadInput("implausible_spacing", f"voxels of {listed} mm are not those of a CT", source=path)
    _require_right_angles(geometry, path)
    return geometry


def transforms_differ_mm(header: Any, path: Path) -> float:
    """How far apart sform and qform put the same corner voxel; 0 where only one of them is set."""
    if header["sform_code"] == 0 or header["qform_code"] == 0:
        return 0.0
    geometry = grid_of(header, path)
    try:
        other = _qform(header, path)
        other[:3] *= _MM_PER_UNIT.get(_spatial_unit(header), 1.0)
        return geometry.offset_mm(VolumeGeometry(geometry.shape, other))
    except BadInput:
        return 0.0  # a qform that cannot be read is followed by nobody


def transform_remarks(header: Any, path: Path) -> list[Remark]:
    """Whether the two transforms agree. Programs that go by the qform would show the file elsewhere."""
    off = transforms_differ_mm(header, path)
    if off < _TRANSFORMS_DIFFER_MM:
        return []
    message = f"its two transforms (sform, qform) differ by up to {off:.0f} mm: the sform was followed"
    return [Remark("transforms_differ", message)]


def _shape(header: Any, path: Path) -> tuple[int, int, int]:
    dimensions = [int(n) for n in header["dim"]]
    count = dimensions[0]
    if not 1 <= count <= 7:
        raise BadInput("not_nifti", "its NIfTI header cannot be read", source=path)
    shape = dimensions[1 : 1 + count]
    if any(n > 1 for n in shape[3:]):
        listed = "x".join(map(str, shape))
        raise BadInput("four_dimensions", f"it has {count} dimensions ({listed}), not three", source=path)
    if count < 3 or min(shape[:3]) < 1:
        raise BadInput("bad_shape", f"it has the shape {tuple(shape)}, not three axes", source=path)
    if shape[0] * shape[1] * shape[2] > MAX_VOXELS:
        raise BadInput("too_large", f"it has more than {MAX_VOXELS} voxels", source=path)
    return shape[0], shape[1], shape[2]


def _qform(header: Any, path: Path) -> FloatArray:
    """The affine of quaternion, qfac, voxel sizes and offset (NIfTI-1 standard, method 2)."""
    b, c, d = (float(header[f"quatern_{name}"]) for name in "bcd")
    sizes = np.array([float(n) for n in header["pixdim"][1:4]])
    length = b * b + c * c + d * d
    if not np.isfinite(length) or length > _LONGEST_QUATERNION:
        raise BadInput("singular_affine", "its qform is not a rotation", source=path)
    if not np.isfinite(sizes).all() or (sizes <= 0).any():
        raise BadInput("singular_affine", "its voxel sizes (pixdim) are not positive", source=path)
    if length > 1:
        b, c, d = (value / np.sqrt(length) for value in (b, c, d))
    a = np.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    sizes[2] *= -1.0 if float(header["pixdim"][0]) < 0 else 1.0
    affine: FloatArray = np.eye(4)
    affine[:3, :3] = rotation * sizes
    affine[:3, 3] = [float(header[f"qoffset_{name}"]) for name in "xyz"]
    return affine


def header_fault() -> type[Exception]:
    """What the library raises for a header that it cannot use."""
    from nibabel.spatialimages import HeaderDataError  # here: no process waits for it at its start

    fault: type[Exception] = HeaderDataError
    return fault


def _spatial_unit(header: Any) -> str:
    try:
        return str(header.get_xyzt_units()[0])
    except (KeyError, header_fault()):
        return "unknown"


def _require_right_angles(geometry: VolumeGeometry, path: Path) -> None:
    directions = geometry.directions
    for one, other in combinations(range(3), 2):
        cosine = float(directions[:, one] @ directions[:, other])
        if abs(cosine) > _MAX_SHEAR_COSINE:
            angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            axes = f"its {_ORDINALS[one]} and {_ORDINALS[other]} axes"
            message = (
                f"{axes} stand at {angle:.1f} degrees, not at a right angle: distances would be wrong. "
                "Resample it to a grid with right angles"
            )
            raise BadInput("sheared", message, source=path)
