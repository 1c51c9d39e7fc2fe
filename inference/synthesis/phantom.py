"""Phantom spine CTs: a volume with its mask, and the centroids, heights and densities that went into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from backend.science.labels import label_of, name_of, order_of
from backend.science.volume import FloatArray, Mask, Volume, VolumeGeometry
from inference.synthesis.anatomy import FRACTURE_TYPES, GRADE_LOSS, STATIONS
from inference.synthesis.column import SACRUM, VARIANTS, Column, Posture, build_column, rotation
from inference.synthesis.grid import Float32, UInt8, make_grid, noise
from inference.synthesis.scene import Bones, Scene, render
from inference.synthesis.skeleton import Chest
from inference.synthesis.tissue import Body, random_body

Triple = tuple[float, float, float]
_AXES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


@dataclass(frozen=True)
class PhantomSpec:
    """What to make. Everything not stated is drawn from `seed`; the same specification gives the same voxels.

    `first` and `last` name the levels of the mask; bones beyond them are in the image where it reaches
    them, but not in the mask, as levels cut by the field of view are not in VerSe's. `spacing_mm` and
    `shape` follow the array axes named by `axcodes`; without a `shape` the field of view is fitted to the
    levels. `oblique_deg` turns the grid about x, y and z. `fractures` maps a label to its type (wedge,
    biconcave, crush) and Genant grade. `trabecular_hu` is one density for all levels or one for each label.
    """

    seed: int = 0
    first: str = "T10"
    last: str = "L5"
    variant: str = "usual"
    spacing_mm: Triple = (1.0, 1.0, 1.0)
    shape: tuple[int, int, int] | None = None
    axcodes: str = "RAS"
    oblique_deg: Triple = (0.0, 0.0, 0.0)
    fractures: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    posture: Posture | None = None
    trabecular_hu: float | Mapping[int, float] | None = None
    noise_hu: float = 18.0
    blur_mm: float = 0.55
    contrast: bool | None = None
    screws: tuple[int, ...] = ()
    cement: tuple[int, ...] = ()
    label_sacrum: bool = False
    scale: float | None = None

    def levels(self) -> tuple[int, ...]:
        """Labels of the mask from top to bottom; ``ValueError`` where the specification makes no sense."""
        if self.variant not in VARIANTS:
            raise ValueError(f"unknown variant {self.variant!r}: one of {', '.join(VARIANTS)}")
        top, bottom = order_of(label_of(self.first)), order_of(label_of(self.last))
        chosen = tuple(label for label in VARIANTS[self.variant] if top <= order_of(label) <= bottom)
        if not chosen:
            raise ValueError(f"no level from {self.first} to {self.last}")
        for label, (kind, grade) in self.fractures.items():
            if label not in chosen:
                raise ValueError(f"the fractured level {name_of(label)} is not in the phantom")
            if STATIONS[label] < 2 or kind not in FRACTURE_TYPES or grade not in GRADE_LOSS:
                raise ValueError(f"no fracture {kind!r} of grade {grade!r} at {name_of(label)}")
        return chosen


def fast_spec(seed: int = 0, **changes: object) -> PhantomSpec:
    """L1-L5 on a small grid of 1.5 mm: for tests."""
    spec = PhantomSpec(
        seed=seed, first="L1", last="L5", spacing_mm=(1.5, 1.5, 1.5), shape=(96, 110, 160), blur_mm=0.6
    )
    return replace(spec, **changes)  # type: ignore[arg-type]


def demo_spec(seed: int = 0, **changes: object) -> PhantomSpec:
    """T9-L5 at 1 mm: for the demo project."""
    return replace(PhantomSpec(seed=seed, first="T9", last="L5"), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Phantom:
    """The image (int16 HU), its mask, and what is known by construction.

    `heights_mm` are anterior, middle and posterior heights of each body on its own mid-sagittal line, at
    15, 50 and 85 % of its depth. `centroids_ras_mm` are centres of mass of the bodies (C1: centre of the
    ring). `hu` is the mean of the spongy bone before noise.
    """

    volume: Volume
    mask: Mask
    centroids_ras_mm: dict[int, Triple]
    heights_mm: dict[int, Triple]
    hu: dict[int, float]
    fractures: dict[int, tuple[str, int]]


def _posture(rng: np.random.Generator) -> Posture:
    return Posture(
        cervical=float(rng.uniform(0.3, 1.2)),
        kyphosis=float(rng.uniform(0.6, 1.4)),
        lordosis=float(rng.uniform(0.5, 1.2)),
        scoliosis_deg=float(abs(rng.normal(0, 3))),
        tilt_deg=float(rng.normal(0, 3)),
        disc=float(rng.uniform(0.8, 1.15)),
    )


def _densities(spec: PhantomSpec, order: Sequence[int], rng: np.random.Generator) -> dict[int, float]:
    base = float(rng.uniform(90, 210))
    drawn = {label: base + float(rng.normal(0, 8)) for label in order}
    if isinstance(spec.trabecular_hu, Mapping):
        return drawn | {label: float(hu) for label, hu in spec.trabecular_hu.items()}
    if spec.trabecular_hu is not None:
        return dict.fromkeys(order, float(spec.trabecular_hu))
    return drawn


def _field_of_view(column: Column, levels: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Centre and size (mm, RAS) of a view that holds the levels whole."""
    centres = np.array([column.placed[label].centre for label in levels])
    low, high = centres.min(axis=0), centres.max(axis=0)
    s = column.scale
    low = low - np.array([62 * s, 84 * s, 40 * s])
    high = high + np.array([62 * s, 52 * s, 28 * s])
    return (low + high) / 2, high - low


