"""The engine round networks that know the answer: grids, orientations, bad input, reports, cancellation."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.volume import Volume, VolumeGeometry
from inference import loading
from inference.centres import mask_centres
from inference.engine import STAGES, SpineEngine
from inference.errors import EngineUnavailable
from inference.networks.spine import PatchSegmenter
from inference.patches import PATCH_SHAPE, patch_origin
from inference.prepare import prepare
from inference.runtime import Runtime
from inference.sampling import IsoGrid, canonical_to_original, cubic, linear, make_isotropic
from inference.stages.segment import Place, segment
from inference.synthesis import Phantom
from inference.weights import WeightSet, find_weights
from tests.inference.conftest import KnowingLocaliser, KnowingSegmenter, networks_that_know


def run(engine: SpineEngine, volume: Volume, tmp_path: Path, **options: Any) -> EngineResult:
    request = EngineRequest(volume, tmp_path, options={"threads": 1, **options})
    return engine.run(request, lambda _: None, lambda: False)


@pytest.fixture
def knowing(
    knowing_networks: dict[str, nn.Module], stand_in_weights: WeightSet, monkeypatch: pytest.MonkeyPatch
) -> SpineEngine:
    monkeypatch.setattr(loading, "load_network", lambda file, device: knowing_networks[file.network])
    return SpineEngine(stand_in_weights)


def test_the_pipeline_gives_back_the_phantom(knowing: SpineEngine, lumbar: Phantom, tmp_path: Path) -> None:
    steps: list[StageProgress] = []
    result = knowing.run(EngineRequest(lumbar.volume, tmp_path), steps.append, lambda: False)
    assert sorted(result.centroids_ras_mm) == [20, 21, 22, 23, 24]
    for label, point in lumbar.centroids_ras_mm.items():
        true, got = lumbar.mask.array == label, result.mask.array == label
        assert 2 * (true & got).sum() / (true.sum() + got.sum()) > 0.97
        assert np.linalg.norm(np.subtract(point, result.centroids_ras_mm[label])) < 12
    assert [step.stage for step in steps if step.done] == list(STAGES)
    assert all(step.digest for step in steps if step.done)
    assert result.report["naming"]["anchors"] == ["sacrum"]
    assert result.mask.geometry.matches(lumbar.volume.geometry)


def test_given_centroids_skip_the_first_stages(knowing: SpineEngine, lumbar: Phantom, tmp_path: Path) -> None:
    result = run(knowing, lumbar.volume, tmp_path, centroids_ras_mm=lumbar.centroids_ras_mm)
    assert [stage["name"] for stage in result.report["stages"]] == ["segment", "fuse"]
    assert sorted(np.unique(result.mask.array)) == [0, 20, 21, 22, 23, 24]


def test_a_cancelled_run_stops(knowing: SpineEngine, lumbar: Phantom, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        knowing.run(EngineRequest(lumbar.volume, tmp_path), lambda _: None, lambda: True)


def turned(volume: Volume, order: tuple[int, ...], flips: tuple[int, ...]) -> Volume:
    """The same patient with the array's axes in another order and direction."""
    array = volume.array.transpose(order)[tuple(slice(None, None, f) for f in flips)]
    change = np.zeros((4, 4))
    change[3, 3] = 1
    for new, old in enumerate(order):
        change[old, new] = flips[new]
        if flips[new] < 0:
            change[old, 3] = volume.array.shape[old] - 1
    shape = (array.shape[0], array.shape[1], array.shape[2])
    return Volume(VolumeGeometry(shape, volume.geometry.affine_ras_mm @ change), array)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", list(itertools.product((1, -1), repeat=3)))
