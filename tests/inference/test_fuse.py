"""The rule by which patches become one mask, on arrays made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.volume import VolumeGeometry
from inference.sampling import IsoGrid
from inference.stages import fuse
from inference.stages.components import fill_cavities, keep_largest_component
from inference.stages.fuse import fuse_placed, place
from inference.stages.segment import Patch

SHAPE = (6, 1, 1)
WHOLE = (slice(0, 6), slice(0, 1), slice(0, 1))


def line(*values: float) -> np.ndarray:
    return np.array(values, np.float32).reshape(SHAPE)


def test_the_highest_probability_wins_in_either_order() -> None:
    upper, lower = line(0.9, 0.9, 0.7, 0.6, 0.1, 0), line(0, 0.1, 0.6, 0.8, 0.9, 0.9)
    for order in ([(20, upper), (21, lower)], [(21, lower), (20, upper)]):
        mask, best = fuse_placed(SHAPE, [(label, WHOLE, p) for label, p in order])
        assert mask.ravel().tolist() == [20, 20, 20, 21, 21, 21]
        assert best.ravel().tolist() == np.maximum(upper, lower).ravel().tolist()


def test_one_half_is_background() -> None:
    mask, best = fuse_placed(SHAPE, [(20, WHOLE, line(0.5, 0.5001, 0.49, 0, 0, 0))])
    assert mask.ravel().tolist() == [0, 20, 0, 0, 0, 0]
    assert best.ravel()[0] == 0.5


def test_the_first_wins_an_exact_tie() -> None:
    tie = line(0.8, 0.8, 0, 0, 0, 0)
    assert fuse_placed(SHAPE, [(20, WHOLE, tie), (21, WHOLE, tie)])[0].max() == 20
    assert fuse_placed(SHAPE, [(21, WHOLE, tie), (20, WHOLE, tie)])[0].max() == 21


def test_only_the_largest_component_counts() -> None:
    kept = keep_largest_component(line(0.9, 0.2, 0.7, 0.8, 0.4, 0.99))
    assert np.allclose(kept.ravel(), [0, 0.2, 0.7, 0.8, 0.4, 0])


def test_components_may_touch_at_a_corner() -> None:
    diagonal = np.zeros((2, 2, 2), np.float32)
    diagonal[0, 0, 0] = diagonal[1, 1, 1] = 0.9
    assert keep_largest_component(diagonal).sum() == np.float32(1.8)


def test_a_patch_lands_where_it_was_cut() -> None:
    geometry = VolumeGeometry((40, 40, 40), np.diag([1.0, 1.0, 3.0, 1.0]))
    grid = IsoGrid(geometry, 1.5)
    probability = np.zeros((12, 12, 12), np.float32)
    probability[6, 6, 6] = 1.0
    patch = Patch(grid, (np.array([4.0, 5.0, 30.0]),), (probability,))
    placed = place(patch, geometry.shape)
    assert placed is not None
    box, values = placed
    peak = np.array(np.unravel_index(values.argmax(), values.shape)) + [side.start for side in box]
    assert np.abs(peak - grid.to_source(np.array([10, 11, 36]))).max() <= 0.5


def ball(origin: float, shape: int, centre: float, radius: float) -> np.ndarray:
    away = (np.indices((shape,) * 3) + origin - centre) ** 2
    return np.asarray(1 / (1 + np.exp(2 * (np.sqrt(away.sum(axis=0)) - radius))), np.float32)


def test_two_looks_half_a_voxel_apart_are_put_where_they_belong() -> None:
    for spacing in (0.7, 3.0):
        n = int(60 / spacing)
        geometry = VolumeGeometry((n, n, n), np.diag([spacing, spacing, spacing, 1.0]))
        looks = (ball(2, 36, 20, 8), ball(2.5, 36, 20, 8))
        patch = Patch(IsoGrid(geometry, 1.5), (np.full(3, 2.0), np.full(3, 2.5)), looks)
        placed = place(patch, geometry.shape)
        assert placed is not None
        box, values = placed
        inside = np.argwhere(values > 0.5) + [side.start for side in box]
        middle = (inside.mean(axis=0) + 0.5) * spacing
        assert np.abs(middle - (20 + 0.5) * 1.5).max() < 0.15
        # Whatever the image's spacing, the ball keeps its volume.
        assert abs(len(inside) * spacing**3 / (4 / 3 * np.pi * (8 * 1.5) ** 3) - 1) < 0.03


def test_a_patch_outside_the_image_is_left_out() -> None:
    geometry = VolumeGeometry((40, 40, 40), np.eye(4))
    patch = Patch(IsoGrid(geometry, 1.5), (np.array([200.0, 0, 0]),), (np.ones((8, 8, 8), np.float32),))
    assert place(patch, geometry.shape) is None


def test_closed_cavities_are_filled_and_canals_stay_open() -> None:
    probability = np.full((20, 20, 20), 0.1, np.float32)
    probability[3:17, 3:17, 3:17] = 0.9
    probability[6:9, 6:9, 6:9] = 0.3  # spongy bone
    probability[12:14, 12:14, :] = 0.3  # a canal right through
    filled = fill_cavities(probability)
    assert (filled[6:9, 6:9, 6:9] > 0.5).all()
    assert np.array_equal(filled[12:14, 12:14], probability[12:14, 12:14])
    assert (filled != probability).sum() == 27


def whole(values: np.ndarray, box: tuple[slice, ...], shape: tuple[int, int, int]) -> np.ndarray:
    out = np.zeros(shape, np.float32)
    out[box] = values
    return out


def test_what_a_patch_leaves_empty_is_not_looked_at_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    geometry = VolumeGeometry((70, 70, 40), np.diag([0.8, 0.8, 1.5, 1.0]))
    looks = (ball(2, 36, 16, 5), ball(2.5, 36, 17, 5))
    patch = Patch(IsoGrid(geometry, 1.5), (np.full(3, 2.0), np.full(3, 2.5)), looks)
    box, values = place(patch, geometry.shape) or pytest.fail("the patch lies in the image")
    monkeypatch.setattr(fuse, "_LEAST_SEEN", -1.0)
    all_of_it, wanted = place(patch, geometry.shape) or pytest.fail("the patch lies in the image")
    assert values.size < wanted.size / 2
    got, true = (whole(v, b, geometry.shape) for v, b in ((values, box), (wanted, all_of_it)))
    assert np.array_equal(got > 0.5, true > 0.5)
    assert np.array_equal(np.rint(got * 255), np.rint(true * 255))


def test_a_patch_in_which_nothing_is_seen_is_left_out() -> None:
    geometry = VolumeGeometry((40, 40, 40), np.eye(4))
    patch = Patch(IsoGrid(geometry, 1.5), (np.full(3, 4.0),), (np.full((12, 12, 12), 0.001, np.float32),))
    assert place(patch, geometry.shape) is None
