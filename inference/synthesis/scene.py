"""One scene: bones over soft tissue on a grid, as HU before noise, with everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from inference.synthesis.column import SACRUM, Column
from inference.synthesis.grid import DistanceMap, Float32, Grid, UInt8, draw, empty_map, noise
from inference.synthesis.primitives import capsule, ellipsoid
from inference.synthesis.skeleton import Chest, jaw, pelvis, ribs, shoulders
from inference.synthesis.tissue import Body, soft_tissue, table

METAL_HU, CEMENT_HU = 3000.0, 1400.0


@dataclass(frozen=True)
class Bones:
    """How bone is painted (HU, mm): spongy bone by label, its cortex, and the grain of the trabeculae."""

    trabecular_hu: Mapping[int, float]
    cortex_hu: float = 650.0
    cortex_mm: float = 1.3
    grain_hu: float = 18.0
    grain_mm: float = 2.0
    screws: tuple[int, ...] = ()
    cement: tuple[int, ...] = ()
    with_table: bool = True
    with_limbs: bool = True
    other_factor: float = 0.85


@dataclass(frozen=True)
class Scene:
    """HU before noise; `owner` holds the label of the bone in each voxel (26 sacrum, 0 elsewhere)."""

    hu: Float32
    owner: UInt8
    is_body: UInt8
    ribs: UInt8
    tissue: UInt8
    column: Column = field(repr=False)


def _draw_column(grid: Grid, column: Column) -> DistanceMap:
    target = empty_map(grid.shape)
    for label in column.order:
        placed = column.placed[label]
        blend = 5.0 if label == SACRUM else 2.5
        rows = placed.bone.rows
        draw(grid, target, rows, placed.rotation, placed.centre, number=label, blend_mm=blend)
    return target


def _paint_bone(
    hu: Float32,
    shape: DistanceMap,
    grid: Grid,
    spongy: Float32,
    cortex_hu: Float32 | float,
    cortex_mm: Float32 | float,
) -> None:
    """Shell and core from the distance: the cover of a voxel falls from 1 to 0 over one voxel's width, so the
    partial volume of a thin cortex comes out right on coarse grids."""
    mm = grid.mean_spacing_mm
    cover = np.clip(0.5 - shape.nearest / mm, 0, 1)
    core = np.clip(0.5 - (shape.nearest + cortex_mm) / mm, 0, 1)
    # Between two bones that touch, a joint space remains.
    joint = (shape.second < 1.5) & (shape.nearest < 0)
    cover = np.where(joint, cover * np.clip((shape.second - shape.nearest) / (1.4 * mm), 0.25, 1), cover)
    value = cortex_hu * (1 - core) + spongy * core
    hu += (value - hu) * cover


def _others(grid: Grid, column: Column, chest: Chest, rng: np.random.Generator, limbs: bool) -> DistanceMap:
    target = empty_map(grid.shape)
    extras = ribs(column, chest, rng)
    if limbs:
        extras += pelvis(column, rng) + shoulders(column, chest) + jaw(column)
    for extra in extras:
        draw(grid, target, extra.rows, extra.rotation, extra.centre, number=extra.kind, separate=True)
    return target


def _implants(grid: Grid, hu: Float32, column: Column, bones: Bones) -> None:
    s = column.scale
    for label in bones.screws:
        placed = column.placed[label]
        bone = placed.bone
        for side in (-1, 1):
            tip = (side * bone.width_mm * 0.16, bone.depth_mm * 0.2, 2.0)
            head = (side * (bone.canal_mm[0] + 4 * s), bone.back_wall_mm - 20 * s, 4.0)
            shape = draw(
                grid,
                None,
                [capsule(tip, head, 2.8), capsule(head, head, 6.0)],
                placed.rotation,
                placed.centre,
            )
            if shape is not None:
                hu[shape.slices] = np.where(shape.nearest < 0, METAL_HU, hu[shape.slices])
    for label in bones.cement:
        placed = column.placed[label]
        w, d = placed.bone.width_mm, placed.bone.depth_mm
        tall = min(placed.bone.heights_mm)
        blobs = [
            ellipsoid((-0.1 * w, 0.05 * d, 0.05 * tall), (0.22 * w, 0.24 * d, 0.3 * tall)),
            ellipsoid((0.14 * w, 0.12 * d, -0.08 * tall), (0.16 * w, 0.2 * d, 0.24 * tall)),
        ]
        shape = draw(grid, None, blobs, placed.rotation, placed.centre, blend_mm=3.0)
        if shape is not None:
            hu[shape.slices] = np.where(shape.nearest < 0, CEMENT_HU, hu[shape.slices])


def render(
    grid: Grid,
    column: Column,
    chest: Chest,
    body: Body,
    bones: Bones,
    rng: np.random.Generator,
    *,
    spine: DistanceMap | None = None,
) -> Scene:
    """Draw the whole scene. A `spine` over the whole grid takes the place of the column's own shapes."""
    hu, tissue = soft_tissue(grid, column, chest, body, rng)
    grain = noise(rng, grid.shape, np.maximum(1, bones.grain_mm / grid.spacing_mm)) * np.float32(
        bones.grain_hu
    )
    others = _others(grid, column, chest, rng, bones.with_limbs)
    mean = float(np.mean(list(bones.trabecular_hu.values()))) * bones.other_factor
    _paint_bone(hu, others, grid, mean + grain, bones.cortex_hu, bones.cortex_mm)
    if spine is None:
        spine = _draw_column(grid, column)
    spongy = np.full(256, mean, np.float32)
    for label, value in bones.trabecular_hu.items():
        spongy[label] = value
    # The shell of a body is thinner than that of the arch, and no shell is even.
    uneven = noise(rng, grid.shape, np.maximum(1, 6.0 / grid.spacing_mm))
    thick = np.where(spine.is_body > 0, 0.75, 1.2) * bones.cortex_mm * np.clip(1 + 0.3 * uneven, 0.4, 1.8)
    dense = bones.cortex_hu * np.clip(1 + 0.15 * np.roll(uneven, 5, axis=2), 0.6, 1.4)
    _paint_bone(
        hu, spine, grid, spongy[spine.owner] + grain, dense.astype(np.float32), thick.astype(np.float32)
    )
    _implants(grid, hu, column, bones)
    if bones.with_table:
        table(grid, hu, column, body, rng)
    inside = spine.nearest < 0
    return Scene(
        hu=hu,
        owner=np.where(inside, spine.owner, 0).astype(np.uint8),
        is_body=(inside & (spine.is_body > 0)).astype(np.uint8),
        ribs=((others.nearest < 0) & (others.owner == 30) & ~inside).astype(np.uint8),
        tissue=tissue,
        column=column,
    )
