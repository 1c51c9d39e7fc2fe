"""Images that are hard or hold no spine, with the weights that ship: right, or a clear statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from backend.science.engine_api import EngineRequest, EngineResult
from backend.science.errors import BadInput
from backend.science.volume import Volume, VolumeGeometry
from inference.engine import SpineEngine
from inference.prepare import prepare
from inference.synthesis import Phantom, fast_spec, make_phantom
from inference.weights import find_weights

Floats = npt.NDArray[np.float64]
SHAPE, SPACING_MM = (72, 64, 60), 3.0
NONE_FOUND = "No vertebra was found."


def run(volume: Volume, folder: Path) -> EngineResult:
    request = EngineRequest(volume, folder, options={"threads": 1})
    return SpineEngine().run(request, lambda _: None, lambda: False)


def volume_of(array: Floats, *spacing: float) -> Volume:
    spacing = spacing or (SPACING_MM,)
    affine = np.diag([*np.broadcast_to(spacing, 3), 1.0])
    return Volume(VolumeGeometry(array.shape, affine), np.clip(array, -1024, 3071).astype(np.int16))


def coordinates() -> tuple[Floats, Floats, Floats]:
    x, y, z = np.meshgrid(*((np.arange(n) - n / 2) * SPACING_MM for n in SHAPE), indexing="ij")
    return x, y, z


def soft_tissue(rng: np.random.Generator) -> Floats:
    """Fat, muscle, organs and contrast, and no bone."""
    x, y, z = coordinates()
    image = np.where((x / 100) ** 2 + (y / 85) ** 2 < 1, 40.0, -1000.0)
    for _ in range(8):
        c, r = rng.uniform(-50, 50, 3), rng.uniform(15, 40, 3)
        organ = ((x - c[0]) / r[0]) ** 2 + ((y - c[1]) / r[1]) ** 2 + ((z - c[2]) / r[2]) ** 2 < 1
        image[organ] = rng.uniform(-100, 180)
    return image


def rods(rng: np.random.Generator) -> Floats:
    """A cylinder of water with rods of known density."""
    x, y, _ = coordinates()
    image = np.where(x**2 + y**2 < 90**2, 10.0, -1000.0)
    for k, hu in enumerate((-100, 120, 350, 900, 1200)):
        angle = 2 * np.pi * k / 5
        image[(x - 55 * np.cos(angle)) ** 2 + (y - 55 * np.sin(angle)) ** 2 < 13**2] = hu
    return image


def head(rng: np.random.Generator) -> Floats:
    """A skull with brain, and no neck."""
    x, y, z = coordinates()
    r = np.sqrt((x / 72) ** 2 + (y / 88) ** 2 + (z / 76) ** 2)
    return np.select([r < 0.93, r < 1, r < 1.08], [35.0, 900.0, 40.0], -1000.0)


def lungs(rng: np.random.Generator) -> Floats:
    """Two lungs with a column of soft tissue between them, where the spine would be."""
    x, y, z = coordinates()
    image = np.where((x / 100) ** 2 + (y / 85) ** 2 < 1, 40.0, -1000.0)
    for side in (-1, 1):
        image[((x - side * 50) / 38) ** 2 + (y / 60) ** 2 + (z / 120) ** 2 < 1] = -850
    return image


def tube(rng: np.random.Generator) -> Floats:
    """A straight pipe of even density where the spine would be."""
    x, y, _ = coordinates()
    image = np.where((x / 100) ** 2 + (y / 85) ** 2 < 1, 40.0, -1000.0)
    image[x**2 + (y + 20) ** 2 < 18**2] = 400
    return image


def blocks(rng: np.random.Generator) -> Floats:
    """Dense blocks of a body's size with shells, one above the other."""
    x, y, z = coordinates()
    image = np.where((x / 100) ** 2 + (y / 85) ** 2 < 1, 40.0, -1000.0)
    block = ((x / 22) ** 2 + ((y + 20) / 16) ** 2 < 1) & (z % 30 < 24)
    image[block] = 200
    image[block & ~ndimage.binary_erosion(block)] = 600
    return image


