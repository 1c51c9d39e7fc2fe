"""Labelled CTs as training material for the segmentation network: accepted masks retrain the pipeline.

A handful of vertebrae must stand for many, so every draw turns, stretches and warps one, and half of the
draws give its bone another density and shell and its image another scanner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import edt
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, map_coordinates

from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, label_boxes
from inference.cases import CaseFiles
from inference.levels import STATION
from inference.patches import (
    AIR_HU,
    HEAT_SIGMA,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    Float32,
    FloatArray,
    cut,
    heatmap,
    normalise,
    patch_origin,
)
from inference.sampling import IsoGrid, cubic, make_isotropic
from inference.synthesis.column import rotation
from inference.synthesis.grid import noise
from inference.training.appearance import recolour, scan

_DEEP_SHARE, _DEEP_WITHIN_MM = 0.6, 18.0
# A vertebra whose centre is this far from the top and bottom of the image has its body whole.
WHOLE_BODY_MM = 14.0
_MARGIN = 20  # voxels kept round a patch for turning and warping
_TURN_RAD, _STRETCH, _WARP_VOXELS = 0.12, 0.1, 1.6


def body_centre(inside: npt.NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> FloatArray:
    """Centre (voxels) of a vertebra's body: the middle of its deepest part."""
    depth = edt.edt(np.pad(inside, 1), anisotropy=spacing_mm)[1:-1, 1:-1, 1:-1]
    depth = gaussian_filter(depth, 2.0 / np.asarray(spacing_mm))
    deepest = np.array(np.unravel_index(depth.argmax(), depth.shape))
    deep = np.argwhere(depth > _DEEP_SHARE * depth.max())
    close = np.linalg.norm((deep - deepest) * spacing_mm, axis=1) < _DEEP_WITHIN_MM
    return np.asarray(deep[close].mean(axis=0), float)


def body_centres(mask: Mask, *, cut_too: bool = False) -> dict[int, FloatArray]:
    """Body centres (voxels) of the free vertebrae of a canonical mask that the image does not cut off, or
    also of those whose body is whole while a process is cut off."""
    out = {}
    height = mask.geometry.spacing_mm[2]
    for label, box in label_boxes(mask.array).items():
        if label not in STATION or label == 26:
            continue
        starts = np.array([side.start for side in box])
        centre = body_centre(mask.array[box] == label, mask.geometry.spacing_mm) + starts
        cut_off = box[2].start == 0 or box[2].stop == mask.array.shape[2]
        to_edge = min(centre[2] + 0.5, mask.array.shape[2] - 0.5 - centre[2]) * height
        if not cut_off or (cut_too and to_edge >= WHOLE_BODY_MM):
            out[label] = centre
    return out


@dataclass(frozen=True)
class RealVertebra:
    """The surroundings of one vertebra on the 1.5 mm grid: HU, its share of each voxel, the share of any
    vertebra, and the first voxel of the patch and the centre within the block."""

    hu: Float32
    share: Float32
    bone: Float32
    origin: FloatArray
    centre: FloatArray


def load_case(volume: Volume, mask: Mask) -> dict[int, RealVertebra]:
    """The vertebrae of a labelled CT whose bodies are whole. The mask must be on the volume's grid."""
    ct, labels = to_canonical(volume), to_canonical(mask)
    grid = IsoGrid(ct.geometry, PATCH_SPACING_MM)
    hu = make_isotropic(ct.array, grid, cubic)
    bone = make_isotropic((labels.array > 0).astype(np.uint8), grid)
    size = tuple(n + 2 * _MARGIN for n in PATCH_SHAPE)
    out = {}
    for label, place in body_centres(labels, cut_too=True).items():
        centre = grid.from_source(place)
        start = patch_origin(centre) - _MARGIN
        share = make_isotropic((labels.array == label).astype(np.uint8), grid)
        out[label] = RealVertebra(
            hu=cut(hu, start, size, AIR_HU),
            share=cut(share, start, size, 0),
            bone=cut(bone, start, size, 0),
            origin=np.full(3, float(_MARGIN)),
            centre=centre - start,
        )
    return out


def _coordinates(vertebra: RealVertebra, origin: FloatArray, rng: np.random.Generator) -> Float32:
    """Where in the block each voxel of the patch is taken from: turned, stretched and warped."""
    stretch = rng.uniform(1 - _STRETCH, 1 + _STRETCH) * rng.uniform(1 - _STRETCH, 1 + _STRETCH, 3)
    turn = rotation(*rng.normal(0, _TURN_RAD, 3)) @ np.diag(stretch)
    index = np.indices(PATCH_SHAPE, dtype=np.float32).reshape(3, -1)
    index += (origin - vertebra.centre)[:, None].astype(np.float32)
    at = turn.astype(np.float32) @ index + vertebra.centre[:, None].astype(np.float32)
    warp = rng.uniform(0, _WARP_VOXELS)
    for axis in range(3):
        field = noise(rng, PATCH_SHAPE, [float(rng.uniform(10, 24))] * 3).ravel()
        # The body's centre stays where the heatmap says.
        away = np.clip(np.linalg.norm(index, axis=0) / 16, 0, 1)
        at[axis] += np.float32(warp) * field * away
    return np.asarray(at, np.float32)


def real_sample(vertebra: RealVertebra, rng: np.random.Generator) -> dict[str, Any]:
    """A patch of the CT, turned, stretched, warped and recoloured."""
    origin = np.rint(vertebra.origin + rng.normal(0, 2, 3))
    at = _coordinates(vertebra, origin, rng)
    x = map_coordinates(vertebra.hu, at, order=1, cval=AIR_HU).reshape(PATCH_SHAPE)
    y = map_coordinates(vertebra.share, at, order=1).reshape(PATCH_SHAPE) > 0.5
    outside = x < AIR_HU + 1
    if rng.random() < 0.5:
        bone = map_coordinates(vertebra.bone, at, order=1).reshape(PATCH_SHAPE) > 0.5
        x = recolour(x.astype(np.int16), bone.astype(np.uint8), np.zeros(PATCH_SHAPE, np.uint8), rng)
    else:
        x = x * np.float32(rng.uniform(0.85, 1.15)) + np.float32(rng.normal(0, 20))
    if rng.random() < 0.5:
        x = scan(x, PATCH_SPACING_MM, rng)
    x = np.where(outside, AIR_HU, x)
    heat = heatmap(PATCH_SHAPE, vertebra.centre - origin + rng.normal(0, 1.5, 3), HEAT_SIGMA)
    image, target = np.stack([normalise(x), heat]), y.astype(np.float32)
    if rng.random() < 0.5:
        image, target = image[:, ::-1], target[::-1]
    return {"x": np.ascontiguousarray(image), "mask": np.ascontiguousarray(target[None])}


def real_source(network: str, cases: Sequence[CaseFiles]) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Draws from labelled CTs, each CT as often as any other, for the segmentation network; what the others
    learn from them is in `wide_cases`."""
    if network != "segment":
        raise ValueError("labelled CTs are used for the network 'segment' only")
    usable = [list(found.values()) for found in (load_case(*case.load()) for case in cases) if found]
    if not usable:
        raise ValueError("no case holds a whole vertebra")

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        vertebrae = usable[int(rng.integers(len(usable)))]
        return real_sample(vertebrae[int(rng.integers(len(vertebrae)))], rng)

    return draw
