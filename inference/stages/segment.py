"""Stage 3: the mask of each vertebra, from a 1.5 mm patch round its body's centre.

Each vertebra is looked at twice: as it is, and mirrored with all voxels half a voxel further on, so that the
two together see more than either grid. Where the mask of the first look says that the body's centre is
elsewhere than was thought, the vertebra is looked at again from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from backend.science.volume import VolumeGeometry
from inference.centres import block_centre
from inference.patches import (
    AIR_HU,
    HEAT_SIGMA,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    Float32,
    FloatArray,
    IntArray,
    cut,
    heatmap,
    normalise,
    patch_origin,
)
from inference.runtime import Runtime
from inference.sampling import IsoGrid, cubic, sample_block
from inference.stages.components import keep_largest_component

# A graphics card is kept busy by several patches at once; a CPU is no faster by them.
GPU_BATCH = 8
# A centre that is off by less is not worth another look; one that moves by more has gone to another vertebra.
_SETTLE_FROM_MM, _SETTLE_TO_MM = 3.0, 12.0
# Nearer than this to the top or bottom of the image a body is cut off, and its mask's middle is not its own.
_CUT_OFF_MM = 14.0
# How far (voxels) a patch may move after its surroundings were cut out.
_ROOM = 9
_SHIFTS = (0.0, 0.5)


@dataclass(frozen=True)
class Patch:
    """Probabilities that a voxel belongs to the vertebra, by looks: each on a block of the 1.5 mm grid that
    begins at its own origin, which may lie between voxels. The first look is the one that is not mirrored."""

    grid: IsoGrid
    origins: tuple[FloatArray, ...]
    looks: tuple[Float32, ...]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What must be kept of it; the grid follows from the image."""
        return {"origins": np.stack(self.origins), "looks": np.stack(self.looks)}

    @classmethod
    def restore(cls, grid: IsoGrid, arrays: Mapping[str, npt.NDArray[Any]]) -> Patch:
        """The inverse of `arrays`."""
        return cls(grid, tuple(arrays["origins"]), tuple(arrays["looks"]))


@dataclass(frozen=True)
class Surroundings:
    """The part of the image that the patches need, on the 1.5 mm grid and half a voxel further on."""

    grid: IsoGrid
    origin: IntArray
    images: tuple[Float32, ...]

    @classmethod
    def of(
        cls, array: npt.NDArray[np.generic], grid: IsoGrid, centres: Sequence[FloatArray], looks: int
    ) -> Surroundings:
        """Cut them out of an image for patches round the centres (voxels of the grid)."""
        origins = np.array([patch_origin(centre) for centre in centres])
        first = origins.min(axis=0) - _ROOM
        a, b, c = origins.max(axis=0) + np.array(PATCH_SHAPE) + _ROOM - first
        images = tuple(
            sample_block(array, grid, first + shift, (int(a), int(b), int(c)), cubic)
            for shift in _SHIFTS[:looks]
        )
        return cls(grid, first, images)


def patch_centre(centre: FloatArray) -> list[float]:
    """A centre to the thousandth of a voxel: what the patch's result depends on."""
    return [round(float(c), 3) for c in centre]


def network_input(image: Float32, origin: IntArray, centre: FloatArray) -> Float32:
    """The two channels: the image, and the heatmap of the body's centre."""
    block = normalise(cut(image, origin, PATCH_SHAPE, AIR_HU))
    return np.stack([block, heatmap(PATCH_SHAPE, centre - origin, HEAT_SIGMA)])


def _predict(network: nn.Module, x: Float32, runtime: Runtime) -> Float32:
    """Probabilities (n, x, y, z) of a batch of inputs (n, 2, x, y, z)."""
    return np.asarray(torch.sigmoid(runtime.run(network, torch.from_numpy(x))[0])[:, 0].numpy())


