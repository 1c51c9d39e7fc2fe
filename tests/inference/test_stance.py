"""Patches that are turned with a tilted vertebra: by how much, where they land, what the network is shown."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.science.geometry import to_canonical
from backend.science.volume import VolumeGeometry
from inference.evaluation import dice
from inference.patches import PATCH_SHAPE, PATCH_SPACING_MM, patch_origin
from inference.runtime import Runtime
from inference.sampling import IsoGrid
from inference.stages.fuse import fuse, place
from inference.stages.segment import Patch, Place, segment, settled
from inference.stance import LEAST_TURN_DEG, Turn, turns, upright, usual_direction
from inference.synthesis import Phantom
from inference.synthesis.column import rotation

T1, T2, T3, T4, L3 = 8, 9, 10, 11, 22
GRID = IsoGrid(VolumeGeometry((120, 130, 110), np.diag([1.0, 1.0, 1.2, 1.0])), PATCH_SPACING_MM)


def stack(up: np.ndarray, *labels: int) -> dict[int, np.ndarray]:
    """Centres 12 voxels apart along a direction, the first label on top."""
    up = up / np.linalg.norm(up)
    return {label: 50 - 12 * k * up for k, label in enumerate(labels)}


def leaning(label: int, by_deg: float) -> np.ndarray:
    """A level's usual direction, leaning forward by some degrees more."""
    return np.asarray(rotation(-math.radians(by_deg), 0, 0) @ usual_direction(label))


def test_only_what_stands_far_off_the_usual_is_turned() -> None:
    assert turns(stack(usual_direction(T2), T1, T2, T3)) == {}
    assert turns(stack(leaning(T2, LEAST_TURN_DEG - 4), T1, T2, T3)) == {}
    found = turns(stack(leaning(T2, 35.0), T1, T2, T3))
    assert set(found) == {T1, T2, T3}
    assert np.allclose(found[T2] @ usual_direction(T2), leaning(T2, 35.0))
    for matrix in found.values():
        assert np.allclose(matrix @ matrix.T, np.eye(3))
        assert np.linalg.det(matrix) == pytest.approx(1)


def test_a_spine_that_leans_aside_is_turned_and_keeps_its_front() -> None:
    aside = rotation(0, math.radians(30), 0) @ usual_direction(L3)
    matrix = turns(stack(aside, L3 - 1, L3, L3 + 1))[L3]
    assert np.allclose(matrix @ usual_direction(L3), aside)
    assert abs(matrix[0, 1]) < 0.05
    frame = upright(aside)
    assert frame[0, 0] > 0.8
    assert np.allclose(frame[:, 2], aside)


def test_a_vertebra_alone_or_far_from_the_next_is_not_turned() -> None:
    assert turns({T2: np.zeros(3)}) == {}
    assert turns({T2: np.zeros(3), T4: np.array([0.0, 60.0, -60.0])}) == {}


def test_a_turn_goes_there_and_back() -> None:
    turn = Turn(rotation(0.4, 0.2, 0.1), np.array([30.0, 20, 10]))
    points = np.random.default_rng(0).uniform(0, 60, (20, 3))
    assert np.allclose(turn.from_grid(turn.to_grid(points)), points)
    assert np.allclose(turn.to_grid(turn.pivot), turn.pivot)
    assert np.allclose(turn.to_grid(turn.pivot + np.array([0, 0, 1])) - turn.pivot, turn.matrix[:, 2])


