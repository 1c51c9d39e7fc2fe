"""The phantom generator: what it says of itself is true of its voxels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, map_coordinates

from backend.science.labels import order_of
from backend.science.volume import Volume
from inference.synthesis import Phantom, PhantomSpec, fast_spec, make_phantom
from inference.synthesis.anatomy import GRADE_LOSS, fractured, make_vertebra
from inference.synthesis.column import build_column
from inference.synthesis.grid import draw, make_grid

SMALL: dict[str, Any] = {"first": "L3", "last": "L3", "shape": (64, 80, 60)}  # one vertebra
SHORT: dict[str, Any] = {"first": "L2", "last": "L4", "shape": (96, 110, 104), "noise_hu": 0.0}
FRACTURES = {20: ("wedge", 3), 22: ("biconcave", 2), 23: ("crush", 3)}


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(fast_spec(7, fractures=FRACTURES, noise_hu=0.0))


def test_levels_are_the_ones_asked_for(phantom: Phantom) -> None:
    assert set(np.unique(phantom.mask.array)) == {0, 20, 21, 22, 23, 24}
    assert phantom.volume.array.dtype == np.int16
    assert phantom.volume.geometry.matches(phantom.mask.geometry)


def test_levels_run_from_head_to_foot(phantom: Phantom) -> None:
    heights = [phantom.centroids_ras_mm[label][2] for label in sorted(phantom.centroids_ras_mm, key=order_of)]
    assert all(upper - lower > 20 for upper, lower in pairwise(heights))


def test_the_same_seed_gives_the_same_voxels() -> None:
    one, again = (make_phantom(fast_spec(7, **SMALL)) for _ in range(2))
    assert np.array_equal(again.volume.array, one.volume.array)
    assert np.array_equal(again.mask.array, one.mask.array)


def test_another_seed_gives_another_spine() -> None:
    one, other = (make_phantom(fast_spec(seed, **SMALL)) for seed in (7, 8))
    assert not np.array_equal(other.mask.array, one.mask.array)


@pytest.mark.parametrize(("kind", "fullest"), [("wedge", 0), ("biconcave", 1), ("crush", 2)])
@pytest.mark.parametrize("grade", [1, 2, 3])
def test_a_fracture_loses_the_height_of_its_grade(kind: str, fullest: int, grade: int) -> None:
    before = (25.0, 24.0, 26.0)
    loss = [100 * (1 - b / a) for a, b in zip(before, fractured(before, kind, grade), strict=True)]
    assert max(loss) == pytest.approx(loss[fullest])
    assert loss[fullest] == pytest.approx(GRADE_LOSS[grade])


@pytest.mark.parametrize("fracture", [None, ("wedge", 2), ("biconcave", 3), ("crush", 1)])
def test_heights_measured_on_voxels_are_the_stated_ones(fracture: tuple[str, int] | None) -> None:
    bone = make_vertebra(22, np.random.default_rng(3), 1.0, fracture)
    affine = np.diag([0.25, 0.25, 0.25, 1.0])
    affine[:3, 3] = (-1.0, -32.0, -32.0)
    grid = make_grid((9, 256, 256), affine, np.random.default_rng(0), warp_mm=0.0)
    shape = draw(grid, None, bone.rows[:1], np.eye(3), np.zeros(3))
    assert shape is not None
    slab = np.full(grid.shape, 50.0)
    slab[shape.slices] = shape.nearest
    sagittal = slab[4] < 0
    depth = np.flatnonzero(sagittal[:, 128])
    front, back = depth[-1], depth[0]
    sites = [round(front - share * (front - back)) for share in (0.15, 0.5, 0.85)]
    measured = [sagittal[site].sum() * 0.25 for site in sites]
    assert measured == pytest.approx(bone.heights_mm, abs=0.5)


def test_the_centroid_lies_in_the_body_and_in_front_of_the_vertebras_middle(phantom: Phantom) -> None:
    geometry = phantom.mask.geometry
    for label, point in phantom.centroids_ras_mm.items():
        i, j, k = np.rint(geometry.ras_mm_to_voxel(point)).astype(int)
        assert phantom.mask.array[i, j, k] == label
        middle = geometry.voxel_to_ras_mm(np.argwhere(phantom.mask.array == label).mean(axis=0))
        assert 4 < point[1] - middle[1] < 25


def test_spongy_bone_has_the_stated_density() -> None:
    stated = {21: 80.0, 22: 160.0, 23: 240.0}
    phantom = make_phantom(fast_spec(3, **(SHORT | {"noise_hu": 18.0}), trabecular_hu=stated))
    geometry = phantom.mask.geometry
    places = geometry.voxel_to_ras_mm(np.indices(geometry.shape).reshape(3, -1).T)
    for label, hu in stated.items():
        assert phantom.hu[label] == hu
        near = np.linalg.norm(places - phantom.centroids_ras_mm[label], axis=1) < 6
        assert phantom.volume.array.reshape(-1)[near].mean() == pytest.approx(hu, abs=12)


def _at(volume: Volume, points_ras_mm: np.ndarray) -> np.ndarray:
    voxels = volume.geometry.ras_mm_to_voxel(points_ras_mm).T
    return np.asarray(map_coordinates(volume.array.astype(np.float32), voxels, order=1))


@pytest.fixture(scope="module")
def straight() -> Phantom:
    return make_phantom(fast_spec(5, **SHORT))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"axcodes": "PIR", "shape": None, "spacing_mm": (1.5, 1.5, 2.0)}, marks=pytest.mark.slow
        ),
        {"oblique_deg": (8.0, -12.0, 5.0)},
        pytest.param({"spacing_mm": (1.5, 1.5, 4.5), "shape": (96, 110, 36)}, marks=pytest.mark.slow),
    ],
)
def test_any_grid_shows_the_same_spine(straight: Phantom, changes: dict[str, Any]) -> None:
    turned = make_phantom(fast_spec(5, **(SHORT | changes)))
    for label, point in straight.centroids_ras_mm.items():
        assert turned.centroids_ras_mm[label] == pytest.approx(point)
        geometry = turned.mask.geometry
        i, j, k = np.rint(geometry.ras_mm_to_voxel(point)).astype(int)
        assert turned.mask.array[i, j, k] == label
    # Over all levels: with thick slices the volume of a single one depends on where the slices fall.
    volumes = [
        float((p.mask.array > 0).sum() * np.prod(p.mask.geometry.spacing_mm)) for p in (straight, turned)
    ]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.04)
    inner = binary_erosion(straight.mask.array == 22, iterations=5)
    points = straight.mask.geometry.voxel_to_ras_mm(np.argwhere(inner))
    assert _at(turned.volume, points).mean() == pytest.approx(straight.hu[22], abs=25)


def test_variants_have_their_levels() -> None:
    rng = np.random.default_rng(1)
    assert build_column(rng, variant="t13").order[18:21] == (19, 28, 20)
    assert build_column(rng, variant="t11").order[17:19] == (18, 20)
    assert build_column(rng, variant="l6").order[-2:] == (25, 26)


@pytest.mark.parametrize(
    "spec",
    [
        PhantomSpec(first="L5", last="T1"),
        PhantomSpec(variant="t14"),
        PhantomSpec(fractures={20: ("wedge", 5)}),
        PhantomSpec(fractures={1: ("wedge", 1)}),
        PhantomSpec(axcodes="RRS"),
    ],
)
def test_senseless_specifications_are_refused(spec: PhantomSpec) -> None:
    with pytest.raises(ValueError, match=r"."):
        make_phantom(spec)
