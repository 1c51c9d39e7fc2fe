"""Stage 1: where the spine is. A 3 mm network gives maps of bone, body centres, ribs and levels.

The field of view is covered with tiles of the size that the network was trained on, because its normalisation
depends on how much it sees at once; overlapping tiles are averaged with weights that fall to their edges.
Body centres are the peaks of the centre map, of which the best chain down the spine is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from inference.levels import CLASSES
from inference.networks.spine import BODY, CENTRE, RIB, VERTEBRA
from inference.patches import AIR_HU, TILE_SHAPE, WIDE_SPACING_MM, Float32, FloatArray, cut, normalise
from inference.runtime import Runtime
from inference.sampling import IsoGrid
from inference.stages.project import Line, line_from_bodies

STEP_MM = (9.0, 85.0)
# Tiles that a graphics card is given at once, and the working memory that each needs, on the safe side.
_MOST_AT_ONCE, _BYTES_PER_TILE = 8, 300_000_000
# What a step costs by its length and slant, in units of a peak's height.
_SLANT_COST, _LONG_COST_PER_MM, _LONG_FROM_MM = 0.5, 0.01, 45.0
# Neighbouring steps differ by up to a third at no cost (a collapsed disc, a fracture).
_UNEVEN_COST, _UNEVEN_FREE = 0.35, 0.3


@dataclass(frozen=True)
class Candidate:
    """A body centre: 3 mm voxels, and the height of its peak."""

    centre: FloatArray
    score: float


@dataclass(frozen=True)
class Localisation:
    """Maps on the 3 mm grid (levels: log-probabilities of every second voxel) and the spine's line."""

    grid: IsoGrid
    vertebra: Float32
    body: Float32
    centre: Float32
    rib: Float32
    levels: Float32
    line: Line | None

    def arrays(self) -> dict[str, Float32]:
        """The maps, to be kept; `restore` makes a localisation of them again."""
        return {name: getattr(self, name) for name in _MAPS}


_MAPS = ("vertebra", "body", "centre", "rib", "levels")


def restore(grid: IsoGrid, maps: Mapping[str, npt.NDArray[Any]]) -> Localisation:
    """A localisation from its maps."""
    kept = {name: np.asarray(maps[name], np.float32) for name in _MAPS}
    return Localisation(grid=grid, **kept, line=line_from_bodies(kept["body"]))


