"""Whether voxels can be Hounsfield units, by what air, fat, muscle and bone have.

Headers can be wrong, and NIfTI has no word for it: densities, atomic numbers, pictures of eight bits and CTs
whose intercept was lost all come as "CT". In 30 CTs of all regions (LIDC-IDRI, CPTAC-PDA, ACRIN-FLT-Breast,
Lung-Fused-CT-Pathology, IBSI's limbs, VerSe, TotalSegmentator, TPTBox) 85 to 98 % of the voxels that are no
air lay from fat to contrast-enhanced muscle, and 0.3 to 4.3 % above 600 HU. The limits leave much room for
metal, bone alone and phantoms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.errors import BadInput

_SAMPLE_VOXELS = 1 << 21
_AIR_BELOW_HU = -500
_LIGHT_BELOW_HU = -200
_TISSUE_HU = (-200, 250)
_FAT_BELOW_HU = -30
_DENSE_ABOVE_HU = 600
_LEAST_SPREAD_HU = 100.0
_NO_SHARE = 0.001
_MUCH_DENSE = 0.2
_LEAST_TISSUE = 0.02
_DOUBTFUL_TISSUE = 0.5
_DOUBTFUL_DENSE = 0.15


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all voxels: lighter than any tissue, fat to enhanced muscle. Of those that are no air: the same, and
    denser than most bone. ``spread_hu`` is from the 0.5th to the 99.5th percentile."""

    light: float
    tissue: float
    tissue_of_body: float
    dense_of_body: float
    fat_or_lighter: float
    spread_hu: float


def shares(array: NDArray[Any]) -> Shares:
    """Shares of a CT's voxels, from at most two million of them spread evenly."""
    flat = array.ravel(order="K")
    sample = flat[:: max(1, flat.size // _SAMPLE_VOXELS)].astype(np.float64)
    body = sample[sample > _AIR_BELOW_HU]
    low, high = np.percentile(sample, (0.5, 99.5))
    tissue = (sample >= _TISSUE_HU[0]) & (sample <= _TISSUE_HU[1])
    count = max(1, body.size)
    return Shares(
        light=float((sample < _LIGHT_BELOW_HU).mean()),
        tissue=float(tissue.mean()),
        tissue_of_body=float(np.count_nonzero(tissue)) / count,
        dense_of_body=float(np.count_nonzero(body > _DENSE_ABOVE_HU)) / count,
        fat_or_lighter=float((sample < _FAT_BELOW_HU).mean()),
        spread_hu=float(high - low),
    )


def require_hounsfield_values(array: NDArray[Any]) -> Shares:
    """Refuse voxels that cannot be a CT's in HU; the shares of the others. Raises ``BadInput``
    (not_hounsfield)."""
    found = shares(array)
    if found.light < _NO_SHARE and found.dense_of_body > _MUCH_DENSE:
        dense = f"{found.dense_of_body:.0%} of its voxels lie above {_DENSE_ABOVE_HU}"
        reason = f"{dense}, hardly any is as light as air"
        raise BadInput("not_hounsfield", f"{reason}: its values are not Hounsfield units, or are shifted")
    if found.light < _NO_SHARE and found.spread_hu < _LEAST_SPREAD_HU:
        reason = f"nearly all of its values lie within {found.spread_hu:.0f}, as no fat and muscle would"
        raise BadInput("not_hounsfield", f"{reason}: they are not Hounsfield units")
    if found.light < _NO_SHARE and found.fat_or_lighter < _NO_SHARE:
        reason = f"hardly any of its voxels lies below {_FAT_BELOW_HU}, and no part of a body is without fat"
        raise BadInput("not_hounsfield", f"{reason}: its values are not Hounsfield units")
    if found.tissue < _LEAST_TISSUE:
        reason = f"{found.tissue:.1%} of its voxels have values of fat or muscle"
        raise BadInput("not_hounsfield", f"{reason}: its values are not Hounsfield units, or are shifted")
    return found


def doubt(found: Shares) -> str:
    """Why values that may be HU deserve a look; empty where nothing speaks against them."""
    if found.light < _NO_SHARE:
        return "hardly any voxel is as light as air"
    if found.dense_of_body > _DOUBTFUL_DENSE:
        return f"{found.dense_of_body:.0%} of the voxels that are no air lie above {_DENSE_ABOVE_HU}"
    if found.tissue_of_body < _DOUBTFUL_TISSUE:
        return f"only {found.tissue_of_body:.0%} of the voxels that are no air have values of fat or muscle"
    return ""
