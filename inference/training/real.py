"""Labelled CTs as training material for the segmentation network: accepted masks retrain the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edt
import numpy as np
import numpy.typing as npt
from scipy.ndimage import affine_transform, gaussian_filter

from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, read_volume
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, label_boxes
from inference.levels import STATION
from inference.patches import (
    AIR_HU,
    HEAT_SIGMA,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    Float32,
    FloatArray,
    heatmap,
    normalise,
    patch_origin,
)
from inference.sampling import IsoGrid, make_isotropic
from inference.synthesis.column import rotation

_DEEP_SHARE, _DEEP_WITHIN_MM = 0.6, 18.0


def body_centre(inside: npt.NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> FloatArray:
    """Centre (voxels) of a vertebra's body: the middle of its deepest part."""
    depth = edt.edt(np.pad(inside, 1), anisotropy=spacing_mm)[1:-1, 1:-1, 1:-1]
    depth = gaussian_filter(depth, 2.0 / np.asarray(spacing_mm))
    deepest = np.array(np.unravel_index(depth.argmax(), depth.shape))
    deep = np.argwhere(depth > _DEEP_SHARE * depth.max())
    close = np.linalg.norm((deep - deepest) * spacing_mm, axis=1) < _DEEP_WITHIN_MM
    return np.asarray(deep[close].mean(axis=0), float)


def body_centres(mask: Mask) -> dict[int, FloatArray]:
    """Body centres (voxels) of the free vertebrae that the image does not cut off."""
    out = {}
    for label, box in label_boxes(mask.array).items():
        if label not in STATION or label == 26:
            continue
        edges = [side.start == 0 or side.stop == n for side, n in zip(box, mask.array.shape, strict=True)]
        if not edges[2]:
            starts = np.array([side.start for side in box])
            out[label] = body_centre(mask.array[box] == label, mask.geometry.spacing_mm) + starts
    return out


@dataclass(frozen=True)
class RealCase:
    """A labelled CT on the 1.5 mm grid: HU, the share of each vertebra in each voxel, and body centres."""

    hu: Float32
    shares: dict[int, tuple[tuple[slice, slice, slice], Float32]]
    centres: dict[int, FloatArray]


def load_case(volume: Volume, mask: Mask) -> RealCase:
    """Bring a labelled CT to the grid of the patches. The mask must be on the volume's grid."""
    if not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask is not on the grid of its CT")
    ct, labels = to_canonical(volume), to_canonical(mask)
    grid = IsoGrid(ct.geometry, PATCH_SPACING_MM)
    shares, centres = {}, {}
    for label, centre in body_centres(labels).items():
        share = make_isotropic((labels.array == label).astype(np.uint8), grid)
        box = tuple(
            slice(max(0, int(lines.min()) - 1), int(lines.max()) + 2)
            for lines in (np.flatnonzero((share > 0).any(axis=tuple({0, 1, 2} - {a}))) for a in range(3))
        )
        shares[label] = ((box[0], box[1], box[2]), share[box])
        centres[label] = grid.from_source(centre)
    return RealCase(make_isotropic(ct.array, grid), shares, centres)


def _whole(case: RealCase, label: int) -> Float32:
    out = np.zeros(case.hu.shape, np.float32)
    box, share = case.shares[label]
    out[box] = share
    return out


def real_sample(case: RealCase, rng: np.random.Generator) -> dict[str, Any]:
    """A patch of the CT, turned, scaled and recoloured by a little."""
    label = int(rng.choice(sorted(case.centres)))
    centre = case.centres[label]
    turn = rotation(*rng.normal(0, 0.1, 3)) * float(rng.uniform(0.9, 1.1))
    origin = patch_origin(centre + rng.normal(0, 2, 3))
    # Output voxel v shows the point centre + turn (v + origin - centre).
    offset = centre + turn @ (origin - centre)
    x = affine_transform(case.hu, turn, offset, PATCH_SHAPE, order=1, cval=AIR_HU)
    y = affine_transform(_whole(case, label), turn, offset, PATCH_SHAPE, order=1) > 0.5
    x = x * np.float32(rng.uniform(0.85, 1.15)) + np.float32(rng.normal(0, 20))
    if rng.random() < 0.5:
        x = x + rng.standard_normal(x.shape, dtype=np.float32) * np.float32(rng.uniform(5, 50))
    if rng.random() < 0.3:
        x = gaussian_filter(x, rng.uniform(0.3, 0.8))
    heat = heatmap(PATCH_SHAPE, centre - origin + rng.normal(0, 1.5, 3), HEAT_SIGMA)
    image, target = np.stack([normalise(x), heat]), y.astype(np.float32)
    if rng.random() < 0.5:
        image, target = image[:, ::-1], target[::-1]
    return {"x": np.ascontiguousarray(image), "mask": np.ascontiguousarray(target[None])}


def real_source(
    network: str, cases: list[tuple[Path, Path]]
) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Draws from labelled CTs; only the segmentation network learns from them so far."""
    if network != "segment":
        raise ValueError("labelled CTs are used for the network 'segment' only")
    loaded = [load_case(read_volume(ct), read_mask(mask)) for ct, mask in cases]
    usable = [case for case in loaded if case.centres]
    if not usable:
        raise ValueError("no case holds a whole vertebra")

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return real_sample(usable[int(rng.integers(len(usable)))], rng)

    return draw
