"""The second judgement, by masks: what it sees, what it leaves out, and what is never looked at closely."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

from backend.science.engine_api import EngineRequest, EngineResult
from backend.science.volume import VolumeGeometry
from inference import loading
from inference.cases import read_ct
from inference.certainty import FEATURES as FIRST
from inference.certainty import KEY as FIRST_KEY
from inference.engine import SpineEngine
from inference.judging import FEATURES, KEY, judging_features, seen_by_mask
from inference.sampling import IsoGrid
from inference.stages.segment import Patch
from inference.synthesis import Phantom
from inference.training.calibrate import posed
from inference.weights import WeightSet, find_weights
from tests.science.real_data import real_data

L2 = 21


def patch_of(probability: float) -> Patch:
    """A cube of 10 voxels of 1.5 mm in an image of 45 mm."""
    look = np.full((20, 20, 20), 0.02, np.float32)
    look[5:15, 5:15, 5:15] = probability
    grid = IsoGrid(VolumeGeometry((30, 30, 30), np.diag([1.5, 1.5, 1.5, 1.0])), 1.5)
    return Patch(grid, (np.full(3, 5.0),), (look,))


def image(hu: int) -> np.ndarray:
    out = np.full((30, 30, 30), 40, np.int16)
    out[10:20, 10:20, 10:20] = hu
    return out


def test_the_shaft_of_a_long_bone_is_dense_and_porotic_bone_counts_for_nothing() -> None:
    dense, doubt = seen_by_mask(patch_of(0.999), image(1200))
    assert dense == pytest.approx(np.log(4))
    assert doubt < 1
    assert seen_by_mask(patch_of(0.999), image(250))[0] == 0
    assert seen_by_mask(patch_of(0.999), image(50))[0] == 0
    assert seen_by_mask(patch_of(0.6), image(250))[1] > doubt + 0.5
    assert seen_by_mask(patch_of(0.3), image(250)) == (0, 2)


def test_each_body_is_seen_with_the_medians_of_its_chain() -> None:
    by_mask = np.array([[0.0, 0.2], [1.4, 0.6], [1.5, 0.5]])
    features = judging_features(np.array([0.5, 1.0, 0.0]), by_mask)
    assert features.shape == (3, len(FEATURES))
    assert np.allclose(features[:, :3], np.column_stack([[0, 7, -7], by_mask]))
    assert np.allclose(features[:, 3:], [0, 1.4, 0.5])
    assert judging_features(np.zeros(0), np.zeros((0, 2))).shape == (0, len(FEATURES))


def stated(features: tuple[str, ...], constant: float, **weights: float) -> dict[str, Any]:
    return {"weights": dict.fromkeys(features, 0.0) | weights, "constant": constant}


@pytest.fixture
def report_of(
    knowing_networks: dict[str, nn.Module],
    stand_in_weights: WeightSet,
    lumbar: Phantom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """The engine round networks that know the phantom, with a first and a second judgement."""
    monkeypatch.setattr(loading, "load_network", lambda file, device: knowing_networks[file.network])

    def run(first: float, second: dict[str, Any] | None) -> EngineResult:
        about = {FIRST_KEY: stated(FIRST, first)} | ({} if second is None else {KEY: second})
        request = EngineRequest(lumbar.volume, tmp_path, options={"threads": 1, "quick": True})
        return SpineEngine(replace(stand_in_weights, about=about)).run(request, lambda _: None, lambda: False)

    return run


def test_the_second_judgement_decides(report_of: Any) -> None:
    refused = report_of(3.0, stated(FEATURES, -2.0))
    assert not refused.mask.array.any()
    assert refused.report["spine_confidence"] == pytest.approx(0.119, abs=1e-3)
    assert refused.report["notes"] == [
        "5 things in a row were left out: that they are a spine is only 12 % likely"
    ]
    rescued = report_of(-3.0, stated(FEATURES, 2.0))
    assert len(rescued.centroids_ras_mm) == 5
    assert rescued.report["vertebrae"][str(L2)]["vertebra_confidence"] == pytest.approx(0.881, abs=1e-3)


def test_the_first_answer_is_a_feature_of_the_second(report_of: Any) -> None:
    agreeing = report_of(1.5, stated(FEATURES, 0.0, before=1.0))
    assert agreeing.report["spine_confidence"] == pytest.approx(0.818, abs=1e-3)


def test_what_is_surely_no_spine_is_not_segmented(report_of: Any) -> None:
    refused = report_of(-5.0, stated(FEATURES, 5.0))
    assert not refused.mask.array.any()
    assert refused.report["spine_confidence"] == pytest.approx(0.007, abs=1e-3)


def test_without_a_second_judgement_the_first_decides(report_of: Any) -> None:
    assert len(report_of(3.0, None).centroids_ras_mm) == 5
    assert not report_of(-1.0, None).mask.array.any()


@pytest.mark.slow
@pytest.mark.real_ct
def test_a_small_thigh_that_the_first_judgement_takes_for_a_spine_is_refused(tmp_path: Path) -> None:
    volume = posed(read_ct(real_data("no-spine/training/sts-047.nii.gz")))["smaller"]
    about = find_weights().about
    for known, drawn in ((about, False), ({FIRST_KEY: about[FIRST_KEY]}, True)):
        engine = SpineEngine(replace(find_weights(), about=known))
        request = EngineRequest(volume, tmp_path / str(drawn), options={"threads": 1})
        result = engine.run(request, lambda _: None, lambda: False)
        assert bool(result.centroids_ras_mm) is drawn
