"""From slices of one content to one even grid, or the reason why they make none.

Libraries that take any stack write a wrong spacing without a word when a slice is absent. Here every slice
must lie where the line through all of them has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.errors import BadInput
from backend.science.formats import pixels
from backend.science.formats.hounsfield import require_one_rescale
from backend.science.formats.line import SAME_PLACE_MM, Line, fit_line
from backend.science.formats.nifti_grid import MAX_VOXELS
from backend.science.formats.series_key import MIN_SLICES
from backend.science.formats.slice import Slice
from backend.science.volume import FloatArray, VolumeGeometry

_ORIENTATION_TOLERANCE = 1e-3
_SIDEWAYS_MM = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices in order along the normal that passed the check, and the grid that they make (RAS mm)."""

    slices: tuple[Slice, ...]
    geometry: VolumeGeometry
    duplicates: tuple[Slice, ...] = ()


def check_stack(slices: Sequence[Slice]) -> Stack:
    """Order the slices and prove that they make one even grid. Raises ``BadInput`` with the reason.

    Codes: too_few_slices, mixed_series, missing_slices, uneven_spacing, gantry_tilt, rescale_missing,
    too_large, and those of decoding where two slices lie in one place.
    """
    directions = _directions(slices)
    normal = np.cross(directions[:, 0], directions[:, 1])
    ordered = sorted(slices, key=lambda one: (float(one.position @ normal), one.name))
    require_one_rescale([(one.name, one.header) for one in ordered])
    kept, duplicates = _without_copies(ordered, normal)
    if len(kept) < MIN_SLICES:
        noun = "slice is" if len(kept) == 1 else "slices are"
        raise BadInput("too_few_slices", f"{len(kept)} {noun} too few for a volume: it takes {MIN_SLICES}")
    columns, rows = kept[0].size
    if columns * rows * len(kept) > MAX_VOXELS:
        raise BadInput("too_large", f"{columns} x {rows} x {len(kept)} are more than {MAX_VOXELS} voxels")
    line = fit_line(np.array([one.position for one in kept]), normal)
    _require_even(kept, line)
    sideways = float(np.linalg.norm(line.step - (line.step @ normal) * normal)) * (len(kept) - 1)
    if sideways > max(_SIDEWAYS_MM, 0.01 * len(kept)):
        raise BadInput("gantry_tilt", "its slices are shifted sideways: it was scanned with a tilted gantry")
    return Stack(tuple(kept), _geometry(kept, directions, line), tuple(duplicates))


def _directions(slices: Sequence[Slice]) -> FloatArray:
    """The mean directions of rows and columns as the columns of a (3, 2) matrix, at right angles."""
    orientations = np.array([one.orientation for one in slices])
    spread = np.ptp(orientations, axis=0).max()
    if spread > _ORIENTATION_TOLERANCE or len({one.size for one in slices}) > 1:
        raise BadInput("mixed_series", "its slices differ in orientation or size: several series are mixed")
    first, second = orientations.mean(axis=0).reshape(2, 3)
    first = first / np.linalg.norm(first)
    second = second - (second @ first) * first
    return np.column_stack([first, second / np.linalg.norm(second)])


def _without_copies(ordered: Sequence[Slice], normal: FloatArray) -> tuple[list[Slice], list[Slice]]:
    """Take out slices that are there twice with the same pixels; refuse different slices in one place."""
    kept: list[Slice] = []
    copies: list[Slice] = []
    for one in ordered:
        if kept and abs(float((one.position - kept[-1].position) @ normal)) < SAME_PLACE_MM:
            if not np.array_equal(pixels.decode(one).hu, pixels.decode(kept[-1]).hu):
                both = f"{kept[-1].label} and {one.label}"
                raise BadInput("mixed_series", f"{both} are different slices in one place: series are mixed")
            copies.append(one)
        else:
            kept.append(one)
    return kept, copies


def _require_even(kept: Sequence[Slice], line: Line) -> None:
    if not line.is_straight:
        worst = int(np.argmax(line.distances_mm))
        which = f"{kept[worst].label} (slice {worst + 1} of {len(kept)})"
        where = f"{line.distances_mm[worst]:.2g} mm off where steps of {line.step_mm:.4g} mm would put it"
        raise BadInput("uneven_spacing", f"its slices are uneven: {which} lies {where}")
    gaps = np.flatnonzero(np.diff(line.places) > 1)
    if len(gaps):
        count = int(line.places[-1]) + 1 - len(kept)
        where = ", ".join(f"after slice {at + 1}, {kept[at].label}" for at in gaps[:3])
        noun = "slice is" if count == 1 else "slices are"
        raise BadInput("missing_slices", f"{count} {noun} missing ({where}; spacing {line.step_mm:.4g} mm)")
    if not line.is_whole:
        raise BadInput("uneven_spacing", "its slices are uneven: some lie far closer than the others")


def _geometry(kept: Sequence[Slice], directions: FloatArray, line: Line) -> VolumeGeometry:
    between_rows, between_columns = np.mean([one.pixel_spacing for one in kept], axis=0)
    affine = np.eye(4)
    affine[:3, 0] = directions[:, 0] * between_columns
    affine[:3, 1] = directions[:, 1] * between_rows
    affine[:3, 2] = line.step
    affine[:3, 3] = line.start
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    return VolumeGeometry((*kept[0].size, len(kept)), lps_to_ras @ affine)
