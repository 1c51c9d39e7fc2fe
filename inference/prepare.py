"""Is this a CT that the pipeline can use? What can be mended is, and said; the rest is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.volume import Volume, VolumeGeometry
from inference.patches import AIR_HU

_SMALLEST_FIELD_MM = 12.0
_THICKEST_SLICE_MM = 8.0
_CT_RANGE = (-32000, 32000)


@dataclass(frozen=True)
class Prepared:
    """The checked CT in closest canonical order, int16 HU, with what had to be mended."""

    original: VolumeGeometry
    volume: Volume
    notes: tuple[str, ...] = ()


def prepare(volume: Volume) -> Prepared:
    """Check that the volume can be a CT and bring it to canonical order.

    Not-a-number voxels become air, values beyond the CT range are cut to it. Raises `BadInput`:
    constant_volume, not_ct, field_too_small, slices_too_thick, no_values.
    """
    array, notes = volume.array, []
    known = array  # judged by what was measured: the air put in below must not pass for a CT's
    if np.issubdtype(array.dtype, np.floating):
        bad = ~np.isfinite(array)
        if bad.all():
            raise BadInput("no_values", "the volume holds no finite value")
        if bad.any():
            notes.append(f"{int(bad.sum())} voxels without a finite value were taken as air")
            known, array = array[~bad], np.where(bad, AIR_HU, array)
    low, high = float(known.min()), float(known.max())
    if low == high:
        raise BadInput("constant_volume", f"every voxel of the volume is {low:g}: there is nothing to see")
    if low >= 0:
        raise BadInput("not_ct", "no voxel is below 0: these are not Hounsfield units of a CT")
    _check_grid(volume.geometry)
    if high > _CT_RANGE[1] or low < _CT_RANGE[0]:
        notes.append("values beyond the CT range were cut to it")
    hounsfield = np.clip(array, -1024, 3071).astype(np.int16)
    return Prepared(volume.geometry, to_canonical(Volume(volume.geometry, hounsfield)), tuple(notes))


def _check_grid(geometry: VolumeGeometry) -> None:
    spacing = np.asarray(geometry.spacing_mm)
    extent = np.array(geometry.shape) * spacing
    if extent.min() < _SMALLEST_FIELD_MM:
        raise BadInput("field_too_small", f"the field of view is only {extent.min():.0f} mm along one axis")
    if spacing.max() > _THICKEST_SLICE_MM:
        raise BadInput(
            "slices_too_thick",
            f"the voxels are {spacing.max():.0f} mm long along one axis: vertebrae cannot be told "
            f"apart above {_THICKEST_SLICE_MM:.0f} mm",
        )