def test_all_orientations_are_one_image_to_the_networks(
    order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    array = rng.integers(-900, 900, (12, 14, 18)).astype(np.int16)
    affine = np.diag([2.0, 2.5, 3.0, 1.0])
    affine[:3, 3] = (10, -20, 30)
    straight = Volume(VolumeGeometry((12, 14, 18), affine), array)
    other = turned(straight, order, flips)
    prepared = prepare(other)
    assert np.array_equal(prepared.volume.array, array)
    assert prepared.volume.geometry.matches(straight.geometry)
    numbered = (np.arange(array.size) % 251).astype(np.uint8).reshape(array.shape)
    expected = turned(Volume(straight.geometry, numbered), order, flips).array
    assert np.array_equal(canonical_to_original(numbered, other.geometry), expected)


def test_a_turned_volume_gives_the_turned_mask(knowing: SpineEngine, lumbar: Phantom, tmp_path: Path) -> None:
    straight = run(knowing, lumbar.volume, tmp_path)
    other = turned(lumbar.volume, (1, 2, 0), (-1, 1, -1))
    result = run(knowing, other, tmp_path)
    expected = turned(Volume(lumbar.volume.geometry, straight.mask.array), (1, 2, 0), (-1, 1, -1))
    assert np.array_equal(result.mask.array, expected.array)
    for label, point in straight.centroids_ras_mm.items():
        assert result.centroids_ras_mm[label] == pytest.approx(point, abs=1e-6)


def grid(array: np.ndarray, spacing: float = 2.0) -> Volume:
    shape = (array.shape[0], array.shape[1], array.shape[2])
    return Volume(VolumeGeometry(shape, np.diag([spacing, spacing, spacing, 1.0])), array)


def one_unknown(array: np.ndarray) -> np.ndarray:
    """The same with one voxel that is not a number."""
    changed = array.astype(np.float32)
    changed[0, 0, 0] = np.nan
    return changed


@pytest.mark.parametrize(
    ("volume", "code"),
    [
        (grid(np.full((20, 20, 20), 40, np.int16)), "constant_volume"),
        (grid(np.full((20, 20, 20), np.nan, np.float32)), "no_values"),
        (grid(np.arange(8000, dtype=np.int16).reshape(20, 20, 20)), "not_ct"),
        (grid(one_unknown(np.full((20, 20, 20), 40))), "constant_volume"),
        (grid(one_unknown(np.arange(8000).reshape(20, 20, 20))), "not_ct"),
        (grid(np.arange(-200, 200, dtype=np.int16).reshape(20, 20, 1)), "field_too_small"),
    ],
    ids=["constant", "NaN", "MR", "constant but for a NaN", "MR with a NaN", "one slice"],
)
def test_what_cannot_be_a_ct_is_refused(
    volume: Volume, code: str, knowing: SpineEngine, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refused:
        run(knowing, volume, tmp_path)
    assert refused.value.code == code


def test_single_bad_voxels_become_air_and_are_mentioned() -> None:
    array = np.random.default_rng(0).normal(0, 100, (20, 20, 20)).astype(np.float32)
    array[3, 4, 5], array[6, 7, 8] = np.nan, 60000.0
    prepared = prepare(grid(array))
    assert prepared.volume.array[3, 4, 5] == -1024
    assert prepared.volume.array[6, 7, 8] == 3071
    assert len(prepared.notes) == 2


def test_nothing_is_invented_where_nothing_is_found(
    single: Phantom, stand_in_weights: WeightSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blank = KnowingLocaliser(single)
    blank.maps.fill_(-9.0)
    monkeypatch.setattr(loading, "load_network", lambda file, device: blank)
    result = run(SpineEngine(stand_in_weights), single.volume, tmp_path)
    assert not result.mask.array.any()
    assert result.report["naming"]["statement"] == "No vertebra was found."


def test_one_vertebra_is_found_and_its_name_called_a_guess(
    single: Phantom, stand_in_weights: WeightSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    networks = networks_that_know(single)
    monkeypatch.setattr(loading, "load_network", lambda file, device: networks[file.network])
    result = run(SpineEngine(stand_in_weights), single.volume, tmp_path)
    assert list(result.centroids_ras_mm) == [22]
    assert "guess" in result.report["naming"]["statement"]
    assert result.report["naming"]["confidence"] <= 0.5


def test_without_weights_the_engine_refuses(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no trained weights"):
        find_weights(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        '{"version": "1", "networks": {"localise": {"file": "a.safetensors", "sha256": "00"}}}'
    )
    (tmp_path / "a.safetensors").write_bytes(b"not weights")
    with pytest.raises(EngineUnavailable, match=r"a\.safetensors are damaged"):
        find_weights(tmp_path)


def test_an_isotropic_copy_keeps_places_and_values() -> None:
    geometry = VolumeGeometry((30, 40, 10), np.diag([0.7, 0.7, 4.0, 1.0]))
    index = np.indices(geometry.shape).reshape(3, -1).T
    ramp = (geometry.voxel_to_ras_mm(index) @ [1, 2, 3]).reshape(geometry.shape).astype(np.float32)
    iso = IsoGrid(geometry, 1.5)
    copy = make_isotropic(ramp, iso)
    inner = (slice(2, -2),) * 3
    index = np.indices(iso.shape).reshape(3, -1).T
    expected = (iso.to_ras_mm(index) @ [1, 2, 3]).reshape(iso.shape)
    # The ramp rises by 3 for each mm: a shift by a tenth of a voxel would show.
    assert np.abs(copy - expected)[inner].max() < 0.15


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here: batches and fp16 need one")
def test_a_graphics_card_gives_the_same_mask(lumbar: Phantom, tmp_path: Path) -> None:
    on_cpu = run(SpineEngine(), lumbar.volume, tmp_path / "cpu", mixed_precision=False)
    on_card = run(SpineEngine(), lumbar.volume, tmp_path / "card", device="cuda")
    differing = (on_cpu.mask.array != on_card.mask.array).sum()
    assert differing < 0.01 * (on_cpu.mask.array > 0).sum()


@pytest.mark.slow
def test_patches_in_batches_are_the_same_as_one_by_one(lumbar: Phantom) -> None:
    torch.manual_seed(0)
    network = PatchSegmenter((4, 8)).eval()
    image = lumbar.volume.array
    fine = IsoGrid(lumbar.volume.geometry, 1.5)
    places = {
        label: Place(fine.from_source(lumbar.volume.geometry.ras_mm_to_voxel(point)))
        for label, point in list(lumbar.centroids_ras_mm.items())[:3]
    }
    alone = dict(segment(image, fine, places, network, Runtime("cpu", False)))
    together = dict(segment(image, fine, places, network, Runtime("cpu", False), batch=2))
    for label, patch in alone.items():
        assert np.array_equal(patch.origins, together[label].origins)
        assert np.allclose(patch.looks, together[label].looks, atol=1e-5)


def test_a_centre_that_the_mask_does_not_bear_out_is_corrected(lumbar: Phantom) -> None:
    volume = to_canonical(lumbar.volume)
    fine = IsoGrid(volume.geometry, 1.5)
    middle = mask_centres(to_canonical(lumbar.mask), [22])[22]
    true = fine.from_source(volume.geometry.ras_mm_to_voxel(middle))
    off = true + np.array([0.0, 2.0, 2.5])  # 4.8 mm
    peaks: list[np.ndarray] = []

    class Watching(KnowingSegmenter):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            peaks.append(np.array(np.unravel_index(int(x[0, 1].argmax()), PATCH_SHAPE)))
            return super().forward(x)

    network = Watching(lumbar)
    runtime = Runtime("cpu", False)
    ((_, patch),) = segment(volume.array, fine, {22: Place(off)}, network, runtime, settle=True, looks=1)
    assert len(peaks) == 2
    assert np.abs(patch.origins[0] + peaks[1] - true).max() * 1.5 < 2.0
    # What is given is left where it is, and what is right is not looked at again.
    for centre, settle in ((off, False), (true, True)):
        peaks.clear()
        ((_, patch),) = segment(
            volume.array, fine, {22: Place(centre)}, network, runtime, settle=settle, looks=1
        )
        assert len(peaks) == 1
        assert np.array_equal(patch.origins[0], patch_origin(centre))


def test_a_cubic_copy_keeps_thin_shells() -> None:
    fine = np.zeros(60)
    fine[20:23] = 600.0  # a shell of 1.5 mm
    coarse = fine.reshape(-1, 6).mean(axis=1)  # voxels of 3 mm
    at = (np.arange(20) + 0.5) / 2 - 0.5
    tops = {}
    for weigh in (linear, cubic):
        first, last, weights = weigh(at, 0.5, len(coarse))
        tops[weigh] = float((weights @ coarse[first:last]).max())
    assert tops[cubic] > 1.1 * tops[linear]
