"""Random people in random scanners: the scenes that the networks learn from.

Two kinds. A *patch* scene is a block of 1.5 mm voxels round one vertebra, for the segmentation network. A
*wide* scene is a whole field of view of 3 mm voxels, for the localisation network; fields of view are
those of usual examinations: chest, abdomen, neck, whole spine, lumbar spine, and anything between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inference.synthesis.anatomy import FRACTURE_TYPES, STATIONS
from inference.synthesis.column import SACRUM, VARIANTS, Column, Posture, build_column
from inference.synthesis.grid import make_grid
from inference.synthesis.primitives import FloatArray
from inference.synthesis.scene import Bones, Scene, render
from inference.synthesis.skeleton import Chest
from inference.synthesis.tissue import random_body

PATCH_SPACING_MM = 1.5
WIDE_SPACING_MM = 3.0
PATCH_SIZE_MM = np.array([126.0, 141.0, 150.0])
_VARIANT_SHARES = {"usual": 0.9, "t13": 0.025, "t11": 0.025, "l6": 0.03, "l4": 0.02}
# Share of the fields of view, with the stations at which they begin and end (-1 reaches over the head, 25
# below the sacrum).
_VIEWS = (
    (0.20, (16, 21), (5, 9)),
    (0.32, (25, 26), (14, 19)),
    (0.08, (8, 13), (-1, 0)),
    (0.12, (25, 26), (-1, 8)),
    (0.14, (22, 26), (16, 20)),
    (0.14, (18, 26), (4, 14)),
)


@dataclass(frozen=True)
class Example:
    """A scene as it is kept on disk: HU before noise, label, parts, tissue, and body centres in voxels."""

    hu: npt.NDArray[np.int16]
    owner: npt.NDArray[np.uint8]
    is_body: npt.NDArray[np.uint8]
    ribs: npt.NDArray[np.uint8]
    tissue: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    centres: FloatArray

    def save(self, path: Path) -> None:
        """Write the example; the file appears whole or not at all."""
        partial = path.with_suffix(".part.npz")
        np.savez(
            partial,
            hu=self.hu,
            owner=self.owner,
            parts=self.is_body + 2 * self.ribs,
            tissue=self.tissue,
            labels=self.labels,
            centres=self.centres,
        )
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> Example:
        """Read an example."""
        with np.load(path) as data:
            parts = data["parts"]
            return cls(
                hu=data["hu"],
                owner=data["owner"],
                is_body=parts & 1,
                ribs=parts >> 1,
                tissue=data["tissue"],
                labels=data["labels"],
                centres=data["centres"],
            )


def _random_fractures(
    rng: np.random.Generator, order: tuple[int, ...], share: float
) -> dict[int, tuple[str, int]]:
    return {
        label: (str(rng.choice(FRACTURE_TYPES)), int(rng.integers(1, 4)))
        for label in order
        if STATIONS[label] > 9 and rng.random() < share
    }


def random_column(rng: np.random.Generator, fracture_share: float) -> Column:
    """A random person's spine."""
    variant = str(rng.choice(list(_VARIANT_SHARES), p=list(_VARIANT_SHARES.values())))
    mild = rng.random() < 0.75
    posture = Posture(
        cervical=float(rng.uniform(-0.3, 1.3)),
        kyphosis=float(rng.uniform(0.4, 1.6)),
        lordosis=float(rng.uniform(0.5, 1.5)),
        scoliosis_deg=float(abs(rng.normal(0, 4)) if mild else rng.uniform(6, 20)),
        tilt_deg=float(rng.normal(0, 5)),
        disc=float(rng.uniform(0.65, 1.2)),
    )
    fractures = _random_fractures(rng, VARIANTS[variant], fracture_share)
    return build_column(
        rng, scale=float(rng.uniform(0.84, 1.14)), variant=variant, posture=posture, fractures=fractures
    )


def random_bones(rng: np.random.Generator, column: Column) -> Bones:
    """Random densities, shells and implants."""
    spongy = float(rng.uniform(30, 330))
    density = {label: spongy + float(rng.normal(0, 15)) for label in column.order}
    if rng.random() < 0.15:
        density[int(rng.choice(column.order))] += float(rng.uniform(-100, 400))
    chosen = [label for label in column.order if 4 < STATIONS[label] < 24]
    levels = [int(label) for label in rng.choice(chosen, int(rng.integers(1, 4)), replace=False)]
    kind = rng.random()
    return Bones(
        density,
        cortex_hu=spongy + float(rng.uniform(250, 850)),
        cortex_mm=float(rng.uniform(0.8, 2.0)),
        grain_hu=float(rng.uniform(5, 60)),
        grain_mm=float(rng.uniform(1, 4)),
        screws=tuple(levels) if kind < 0.05 else (),
        cement=tuple(levels) if 0.05 <= kind < 0.08 else (),
        with_table=bool(rng.random() < 0.6),
        other_factor=float(rng.uniform(0.6, 1.1)),
    )


