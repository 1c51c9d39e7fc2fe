"""Stage 3: the mask of each vertebra, from a 1.5 mm patch round its body's centre.

Each vertebra is looked at twice: as it is, and mirrored with all voxels half a voxel further on, so that the
two together see more than either grid. Where the mask of the first look says that the body's centre is
elsewhere than was thought, the vertebra is looked at again from there. Where it stands far more tilted than
its level usually does, the patch is turned with it (`inference.stance`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import affine_transform
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
from inference.stance import Turn

# A graphics card is kept busy by several patches at once; a CPU is no faster by them.
MOST_AT_ONCE = 16
BYTES_PER_PATCH = 200_000_000  # of working memory, on the safe side
# A centre that is off by less is not worth another look; one that moves by more has gone to another vertebra.
_SETTLE_FROM_MM, _SETTLE_TO_MM = 3.0, 12.0
# Nearer than this to the top or bottom of the image a body is cut off, and its mask's middle is not its own.
_CUT_OFF_MM = 14.0
# How far (voxels) a patch may move after its surroundings were cut out.
_ROOM = 9
# Voxels beyond a turned patch of which its cubic spline still depends.
_SPLINE_ROOM = 4
_SHIFTS = (0.0, 0.5)


@dataclass(frozen=True)
class Patch:
    """Probabilities that a voxel belongs to the vertebra, by looks: each on a block of the 1.5 mm grid that
    begins at its own origin, which may lie between voxels. The first look is the one that is not mirrored.
    Where there is a `turn`, the blocks are turned by it: origins are those before the turn."""

    grid: IsoGrid
    origins: tuple[FloatArray, ...]
    looks: tuple[Float32, ...]
    turn: Turn | None = None

    def to_grid(self, points: npt.NDArray[Any]) -> FloatArray:
        """Points (n, 3) of the blocks (an origin and voxels from it) in voxels of the 1.5 mm grid."""
        return np.asarray(points, float) if self.turn is None else self.turn.to_grid(points)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What must be kept of it; the grid follows from the image."""
        kept: dict[str, npt.NDArray[Any]] = {"origins": np.stack(self.origins), "looks": np.stack(self.looks)}
        if self.turn is not None:
            kept |= {"matrix": self.turn.matrix, "pivot": self.turn.pivot}
        return kept

    @classmethod
    def restore(cls, grid: IsoGrid, arrays: Mapping[str, npt.NDArray[Any]]) -> Patch:
        """The inverse of `arrays`."""
        turn = Turn(arrays["matrix"], arrays["pivot"]) if "matrix" in arrays else None
        return cls(grid, tuple(arrays["origins"]), tuple(arrays["looks"]), turn)


@dataclass(frozen=True)
class Place:
    """Where to look: a vertebra's centre (voxels of the 1.5 mm grid), and how its patch is turned."""

    centre: FloatArray
    matrix: FloatArray | None = None

    @property
    def turn(self) -> Turn | None:
        """The turn about the centre."""
        return None if self.matrix is None else Turn(self.matrix, self.centre)

    def rounded(self) -> tuple[list[float], list[float]]:
        """Centre and turn to the thousandth: what the patch's result depends on."""
        turned = np.zeros(0) if self.matrix is None else self.matrix.ravel()
        return [round(float(c), 3) for c in self.centre], [round(float(m), 3) for m in turned]

    def corners(self) -> FloatArray:
        """The corners of the patch in voxels of the grid."""
        ends = np.stack(np.meshgrid(*([0, n - 1] for n in PATCH_SHAPE), indexing="ij")).reshape(3, -1).T
        points = np.asarray(patch_origin(self.centre) + ends, float)
        return points if self.turn is None else self.turn.to_grid(points)


@dataclass(frozen=True)
class Surroundings:
    """The part of the image that the patches need, on the 1.5 mm grid and half a voxel further on."""

    grid: IsoGrid
    origin: IntArray
    images: tuple[Float32, ...]

    @classmethod
    def of(
        cls, array: npt.NDArray[np.generic], grid: IsoGrid, places: Sequence[Place], looks: int
    ) -> Surroundings:
        """Cut them out of an image for patches at some places."""
        corners = np.concatenate([place.corners() for place in places])
        first = np.floor(corners.min(axis=0)).astype(np.int64) - _ROOM
        a, b, c = np.ceil(corners.max(axis=0)).astype(np.int64) + 1 + _ROOM - first
        images = tuple(
            sample_block(array, grid, first + shift, (int(a), int(b), int(c)), cubic)
            for shift in _SHIFTS[:looks]
        )
        return cls(grid, first, images)


