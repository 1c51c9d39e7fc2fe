"""Everything that is not bone: outline, fat, muscle, lungs, organs, vessels, discs, canal, gas, table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np

from inference.synthesis.anatomy import STATIONS
from inference.synthesis.column import SACRUM, Column
from inference.synthesis.grid import Float32, Grid, UInt8, draw, noise
from inference.synthesis.primitives import FloatArray, capsule, ellipsoid, moved, vertebral_body
from inference.synthesis.skeleton import Chest

AIR, SKIN, FAT, MUSCLE, CAVITY, LUNG, DISC, CANAL, VESSEL, GAS, BRAIN, ORGAN = range(12)
TISSUES = 24  # organs take the numbers from ORGAN upwards


@dataclass(frozen=True)
class Body:
    """What is drawn round the spine: sizes in mm, densities in HU."""

    fat_mm: float
    wall_mm: float
    contrast: bool
    blood_hu: float
    fat_hu: float
    muscle_hu: float
    lung_hu: float
    cavity_hu: float
    disc_hu: float
    canal_hu: float
    diaphragm_station: float


def random_body(rng: np.random.Generator, contrast: bool | None = None) -> Body:
    """A random person's soft tissue."""
    enhanced = bool(rng.random() < 0.6) if contrast is None else contrast
    return Body(
        fat_mm=float(rng.uniform(4, 32)),
        wall_mm=float(rng.uniform(12, 25)),
        contrast=enhanced,
        blood_hu=float(rng.uniform(110, 400) if enhanced else rng.uniform(28, 55)),
        fat_hu=float(rng.uniform(-120, -80)),
        muscle_hu=float(rng.uniform(30, 75)),
        lung_hu=float(rng.uniform(-920, -700)),
        cavity_hu=float(rng.uniform(-115, -70) if rng.random() < 0.65 else rng.uniform(0, 50)),
        disc_hu=float(rng.uniform(55, 110)),
        canal_hu=float(rng.uniform(0, 40)),
        diaphragm_station=float(rng.uniform(16.5, 19.0)),
    )


@numba.njit(cache=True, fastmath=True)
def _fill(  # type: ignore[no-untyped-def]
    affine, z0, dz, outline, values, organs, organ_hu, bend, hu, tissue
):
    """Label and paint the soft tissue of every voxel; `outline` has one row for each step of world z."""
    nx, ny, nz = hu.shape
    fat, wall, skin_hu, fat_hu, muscle_hu, cavity_hu, lung_hu, diaphragm, apex, gap, dome = values
    last = outline.shape[0] - 1
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                shift = bend[i, j, k]
                x = affine[0, 0] * i + affine[0, 1] * j + affine[0, 2] * k + affine[0, 3] + shift
                y = affine[1, 0] * i + affine[1, 1] * j + affine[1, 2] * k + affine[1, 3] - shift
                z = affine[2, 0] * i + affine[2, 1] * j + affine[2, 2] * k + affine[2, 3] + shift
                row = outline[min(last, max(0, int((z - z0) / dz)))]
                cx, spine_y, a, b, back = row[0], row[1], row[2], row[3], row[4]
                dx, dy = x - cx, y - back - b
                radius = ((abs(dx) / a) ** 2.3 + (abs(dy) / b) ** 2.3) ** (1 / 2.3)
                depth = (1.0 - radius) * min(a, b)
                if depth < 0.0:
                    hu[i, j, k], tissue[i, j, k] = -1000.0, AIR
                    continue
                if depth < 2.0:
                    hu[i, j, k], tissue[i, j, k] = skin_hu, SKIN
                    continue
                if depth < fat:
                    hu[i, j, k], tissue[i, j, k] = fat_hu, FAT
                    continue
                kind, value = MUSCLE, muscle_hu
                if depth > fat + wall and y > spine_y - 8.0 and (abs(dx) < a - fat - wall):
                    kind, value = CAVITY, cavity_hu
                if row[5] > 7.0 and z < apex and depth > fat + 0.75 * wall:
                    rise = dome * math.exp(-((abs(dx) - 75.0) ** 2 + (dy - 10.0) ** 2) / 6000.0)
                    middle = gap + (12.0 if (dx < 0.0 and y > spine_y + 40.0) else 0.0)
                    if y < spine_y + 18.0:
                        middle = min(middle, 27.0)
                    if z - diaphragm > rise and abs(dx) > middle and y > spine_y - 45.0:
                        kind, value = LUNG, lung_hu
                if kind != MUSCLE:
                    for q in range(organs.shape[0]):
                        o = organs[q]
                        if kind == LUNG and o[6] < 1.0:
                            continue
                        s = ((x - o[0]) / o[3]) ** 2 + ((y - o[1]) / o[4]) ** 2 + ((z - o[2]) / o[5]) ** 2
                        if s < 1.0:
                            value, kind = organ_hu[q], int(o[7])
                hu[i, j, k], tissue[i, j, k] = value, kind