@pytest.mark.parametrize(
    "make",
    [
        soft_tissue,
        rods,
        head,
        *(pytest.param(make, marks=pytest.mark.slow) for make in (lungs, tube, blocks)),
    ],
    ids=lambda make: make.__name__,
)
def test_no_vertebra_is_invented(make: Callable[[np.random.Generator], Floats], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    image = ndimage.gaussian_filter(make(rng), 0.6) + rng.normal(0, 18, SHAPE)
    result = run(volume_of(image), tmp_path)
    assert not result.mask.array.any()
    assert result.centroids_ras_mm == {}
    assert result.report["naming"]["statement"] == NONE_FOUND
    if make in (tube, blocks):
        assert any("left out" in note for note in result.report["notes"])
    assert result.entropy is not None
    assert not result.entropy.any()


@pytest.mark.parametrize(
    "make", [pytest.param(tube, marks=pytest.mark.slow), blocks], ids=lambda make: make.__name__
)
def test_a_column_without_a_canal_is_no_spine_however_sure_the_networks_are(
    make: Callable[[np.random.Generator], Floats], tmp_path: Path
) -> None:
    image = ndimage.gaussian_filter(make(np.random.default_rng(0)), 0.6)
    image += np.random.default_rng(0).normal(0, 18, SHAPE)
    uncalibrated = SpineEngine(replace(find_weights(), about={}))
    request = EngineRequest(volume_of(image), tmp_path, options={"threads": 1})
    result = uncalibrated.run(request, lambda _: None, lambda: False)
    assert result.centroids_ras_mm == {}
    assert any("no spinal canal" in note for note in result.report["notes"])


def regridded(array: npt.NDArray[Any], finer: tuple[int, int, int], thicker: int) -> npt.NDArray[Any]:
    """Voxels split along each axis, and `thicker` slices averaged (a mask takes the middle one's)."""
    kept = array[:, :, : array.shape[2] // thicker * thicker]
    blocks = kept.reshape(*kept.shape[:2], -1, thicker)
    out = blocks[..., thicker // 2] if array.dtype == np.uint8 else blocks.mean(axis=3).astype(np.int16)
    for axis, times in enumerate(finer):
        out = np.repeat(out, times, axis=axis)
    return np.asfortranarray(out)


def matches(
    volume: Volume, mask: npt.NDArray[Any], centres: Any, folder: Path
) -> dict[int, tuple[float, float]]:
    """For each vertebra of a phantom: how far off the nearest found centre is (mm), and its Dice."""
    result = run(volume, folder)
    out = {}
    for label, point in centres.items():
        off = {
            found: float(np.linalg.norm(np.subtract(point, place)))
            for found, place in result.centroids_ras_mm.items()
        }
        assert off, "nothing was found"
        nearest = min(off, key=lambda found: off[found])
        true, got = mask == label, result.mask.array == nearest
        out[label] = (off[nearest], float(2 * (true & got).sum() / (true.sum() + got.sum())))
    return out


@pytest.mark.parametrize(
    ("finer", "thicker"),
    [
        pytest.param((5, 5, 1), 2, id="0.3 x 0.3 x 3 mm", marks=pytest.mark.slow),
        pytest.param((1, 1, 1), 3, id="slices of 4.5 mm", marks=pytest.mark.slow),
        pytest.param((1, 1, 7), 1, id="1120 slices", marks=pytest.mark.slow),
    ],
)
def test_uneven_voxels_are_no_hindrance(
    finer: tuple[int, int, int], thicker: int, lumbar: Phantom, tmp_path: Path
) -> None:
    array = regridded(lumbar.volume.array, finer, thicker)
    scale = np.array([1 / finer[0], 1 / finer[1], thicker / finer[2]])
    change = np.diag([*scale, 1.0])
    change[:3, 3] = (scale - 1) / 2
    geometry = VolumeGeometry(array.shape, lumbar.volume.geometry.affine_ras_mm @ change)
    mask = regridded(lumbar.mask.array, finer, thicker)
    found = matches(Volume(geometry, array), mask, lumbar.centroids_ras_mm, tmp_path)
    assert all(off < 8 for off, _ in found.values())
    assert np.mean([dice for _, dice in found.values()]) > 0.8


def test_a_field_of_view_of_one_vertebra(tmp_path: Path) -> None:
    phantom = make_phantom(fast_spec(2, first="L3", last="L3", shape=(64, 80, 44)))
    found = matches(phantom.volume, phantom.mask.array, phantom.centroids_ras_mm, tmp_path)
    assert found[22][0] < 8
    assert found[22][1] > 0.8


@pytest.mark.slow
def test_doubt_does_not_depend_on_the_size_of_the_voxels(lumbar: Phantom, tmp_path: Path) -> None:
    array = regridded(lumbar.volume.array, (2, 2, 2), 1)
    change = np.diag([0.5, 0.5, 0.5, 1.0])
    change[:3, 3] = -0.25
    finer = Volume(VolumeGeometry(array.shape, lumbar.volume.geometry.affine_ras_mm @ change), array)
    given = {22: lumbar.centroids_ras_mm[22]}
    doubts = []
    for number, volume in enumerate((lumbar.volume, finer)):
        folder = tmp_path / str(number)
        options = {"threads": 1, "centroids_ras_mm": given}
        result = SpineEngine().run(
            EngineRequest(volume, folder, options=options), lambda _: None, lambda: False
        )
        doubts.append(result.report["uncertainty"]["22"])
    assert doubts[1] == pytest.approx(doubts[0], rel=0.2)


def test_values_beyond_sixteen_bits_are_cut_and_mentioned() -> None:
    array = np.random.default_rng(0).normal(0, 200, (20, 20, 20)).astype(np.float32)
    array[5, 5, 5], array[6, 6, 6] = 1e9, -1e9
    prepared = prepare(Volume(VolumeGeometry((20, 20, 20), np.diag([2.0, 2.0, 2.0, 1.0])), array))
    assert prepared.volume.array.max() == 3071
    assert prepared.volume.array.min() == -1024
    assert prepared.notes == ("values beyond the CT range were cut to it",)


def test_slices_too_thick_to_tell_vertebrae_apart_are_refused() -> None:
    array = np.random.default_rng(0).normal(0, 200, (20, 20, 20)).astype(np.int16)
    with pytest.raises(BadInput) as refused:
        prepare(Volume(VolumeGeometry((20, 20, 20), np.diag([1.0, 1.0, 10.0, 1.0])), array))
    assert refused.value.code == "slices_too_thick"