def network_input(hu: Float32, centre: FloatArray) -> Float32:
    """The two channels: a block of the patch's shape, and the heatmap of the body's centre in its voxels."""
    return np.stack([normalise(hu), heatmap(PATCH_SHAPE, centre, HEAT_SIGMA)])


def _predict(network: nn.Module, x: Float32, runtime: Runtime) -> Float32:
    """Probabilities (n, x, y, z) of a batch of inputs (n, 2, x, y, z)."""
    return np.asarray(torch.sigmoid(runtime.run(network, torch.from_numpy(x))[0])[:, 0].numpy())


def predict_block(network: nn.Module, hu: Float32, centre: FloatArray, runtime: Runtime) -> Float32:
    """Probabilities for one block of the patch's shape round a centre given in its voxels."""
    return np.asarray(_predict(network, network_input(hu, centre)[None], runtime)[0])


@dataclass(frozen=True)
class _Looking:
    """What it takes to look at vertebrae: their surroundings, the network, and how it runs."""

    around: Surroundings
    network: nn.Module
    runtime: Runtime

    def _block(self, place: Place, number: int) -> Float32:
        """HU of the patch at a place, as the first or the second look has it."""
        origin = patch_origin(place.centre)
        if place.turn is None:
            block = cut(self.around.images[number], origin - self.around.origin, PATCH_SHAPE, AIR_HU)
            return np.asarray(block, np.float32)
        corners = place.corners() - self.around.origin
        low = np.maximum(np.floor(corners.min(axis=0)) - _SPLINE_ROOM, 0).astype(int)
        high = np.ceil(corners.max(axis=0)).astype(int) + _SPLINE_ROOM
        box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        start = place.turn.to_grid(origin + _SHIFTS[number]) - self.around.origin - low
        turned = affine_transform(
            self.around.images[0][box], place.turn.matrix, start, PATCH_SHAPE, order=3, cval=AIR_HU
        )
        return np.asarray(turned, np.float32)

    def look(self, places: Sequence[Place], number: int) -> list[tuple[FloatArray, Float32]]:
        """Origins and probabilities of the first (0) or of the mirrored (1) look at some vertebrae."""
        shift = _SHIFTS[number]
        origins = [patch_origin(place.centre) for place in places]
        x = np.stack(
            [
                network_input(self._block(place, number), place.centre - shift - origin)
                for origin, place in zip(origins, places, strict=True)
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


def settled(grid: IsoGrid, label: int, place: Place, origin: FloatArray, look: Float32) -> Place:
    """Where the body's centre is by a first look, if that is worth a second one; else the same place."""
    height = grid.source.spacing_mm[2] * grid.source.shape[2]
    at_mm = (float(place.centre[2]) + 0.5) * PATCH_SPACING_MM
    if not _CUT_OFF_MM <= at_mm <= height - _CUT_OFF_MM:
        return place
    affine = grid.source.affine_ras_mm @ np.diag([*grid.factor, 1.0])
    turn = place.turn
    affine[:3, 3] = grid.to_ras_mm(origin if turn is None else turn.to_grid(origin))
    if turn is not None:
        affine[:3, :3] = affine[:3, :3] @ turn.matrix
    block = VolumeGeometry((look.shape[0], look.shape[1], look.shape[2]), affine)
    point = block_centre(keep_largest_component(look) > 0.5, block, label)
    if point is None:
        return place
    there = grid.from_source(grid.source.ras_mm_to_voxel(point))
    moved = float(np.linalg.norm(there - place.centre)) * PATCH_SPACING_MM
    return replace(place, centre=there) if _SETTLE_FROM_MM < moved <= _SETTLE_TO_MM else place


def segment(
    array: npt.NDArray[np.generic],
    grid: IsoGrid,
    wanted: Mapping[int, Place],
    network: nn.Module,
    runtime: Runtime,
    *,
    settle: bool = False,
    looks: int = len(_SHIFTS),
    batch: int | None = None,
) -> Iterator[tuple[int, Patch]]:
    """A patch for each labelled place, one after the other.

    `array` is the image itself. With `settle` a centre that the mask does not bear out is corrected; one
    look instead of two takes half as long. `batch` patches go through the network at once.
    """
    size = batch or runtime.batch(BYTES_PER_PATCH, MOST_AT_ONCE)
    waiting = list(wanted.items())
    looking = _Looking(Surroundings.of(array, grid, list(wanted.values()), looks), network, runtime)
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
        for label, place, views in zip(labels, places, found, strict=True):
            origins, probabilities = zip(*views, strict=True)
            yield label, Patch(grid, origins, probabilities, place.turn)
