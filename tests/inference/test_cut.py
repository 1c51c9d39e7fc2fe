"""Vertebrae that the border of the image cuts: drawn as far as they are in view, and said to be cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science.engine_api import EngineRequest, EngineResult
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference import loading
from inference.engine import SpineEngine
from inference.synthesis import Phantom
from inference.weights import WeightSet
from tests.inference.conftest import networks_that_know

L1, L2, L4, L5 = 20, 21, 23, 24


def between(phantom: Phantom, top: float, bottom: float) -> Phantom:
    """The slices of a phantom from `bottom` to `top` (mm, S), with the centres that they hold."""
    volume, mask = to_canonical(phantom.volume), to_canonical(phantom.mask)
    heights = [volume.geometry.voxel_to_ras_mm((0, 0, k))[2] for k in range(volume.geometry.shape[2])]
    kept = [k for k, at in enumerate(heights) if bottom <= at <= top]
    part = slice(kept[0], kept[-1] + 1)
    affine = volume.geometry.affine_ras_mm.copy()
    affine[:3, 3] = volume.geometry.voxel_to_ras_mm((0, 0, kept[0]))
    shape = (*volume.geometry.shape[:2], len(kept))
    geometry = VolumeGeometry(shape, affine)
    centres = {label: p for label, p in phantom.centroids_ras_mm.items() if bottom <= p[2] <= top}
    return replace(
        phantom,
        volume=Volume(geometry, np.asfortranarray(volume.array[:, :, part])),
        mask=Mask(geometry, np.asfortranarray(mask.array[:, :, part])),
        centroids_ras_mm=centres,
    )


@pytest.fixture(scope="module")
def cropped(lumbar: Phantom) -> Phantom:
    """From the middle of L1, whose upper half is out of view, to the upper rim of L5."""
    points = lumbar.centroids_ras_mm
    return between(lumbar, points[L1][2] + 2, points[L5][2] + 12)


@pytest.fixture
def result_of(
    cropped: Phantom, stand_in_weights: WeightSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Any:
    networks = networks_that_know(cropped)
    monkeypatch.setattr(loading, "load_network", lambda file, device: networks[file.network])

    def run(**options: Any) -> EngineResult:
        request = EngineRequest(cropped.volume, tmp_path, options={"threads": 1, **options})
        return SpineEngine(stand_in_weights).run(request, lambda _: None, lambda: False)

    return run


def test_a_cut_vertebra_is_drawn_as_far_as_it_is_in_view(result_of: Any, cropped: Phantom) -> None:
    result = result_of()
    assert L1 in result.centroids_ras_mm
    true, got = cropped.mask.array == L1, result.mask.array == L1
    assert 2 * (true & got).sum() / (true.sum() + got.sum()) > 0.9
    cut = {int(label): about["cut"] for label, about in result.report["vertebrae"].items()}
    assert cut[L1] is True
    assert cut[L2] is False
    assert result.report["cut"] == [label for label, is_cut in cut.items() if is_cut]


def test_cut_vertebrae_are_left_out_by_rule_and_not_silently(result_of: Any) -> None:
    result = result_of(cut="leave_out")
    assert L1 not in result.centroids_ras_mm
    assert not (result.mask.array == L1).any()
    assert L2 in result.centroids_ras_mm
    assert "L1 was left out: the border of the image cuts it" in result.report["notes"]
    assert result.report["cut"] == []
