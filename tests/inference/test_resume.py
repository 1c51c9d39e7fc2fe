"""A run that was cut short goes on where it stopped; a correction touches nothing else; doubt is mapped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference import loading
from inference.engine import SpineEngine
from inference.run import given_centres
from inference.store import Entry, StageStore
from inference.synthesis import Phantom
from inference.weights import WeightSet
from tests.inference.conftest import KnowingSegmenter, networks_that_know


class Loaded:
    """The networks that know the phantom, and the names of those that were asked for."""

    def __init__(self, networks: dict[str, nn.Module]) -> None:
        self.networks, self.names = networks, list[str]()

    def __call__(self, file: Any, device: str) -> nn.Module:
        self.names.append(file.network)
        return self.networks[file.network]


@pytest.fixture
def loaded(lumbar: Phantom, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    counting = Loaded(networks_that_know(lumbar))
    monkeypatch.setattr(loading, "load_network", counting)
    return counting


def go(
    weights: WeightSet, volume: Volume, folder: Path, current: Mask | None = None, **options: Any
) -> EngineResult:
    request = EngineRequest(volume, folder, current, {"threads": 1, **options})
    return SpineEngine(weights).run(request, lambda _: None, lambda: False)


def test_a_run_in_the_same_folder_repeats_no_stage(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    first = go(stand_in_weights, lumbar.volume, tmp_path)
    assert loaded.names == ["localise", "label", "segment"]
    again = go(stand_in_weights, lumbar.volume, tmp_path)
    assert loaded.names == ["localise", "label", "segment"]
    assert [stage["reused"] for stage in again.report["stages"]] == [True, True, True, False]
    assert np.array_equal(first.mask.array, again.mask.array)
    assert first.centroids_ras_mm == again.centroids_ras_mm
    assert first.report["naming"] == again.report["naming"]


def test_a_run_stopped_while_segmenting_repeats_no_vertebra(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    parts: list[StageProgress] = []

    def stop() -> bool:
        return sum(part.stage == "segment" for part in parts) >= 3

    request = EngineRequest(lumbar.volume, tmp_path, options={"threads": 1})
    with pytest.raises(Cancelled):
        SpineEngine(stand_in_weights).run(request, parts.append, stop)
    done = len(list(tmp_path.glob("segment_*.safetensors")))
    assert 0 < done < 5
    result = go(stand_in_weights, lumbar.volume, tmp_path)
    assert len(list(tmp_path.glob("segment_*.safetensors"))) == 5
    assert loaded.names.count("localise") == 1
    assert set(np.unique(result.mask.array)) == {0, 20, 21, 22, 23, 24}


def test_another_image_takes_nothing_over(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    go(stand_in_weights, lumbar.volume, tmp_path)
    array = lumbar.volume.array.copy()
    array[0, 0, 0] += 1
    other = go(stand_in_weights, Volume(lumbar.volume.geometry, array), tmp_path)
    assert not any(stage["reused"] for stage in other.report["stages"])


def test_a_damaged_entry_counts_as_absent(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    store.save("part", "k", Entry({"a": np.arange(5)}, {"n": 1}))
    kept = store.load("part", "k")
    assert kept is not None
    assert np.array_equal(kept.arrays["a"], np.arange(5))
    assert kept.values == {"n": 1}
    assert store.load("part", "other key") is None
    path = tmp_path / "part.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    assert store.load("part", "k") is None


def test_a_correction_changes_the_touched_level_only(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    edited = lumbar.mask.array.copy()
    edited[edited == 26] = 0
    edited[10:14, 10:14, 10:14] = 20  # a rater's own work, which must stay
    edited[edited == 22] = 0
    segmenter = loaded.networks["segment"]
    assert isinstance(segmenter, KnowingSegmenter)
    segmenter.answers = [answer for answer in segmenter.answers if answer.label == 22]
    result = go(
        stand_in_weights,
        lumbar.volume,
        tmp_path,
        Mask(lumbar.mask.geometry, edited),
        centroids_ras_mm={22: lumbar.centroids_ras_mm[22]},
        touched=[22],
    )
    assert loaded.names == ["segment"]
    untouched = edited > 0
    assert np.array_equal(result.mask.array[untouched], edited[untouched])
    true, got = lumbar.mask.array == 22, result.mask.array == 22
    assert 2 * (true & got).sum() / (true.sum() + got.sum()) > 0.97
    assert list(result.centroids_ras_mm) == [22]
    assert result.report["touched"] == [22]


def test_a_touched_level_without_a_centre_is_removed(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    result = go(stand_in_weights, lumbar.volume, tmp_path, lumbar.mask, touched=[24])
    assert set(np.unique(result.mask.array)) == {0, 20, 21, 22, 23, 26}
    assert loaded.names == []


def test_a_correction_without_the_current_mask_is_refused(
    lumbar: Phantom, stand_in_weights: WeightSet, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refused:
        go(stand_in_weights, lumbar.volume, tmp_path, touched=[24])
    assert refused.value.code == "no_current_mask"


@pytest.mark.parametrize("point", [(500.0, 0.0, 0.0), (float("nan"), 0.0, 0.0)], ids=["far", "NaN"])
def test_a_centre_outside_the_image_is_refused(point: tuple[float, float, float]) -> None:
    geometry = VolumeGeometry((10, 10, 10), np.eye(4))
    assert given_centres(geometry, {20: (4.0, 4.0, 4.0)})[20] == pytest.approx(4.5 / 1.5 - 0.5)
    with pytest.raises(BadInput) as refused:
        given_centres(geometry, {20: point})
    assert refused.value.code == "centroid_outside"


@pytest.mark.slow
def test_doubt_is_mapped_where_the_patches_are_undecided(
    lumbar: Phantom, stand_in_weights: WeightSet, loaded: Loaded, tmp_path: Path
) -> None:
    segmenter = loaded.networks["segment"]
    assert isinstance(segmenter, KnowingSegmenter)
    segmenter.answers = [
        replace(answer, share=answer.share * 0.7) if answer.label == 22 else answer
        for answer in segmenter.answers
    ]
    result = go(stand_in_weights, lumbar.volume, tmp_path)
    assert result.entropy is not None
    assert result.entropy.shape == result.mask.array.shape
    assert result.entropy.dtype == np.uint8
    # Seven to three is 0.88 bit, which is 225 of 255.
    assert np.median(result.entropy[lumbar.mask.array == 22]) == pytest.approx(225, abs=2)
    assert np.median(result.entropy[lumbar.mask.array == 20]) < 10
    assert result.report["uncertainty"]["22"] == pytest.approx(0.88, abs=0.05)
    assert result.report["uncertainty"]["20"] < 0.1
    assert set(result.report["uncertainty"]) == {"20", "21", "22", "23", "24"}
    assert result.report["uncertainty_overall"] == pytest.approx(
        np.mean(list(result.report["uncertainty"].values())), abs=1e-3
    )
    assert set(result.report["naming"]["levels"]) == {"20", "21", "22", "23", "24"}