def geometry_of(spec: PhantomSpec, column: Column) -> VolumeGeometry:
    """The grid of a specification round its column."""
    axes = [_AXES[code] for code in spec.axcodes]
    if sorted(axis for axis, _ in axes) != [0, 1, 2]:
        raise ValueError(f"axcodes {spec.axcodes!r} do not name three axes")
    centre, size = _field_of_view(column, spec.levels())
    spacing = np.asarray(spec.spacing_mm, float)
    fitted = [int(np.ceil(size[axis] / mm)) for (axis, _), mm in zip(axes, spacing, strict=True)]
    shape = spec.shape or (fitted[0], fitted[1], fitted[2])
    turn = rotation(*(float(np.radians(angle)) for angle in spec.oblique_deg))
    affine = np.eye(4)
    for column_index, ((axis, sign), mm) in enumerate(zip(axes, spacing, strict=True)):
        affine[:3, column_index] = turn[:, axis] * sign * mm
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape, affine)


def _finer(geometry: VolumeGeometry) -> tuple[tuple[int, int, int], FloatArray, tuple[int, int, int]]:
    """A grid with thick slices split an odd number of times, so that partial volume comes from averaging."""
    spacing = np.asarray(geometry.spacing_mm)
    limit = max(1.5, 1.5 * float(spacing.min()))
    splits = [1 if mm <= limit else 2 * int(np.ceil((mm / limit - 1) / 2)) + 1 for mm in spacing]
    affine = np.array(geometry.affine_ras_mm)
    affine[:3, :3] = affine[:3, :3] / np.array(splits)
    affine[:3, 3] -= affine[:3, :3] @ (np.array(splits) // 2)
    shape = [n * f for n, f in zip(geometry.shape, splits, strict=True)]
    return (shape[0], shape[1], shape[2]), affine, (splits[0], splits[1], splits[2])


def _coarsen(
    scene: Scene, shape: tuple[int, int, int], splits: tuple[int, int, int]
) -> tuple[Float32, UInt8]:
    """Average the HU over each voxel; the label is that of the voxel's centre."""
    a, b, c = splits
    blocks = scene.hu.reshape(shape[0], a, shape[1], b, shape[2], c)
    return blocks.mean(axis=(1, 3, 5), dtype=np.float32), scene.owner[a // 2 :: a, b // 2 :: b, c // 2 :: c]


def _scan(
    hu: Float32, spec: PhantomSpec, spacing: FloatArray, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The scanner's blur and noise."""
    sharp = gaussian_filter(hu, spec.blur_mm / spacing) if spec.blur_mm > 0 else hu
    if spec.noise_hu > 0:
        speckle = gaussian_filter(rng.standard_normal(hu.shape, dtype=np.float32), 0.55)
        sharp = sharp + speckle * (spec.noise_hu / float(speckle.std()))
        sharp += noise(rng, hu.shape, np.maximum(1, 30 / spacing)) * (0.15 * spec.noise_hu)
    return np.asfortranarray(np.clip(np.rint(sharp), -1024, 3071).astype(np.int16))


def _column(spec: PhantomSpec, rng: np.random.Generator) -> tuple[Column, Body, Chest]:
    scale = spec.scale if spec.scale is not None else float(rng.uniform(0.92, 1.08))
    column = build_column(
        rng,
        scale=scale,
        variant=spec.variant,
        posture=spec.posture or _posture(rng),
        fractures=spec.fractures,
    )
    chest = Chest(float(rng.uniform(112, 140)) * scale, float(rng.uniform(155, 200)) * scale)
    return column, random_body(rng, spec.contrast), chest


def make_phantom(spec: PhantomSpec | None = None) -> Phantom:
    """Make a phantom. The same specification always gives the same result.

    Raises ``ValueError`` for a specification that makes no sense.
    """
    spec = spec or PhantomSpec()
    levels = spec.levels()
    rng = np.random.default_rng(spec.seed)
    column, body, chest = _column(spec, rng)
    densities = _densities(spec, column.order, rng)
    geometry = geometry_of(spec, column)
    shape, affine, splits = _finer(geometry)
    grid = make_grid(shape, affine, rng, warp_mm=0.0)
    bones = Bones(densities, screws=spec.screws, cement=spec.cement)
    scene = render(grid, column, chest, body, bones, rng)
    hu, owner = _coarsen(scene, geometry.shape, splits)
    kept = [*levels, SACRUM] if spec.label_sacrum else list(levels)
    mask = np.asfortranarray(np.where(np.isin(owner, kept), owner, 0).astype(np.uint8))
    placed = {label: column.placed[label] for label in levels}
    centroids = {label: tuple(float(v) for v in p.centroid_ras_mm) for label, p in placed.items()}
    return Phantom(
        volume=Volume(geometry, _scan(hu, spec, np.asarray(geometry.spacing_mm), rng)),
        mask=Mask(geometry, mask),
        centroids_ras_mm={label: (c[0], c[1], c[2]) for label, c in centroids.items()},
        heights_mm={label: p.bone.heights_mm for label, p in placed.items() if label != 1},
        hu={label: densities[label] for label in levels},
        fractures=dict(spec.fractures),
    )
