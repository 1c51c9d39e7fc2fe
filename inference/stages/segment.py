"""Stage 3: the mask of each vertebra, from a 1.5 mm patch round its body's centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from inference.patches import (
    AIR_HU,
    HEAT_SIGMA,
    PATCH_SHAPE,
    Float32,
    FloatArray,
    IntArray,
    cut,
    heatmap,
    normalise,
    patch_origin,
)
from inference.runtime import Runtime
from inference.sampling import IsoGrid

# A graphics card is kept busy by several patches at once; a CPU is no faster by them.
GPU_BATCH = 8


@dataclass(frozen=True)
class Patch:
    """Probability that a voxel belongs to the vertebra, on a block of the 1.5 mm grid."""

    grid: IsoGrid
    origin: IntArray
    probability: Float32

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What must be kept of it; the grid follows from the image."""
        return {"origin": self.origin, "probability": self.probability}


def patch_centre(centre: FloatArray) -> list[float]:
    """A centre to the thousandth of a voxel: what the patch's result depends on."""
    return [round(float(c), 3) for c in centre]


def network_input(image: Float32, origin: IntArray, centre: FloatArray) -> Float32:
    """The two channels: the image, and the heatmap of the body's centre."""
    block = normalise(cut(image, origin, PATCH_SHAPE, AIR_HU))
    return np.stack([block, heatmap(PATCH_SHAPE, centre - origin, HEAT_SIGMA)])


def _predict(network: nn.Module, x: Float32, runtime: Runtime, mirrored: bool) -> Float32:
    """Probabilities (n, x, y, z) of a batch of inputs (n, 2, x, y, z)."""
    probability = torch.sigmoid(runtime.run(network, torch.from_numpy(x))[0])[:, 0].numpy()
    if not mirrored:
        return np.asarray(probability)
    flipped = torch.from_numpy(np.ascontiguousarray(x[:, :, ::-1]))
    other = torch.sigmoid(runtime.run(network, flipped)[0])[:, 0].numpy()
    return np.asarray((probability + other[:, ::-1]) / 2)


def predict_block(network: nn.Module, hu: Float32, centre: FloatArray, runtime: Runtime) -> Float32:
    """Probabilities for one block of the patch's shape round a centre given in its voxels."""
    x = np.stack([normalise(hu), heatmap(PATCH_SHAPE, centre, HEAT_SIGMA)])
    return np.asarray(_predict(network, x[None], runtime, mirrored=False)[0])


def segment(
    image: Float32,
    grid: IsoGrid,
    centres: Mapping[int, FloatArray],
    network: nn.Module,
    runtime: Runtime,
    *,
    mirrored: bool = False,
    batch: int | None = None,
) -> Iterator[tuple[int, Patch]]:
    """A patch for each labelled centre (voxels of the 1.5 mm grid), one after the other.

    `mirrored` averages each patch with its mirror image, which takes twice as long. `batch`
    patches go through the network at once.
    """
    size = batch or (1 if runtime.device == "cpu" else GPU_BATCH)
    waiting = list(centres.items())
    for first in range(0, len(waiting), size):
        runtime.check(first / len(waiting))
        group = waiting[first : first + size]
        origins = [patch_origin(centre) for _, centre in group]
        x = np.stack([network_input(image, o, c) for o, (_, c) in zip(origins, group, strict=True)])
        found = _predict(network, x, runtime, mirrored)
        for (label, _), origin, probability in zip(group, origins, found, strict=True):
            yield label, Patch(grid, origin, np.ascontiguousarray(probability))
