"""Stage 3: the mask of each vertebra, from a 1.5 mm patch round its body's centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
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


@dataclass(frozen=True)
class Patch:
    """Probability that a voxel belongs to the vertebra, on a block of the 1.5 mm grid."""

    grid: IsoGrid
    origin: IntArray
    probability: Float32


def network_input(image: Float32, origin: IntArray, centre: FloatArray) -> Float32:
    """The two channels: the image, and the heatmap of the body's centre."""
    block = normalise(cut(image, origin, PATCH_SHAPE, AIR_HU))
    return np.stack([block, heatmap(PATCH_SHAPE, centre - origin, HEAT_SIGMA)])


def _predict(network: nn.Module, x: Float32, runtime: Runtime, mirrored: bool) -> Float32:
    probability = torch.sigmoid(runtime.run(network, torch.from_numpy(x[None]))[0])[0, 0].numpy()
    if not mirrored:
        return np.asarray(probability)
    flipped = torch.from_numpy(np.ascontiguousarray(x[:, ::-1])[None])
    other = torch.sigmoid(runtime.run(network, flipped)[0])[0, 0].numpy()
    return np.asarray((probability + other[::-1]) / 2)


def segment(
    image: Float32,
    grid: IsoGrid,
    centres: Mapping[int, FloatArray],
    network: nn.Module,
    runtime: Runtime,
    *,
    mirrored: bool = False,
) -> dict[int, Patch]:
    """A patch for each labelled centre (voxels of the 1.5 mm grid).

    `mirrored` averages each patch with its mirror image, which takes twice as long.
    """
    patches = {}
    for number, (label, centre) in enumerate(centres.items()):
        runtime.check(number / len(centres))
        origin = patch_origin(centre)
        x = network_input(image, origin, centre)
        patches[label] = Patch(grid, origin, _predict(network, x, runtime, mirrored))
    return patches
