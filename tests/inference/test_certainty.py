"""How sure the engine is: of what is a vertebra at all, and what becomes of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from backend.science.engine_api import EngineRequest, EngineResult
from inference import loading
from inference.certainty import FEATURES, Certainty, body_features, drawn, fit, reliability
from inference.engine import SpineEngine
from inference.sampling import IsoGrid
from inference.stages.localise import Candidate, Localisation
from inference.synthesis import Phantom
from inference.weights import WeightSet

L2 = 21


def localisation(height: float, body: float) -> Localisation:
    """A column of four bodies whose maps stand as high as said."""
    shape = (30, 30, 60)
    centre, bodies = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for z in (10, 21, 32, 43):
        centre[15, 15, z] = height
        bodies[9:22, 10:21, z - 4 : z + 4] = body
    empty = np.zeros(shape, np.float32)
    levels = np.zeros((27, 15, 15, 30), np.float32)
    return Localisation(IsoGrid.__new__(IsoGrid), bodies, bodies, centre, empty, levels, None)


def column() -> list[Candidate]:
    return [Candidate(np.array([15.0, 15.0, z]), 0.9) for z in (43.0, 32.0, 21.0, 10.0)]


def test_features_tell_a_column_with_high_maps_from_one_without() -> None:
    labels = [20, 21, 22, 23]
    sure, unsure = (body_features(localisation(*high), column(), labels) for high in ((0.5, 1), (0.05, 0.2)))
    assert sure.shape == (4, len(FEATURES))
    named = dict(zip(FEATURES, sure[1], strict=True))
    assert named["peak"] == pytest.approx(0.5)
    assert named["body"] == pytest.approx(1.0)
    assert named["chain_peak"] == pytest.approx(0.5)
    assert named["uneven"] == 0
    assert np.exp(named["size"]) > 0.5
    assert (unsure[:, FEATURES.index("size")] < sure[:, FEATURES.index("size")] - 2).all()
    assert body_features(localisation(0.5, 1), [], []).shape == (0, len(FEATURES))


def test_bodies_counted_beyond_the_ends_do_not_make_a_spine_unlikely() -> None:
    bodies = [Candidate(np.array([15.0, 15.0, 54.0]), 0.5), *column()]
    named = [19, 20, 21, 22, 23]
    at = [FEATURES.index(name) for name in ("chain_peak", "chain_body", "chain_size")]
    with_end = body_features(localisation(0.5, 1), bodies, named)[0, at]
    without = body_features(localisation(0.5, 1), column(), named[1:])[0, at]
    assert np.allclose(with_end, without, atol=0.05)


def test_a_step_of_another_length_counts_for_the_bodies_beside_it() -> None:
    bodies = column()
    bodies[2] = Candidate(np.array([15.0, 15.0, 26.0]), 0.9)
    uneven = body_features(localisation(0.5, 1), bodies, [20, 21, 22, 23])[:, FEATURES.index("uneven")]
    assert uneven[[0, 3]].tolist() == [0, 0]
    assert uneven[1] == pytest.approx(np.log(11 / 6))
    assert uneven[2] == pytest.approx(np.log(16 / 6))


def test_the_fit_separates_and_is_calibrated() -> None:
    rng = np.random.default_rng(1)
    truth = (np.arange(4000) % 2).astype(float)
    features = rng.normal(0, 1, (4000, len(FEATURES)))
    features[:, 0] += 1.5 * truth
    certainty = fit(features[:2000], truth[:2000], penalty=1e-4)
    rows, error = reliability(certainty.of_bodies(features[2000:]), truth[2000:])
    assert error < 0.04
    assert rows[0][1] < 0.15
    assert rows[-1][1] > 0.85
    stated = {"weights": dict(zip(FEATURES, certainty.weights, strict=True)), "constant": certainty.constant}
    assert Certainty.of({"certainty": stated}) == certainty
    assert Certainty.of({}) is None


def test_a_lying_probability_shows_in_the_error() -> None:
    rows, error = reliability(np.array([0.95, 0.95, 0.15, 0.15]), np.array([1.0, 0.0, 0.0, 0.0]))
    assert rows == [[0.15, 0.0, 2], [0.95, 0.5, 2]]
    assert error == pytest.approx(0.3)


def test_nothing_is_drawn_of_a_chain_that_is_likely_no_spine() -> None:
    assert drawn(None, 2) == [True, True]
    assert drawn((0.9, 0.95, 0.2, 0.4), 4) == [True, True, False, True]
    assert drawn((0.6, 0.3, 0.5), 3) == [False, False, False]
    assert drawn((), 0) == []


def run_with(
    constant: float,
    knowing_networks: dict[str, nn.Module],
    weights: WeightSet,
    phantom: Phantom,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> EngineResult:
    """The engine round networks that know the phantom, with a certainty that is the same for all it finds."""
    monkeypatch.setattr(loading, "load_network", lambda file, device: knowing_networks[file.network])
    stated = {"certainty": {"weights": dict.fromkeys(FEATURES, 0.0), "constant": constant}}
    engine = SpineEngine(replace(weights, about=stated))
    request = EngineRequest(phantom.volume, folder, options={"threads": 1})
    return engine.run(request, lambda _: None, lambda: False)


def test_the_report_says_what_was_left_out_and_how_sure_the_rest_is(
    knowing_networks: dict[str, nn.Module],
    stand_in_weights: WeightSet,
    lumbar: Phantom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = (knowing_networks, stand_in_weights, lumbar)
    sure = run_with(3.0, *others, tmp_path / "sure", monkeypatch)
    assert sure.report["spine_confidence"] == pytest.approx(0.953, abs=1e-3)
    assert sure.report["vertebrae"][str(L2)]["vertebra_confidence"] == pytest.approx(0.953, abs=1e-3)
    unsure = run_with(-2.0, *others, tmp_path / "unsure", monkeypatch)
    assert not unsure.mask.array.any()
    assert unsure.report["naming"]["statement"] == "No vertebra was found."
    assert unsure.report["notes"] == [
        "5 things in a row were left out: that they are a spine is only 12 % likely"
    ]
    assert unsure.report["spine_confidence"] == pytest.approx(0.119, abs=1e-3)
