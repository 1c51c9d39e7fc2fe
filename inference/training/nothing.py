"""Images without a spine: soft tissue, test objects, tubes, shells. They teach to find nothing."""

from __future__ import annotations

import numpy as np

from inference.patches import AIR_HU, TILE_SHAPE, WIDE_SPACING_MM, Float32, FloatArray, normalise
from inference.synthesis.grid import noise
from inference.training.appearance import scan
from inference.training.samples import IGNORED, Arrays

_MOST_THINGS = 18


def _lump(index: Float32, rng: np.random.Generator) -> FloatArray:
    """Depth (voxels, negative outside) in an ellipsoid or, stretched along an axis, in a tube or a plate."""
    shape = np.array(TILE_SHAPE)
    radii = rng.uniform(3, 24, 3)
    if rng.random() < 0.4:
        radii[int(rng.integers(3))] *= 20
    centre = rng.uniform(-0.1, 1.1, 3) * shape
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    if rng.random() < 0.6:
        turn = np.eye(3)
    at = np.tensordot(turn, index - centre[:, None, None, None], axes=1)
    power = float(rng.choice([2, 2, 6]))
    away = sum(np.abs(at[axis] / radii[axis]) ** power for axis in range(3)) ** (1 / power)
    return np.asarray((1 - away) * radii.min())


def _outlined(image: Float32, index: Float32, rng: np.random.Generator) -> Float32:
    """Air outside a body's outline."""
    size = np.array(TILE_SHAPE)[:2, None, None, None]
    across = (index[:2] - size / 2) / (rng.uniform(0.35, 0.7, 2)[:, None, None, None] * size)
    return np.where((across**2).sum(axis=0) < 1, image, np.float32(AIR_HU))


def nothing_sample(rng: np.random.Generator) -> Arrays:
    """A tile that holds things of any density, none of them a vertebra, and the empty maps for it."""
    index = np.indices(TILE_SHAPE, dtype=np.float32)
    image = np.full(TILE_SHAPE, rng.uniform(-120, 80), np.float32)
    for _ in range(int(rng.integers(2, _MOST_THINGS))):
        depth = _lump(index, rng)
        hu = float(rng.choice([rng.uniform(-950, 0), rng.uniform(0, 250), rng.uniform(150, 1500)]))
        cover = np.clip(depth + 0.5, 0, 1)
        if rng.random() < 0.3:  # a shell
            cover = cover * (1 - np.clip(depth - rng.uniform(0.3, 2.0), 0, 1))
        image = (image + (hu - image) * cover).astype(np.float32)
    if rng.random() < 0.5:
        grain = noise(rng, TILE_SHAPE, [float(rng.uniform(2, 12))] * 3)
        image = image + grain * np.float32(rng.uniform(5, 60))
    if rng.random() < 0.5:
        image = _outlined(image, index, rng)
    x = normalise(scan(image, WIDE_SPACING_MM, rng))[None]
    levels = np.full([n // 2 for n in TILE_SHAPE], IGNORED, np.uint8)
    return {"x": x, "maps": np.zeros((4, *TILE_SHAPE), np.float32), "levels": levels}
