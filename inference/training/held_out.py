"""How a network does on cases that it is not taught: bodies found, missed and invented, names that are right,
and Dice. The same figures are taken of the weights that a training started from, on the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from backend.science.formats.nifti import read_mask, read_volume
from backend.science.geometry import to_canonical
from backend.science.training_api import DiceRow, LabelledCase
from inference.devices import torch_device
from inference.evaluation import dice
from inference.patches import (
    AIR_HU,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    WIDE_SPACING_MM,
    Float32,
    cut,
    patch_origin,
)
from inference.runtime import Runtime
from inference.sampling import IsoGrid, cubic, make_isotropic
from inference.stages.label import Naming, label
from inference.stages.localise import localise
from inference.stages.segment import network_input
from inference.training.loop import collate
from inference.training.real import body_centres
from inference.training.tasks import Task
from inference.training.wide_cases import WideCase

MOST_PATCHES = 24
# A body is some 20 mm high: a centre that is off by more belongs to the next one.
WITHIN_MM = 12.0


@dataclass(frozen=True)
class Found:
    """Bodies of the reference that were found or missed, those that are none, and right names."""

    found: int = 0
    missed: int = 0
    invented: int = 0
    right: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(
            self.found + other.found,
            self.missed + other.missed,
            self.invented + other.invented,
            self.right + other.right,
        )

    @property
    def finding(self) -> float:
        """Twice the found over what is there and what was found together (F1)."""
        total = 2 * self.found + self.missed + self.invented
        return 2 * self.found / total if total else 0.0

    @property
    def naming(self) -> float:
        """The share of the vertebrae that were found under their own names."""
        total = self.found + self.missed
        return self.right / total if total else 0.0

    def to_json(self) -> dict[str, int]:
        """The counts."""
        return asdict(self)


def find(case: WideCase, localiser: nn.Module, labeller: nn.Module, runtime: Runtime) -> Naming:
    """What the first two stages make of a case."""
    found = localise(case.hu, case.grid, localiser, runtime)
    return label(case.hu, found, labeller, replace(runtime, mixed_precision=False))


def count(case: WideCase, naming: Naming) -> Found:
    """Hold what was found against the mask. What lies above or below its vertebrae is not known to be
    none."""
    left = dict(case.centres)
    heights = [float(centre[2]) for centre in left.values()]
    found = right = invented = 0
    for name, body in zip(naming.labels, naming.candidates, strict=True):
        away = {k: float(np.linalg.norm(body.centre - c)) * WIDE_SPACING_MM for k, c in left.items()}
        nearest = min(away, key=lambda k: away[k], default=None)
        if nearest is not None and away[nearest] < WITHIN_MM:
            del left[nearest]
            found += 1
            right += name == nearest
        elif min(heights) < float(body.centre[2]) < max(heights):
            invented += 1
    return Found(found, len(left), invented, right)


def count_all(
    cases: Sequence[WideCase], localiser: nn.Module, labeller: nn.Module, runtime: Runtime
) -> Found:
    """The sum over some cases."""
    total = Found()
    for case in cases:
        total += count(case, find(case, localiser, labeller, runtime))
    return total


def held_loss(network: nn.Module, task: Task, samples: Sequence[dict[str, Any]], device: str) -> float | None:
    """The mean loss on fixed samples; None without any."""
    if not samples:
        return None
    network.eval()
    there = torch_device(device)
    losses = []
    with torch.inference_mode():
        for sample in samples:
            batch = {key: x.to(there) for key, x in collate([sample]).items()}
            losses.append(float(task.loss(network, batch)[0]))
    network.train()
    return float(np.mean(losses))


@dataclass(frozen=True)
class ValidationPatch:
    """One vertebra as the network is shown it, and what it should answer."""

    key: str
    label: int
    x: Float32
    target: npt.NDArray[np.bool_]


def validation_patches(cases: Sequence[LabelledCase]) -> list[ValidationPatch]:
    """Every whole vertebra of the cases, thinned evenly where there are many."""
    found = []
    for case in cases:
        volume, mask = to_canonical(read_volume(case.ct)), to_canonical(read_mask(case.mask))
        grid = IsoGrid(volume.geometry, PATCH_SPACING_MM)
        image = make_isotropic(volume.array, grid, cubic)
        for number, place in body_centres(mask).items():
            centre = grid.from_source(place)
            origin = patch_origin(centre)
            share = make_isotropic((mask.array == number).astype(np.uint8), grid)
            target = cut(share, origin, PATCH_SHAPE, 0) > 0.5
            hu = cut(image, origin, PATCH_SHAPE, AIR_HU)
            found.append(ValidationPatch(case.key, number, network_input(hu, centre - origin), target))
    every = max(1, math.ceil(len(found) / MOST_PATCHES))
    return found[::every]


def patch_dice(network: nn.Module, patches: Sequence[ValidationPatch], device: str = "cpu") -> list[DiceRow]:
    """Dice of the network on each patch, at one half."""
    network.eval()
    there = torch_device(device)
    rows = []
    with torch.inference_mode():
        for patch in patches:
            inside = (network(torch.from_numpy(patch.x[None]).to(there))[0, 0] > 0).cpu().numpy()
            rows.append(DiceRow(patch.key, patch.label, dice(inside, patch.target)))
    network.train()
    return rows


def mean_dice(rows: Sequence[DiceRow]) -> float | None:
    """The mean over vertebrae; None without any."""
    return round(float(np.mean([row.dice for row in rows])), 4) if rows else None