def test_a_turned_patch_lands_where_it_was_cut() -> None:
    """A long thing that stands upright in the patch leans in the image, with its ends where the turn says."""
    centre = np.array([40.0, 43.0, 44.0])
    turn = Turn(rotation(-0.7, 0.0, 0.0), centre)
    origin = centre - 20
    look = np.zeros((41, 41, 41), np.float32)
    look[18:23, 18:23, 8:37] = 1
    patch = Patch(GRID, (origin, origin + 0.5), (look, look), turn)
    restored = Patch.restore(GRID, patch.arrays())
    assert restored.turn is not None
    for one in (patch, restored):
        placed = place(one, GRID.source.shape)
        assert placed is not None
        box, values = placed
        inside = np.argwhere(values > 0.5) + [side.start for side in box]
        middle = GRID.from_source(inside.mean(axis=0))
        assert np.abs(middle - turn.to_grid(centre + np.array([0.25, 0.25, 2.25]))).max() < 0.3
        spread = np.linalg.svd((inside - inside.mean(axis=0)) * GRID.source.spacing_mm)[2][0]
        assert abs(float(spread @ turn.matrix[:, 2])) > 0.99
        ml = len(inside) * GRID.source.voxel_volume_mm3
        assert ml == pytest.approx(5 * 5 * 29 * PATCH_SPACING_MM**3, rel=0.06)


class Threshold(nn.Module):
    """Takes for the vertebra what is dense, and keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[np.ndarray] = []

    def forward(self, x: Tensor) -> Tensor:
        self.shown.append(x[0, 0].numpy().copy())
        return 20 * (x[:, :1] - 1.0)


def leaning_block(matrix: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """HU of a box of 30 x 24 x 36 mm, longer in front, turned about a centre (voxels of the 1.5 mm grid)."""
    voxels = np.indices(GRID.source.shape).reshape(3, -1).T
    mm = (GRID.from_source(voxels) - centre) @ matrix * PATCH_SPACING_MM
    x, y, z = mm.T
    deep = np.minimum.reduce([15 - np.abs(x), y + 10, 14 - y, 18 - np.abs(z)])
    return np.asarray(np.clip(500 + deep * 400, 0, 1000).reshape(GRID.source.shape), np.float32)


def test_a_tilted_vertebra_is_shown_upright_and_its_mask_carried_back() -> None:
    centre, matrix = np.array([40.0, 46.0, 44.0]), rotation(-0.7, 0.3, 0.0)
    image = leaning_block(matrix, centre)
    network = Threshold()
    runtime = Runtime(mixed_precision=False)
    with torch.inference_mode():
        (_, patch), *_ = segment(image, GRID, {L3: Place(centre, matrix)}, network, runtime)
    middle = np.rint(centre - patch_origin(centre)).astype(int)
    upright_box = network.shown[0] > 1
    extent = np.ptp(np.argwhere(upright_box), axis=0) + 1
    assert np.abs(extent - np.array([20, 16, 24])).max() <= 1
    front = upright_box[middle[0], :, middle[2]]
    assert front[middle[1] + 8]
    assert not front[middle[1] - 8]
    got = fuse(GRID.source.shape, {L3: patch}, runtime).mask == L3
    assert dice(got, image > 500) > 0.97


def test_a_centre_is_corrected_in_a_turned_patch_too(lumbar: Phantom) -> None:
    mask = to_canonical(lumbar.mask)
    grid = IsoGrid(mask.geometry, PATCH_SPACING_MM)
    true = grid.from_source(mask.geometry.ras_mm_to_voxel(np.array(lumbar.centroids_ras_mm[L3])))
    off = Place(true + np.array([0.0, 2.0, 3.0]), rotation(-0.5, 0.2, 0.0))
    origin = patch_origin(off.centre)
    assert off.turn is not None
    voxels = off.turn.to_grid(np.indices(PATCH_SHAPE).reshape(3, -1).T + origin)
    at = np.rint(grid.to_source(voxels)).astype(int)
    seen = ((at >= 0) & (at < mask.array.shape)).all(axis=1)
    look = np.zeros(len(at), np.float32)
    look[seen] = mask.array[tuple(at[seen].T)] == L3
    moved = settled(grid, L3, off, np.asarray(origin, float), look.reshape(PATCH_SHAPE))
    assert np.linalg.norm(moved.centre - true) * PATCH_SPACING_MM < 1.5
    assert moved.matrix is off.matrix
