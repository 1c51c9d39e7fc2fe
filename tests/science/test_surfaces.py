from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.science.formats import nifti
from backend.science.quality import Point
from backend.science.surfaces import Surface, build_surfaces, decode_surfaces, encode_surfaces
from backend.science.volume import Mask, VolumeGeometry
from tests.science.real_data import real_data


def _ball(turn: Point = (0, 0, 0), mirror: int = 1) -> Mask:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", turn, degrees=True).as_matrix() @ np.diag(
        [mirror * 0.8, 1.0, 1.5]
    )
    affine[:3, 3] = (10, -20, 300)
    grid = VolumeGeometry((50, 40, 30), affine)
    points = grid.voxel_to_ras_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    centre = grid.voxel_to_ras_mm([25, 20, 15])
    return Mask(grid, np.asfortranarray((np.linalg.norm(points - centre, axis=-1) < 15) * np.uint8(20)))


def _edges_are_paired(surface: Surface) -> bool:
    """Closed and turned one way: every edge is gone along as often as back."""
    edges = np.concatenate([surface.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]).astype(np.int64)
    n = len(surface.vertices_ras_mm)
    forth, back = np.sort(edges[:, 0] * n + edges[:, 1]), np.sort(edges[:, 1] * n + edges[:, 0])
    return np.array_equal(forth, back)


@pytest.mark.parametrize("turn", [(0, 0, 0), (20, -35, 10)])
@pytest.mark.parametrize("mirror", [1, -1])
def test_a_ball_keeps_place_size_and_outward_faces_on_any_grid(turn: Point, mirror: int) -> None:
    mask = _ball(turn, mirror)
    surface = build_surfaces(mask)[20]
    assert surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.04)
    assert np.allclose(
        surface.vertices_ras_mm.mean(axis=0), mask.geometry.voxel_to_ras_mm([25, 20, 15]), atol=0.3
    )
    radii = np.linalg.norm(surface.vertices_ras_mm - mask.geometry.voxel_to_ras_mm([25, 20, 15]), axis=1)
    assert 14 < radii.min() < radii.max() < 15.8
    assert _edges_are_paired(surface)


def test_a_vertebra_at_the_border_is_closed_too() -> None:
    array = np.zeros((20, 20, 20), dtype=np.uint8)
    array[5:15, 5:15, 10:] = 19
    surface = build_surfaces(Mask(VolumeGeometry(array.shape, np.eye(4)), array))[19]
    assert _edges_are_paired(surface)
    assert surface.volume_mm3 == pytest.approx(1000, rel=0.1)


def test_only_the_wanted_labels_are_built_and_crumbs_left_out() -> None:
    mask = _ball()
    mask.array[2, 2, 2] = 19
    assert set(build_surfaces(mask)) == {20}
    assert build_surfaces(mask, labels=[22]) == {}


def test_the_bytes_come_back_as_the_surfaces_to_a_thousandth_of_their_size() -> None:
    surfaces = build_surfaces(_ball())
    content = encode_surfaces(surfaces)
    again = decode_surfaces(content)
    assert np.array_equal(again[20].triangles, surfaces[20].triangles)
    assert np.allclose(again[20].vertices_ras_mm, surfaces[20].vertices_ras_mm, atol=0.005)
    assert content == encode_surfaces(build_surfaces(_ball()))


def test_the_surfaces_of_verse004_keep_the_volumes_of_its_mask() -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    surfaces = build_surfaces(mask)
    assert list(surfaces) == list(range(16, 25))
    for label, surface in surfaces.items():
        voxels = float((mask.array == label).sum()) * mask.geometry.voxel_volume_mm3
        assert surface.volume_mm3 == pytest.approx(voxels, rel=0.03)
    assert len(encode_surfaces(surfaces)) < 1_000_000