def _render(
    rng: np.random.Generator, column: Column, origin: FloatArray, spacing: float, shape: tuple[int, int, int]
) -> Example:
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = origin
    grid = make_grid(shape, affine, rng, float(rng.uniform(0.2, 1.5)), float(rng.uniform(18, 40)))
    chest = Chest(float(rng.uniform(105, 150)) * column.scale, float(rng.uniform(150, 210)) * column.scale)
    scene = render(grid, column, chest, random_body(rng), random_bones(rng, column), rng)
    placed = scene.column.placed
    centres = {label: placed[label].centroid_ras_mm for label in scene.column.order if label != SACRUM}
    return as_example(scene, origin, spacing, centres)


def as_example(
    scene: Scene, origin: FloatArray, spacing: float, centres_ras_mm: Mapping[int, FloatArray]
) -> Example:
    """A scene as it is kept, with the body centres (RAS mm) of the vertebrae that may be learnt from it."""
    labels = list(centres_ras_mm)
    points = np.array([centres_ras_mm[label] for label in labels])
    return Example(
        hu=np.clip(scene.hu, -1024, 3071).astype(np.int16),
        owner=scene.owner,
        is_body=scene.is_body,
        ribs=scene.ribs,
        tissue=scene.tissue,
        labels=np.array(labels),
        centres=(points - origin) / spacing,
    )


def patch_scene(rng: np.random.Generator) -> Example:
    """A block round one vertebra: half of them lumbar, a sixth cervical."""
    column = random_column(rng, 0.15 if rng.random() < 0.5 else 0.02)
    weights = np.array(
        [1.0 if STATIONS[x] < 7 else 1.4 if STATIONS[x] < 17 else 3.0 for x in column.order[:-1]]
    )
    target = int(rng.choice(column.order[:-1], p=weights / weights.sum()))
    middle = column.placed[target].centroid_ras_mm + np.array([0, -22, 0]) + rng.normal(0, 8, 3)
    size = [int(v) for v in PATCH_SIZE_MM / PATCH_SPACING_MM]
    return _render(rng, column, middle - PATCH_SIZE_MM / 2, PATCH_SPACING_MM, (size[0], size[1], size[2]))


def steep_column(rng: np.random.Generator) -> Column:
    """A spine that bends or leans by some 40 to 70 degrees somewhere: kyphosis, scoliosis, a bent trunk."""
    kyphosis, scoliosis, tilt = float(rng.uniform(0.6, 1.4)), float(abs(rng.normal(0, 5))), 0.0
    which = rng.random()
    if which < 0.5:
        kyphosis = float(rng.uniform(1.8, 3.3))
    elif which < 0.85:
        scoliosis = float(rng.uniform(30, 60))
    else:
        tilt = float(rng.choice([-1, 1]) * rng.uniform(25, 50))
    posture = Posture(
        cervical=float(rng.uniform(0.3, 2.4)),
        kyphosis=kyphosis,
        lordosis=float(rng.uniform(0.5, 2.0)),
        scoliosis_deg=scoliosis,
        tilt_deg=tilt,
        disc=float(rng.uniform(0.65, 1.2)),
    )
    fractures = _random_fractures(rng, VARIANTS["usual"], 0.05)
    return build_column(rng, scale=float(rng.uniform(0.84, 1.14)), posture=posture, fractures=fractures)


def steep_scene(rng: np.random.Generator) -> Example:
    """A field of view of a spine that is steep somewhere."""
    return _field_of_view(rng, steep_column(rng))


def wide_scene(rng: np.random.Generator) -> Example:
    """A whole field of view."""
    return _field_of_view(rng, random_column(rng, 0.08 if rng.random() < 0.5 else 0.01))


def _field_of_view(rng: np.random.Generator, column: Column) -> Example:
    shares = [view[0] for view in _VIEWS]
    _, lows, highs = _VIEWS[int(rng.choice(len(_VIEWS), p=shares))]
    low, high = int(rng.integers(*lows)), int(rng.integers(*highs))
    bottom = column.along(24.0)[2] - rng.uniform(20, 140) if low > 24 else column.along(low)[2]
    top = column.along(0.0)[2] + rng.uniform(10, 110) if high < 0 else column.along(high)[2]
    bottom, top = bottom + rng.uniform(-15, 15), top + rng.uniform(-15, 15)
    if rng.random() < 0.4:
        width, depth = rng.uniform(100, 200), rng.uniform(120, 200)
    else:
        width, depth = rng.uniform(200, 360), rng.uniform(170, 290)
    seen = np.array([column.along(float(s)) for s in range(max(0, high), min(24, low) + 1)])
    origin = np.array(
        [
            seen[:, 0].mean() - width / 2 + rng.normal(0, 0.08 * width),
            seen[:, 1].min() - rng.uniform(35, 90),
            bottom,
        ]
    )
    shape = [max(24, int(v / WIDE_SPACING_MM)) for v in (width, depth, top - bottom)]
    return _render(rng, column, origin, WIDE_SPACING_MM, (shape[0], shape[1], shape[2]))
