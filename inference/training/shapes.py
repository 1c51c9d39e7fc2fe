"""Scenes of real shapes: label maps that came without their CT, painted into synthetic bodies.

What the generator draws roughly (facets, laminae, transverse processes, the dens inside the atlas, bony
spurs) is taken from spines that were outlined by hand; everything round them is the generator's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import edt
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, map_coordinates

from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, label_boxes
from inference.centres import thinned
from inference.levels import STATION
from inference.patches import PATCH_SPACING_MM, Float32, FloatArray
from inference.sampling import IsoGrid, linear, sample_block
from inference.synthesis.column import SACRUM, Column, rotation
from inference.synthesis.grid import DistanceMap, Grid, draw, empty_map, make_grid, noise
from inference.synthesis.primitives import FAR_MM
from inference.synthesis.scene import render
from inference.synthesis.skeleton import Chest
from inference.synthesis.tissue import DISC, random_body
from inference.training.randomise import (
    PATCH_SIZE_MM,
    Example,
    as_example,
    random_bones,
    random_column,
)
from inference.training.real import body_centres

_SPACING_MM = 1.0
_MARGIN_MM = 12.0  # how far from a bone its distance is kept
_SMOOTH = 0.7  # voxels: takes the steps of the outline's own slices away
_TURN_RAD, _STRETCH, _SCALE, _WARP_MM = 0.14, 0.05, 0.12, 1.2
_BODY_RADIUS_MM = 17.0
# Between two bodies: nearer than this (mm) to both of them and to the line of centres.
_DISC_NEAR_MM, _DISC_SECOND_MM, _DISC_RADIUS_MM = 7.0, 9.0, 17.0
ATLAS = 1


@dataclass(frozen=True)
class Shapes:
    """One outlined spine on a grid of 1 mm, x to the right, y to the front, z upwards: signed distance (mm,
    negative inside) to the nearest and to the second nearest vertebra, whose the nearest is, the centre
    (voxels) of each body, and which vertebrae no edge of the image cuts."""

    name: str
    nearest: Float32
    second: Float32
    owner: npt.NDArray[np.uint8]
    centres: dict[int, FloatArray]
    whole: tuple[int, ...]


def read_shapes(path: Path) -> Shapes:
    """The shapes of a mask with VerSe's labels. Raises `BadInput` where no vertebra is whole."""
    return shapes_of(read_mask(path), path.name)


def shapes_of(mask: Mask, name: str) -> Shapes:
    """As `read_shapes`, of a mask in memory."""
    labels = thinned(to_canonical(mask), _SPACING_MM)
    whole = body_centres(labels)
    if not whole:
        raise BadInput("no_vertebra", f"{name}: the mask shows no vertebra whole")
    places = body_centres(labels, cut_too=True)
    if ATLAS in places:
        places[ATLAS] = np.argwhere(labels.array == ATLAS).mean(axis=0)
    grid = IsoGrid(labels.geometry, _SPACING_MM)
    target = empty_map(grid.shape)
    for label, box in label_boxes(labels.array).items():
        if label in STATION and label != SACRUM:
            _add(target, labels.array, grid, label, box)
    centres = {label: grid.from_source(place) for label, place in places.items()}
    return Shapes(name, target.nearest, target.second, target.owner, centres, tuple(sorted(whole)))


def _add(
    target: DistanceMap, labels: npt.NDArray[np.uint8], grid: IsoGrid, label: int, box: tuple[slice, ...]
) -> None:
    """Draw one vertebra, which lies in a box of the labels, into the map."""
    room = _MARGIN_MM / _SPACING_MM
    ends = grid.from_source(np.array([[side.start for side in box], [side.stop - 1 for side in box]]))
    low = np.maximum(np.floor(ends[0] - room), 0).astype(int)
    high = np.minimum(np.ceil(ends[1] + room) + 1, grid.shape).astype(int)
    size = tuple(int(n) for n in high - low)
    share = sample_block((labels == label).astype(np.uint8), grid, low.astype(float), size, linear, 0)
    within = np.ascontiguousarray(share > 0.5)
    if not within.any():
        return
    outside_mm = edt.edt(~within, anisotropy=(_SPACING_MM,) * 3) - 0.5 * _SPACING_MM
    depth_mm = edt.edt(within, anisotropy=(_SPACING_MM,) * 3) - 0.5 * _SPACING_MM
    distance = gaussian_filter(np.where(within, -depth_mm, outside_mm).astype(np.float32), _SMOOTH)
    there = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    merge(target, there, distance, np.full(distance.shape, label, np.uint8))


def merge(
    target: DistanceMap,
    box: tuple[slice, ...],
    distance: Float32,
    owner: npt.NDArray[np.uint8],
) -> None:
    """Put further bones into a part of the map: the nearest two of all count."""
    nearest, second, owners = target.nearest[box], target.second[box], target.owner[box]
    closer = distance < nearest
    second[...] = np.where(closer, nearest, np.minimum(second, distance))
    owners[closer] = owner[closer]
    nearest[closer] = distance[closer]


@dataclass(frozen=True)
class _Pose:
    """How a spine is laid over a block: the block's point (RAS mm) that its vertebra's centre comes to, a
    matrix from mm of the block to voxels of the shapes, and by how much shapes grow."""

    at_ras_mm: FloatArray
    centre: FloatArray
    matrix: FloatArray
    growth: float


def _random_pose(centre: FloatArray, at_ras_mm: FloatArray, rng: np.random.Generator) -> _Pose:
    stretch = rng.uniform(1 - _SCALE, 1 + _SCALE) * rng.uniform(1 - _STRETCH, 1 + _STRETCH, 3)
    matrix = rotation(*rng.normal(0, _TURN_RAD, 3)) @ np.diag(1 / stretch) / _SPACING_MM
    return _Pose(at_ras_mm, centre, matrix, float(stretch.mean()))