def predict_block(network: nn.Module, hu: Float32, centre: FloatArray, runtime: Runtime) -> Float32:
    """Probabilities for one block of the patch's shape round a centre given in its voxels."""
    x = np.stack([normalise(hu), heatmap(PATCH_SHAPE, centre, HEAT_SIGMA)])
    return np.asarray(_predict(network, x[None], runtime)[0])


@dataclass(frozen=True)
class _Looking:
    """What it takes to look at vertebrae: their surroundings, the network, and how it runs."""

    around: Surroundings
    network: nn.Module
    runtime: Runtime

    def look(self, centres: Sequence[FloatArray], number: int) -> list[tuple[FloatArray, Float32]]:
        """Origins and probabilities of the first (0) or of the mirrored (1) look at some vertebrae."""
        shift = _SHIFTS[number]
        image, first = self.around.images[number], self.around.origin
        origins = [patch_origin(centre) for centre in centres]
        x = np.stack(
            [
                network_input(image, origin - first, centre - shift - first)
                for origin, centre in zip(origins, centres, strict=True)
            ]
        )
        if number:
            x = np.ascontiguousarray(x[:, :, ::-1])
        found = _predict(self.network, x, self.runtime)
        if number:
            found = found[:, ::-1]
        return [
            (np.asarray(origin + shift, np.float64), np.ascontiguousarray(probability))
            for origin, probability in zip(origins, found, strict=True)
        ]


def settled(grid: IsoGrid, label: int, centre: FloatArray, origin: FloatArray, look: Float32) -> FloatArray:
    """Where the body's centre is by a first look, if that is worth a second one; else the centre itself."""
    height = grid.source.spacing_mm[2] * grid.source.shape[2]
    at_mm = (float(centre[2]) + 0.5) * PATCH_SPACING_MM
    if not _CUT_OFF_MM <= at_mm <= height - _CUT_OFF_MM:
        return centre
    affine = grid.source.affine_ras_mm @ np.diag([*grid.factor, 1.0])
    affine[:3, 3] = grid.to_ras_mm(origin)
    block = VolumeGeometry((look.shape[0], look.shape[1], look.shape[2]), affine)
    point = block_centre(keep_largest_component(look) > 0.5, block, label)
    if point is None:
        return centre
    there = grid.from_source(grid.source.ras_mm_to_voxel(point))
    moved = float(np.linalg.norm(there - centre)) * PATCH_SPACING_MM
    return there if _SETTLE_FROM_MM < moved <= _SETTLE_TO_MM else centre


def segment(
    array: npt.NDArray[np.generic],
    grid: IsoGrid,
    centres: Mapping[int, FloatArray],
    network: nn.Module,
    runtime: Runtime,
    *,
    settle: bool = False,
    looks: int = len(_SHIFTS),
    batch: int | None = None,
) -> Iterator[tuple[int, Patch]]:
    """A patch for each labelled centre (voxels of the 1.5 mm grid), one after the other.

    `array` is the image itself. With `settle` a centre that the mask does not bear out is corrected; one
    look instead of two takes half as long. `batch` patches go through the network at once.
    """
    size = batch or (1 if runtime.device == "cpu" else GPU_BATCH)
    waiting = list(centres.items())
    looking = _Looking(Surroundings.of(array, grid, list(centres.values()), looks), network, runtime)
    for first in range(0, len(waiting), size):
        runtime.check(first / len(waiting))
        labels, places = (list(x) for x in zip(*waiting[first : first + size], strict=True))
        found = [[one] for one in looking.look(places, 0)]
        if settle:
            for k, label in enumerate(labels):
                place = settled(grid, label, places[k], *found[k][0])
                if place is not places[k]:
                    places[k] = place
                    found[k] = looking.look([place], 0)
        for number in range(1, looks):
            for views, view in zip(found, looking.look(places, number), strict=True):
                views.append(view)
        for label, views in zip(labels, found, strict=True):
            origins, probabilities = zip(*views, strict=True)
            yield label, Patch(grid, origins, probabilities)
