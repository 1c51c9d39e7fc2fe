"""What a project's cases teach finding and naming, how that is judged, and what becomes of the certainty."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.science.geometry import to_canonical
from backend.science.volume import Mask
from inference.certainty import CARRIED_OVER, FEATURES, Certainty, fit
from inference.engine import _about_certainty
from inference.judging import FEATURES as JUDGING
from inference.judging import KEY as BY_MASK
from inference.levels import CLASS_OF
from inference.networks.labeller import Labeller
from inference.networks.spine import BODY, CENTRE, RIB, VERTEBRA, Localiser
from inference.patches import TILE_SHAPE
from inference.runtime import Runtime
from inference.stages.anchors import Anchors
from inference.stages.label import Naming
from inference.stages.localise import Candidate
from inference.synthesis import Phantom
from inference.training.calibrate import Chain
from inference.training.fields import field_sample
from inference.training.held_out import Found, count
from inference.training.lessons import Measured, verdict
from inference.training.loop import TrainConfig, collate, start, train_step
from inference.training.recalibrate import (
    CARRIED,
    FITTED,
    NONE,
    _no_worse,
    beside,
    nothing_volume,
    recalibrate,
)
from inference.training.samples import IGNORED
from inference.training.tasks import TASKS
from inference.training.wide_cases import WideCase, as_example, case_field, case_lines, wide_case
from inference.weights import DIRECTORY, MANIFEST, find_weights
from tests.inference.conftest import KnowingLocaliser

L1, L2, L3, L4, L5, SACRUM = 20, 21, 22, 23, 24, 26
SMALL = (4, 8)


def case_of(phantom: Phantom, *left_out: int) -> WideCase:
    """The phantom at 3 mm, as somebody drew it who left out some vertebrae."""
    mask = to_canonical(phantom.mask)
    array = np.where(np.isin(mask.array, left_out), 0, mask.array).astype(np.uint8)
    case = wide_case("p", to_canonical(phantom.volume), Mask(mask.geometry, array))
    assert case is not None
    return case


@pytest.fixture(scope="module")
def whole(lumbar: Phantom) -> WideCase:
    return case_of(lumbar)


def test_a_case_at_3_mm_knows_its_bodies(whole: WideCase) -> None:
    assert set(whole.centres) == {L1, L2, L3, L4, L5}
    for label, centre in whole.centres.items():
        at = tuple(int(v) for v in np.rint(centre))
        assert whole.owner[at] == label
        assert whole.body[at]
        own = whole.owner == label
        # The arch and its processes, behind the body, are about half of a vertebra and none of it is body.
        assert 0.3 < whole.body[own].mean() < 0.85
        behind = np.argwhere(own)[:, 1].min()
        assert not whole.body[:, : behind + 3][own[:, : behind + 3]].any()


def test_what_a_mask_leaves_out_beyond_its_own_vertebrae_is_what_was_known_before(lumbar: Phantom) -> None:
    case = case_of(lumbar, L1, L5, SACRUM)
    field = case_field(case, KnowingLocaliser(lumbar), Runtime(mixed_precision=False))
    whole = case_of(lumbar)
    for label in (L1, L2, L3, L4, L5):
        at = tuple(int(v) for v in np.rint(whole.centres[label]))
        assert field.maps[(VERTEBRA, *at)] > 0.5, label
        assert field.maps[(BODY, *at)] > 0.5, label
        assert field.levels[tuple(v // 2 for v in at)] == CLASS_OF[label]
    peaks = field.maps[CENTRE]
    assert all(peaks[tuple(int(v) for v in np.rint(c))] > 0.6 for c in case.centres.values())
    assert float(field.maps[RIB].max()) < 0.1


def test_within_its_own_vertebrae_the_mask_is_right_and_the_network_wrong(lumbar: Phantom) -> None:
    """The earlier network sees L3, where somebody drew nothing between L2 and L4."""
    case = case_of(lumbar, L3)
    field = case_field(case, KnowingLocaliser(lumbar), Runtime(mixed_precision=False))
    at = tuple(int(v) for v in np.rint(case_of(lumbar).centres[L3]))
    assert field.maps[(BODY, *at)] == 0
    assert len(field.hard) > 0
    away = np.linalg.norm(field.hard - np.array(at), axis=1).min()
    assert away < 4


def test_lines_say_nothing_of_what_is_not_named(lumbar: Phantom) -> None:
    draw = case_lines([case_of(lumbar, L1, L5, SACRUM)])
    for seed in range(3):
        line = draw(np.random.default_rng(seed))
        known = line["levels"] != IGNORED
        assert set(line["levels"][known].tolist()) <= {CLASS_OF[label] for label in (L2, L3, L4)}
        assert line["seen"][known].all()
        assert line["seen"].sum() < 0.75 * (line["x"][0, 0] > -1).sum()
    with_sacrum = case_lines([case_of(lumbar)])(np.random.default_rng(0))
    assert CLASS_OF[SACRUM] in with_sacrum["levels"]


def test_a_single_vertebra_names_nothing(lumbar: Phantom) -> None:
    with pytest.raises(ValueError, match="two whole vertebrae"):
        case_lines([case_of(lumbar, L1, L2, L4, L5, SACRUM)])


@pytest.mark.parametrize("name", ["localise", "label"])
def test_a_few_steps_on_a_case_bring_the_loss_down(name: str, lumbar: Phantom, whole: WideCase) -> None:
    build = Localiser if name == "localise" else Labeller
    task = replace(TASKS[name], build=partial(build, SMALL), batch_size=1)
    config = TrainConfig(name, 12, warm_up=0.001, learning_rate=1e-2, mixed_precision=False)
    if name == "localise":
        field = case_field(whole, KnowingLocaliser(lumbar), Runtime(mixed_precision=False))
        sample = field_sample(field, np.random.default_rng(3))
        assert sample["maps"].shape == (4, *TILE_SHAPE)
    else:
        sample = case_lines([whole])(np.random.default_rng(3))
    state, batch = start(task, config), collate([sample])
    losses = [train_step(state, task, config, batch)["loss"] for _ in range(config.steps)]
    assert losses[-1] < 0.9 * losses[0]


def naming(case: WideCase, *bodies: tuple[int, float]) -> Naming:
    """Bodies by the name they are given and the height they are found at."""
    middle = np.mean(list(case.centres.values()), axis=0)
    found = []
    for _, z in bodies:
        near = min(case.centres.values(), key=lambda c: abs(c[2] - z))
        found.append(Candidate(np.array([near[0], near[1], z]) if abs(near[2] - z) < 4 else middle, 1.0))
    labels = tuple(label for label, _ in bodies)
    return Naming(tuple(found), labels, (1.0,) * len(labels), 1.0, Anchors())


def test_bodies_are_counted_as_found_missed_invented_and_rightly_named(whole: WideCase) -> None:
    z = {label: float(centre[2]) for label, centre in whole.centres.items()}
    between = (z[L3] + z[L4]) / 2
    told = count(whole, naming(whole, (L1, z[L1]), (L3, z[L2]), (L3, z[L3] + 1)))
    assert told == Found(found=3, missed=2, invented=0, right=2)
    assert told.finding == pytest.approx(6 / 8)
    assert told.naming == pytest.approx(2 / 5)
    aside = Naming((Candidate(np.array([2.0, 2.0, between]), 1.0),), (L3,), (1.0,), 1.0, Anchors())
    assert count(whole, aside) == Found(missed=5, invented=1)
    above = Naming((Candidate(np.array([2.0, 2.0, z[L1] + 12]), 1.0),), (L1,), (1.0,), 1.0, Anchors())
    assert count(whole, above) == Found(missed=5)  # beyond the mask nobody knows
    twice = count(whole, naming(whole, (L1, z[L1]), (L2, z[L1] - 1)))
    assert (twice.found, twice.right) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after", "kept", "why"),
    [
        (Measured(0.8), Measured(0.9), True, ""),
        (Measured(0.8), Measured(0.7), False, "does worse on the held-out"),
        (Measured(0.8, loss=1.0), Measured(0.8, loss=0.9), True, ""),
        (Measured(0.8, loss=1.0), Measured(0.8, loss=1.0), False, "no better"),
        (Measured(0.8), Measured(0.8), False, "no better"),
        (Measured(None), Measured(None), False, "No patient was held out"),
        (Measured(0.8, guard=0.9), Measured(0.9, guard=0.84), False, "has forgotten"),
        (Measured(0.8, guard=0.9), Measured(0.9, guard=0.89), True, ""),
    ],
)
def test_a_network_is_kept_only_where_it_is_better(
    before: Measured, after: Measured, kept: bool, why: str
) -> None:
    decided, reason = verdict(before, after)
    assert decided is kept
    assert why in reason


def chain(name: str, true: bool, rng: np.random.Generator, shift: float = 0.0) -> Chain:
    features = rng.normal((1.5 if true else -1.5) + shift, 1.0, (6, len(FEATURES)))
    by_mask = np.abs(rng.normal(0.3 if true else 0.8, 0.1, (6, 2)))
    return Chain(name, name, features, by_mask, np.full(6, float(true)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in DIRECTORY.iterdir():
        if path.suffix in (".safetensors", ".json"):
            shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


def test_certainty_is_fitted_anew_where_that_is_better(folder: Path) -> None:
    rng, old = np.random.default_rng(0), find_weights(folder).about
    chains = [chain(f"{kind} {k}", kind == "spine", rng) for kind in ("spine", "other") for k in range(4)]
    about = recalibrate(folder, chains)
    assert about["state"] == FITTED
    assert about["after"]["error"] <= about["before"]["error"]
    assert (about["after"]["spines_drawn"], about["after"]["others_drawn"]) == (4, 0)
    now = find_weights(folder).about
    assert Certainty.of(now) != Certainty.of(old)
    assert Certainty.of(now, BY_MASK, JUDGING) is not None
    assert CARRIED_OVER not in now


def test_with_too_little_to_fit_the_earlier_certainty_is_carried_over_and_that_is_said(
    folder: Path, lumbar: Phantom
) -> None:
    rng, old = np.random.default_rng(0), find_weights(folder).about
    about = recalibrate(folder, [chain("spine", True, rng), chain("another", True, rng)])
    assert (about["state"], about["others"]) == (CARRIED, 0)
    weights = find_weights(folder)
    assert Certainty.of(weights.about) == Certainty.of(old)
    context = type("Found", (), {"naming": naming(case_of(lumbar), (L1, 0.0))})()
    assert "earlier weights" in _about_certainty(context, weights)[0]
    assert _about_certainty(context, find_weights()) == []


def test_weights_that_were_never_calibrated_say_so(folder: Path, lumbar: Phantom) -> None:
    stated = json.loads((folder / MANIFEST).read_text())
    del stated["certainty"]
    (folder / MANIFEST).write_text(json.dumps(stated))
    assert recalibrate(folder, [])["state"] == NONE
    weights = find_weights(folder)
    assert BY_MASK not in weights.about
    context = type("Found", (), {"naming": naming(case_of(lumbar), (L1, 0.0))})()
    assert "never calibrated" in _about_certainty(context, weights)[0]
    nothing = type("Found", (), {"naming": Naming((), (), (), 0.0, Anchors())})()
    assert _about_certainty(nothing, weights) == []


def test_a_fit_that_draws_more_of_what_is_no_spine_is_not_taken() -> None:
    old = {"error": 0.05, "spines_drawn": 3, "others_drawn": 0}
    assert _no_worse(old, old)
    assert not _no_worse(old | {"others_drawn": 1, "error": 0.01}, old)
    assert not _no_worse(old | {"spines_drawn": 2, "error": 0.01}, old)
    assert not _no_worse(old | {"error": 0.06}, old)


def test_a_fit_near_an_earlier_one_moves_only_as_far_as_it_must() -> None:
    rng = np.random.default_rng(4)
    true, false = rng.normal(1, 1, (8, 2)), rng.normal(-1, 1, (8, 2))
    features, truth = np.vstack([true, false]), np.repeat([1.0, 0.0], 8)
    earlier = Certainty((1.0, 0.2), 0.3)
    held = fit(features, truth, penalty=1e4, start=earlier)
    assert np.allclose(held.weights, earlier.weights, atol=1e-2)
    assert held.constant == pytest.approx(earlier.constant, abs=1e-2)
    free = fit(features, truth, penalty=1e-4, start=earlier)
    assert np.abs(np.subtract(free.weights, earlier.weights)).max() > 0.1


def test_negatives_are_what_lies_beside_the_spine_and_things_that_are_none(lumbar: Phantom) -> None:
    volume, mask = to_canonical(lumbar.volume), to_canonical(lumbar.mask)
    wide = replace_width(volume.array, 60), replace_width(mask.array, 60)
    geometry = type(mask.geometry)(wide[0].shape, mask.geometry.affine_ras_mm)
    parts = beside(type(volume)(geometry, wide[0]), Mask(geometry, wide[1]))
    assert len(parts) == 2
    spine = np.flatnonzero((wide[1] > 0).any(axis=(1, 2)))
    step = geometry.spacing_mm[0]
    left, right = parts
    assert left.array.shape[0] <= spine[0]
    first = round(float(geometry.ras_mm_to_voxel(right.geometry.voxel_to_ras_mm((0.0, 0.0, 0.0)))[0]))
    assert first > spine[-1]
    assert np.array_equal(right.array, wide[0][first:])
    assert all(part.array.shape[0] * step >= 60 for part in parts)
    assert beside(volume, Mask(mask.geometry, np.zeros_like(mask.array))) == []
    assert not np.array_equal(nothing_volume(0).array, nothing_volume(1).array)


def replace_width(array: np.ndarray, by: int) -> np.ndarray:
    """The array with more to its left and right."""
    return np.pad(array, ((by, by), (0, 0), (0, 0)), mode="wrap" if array.dtype == np.int16 else "constant")


def test_an_example_of_a_case_is_one_of_the_networks_kind(whole: WideCase) -> None:
    example = as_example(whole)
    assert example.labels.tolist() == list(whole.centres)
    assert example.hu.dtype == np.int16
    assert torch.from_numpy(example.owner).shape == example.hu.shape