def _laid_over(grid: Grid, spine: Shapes, pose: _Pose, rng: np.random.Generator) -> DistanceMap:
    """The spine's distances on the block's grid, turned, stretched and warped."""
    index = np.indices(grid.shape, dtype=np.float32).reshape(3, -1)
    spacing = np.float32(grid.mean_spacing_mm)
    offset_mm = index * spacing + (grid.affine[:3, 3] - pose.at_ras_mm)[:, None].astype(np.float32)
    # The body's centre stays where it is said to be.
    away = np.clip(np.linalg.norm(offset_mm, axis=0) / 24, 0, 1)
    bend = np.float32(rng.uniform(0, _WARP_MM))
    for axis in range(3):
        field = noise(rng, grid.shape, [float(rng.uniform(8, 20))] * 3).ravel()
        offset_mm[axis] += bend * field * away
    at = pose.matrix.astype(np.float32) @ offset_mm + pose.centre[:, None].astype(np.float32)
    nearest, second = (
        np.asarray(map_coordinates(field, at, order=1, cval=FAR_MM).reshape(grid.shape), np.float32)
        * np.float32(pose.growth)
        for field in (spine.nearest, spine.second)
    )
    owner = map_coordinates(spine.owner, at, order=0).reshape(grid.shape)
    body = np.zeros(grid.shape, np.uint8)
    return DistanceMap(np.zeros(3, np.int64), nearest, second, np.asarray(owner, np.uint8), body)


def _placed_centres(spine: Shapes, pose: _Pose) -> dict[int, FloatArray]:
    """Body centres (RAS mm) of the laid-over spine, the warp left aside."""
    back = np.linalg.inv(pose.matrix)
    return {label: pose.at_ras_mm + back @ (centre - pose.centre) for label, centre in spine.centres.items()}


def _neighbours(grid: Grid, column: Column, known: set[int], label: int, target: DistanceMap) -> None:
    """Draw the synthetic vertebrae next to those that the outlines end with."""
    order = list(column.order)
    here = order.index(label)
    extra = [other for other in order[max(0, here - 2) : here + 3] if other not in known]
    if not extra:
        return
    drawn = empty_map(grid.shape)
    for other in extra:
        placed = column.placed[other]
        blend = 5.0 if other == SACRUM else 2.5
        draw(grid, drawn, placed.bone.rows, placed.rotation, placed.centre, number=other, blend_mm=blend)
    # Real bone goes first: what is drawn must keep a joint's width from it.
    drawn.nearest[target.nearest < 1.0] = FAR_MM
    merge(target, (slice(None),) * 3, drawn.nearest, drawn.owner)


def _distance_mm(grid: Grid, point_ras_mm: FloatArray) -> Float32:
    voxel = np.linalg.inv(grid.affine) @ np.append(point_ras_mm, 1.0)
    axes = [
        (np.arange(n, dtype=np.float32) - np.float32(c)) * np.float32(grid.mean_spacing_mm)
        for n, c in zip(grid.shape, voxel[:3], strict=True)
    ]
    x, y, z = np.meshgrid(*(axis**2 for axis in axes), indexing="ij", sparse=True)
    return np.asarray(np.sqrt(x + y + z), np.float32)


def _bodies_and_discs(
    grid: Grid, target: DistanceMap, centres: dict[int, FloatArray]
) -> npt.NDArray[np.bool_]:
    """Mark the bodies in the map; returns where discs are."""
    near = np.full(grid.shape, np.inf, np.float32)
    for label, centre in centres.items():
        distance = _distance_mm(grid, centre)
        target.is_body[(target.owner == label) & (distance < _BODY_RADIUS_MM)] = 1
        np.minimum(near, distance, out=near)
    between = (target.nearest > 0) & (target.nearest < _DISC_NEAR_MM) & (target.second < _DISC_SECOND_MM)
    return between & (near < _DISC_RADIUS_MM + 4)


def shape_scene(library: Sequence[Shapes], rng: np.random.Generator) -> Example:
    """A block round one vertebra of one of the outlined spines, each spine's vertebrae alike."""
    spine = library[int(rng.integers(len(library)))]
    label = int(rng.choice(spine.whole))
    column = random_column(rng, 0.02)
    while label not in column.order:
        column = random_column(rng, 0.02)
    middle = column.placed[label].centroid_ras_mm
    corner = middle + np.array([0, -22, 0]) + rng.normal(0, 8, 3) - PATCH_SIZE_MM / 2
    affine = np.diag([PATCH_SPACING_MM] * 3 + [1.0])
    affine[:3, 3] = corner
    shape = [int(v) for v in PATCH_SIZE_MM / PATCH_SPACING_MM]
    grid = make_grid(shape, affine, rng, float(rng.uniform(0.2, 1.5)), float(rng.uniform(18, 40)))
    pose = _random_pose(spine.centres[label], middle, rng)
    target = _laid_over(grid, spine, pose, rng)
    _neighbours(grid, column, set(spine.centres), label, target)
    centres = _placed_centres(spine, pose)
    discs = _bodies_and_discs(grid, target, centres)
    chest = Chest(float(rng.uniform(105, 150)) * column.scale, float(rng.uniform(150, 210)) * column.scale)
    body = random_body(rng)
    bones = replace(random_bones(rng, column), screws=(), cement=())
    scene = render(grid, column, chest, body, bones, rng, spine=target)
    discs &= scene.hu < 200
    scene.hu[discs] = body.disc_hu
    scene.tissue[discs] = DISC
    inside = {k: c for k, c in centres.items() if k in spine.whole}
    return as_example(scene, corner, PATCH_SPACING_MM, inside)