def _outline(
    grid: Grid, column: Column, body: Body, rng: np.random.Generator
) -> tuple[float, float, FloatArray]:
    """Centre, axes and back of the trunk by world z."""
    ends = np.array(
        [[i, j, k] for i in (0, grid.shape[0]) for j in (0, grid.shape[1]) for k in (0, grid.shape[2])]
    )
    z = ends @ grid.affine[2, :3] + grid.affine[2, 3]
    step = 3.0
    at = np.arange(z.min() - 10, z.max() + 10, step)
    order = sorted(column.order, key=lambda label: column.placed[label].centre[2])
    centres = np.array([column.placed[label].centre for label in order])
    station = np.interp(at, centres[:, 2], [STATIONS[label] for label in order])
    low, high = centres[0, 2], centres[-1, 2]
    station = np.where(at < low, 24 + (low - at) / 30, station)
    station = np.where(at > high, -(at - high) / 20, station)
    x, y = (np.interp(at, centres[:, 2], centres[:, axis]) for axis in (0, 1))
    stations = [-6, -3, 0, 4, 6.5, 8.5, 12, 18, 23, 28]
    s, girth = column.scale, float(rng.uniform(0.88, 1.15))
    wide = (
        np.interp(station, stations, [78, 80, 62, 62, 80, 162, 160, 150, 152, 175]) * s * girth
        + 0.6 * body.fat_mm
    )
    deep = (
        np.interp(station, stations, [98, 98, 75, 62, 65, 90, 112, 112, 108, 108]) * s * girth
        + 0.7 * body.fat_mm
    )
    back = (
        np.interp(station, [-6, -3, 0, 4, 7, 12, 18, 22, 26, 30], [85, 85, 60, 54, 60, 60, 68, 74, 82, 82])
        * s
    )
    rows = [x, y, wide, deep, y - back - 0.6 * body.fat_mm, station]
    width = 11
    smooth = [
        np.convolve(np.pad(r, width // 2, mode="edge"), np.ones(width) / width, "valid") for r in rows[:5]
    ]
    return float(at[0]), step, np.stack([*smooth, station], axis=1)


def _organs(column: Column, body: Body, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Ellipsoids of the organs (centre, radii, seen in lung, kind) and their HU."""
    s = column.scale
    rows: list[list[float]] = []
    values: list[float] = []

    def add(
        centre: FloatArray, radii: FloatArray | list[float], hu: float, kind: int, lung: bool = False
    ) -> None:
        rows.append([*centre, *radii, float(lung), kind])
        values.append(hu)

    def organ_hu() -> float:
        return float(rng.uniform(25, 65) + (rng.uniform(20, 110) if body.contrast else 0))

    t8, l1, l4 = column.along(14), column.along(19), column.along(22)
    blood = body.blood_hu
    add(
        moved(t8, -25 * s, 85 * s, -10),
        np.array([58, 48, 58]) * s * rng.uniform(0.85, 1.15, 3),
        blood * 0.8,
        ORGAN,
        True,
    )
    add(moved(t8, -18 * s, 62 * s, 60), np.array([33, 33, 35]) * s, blood, ORGAN, True)
    add(
        moved(l1, 85 * s, 70 * s, 45),
        np.array([82, 88, 74]) * s * rng.uniform(0.8, 1.15, 3),
        organ_hu(),
        ORGAN + 1,
    )
    add(moved(l1, -90 * s, 20 * s, 50), np.array([38, 48, 50]) * s, organ_hu(), ORGAN + 2)
    for side in (-1, 1):
        kidney = np.array([27, 27, 52]) * s * rng.uniform(0.85, 1.15, 3)
        add(
            moved(l1, side * 62 * s, 5 * s, -20),
            kidney,
            organ_hu() + 60 * body.contrast * float(rng.random()),
            ORGAN + 3,
        )
    for _ in range(int(rng.integers(14, 40))):
        drawn = rng.choice(4, p=[0.25, 0.4, 0.27, 0.08])
        hu = float(
            [rng.uniform(-1000, -400), rng.uniform(0, 50), rng.uniform(20, 100), rng.uniform(150, 600)][drawn]
        )
        centre = moved(l4, rng.uniform(-110, 110), rng.uniform(28, 150), rng.uniform(-130, 150))
        add(centre, rng.uniform(9, 30, 3), hu, GAS if drawn == 0 else ORGAN + 4 + int(drawn))
    for _ in range(int(rng.integers(15, 50))):
        flank = float(rng.choice([-1, 1]))
        centre = moved(t8, flank * rng.uniform(35, 110), rng.uniform(-20, 130), rng.uniform(-80, 120))
        radii = rng.uniform(1.5, 5.5, 3) * np.array([1, 1, rng.uniform(1, 4)])
        add(centre, radii, blood * float(rng.uniform(0.3, 1)), VESSEL, True)
    return np.array(rows, float), np.array(values, float)


Slices = tuple[slice, slice, slice]


def blend_in(
    hu: Float32, tissue: UInt8, where: Slices, distance: Float32, value: float, kind: int, mm: float
) -> None:
    """Paint a shape given its signed distance over part of the grid, with its partial volume at the edge."""
    cover = np.clip(0.5 - distance / mm, 0, 1)
    hu[where] = hu[where] * (1 - cover) + value * cover
    part = tissue[where]
    part[cover > 0.5] = kind


def _tube(points: list[FloatArray], radius: float) -> list[FloatArray]:
    return [capsule(a, b, radius) for a, b in pairwise(points)]


def _paint_rows(
    grid: Grid, hu: Float32, tissue: UInt8, rows: list[FloatArray], value: float, kind: int
) -> None:
    shape = draw(grid, None, rows, np.eye(3), np.zeros(3), separate=True)
    if shape is not None:
        blend_in(hu, tissue, shape.slices, shape.nearest, value, kind, grid.mean_spacing_mm)


def _between(
    column: Column, grid: Grid, hu: Float32, tissue: UInt8, body: Body, rng: np.random.Generator
) -> None:
    """Discs, and the canal with fat, fluid and cord."""
    mm, s = grid.mean_spacing_mm, column.scale
    pairs = list(zip(column.order[:-1], column.order[1:], strict=True))
    for upper, lower in pairs:
        a, b = column.placed[upper], column.placed[lower]
        back_a = a.to_world([0, a.bone.back_wall_mm - a.bone.canal_mm[1] * 0.5 if upper > 1 else -14 * s, 0])
        back_b = b.to_world([0, b.bone.back_wall_mm - b.bone.canal_mm[1] * 0.5, 0])
        _paint_rows(grid, hu, tissue, [capsule(back_a, back_b, 10.5 * s)], body.fat_hu + 25, FAT)
        thecal = 6.8 * s if STATIONS[upper] > 19 else 7.5 * s
        _paint_rows(grid, hu, tissue, [capsule(back_a, back_b, thecal)], body.canal_hu, CANAL)
        if STATIONS[upper] < 19:
            _paint_rows(grid, hu, tissue, [capsule(back_a, back_b, 4.6 * s)], body.canal_hu + 22, CANAL)
    for upper, lower in pairs[1:]:
        a, b = column.placed[upper], column.placed[lower]
        low = a.to_world([0, 0, -a.bone.heights_mm[1] / 2])
        high = b.to_world([0, 0, b.bone.heights_mm[1] / 2])
        tall = float(np.linalg.norm(low - high)) + 3.0
        half_width = (a.bone.width_mm + b.bone.width_mm) / 4 * float(rng.uniform(0.95, 1.06))
        disc = vertebral_body(
            half_width=half_width,
            half_depth=(a.bone.depth_mm + b.bone.depth_mm) / 4 * float(rng.uniform(0.96, 1.06)),
            heights=(tall, tall, tall),
            waist=-0.05,
            back_concavity=0.5,
            lip=0.0,
            exponent=2.2,
            lateral_wedge=0.0,
            upper_share=0.5,
        )
        shape = draw(grid, None, [disc], (a.rotation + b.rotation) / 2, (low + high) / 2)
        if shape is not None:
            value = body.disc_hu + float(rng.normal(0, 6)) - (800 if rng.random() < 0.01 else 0)
            blend_in(hu, tissue, shape.slices, shape.nearest, value, DISC, mm)


def _vessels(
    column: Column, grid: Grid, hu: Float32, tissue: UInt8, body: Body, rng: np.random.Generator
) -> None:
    s = column.scale

    def in_front(station: float, x: float, y: float) -> FloatArray:
        vertebra = column.nearest(station)
        return moved(vertebra.centre, x * s, vertebra.bone.depth_mm / 2 + y * s, 0.0)

    left = float(rng.uniform(8, 16))
    aorta = [
        in_front(
            i,
            -left * float(np.interp(i, [9, 17, 23], [1.6, 1.1, 0.7])),
            float(np.interp(i, [9, 15, 23], [4, 11, 13])),
        )
        for i in range(10, 23)
    ]
    radius = float(rng.uniform(8.5, 13.5)) * s
    _paint_rows(grid, hu, tissue, _tube(aorta, radius), body.blood_hu, VESSEL)
    if rng.random() < 0.4:
        spots = [
            p + rng.normal(0, 1, 3) + [radius * math.cos(a), radius * math.sin(a), 0]
            for p in aorta[5:]
            for a in rng.uniform(0, 6.3, 2)
        ]
        rows = [ellipsoid(p, rng.uniform(1.2, 3.5, 3)) for p in spots]
        _paint_rows(grid, hu, tissue, rows, float(rng.uniform(350, 900)), VESSEL)
    cava = [
        in_front(i, float(rng.uniform(14, 19)), float(np.interp(i, [14, 23], [24, 11])))
        for i in range(15, 23)
    ]
    cava_hu = body.blood_hu * float(rng.uniform(0.4, 1)) if body.contrast else 38.0
    _paint_rows(grid, hu, tissue, _tube(cava, float(rng.uniform(8, 12)) * s), cava_hu, VESSEL)
    windpipe = [in_front(i, 0, float(np.interp(i, [3, 7, 12], [18, 25, 30]))) for i in range(3, 11)]
    _paint_rows(grid, hu, tissue, _tube(windpipe, float(rng.uniform(7, 10)) * s), -990.0, GAS)
    for side in (-1, 1):
        psoas = [
            column.nearest(i).to_world([side * (column.nearest(i).bone.width_mm / 2 + r * s), -4, 0])
            for i, r in ((18, 6), (20, 13), (22, 18), (23, 24))
        ]
        bulk = float(rng.uniform(0.85, 1.15)) * s
        rows = [
            capsule(a, b, r * bulk, q * bulk)
            for a, b, r, q in zip(psoas, psoas[1:], (6, 13, 18), (13, 18, 20), strict=False)
        ]
        _paint_rows(grid, hu, tissue, rows, body.muscle_hu + 4, MUSCLE)


def _head(column: Column, grid: Grid, hu: Float32, tissue: UInt8, rng: np.random.Generator) -> None:
    s = column.scale
    centre = column.along(0) + np.array([0, 25 * s, 84 * s])
    radii = np.array([72, 92, 75]) * s * rng.uniform(0.93, 1.07, 3)
    shape = draw(grid, None, [ellipsoid(centre, radii)], np.eye(3), np.zeros(3))
    if shape is None:
        return
    blend_in(hu, tissue, shape.slices, shape.nearest, 34.0, BRAIN, grid.mean_spacing_mm)
    shell = np.abs(shape.nearest + 3.5) - rng.uniform(2.2, 3.8)
    blend_in(
        hu,
        tissue,
        shape.slices,
        np.asarray(shell, np.float32),
        float(rng.uniform(600, 1200)),
        BRAIN,
        grid.mean_spacing_mm,
    )


def soft_tissue(
    grid: Grid, column: Column, chest: Chest, body: Body, rng: np.random.Generator
) -> tuple[Float32, UInt8]:
    """HU and tissue number of everything but bone."""
    hu, tissue = np.empty(grid.shape, np.float32), np.empty(grid.shape, np.uint8)
    z0, dz, outline = _outline(grid, column, body, rng)
    organs, organ_hu = _organs(column, body, rng)
    diaphragm, apex = column.along(body.diaphragm_station)[2], column.along(8)[2] + 15
    values = (
        body.fat_mm + 2,
        body.wall_mm,
        float(rng.uniform(-20, 50)),
        body.fat_hu,
        body.muscle_hu,
        body.cavity_hu,
        body.lung_hu,
        float(diaphragm),
        float(apex),
        float(rng.uniform(28, 42)),
        float(rng.uniform(40, 100)),
    )
    bend = noise(rng, grid.shape, 24.0 / grid.spacing_mm) * np.float32(rng.uniform(1, 2.5))
    _fill(grid.affine, z0, dz, outline, values, organs, organ_hu, bend, hu, tissue)
    # Fat between the muscles' bundles.
    streaks = noise(rng, grid.shape, np.maximum(1, 5.0 / grid.spacing_mm))
    share = np.clip((streaks - rng.uniform(0.9, 1.8)) * 1.2, 0, 0.9) * (tissue == MUSCLE)
    hu += share * (body.fat_hu - hu)
    _vessels(column, grid, hu, tissue, body, rng)
    _between(column, grid, hu, tissue, body, rng)
    _head(column, grid, hu, tissue, rng)
    grain = noise(rng, grid.shape, np.maximum(1, rng.uniform(4, 14) / grid.spacing_mm))
    hu += grain * np.where(tissue == AIR, 0, np.where(tissue == LUNG, 25, 7)).astype(np.float32)
    return hu, tissue


def table(grid: Grid, hu: Float32, column: Column, body: Body, rng: np.random.Generator) -> None:
    """The scanner's couch: two curved sheets behind the patient, in air only."""
    i, j, k = np.ogrid[: grid.shape[0], : grid.shape[1], : grid.shape[2]]
    x, y = (
        (grid.affine[m, 0] * i + grid.affine[m, 1] * j + grid.affine[m, 2] * k + grid.affine[m, 3]).astype(
            np.float32
        )
        for m in (0, 1)
    )
    lowest = min(
        column.placed[label].centre[1] for label in column.order if 10 < STATIONS[label] <= STATIONS[SACRUM]
    )
    level = np.float32(lowest - 78 * column.scale - body.fat_mm - rng.uniform(6, 25))
    height = level + x * x / np.float32(900)
    for depth, hu_value in ((0.0, float(rng.uniform(-300, 250))), (float(rng.uniform(18, 40)), -650.0)):
        sheet = (np.abs(y - height + depth) < 1.6) & (hu < -900)
        hu[sheet] = hu_value