def tile_starts(n: int, size: int) -> list[int]:
    """Even starting voxels of overlapping tiles along an axis; one centred tile where the axis is shorter."""
    if n <= size:
        return [-2 * ((size - n) // 4)]
    count = int(np.ceil((n - size) / (0.7 * size))) + 1
    return [2 * round((n - size) * k / (count - 1) / 2) for k in range(count)]


def tiles(shape: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
    """Origins of the tiles that cover a volume."""
    a, b, c = (tile_starts(n, size) for n, size in zip(shape, TILE_SHAPE, strict=True))
    yield from product(a, b, c)


def _weights(shape: tuple[int, ...]) -> Float32:
    out = np.ones(shape, np.float32)
    for axis, n in enumerate(shape):
        ramp = np.minimum(np.arange(n) + 0.5, n - 0.5 - np.arange(n)) / (n / 2)
        out *= np.expand_dims(np.clip(ramp, 0.05, 0.6), tuple(k for k in range(3) if k != axis)).astype(
            np.float32
        )
    return out


class _Sum:
    """A weighted mean of overlapping blocks."""

    def __init__(self, channels: int, shape: tuple[int, ...]) -> None:
        self.total = np.zeros((channels, *shape), np.float32)
        self.weight = np.zeros(shape, np.float32)

    def add(self, block: Float32, origin: tuple[int, ...], weights: Float32) -> None:
        low = [max(0, o) for o in origin]
        high = [min(n, o + size) for n, o, size in zip(self.weight.shape, origin, weights.shape, strict=True)]
        here = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        there = tuple(slice(a - o, b - o) for a, b, o in zip(low, high, origin, strict=True))
        self.total[(slice(None), *here)] += block[(slice(None), *there)] * weights[there]
        self.weight[here] += weights[there]

    def mean(self) -> Float32:
        return np.asarray(self.total / np.maximum(self.weight, 1e-6), np.float32)


def predict_maps(image: Float32, network: nn.Module, runtime: Runtime) -> tuple[Float32, Float32]:
    """Probabilities of the four maps, and log-probabilities of the levels at half resolution."""
    shape = (image.shape[0], image.shape[1], image.shape[2])
    maps = _Sum(4, shape)
    levels = _Sum(len(CLASSES), tuple((n + 1) // 2 for n in shape))
    weights = _weights(TILE_SHAPE)
    half_weights = _weights(tuple(n // 2 for n in TILE_SHAPE))
    origins, full = list(tiles(shape)), []
    for origin in origins:
        if float(cut(image, origin, TILE_SHAPE, AIR_HU).max()) >= -400:
            full.append(origin)
            continue
        # air only: nothing to find, and nothing the network was trained on
        maps.add(np.zeros((4, *TILE_SHAPE), np.float32), origin, weights)
        flat = np.full((len(CLASSES), *half_weights.shape), -np.log(len(CLASSES)), np.float32)
        levels.add(flat, tuple(o // 2 for o in origin), half_weights)
    at_once = runtime.batch(_BYTES_PER_TILE, _MOST_AT_ONCE)
    for first in range(0, len(full), at_once):
        runtime.check(first / len(full))
        some = full[first : first + at_once]
        x = np.stack([normalise(cut(image, origin, TILE_SHAPE, AIR_HU))[None] for origin in some])
        found, named = runtime.run(network, torch.from_numpy(x))
        for k, origin in enumerate(some):
            maps.add(torch.sigmoid(found[k]).numpy(), origin, weights)
            logs = torch.log_softmax(named[k], dim=0).numpy()
            levels.add(logs, tuple(o // 2 for o in origin), half_weights)
    return maps.mean(), levels.mean()


def _steps(order: list[Candidate], spacing_mm: float) -> dict[tuple[int, int], tuple[float, float]]:
    """Possible steps from a candidate down to another: their length (mm) and what they cost."""
    steps = {}
    for j, lower in enumerate(order):
        for i in range(j):
            step = (order[i].centre - lower.centre) * spacing_mm
            length = float(np.linalg.norm(step))
            slant = float(np.linalg.norm(step[:2])) / max(length, 1e-6)
            if STEP_MM[0] <= length <= STEP_MM[1] and slant <= 0.85:
                long = _LONG_COST_PER_MM * max(0.0, length - _LONG_FROM_MM)
                steps[i, j] = (length, _SLANT_COST * slant**2 + long)
    return steps


def best_chain(candidates: list[Candidate], spacing_mm: float = WIDE_SPACING_MM) -> list[Candidate]:
    """The sequence from head to foot with the largest sum of peaks less the costs of its steps.

    Steps must be of a vertebra's length and mostly downwards, and change little from one to the next. So
    a peak beside the spine (a rib's head, a hip) is left out, because going there and back costs more
    than it brings, and so is the weaker of two peaks in one body, because it would halve two steps.
    """
    order = sorted(candidates, key=lambda c: -float(c.centre[2]))
    if not order:
        return []
    steps = _steps(order, spacing_mm)
    single = max(range(len(order)), key=lambda k: order[k].score)
    best: dict[tuple[int, int], float] = {}
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for i, j in sorted(steps, key=lambda pair: (pair[1], pair[0])):
        length, cost = steps[i, j]
        gain = order[j].score - cost
        best[i, j], before[i, j] = order[i].score + gain, None
        for h in range(i):
            if (h, i) in best:
                uneven = abs(float(np.log(length / steps[h, i][0])))
                value = best[h, i] + gain - _UNEVEN_COST * max(0.0, uneven - _UNEVEN_FREE)
                if value > best[i, j]:
                    best[i, j], before[i, j] = value, (h, i)
    if not best or max(best.values()) < order[single].score:
        return [order[single]]
    last: tuple[int, int] | None = max(best, key=lambda pair: best[pair])
    chain = [last[1]] if last else []
    while last is not None:
        chain.append(last[0])
        last = before[last]
    return [order[k] for k in reversed(chain)]


def localise(image: Float32, grid: IsoGrid, network: nn.Module, runtime: Runtime) -> Localisation:
    """Find the spine in the 3 mm image."""
    maps, levels = predict_maps(image, network, runtime)
    return Localisation(
        grid=grid,
        vertebra=maps[VERTEBRA],
        body=maps[BODY],
        centre=maps[CENTRE],
        rib=maps[RIB],
        levels=levels,
        line=line_from_bodies(maps[BODY]),
    )


def near(shape: tuple[int, ...], centre: FloatArray, radius: FloatArray) -> tuple[slice, slice, slice]:
    """The box of voxels within `radius` of a centre, cut to the grid."""
    a, b, c = (
        slice(max(0, int(np.floor(m - r))), max(0, min(n, int(np.ceil(m + r)) + 1)))
        for m, r, n in zip(centre, radius, shape, strict=True)
    )
    return a, b, c
