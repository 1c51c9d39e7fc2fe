"""The weights that ship: small, whole, and good on a phantom that they were not trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.science.engine_api import EngineRequest
from backend.science.labels import name_of, sort_labels
from inference.engine import SpineEngine
from inference.synthesis import Phantom
from inference.weights import NETWORKS, find_weights

MOST_BYTES = 40_000_000


def test_the_weights_are_whole_and_small() -> None:
    weights = find_weights()
    assert set(weights.files) == set(NETWORKS)
    assert sum(file.path.stat().st_size for file in weights.files.values()) < MOST_BYTES


def test_a_lumbar_phantom_is_named_and_segmented(lumbar: Phantom, tmp_path: Path) -> None:
    request = EngineRequest(lumbar.volume, tmp_path, options={"threads": 1})
    result = SpineEngine().run(request, lambda _: None, lambda: False)
    scores = []
    for label, point in lumbar.centroids_ras_mm.items():
        assert np.linalg.norm(np.subtract(result.centroids_ras_mm[label], point)) < 8
        true, got = lumbar.mask.array == label, result.mask.array == label
        scores.append(2 * (true & got).sum() / (true.sum() + got.sum()))
    assert np.mean(scores) > 0.75
    named = [name_of(label) for label in sort_labels(int(key) for key in result.report["vertebrae"])]
    assert result.report["naming"]["statement"].startswith(f"{named[0]} to {named[-1]}: ")
