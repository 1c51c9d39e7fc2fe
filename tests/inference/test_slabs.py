"""Slabs: how they are cut, for training and for measuring, and that earlier answers are held to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from backend.science.engine_api import EngineResult
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.levels import CLASSES
from inference.networks.spine import CENTRE
from inference.patches import TILE_SHAPE
from inference.slabs import SlabRow, slabs_of, slabs_table
from inference.tilted import matched
from inference.training.samples import IGNORED
from inference.training.slabs import KEEP, keeping, slab, varied
from inference.training.tasks import TASKS

AIR = -1.0


def _tile(_: np.random.Generator | None = None) -> dict[str, Any]:
    """A tile with one body at (32, 32, 80), whose values tell their place along each axis."""
    x = np.zeros((1, *TILE_SHAPE), np.float32)
    maps = np.zeros((4, *TILE_SHAPE), np.float32)
    levels = np.full([n // 2 for n in TILE_SHAPE], IGNORED, np.uint8)
    x[:, 32, 32, 80], maps[CENTRE, 32, 32, 80], levels[16, 16, 40] = 2.0, 1.0, 7
    return {"x": x, "maps": maps, "levels": levels}


@pytest.mark.parametrize("seed", range(8))
def test_a_slab_holds_its_body_near_the_middle_of_the_tile_and_air_about_it(seed: int) -> None:
    got = slab(_tile(), np.random.default_rng(seed))
    (at,) = np.argwhere(got["x"][0] == 2.0)
    assert got["maps"][CENTRE][tuple(at)] == 1.0
    assert got["levels"][tuple(at // 2)] == 7
    filled = np.argwhere(got["x"][0] > AIR)
    extent = filled.max(axis=0) - filled.min(axis=0) + 1
    (axis,) = np.flatnonzero(extent < TILE_SHAPE)
    assert extent[axis] * 3 <= 90
    middle = filled[:, axis].mean() + 0.5
    assert abs(middle - TILE_SHAPE[axis] / 2) <= 8


def test_only_full_tiles_are_held_to_earlier_answers() -> None:
    rng = np.random.default_rng(0)
    assert {float(varied(_tile, 1.0, 0.7)(rng)[KEEP]) for _ in range(3)} == {0.0}
    assert varied(_tile, 0.0, 0.7)(rng)[KEEP] == np.float32(0.7)


class _Says(nn.Module):
    """Says the same of every voxel."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps = self.logit.expand(1, 4, *TILE_SHAPE)
        return maps, torch.zeros(1, len(CLASSES), *(n // 2 for n in TILE_SHAPE))


def test_what_differs_from_the_earlier_weights_costs_where_they_are_to_be_kept() -> None:
    batch = {name: torch.from_numpy(value)[None] for name, value in _tile().items()}
    task = keeping(TASKS["localise"], _Says(-3.0))

    def cost(logit: float, keep: float) -> float:
        return float(task.loss(_Says(logit), batch | {KEEP: torch.tensor([keep])})[0])

    own = [cost(logit, 1.0) - cost(logit, 0.0) for logit in (-3.0, 1.0)]
    assert 0 < own[0] < own[1] - 1


def _volume() -> Volume:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    return Volume(
        VolumeGeometry((4, 4, 100), affine), np.arange(100, dtype=np.int16) * np.ones((4, 4, 1), np.int16)
    )


def test_slabs_lie_round_every_second_body_and_keep_their_place() -> None:
    places = np.array([[2.0, 2.0, 60.0], [2.0, 2.0, 90.0], [2.0, 2.0, 120.0]])
    first, second = slabs_of("case", _volume(), places)
    assert first.volume.array.shape == (4, 4, 20)
    assert first.volume.array[0, 0, 0] == 20
    assert first.volume.geometry.voxel_to_ras_mm((0.0, 0.0, 0.0))[2] == 40.0
    assert first.inside.tolist() == [[2.0, 2.0, 60.0]]
    assert second.inside.tolist() == [[2.0, 2.0, 120.0]]
    of_a_limb = list(slabs_of("limb", _volume(), np.zeros((0, 3))))
    assert [piece.volume.array[0, 0, 0] for piece in of_a_limb] == [23, 57]


def test_the_table_counts_slabs_with_and_without_a_spine() -> None:
    rows = [
        SlabRow("neck 0", 2, 1, 0, 0.8, True),
        SlabRow("neck 1", 1, 0, 1, 0.1, False),
        SlabRow("a/limb 0", 0, 0, 3, 0.0, False),
    ]
    lines = slabs_table(rows).splitlines()
    assert lines[2:] == [
        "| neck | 2 | 3 | 1 | 1 | 1 |",
        "| all with a spine | 2 | 3 | 1 | 1 | 1 |",
        "| without a spine | 1 | 0 | 0 | 3 | 0 |",
    ]


def test_what_is_found_counts_by_its_place_whatever_its_name() -> None:
    geometry = VolumeGeometry((2, 2, 2), np.eye(4))
    mask = Mask(geometry, np.zeros((2, 2, 2), np.uint8))
    result = EngineResult(mask=mask, centroids_ras_mm={9: (0.0, 0.0, 1.0)}, report={})
    places = {8: np.zeros(3), 10: np.array([0.0, 0.0, 40.0])}
    assert matched(result, places) == {8: 9}
