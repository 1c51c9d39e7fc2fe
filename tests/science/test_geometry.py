from __future__ import annotations

import itertools
from collections.abc import Iterator

import nibabel as nib
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from backend.science import geometry
from backend.science.errors import BadInput
from backend.science.geometry import MaskMethod
from backend.science.quality import Point
from backend.science.volume import Mask, Volume, VolumeGeometry, label_boxes, label_voxels, mask_centroids

ORIENTATIONS = [
    tuple(zip(order, signs, strict=True))
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]
SHAPE = (3, 4, 5)
Orientation = tuple[tuple[int, int], ...]  # for each axis: along which world axis, and which way


def _affine(
    orientation: Orientation | None = None,
    *,
    spacing: Point = (0.7, 1.3, 2.5),
    turn_degrees: Point = (0, 0, 0),
    origin: Point = (-40.0, 12.5, 99.0),
) -> np.ndarray:
    affine = np.eye(4)
    matrix = np.zeros((3, 3))
    for axis, (world, sign) in enumerate(orientation or ((0, 1), (1, 1), (2, 1))):
        matrix[world, axis] = sign * spacing[axis]
    affine[:3, :3] = Rotation.from_euler("xyz", turn_degrees, degrees=True).as_matrix() @ matrix
    affine[:3, 3] = origin
    return affine


def _numbered(orientation: Orientation, turn_degrees: Point = (0, 0, 0)) -> Volume:
    array = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    return Volume(VolumeGeometry(SHAPE, _affine(orientation, turn_degrees=turn_degrees)), array)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("turn", [(0, 0, 0), (12, -7, 20)])
def test_canonical_order_keeps_every_voxel_in_its_place(orientation: Orientation, turn: Point) -> None:
    volume = _numbered(orientation, turn)
    canonical = geometry.to_canonical(volume)
    assert canonical.geometry.axcodes == "RAS"
    assert "".join(nib.aff2axcodes(volume.geometry.affine_ras_mm)) == volume.geometry.axcodes
    assert canonical.array.flags.f_contiguous
    place = {int(v): p for v, p in _places(volume)}
    for value, point in _places(canonical):
        assert np.allclose(point, place[int(value)], atol=1e-9)
    again = geometry.to_canonical(canonical)
    assert again.geometry.matches(canonical.geometry, 1e-9)
    assert np.array_equal(again.array, canonical.array)


def _places(volume: Volume) -> Iterator[tuple[np.int16, np.ndarray]]:
    indices = np.argwhere(np.ones(volume.geometry.shape, dtype=bool))
    return zip(volume.array[tuple(indices.T)], volume.geometry.voxel_to_ras_mm(indices), strict=True)


@given(
    st.tuples(*(st.floats(-180, 180),) * 3),
    st.tuples(*(st.floats(0.2, 5),) * 3),
    st.tuples(*(st.floats(-500, 500),) * 3),
)
@example(turn=(0.0, 0.0, 45.0), spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0))
@example(turn=(0.0, 135.0, 0.0), spacing=(1.0, 2.0, 0.5), origin=(1.0, 2.0, 3.0))
@example(turn=(-45.0, 90.0, 0.0), spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0))
def test_voxel_and_world_coordinates_invert_each_other_on_any_oblique_grid(
    turn: Point, spacing: Point, origin: Point
) -> None:
    grid = VolumeGeometry((7, 8, 9), _affine(spacing=spacing, turn_degrees=turn, origin=origin))
    assert np.allclose(grid.spacing_mm, spacing)
    points = np.array([[0, 0, 0], [6, 7, 8], [1.5, 2.25, 3.75]])
    assert np.allclose(grid.ras_mm_to_voxel(grid.voxel_to_ras_mm(points)), points, atol=1e-6)
    canonical = geometry.canonical_geometry(grid)
    assert canonical.axcodes == "RAS"
    assert np.isclose(canonical.voxel_volume_mm3, grid.voxel_volume_mm3)
    assert VolumeGeometry.from_json(grid.to_json()).matches(grid, 1e-9)


@pytest.mark.parametrize(
    "affine",
    [np.zeros((4, 4)), np.diag([1, 1, 0, 1]), np.full((4, 4), np.nan), np.eye(3), np.diag([1, 1, np.inf, 1])],
)
def test_a_singular_affine_is_refused(affine: np.ndarray) -> None:
    with pytest.raises(BadInput) as refusal:
        VolumeGeometry(SHAPE, affine)
    assert refusal.value.code == "singular_affine"


def test_the_last_decimals_of_an_affine_do_not_make_another_grid() -> None:
    grid = VolumeGeometry((512, 512, 300), _affine(turn_degrees=(3, 4, 5)))
    rounded = VolumeGeometry(grid.shape, grid.affine_ras_mm.astype(np.float32))
    assert grid.matches(rounded)
    shifted = grid.affine_ras_mm.copy()
    shifted[0, 3] += 0.7
    assert not grid.matches(VolumeGeometry(grid.shape, shifted))
    assert not grid.matches(VolumeGeometry((512, 512, 299), grid.affine_ras_mm))


def test_only_axes_finer_than_the_working_spacing_are_reduced() -> None:
    grid = VolumeGeometry((400, 500, 60), _affine(spacing=(0.5, 0.98, 3.0), turn_degrees=(5, 0, 8)))
    working = geometry.working_geometry(grid, 1.0)
    assert working.shape == (200, 500, 60)
    assert np.allclose(working.spacing_mm, (1.0, 0.98, 3.0))
    border = grid.voxel_to_ras_mm([-0.5, -0.5, -0.5])
    assert np.allclose(working.voxel_to_ras_mm([-0.5, -0.5, -0.5]), border)
    assert geometry.working_geometry(working, 1.0) is working


def _ramp(grid: VolumeGeometry) -> Volume:
    """HU that rise linearly in space: resampled anywhere inside, they are known exactly."""
    points = grid.voxel_to_ras_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    return Volume(grid, (points @ (1.0, -2.0, 3.0)).astype(np.float32))


@pytest.mark.parametrize("order", [1, 3])
@pytest.mark.parametrize("turn", [(0, 0, 0), (10, -20, 5)])
def test_resampling_keeps_a_ramp(order: int, turn: Point) -> None:
    source = VolumeGeometry((40, 36, 44), _affine(spacing=(0.5, 0.8, 1.2)))
    target_affine = _affine(spacing=(1.1, 1.1, 1.1), turn_degrees=turn, origin=(-34, 20, 120))
    target = VolumeGeometry((8, 8, 8), target_affine)
    resampled = geometry.resample_volume(_ramp(source), target, order=order)
    inner = (slice(2, -2),) * 3
    assert np.abs(resampled.array - _ramp(target).array)[inner].max() < 0.15  # of a slope of 3.7 HU/mm


def test_reducing_averages_instead_of_aliasing() -> None:
    grid = VolumeGeometry((64, 64, 64), np.diag([0.25, 0.25, 0.25, 1]))
    stripes = np.zeros(grid.shape, dtype=np.int16)
    stripes[::2] = 1000
    reduced = geometry.resample_volume(Volume(grid, stripes), geometry.working_geometry(grid, 1.0))
    assert np.abs(reduced.array[2:-2].astype(int) - 500).max() < 30


def test_outside_the_field_of_view_is_air_and_no_density_is_invented() -> None:
    grid = VolumeGeometry((20, 20, 20), np.eye(4))
    block = np.full(grid.shape, 100, dtype=np.int16)
    block[8:12, 8:12, 8:12] = 3000
    wider = VolumeGeometry((60,) * 3, _affine(spacing=(0.5,) * 3, origin=(-5.25,) * 3))
    resampled = geometry.resample_volume(Volume(grid, block), wider).array
    assert resampled.dtype == np.int16
    assert resampled[0, 0, 0] == -1024
    assert set(np.unique(resampled)) - {-1024} <= set(range(100, 3001))
    assert (resampled == -1024).mean() == pytest.approx(1 - (40 / 60) ** 3)


def _ball(
    grid: VolumeGeometry, centre_mm: Point, radius_mm: float, label: int, onto: np.ndarray | None = None
) -> np.ndarray:
    points = grid.voxel_to_ras_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    array = np.zeros(grid.shape, dtype=np.uint8, order="F") if onto is None else onto
    array[np.linalg.norm(points - centre_mm, axis=-1) <= radius_mm] = label
    return array


@pytest.mark.parametrize("method", ["smooth", "nearest"])
@pytest.mark.parametrize("turn", [(0, 0, 0), (10, -20, 5)])
def test_a_mask_keeps_volume_and_place_on_another_grid(method: MaskMethod, turn: Point) -> None:
    source = VolumeGeometry((80, 80, 40), _affine(spacing=(0.5, 0.5, 1.0), origin=(0, 0, 0)))
    array = _ball(source, (20, 20, 12), 8, 19)
    mask = Mask(source, _ball(source, (20, 20, 28), 8, 20, onto=array))
    centre = Rotation.from_euler("xyz", turn, degrees=True).as_matrix()
    target_affine = np.eye(4)
    target_affine[:3, :3] = centre * 1.0
    target_affine[:3, 3] = np.array([20, 20, 20]) - centre @ [25, 25, 25]
    target = VolumeGeometry((50, 50, 50), target_affine)
    result = geometry.resample_mask(mask, target, method=method)
    before, after = label_voxels(mask.array), label_voxels(result.array)
    assert set(after) == {19, 20}
    for label in (19, 20):
        volume_ratio = after[label] * target.voxel_volume_mm3 / (before[label] * source.voxel_volume_mm3)
        assert volume_ratio == pytest.approx(1, abs=0.03)
        assert np.allclose(mask_centroids(result)[label], mask_centroids(mask)[label], atol=0.1)


def test_touching_labels_leave_no_gap_between_them() -> None:
    grid = VolumeGeometry((40, 40, 40), np.diag([0.6, 0.6, 0.6, 1]))
    array = np.zeros(grid.shape, dtype=np.uint8, order="F")
    array[5:35, 5:35, 5:20] = 19
    array[5:35, 5:35, 20:35] = 20
    result = geometry.resample_mask(Mask(grid, array), geometry.working_geometry(grid, 1.0)).array
    column = result[12, 12]
    filled = np.flatnonzero(column)
    assert (np.diff(filled) == 1).all()
    assert set(np.unique(result)) == {0, 19, 20}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_label_boxes_and_counts_agree_with_numpy_in_either_memory_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    array = rng.choice(np.array([0, 0, 0, 5, 28], dtype=np.uint8), size=(4, 5, 6))
    for ordered in (np.asfortranarray(array), np.ascontiguousarray(array)):
        boxes = label_boxes(ordered)
        assert label_voxels(ordered) == {v: int((array == v).sum()) for v in (5, 28) if (array == v).any()}
        for label, box in boxes.items():
            where = np.argwhere(array == label)
            assert [s.start for s in box] == where.min(axis=0).tolist()
            assert [s.stop for s in box] == (where.max(axis=0) + 1).tolist()
