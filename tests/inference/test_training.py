"""Training: samples fit together, a few steps help, a stop changes nothing, and a geometry bug is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.science.formats.nifti import write_mask, write_volume
from inference.cases import CaseFiles
from inference.engine import SpineEngine
from inference.levels import CLASS_OF, CLASSES, soft_targets
from inference.loading import export_weights, load_network
from inference.networks.labeller import Labeller
from inference.networks.spine import Localiser, PatchSegmenter
from inference.networks.unet import fold, unfold
from inference.patches import PATCH_SHAPE, TILE_SHAPE, heatmap
from inference.synthesis import Phantom
from inference.training import leave_one_out, samples
from inference.training.lines import line_loss, pooled
from inference.training.loop import Draw, TrainConfig, collate, scene_source, start, train, train_step
from inference.training.randomise import Example, patch_scene, wide_scene
from inference.training.real import load_case, real_sample
from inference.training.tasks import TASKS
from inference.weights import DIRECTORY, find_weights

SMALL = (4, 8)


@pytest.fixture(scope="module")
def block() -> Example:
    return patch_scene(np.random.default_rng(5))


@pytest.fixture(scope="module")
def field() -> Example:
    return wide_scene(np.random.default_rng(6))


@pytest.mark.parametrize("network", [Localiser(SMALL), PatchSegmenter(SMALL)])
def test_channels_that_lie_together_change_no_answer(network: Localiser | PatchSegmenter) -> None:
    channels = 1 if isinstance(network, Localiser) else 2
    x = torch.randn(1, channels, 16, 24, 32, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        learning = network(x)
        with torch.no_grad():
            running = network(x)
            # In a batch of two each is still normalised by itself.
            both = network(torch.cat([x, 3 * x + 1]))
    for a, b, c in zip(
        *(y if isinstance(y, tuple) else (y,) for y in (learning, running, both)), strict=True
    ):
        assert torch.allclose(a.float(), b.float(), atol=0.06)
        assert torch.allclose(b.float(), c[:1].float(), atol=0.06)


def heat_lies_in_the_mask(sample: dict[str, Any]) -> bool:
    """Whether the voxels round the heatmap's peak are mostly the target's."""
    near = sample["x"][1] > 0.9
    return bool(sample["mask"][0][near].mean() > 0.6)


def test_patch_samples_show_the_vertebra_where_the_heatmap_says(block: Example) -> None:
    drawn = [samples.patch_sample(block, np.random.default_rng(k)) for k in range(6)]
    assert all(sample["x"].shape == (2, *PATCH_SHAPE) for sample in drawn)
    assert sum(heat_lies_in_the_mask(sample) for sample in drawn) >= 5


@pytest.mark.parametrize("bug", ["shifted", "axes swapped"])
def test_a_geometry_bug_in_the_samples_is_noticed(
    block: Example, bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = heatmap

    def wrong(shape: Any, centre: Any, sigma: float) -> Any:
        moved = (
            np.asarray(centre) - np.array([0, 12, 0]) if bug == "shifted" else np.asarray(centre)[[1, 0, 2]]
        )
        return right(shape, moved, sigma)

    monkeypatch.setattr(samples, "heatmap", wrong)
    drawn = [samples.patch_sample(block, np.random.default_rng(k)) for k in range(6)]
    assert sum(heat_lies_in_the_mask(sample) for sample in drawn) <= 2


def test_tile_samples_fit_together(field: Example) -> None:
    sample = samples.tile_sample(field, np.random.default_rng(1))
    assert sample["x"].shape == (1, *TILE_SHAPE)
    vertebra, body, centre, _ = sample["maps"]
    assert vertebra.sum() > body.sum() > 100
    peaks = np.argwhere(centre > 0.9)
    assert len(peaks) > 0
    assert np.mean([body[tuple(peak)] for peak in peaks]) > 0.5
    named = sample["levels"] != samples.IGNORED
    # A voxel of the coarser map covers eight, of which it is named after one.
    blocks = vertebra.reshape(32, 2, 32, 2, 48, 2).max(axis=(1, 3, 5))
    assert (blocks[named] > 0).all()


def test_line_samples_show_centres_and_levels_along_the_spine(field: Example) -> None:
    drawn = [samples.line_sample(field, np.random.default_rng(k)) for k in range(4)]
    lines = [sample for sample in drawn if sample is not None]
    assert lines
    for sample in lines:
        assert sample["x"].shape == (4, 32, samples.LINE_LENGTH)
        assert sample["centre"].max() > 0.7
        known = sample["levels"][sample["levels"] != samples.IGNORED].astype(int)
        # From the foot upwards the classes can only fall.
        assert (np.diff(known) <= 0).all()


@pytest.mark.slow
def test_a_few_steps_teach_the_labeller(field: Example, tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir()
    field.save(tmp_path / "wide" / "s001_00000.npz")
    said: list[str] = []
    config = TrainConfig("label", steps=200, warm_up=0.01, average=0.9)
    network = Labeller(SMALL)
    made = [samples.line_sample(field, np.random.default_rng(k)) for k in range(6)]
    batch = collate([sample for sample in made if sample is not None])
    optimiser = torch.optim.AdamW(network.parameters(), 1e-2)
    losses = []
    for _ in range(12):
        loss, _ = line_loss(network, batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    task = replace(TASKS["label"], batch_size=2)
    draw = pooled(scene_source(task, tmp_path), size=2, batch=2)
    for steps in (2, 3):
        go = replace(config, steps=steps)
        assert train(task, go, draw, tmp_path / "l.pt", say=said.append).step == steps
    assert said == ["going on from step 2"]


def test_a_wide_scene_names_its_bones(field: Example) -> None:
    for label, centre in zip(field.labels, field.centres, strict=True):
        if label > 1 and ((centre > 1) & (centre < np.array(field.hu.shape) - 2)).all():
            i, j, k = np.rint(centre).astype(int)
            assert field.owner[i, j, k] == label


def test_folding_is_undone_by_unfolding() -> None:
    x = torch.arange(2 * 3 * 4 * 6 * 8.0).reshape(2, 3, 4, 6, 8)
    assert torch.equal(unfold(fold(x)), x)


def test_soft_targets_are_distributions_that_peak_at_the_level() -> None:
    table = soft_targets()
    assert np.allclose(table.sum(axis=1), 1)
    assert (table.argmax(axis=1) == np.arange(len(CLASSES))).all()
    assert table[CLASS_OF[19], CLASS_OF[28]] < table[CLASS_OF[19], CLASS_OF[18]]


@pytest.mark.parametrize("name", [pytest.param("segment", marks=pytest.mark.slow), "localise"])
def test_a_few_steps_bring_the_loss_down(name: str, block: Example, field: Example) -> None:
    build = {"segment": PatchSegmenter, "localise": Localiser}[name]
    example = block if name == "segment" else field
    task = replace(TASKS[name], build=partial(build, SMALL), batch_size=1)
    config = TrainConfig(name, steps=12, warm_up=0.001, learning_rate=1e-2, mixed_precision=False)
    state = start(task, config)
    drawn = task.sample(example, np.random.default_rng(0))
    assert drawn is not None
    whole = collate([drawn])
    # The middle of the sample is enough, and a tenth of the work.
    full, half = (slice(16, 48), slice(16, 48), slice(32, 64)), (slice(8, 24), slice(8, 24), slice(16, 32))
    batch = {key: x[(..., *(half if key == "levels" else full))] for key, x in whole.items()}
    losses = [train_step(state, task, config, batch)["loss"] for _ in range(config.steps)]
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.slow
def test_a_stopped_training_goes_on_to_the_same_weights(block: Example, tmp_path: Path) -> None:
    (tmp_path / "patch").mkdir()
    block.save(tmp_path / "patch" / "s001_00000.npz")
    task = replace(TASKS["segment"], build=partial(PatchSegmenter, SMALL), batch_size=1)
    config = TrainConfig("segment", steps=3, mixed_precision=False)
    whole = train(task, config, scene_source(task, tmp_path), tmp_path / "a.pt")
    asked = iter([False, True])
    train(task, config, scene_source(task, tmp_path), tmp_path / "b.pt", stop=lambda: next(asked))
    again = train(task, config, scene_source(task, tmp_path), tmp_path / "b.pt")
    assert again.step == whole.step == 3
    for a, b in zip(whole.averaged.parameters(), again.averaged.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_exported_weights_are_read_back_and_make_an_engine(tmp_path: Path) -> None:
    checkpoints = {}
    for name, build in (("localise", Localiser), ("segment", PatchSegmenter)):
        task = replace(TASKS[name], build=partial(build, SMALL))
        checkpoints[name] = tmp_path / f"{name}.pt"
        start(task, TrainConfig(name, 1)).save(checkpoints[name], TrainConfig(name, 1))
    labeller = replace(TASKS["segment"], build=partial(Labeller, SMALL))
    checkpoints["label"] = tmp_path / "label.pt"
    start(labeller, TrainConfig("label", 1)).save(checkpoints["label"], TrainConfig("label", 1))
    export_weights(checkpoints, tmp_path / "weights", "0.0", {"licence": "Apache-2.0"})
    weights = find_weights(tmp_path / "weights")
    assert SpineEngine(weights).version == "0.0"
    network = load_network(weights.files["segment"], "cpu")
    assert network(torch.zeros(1, 2, 16, 16, 16)).shape == (1, 1, 16, 16, 16)


def test_a_lift_makes_masks_larger_by_the_odds_it_says(tmp_path: Path) -> None:
    task = replace(TASKS["segment"], build=partial(PatchSegmenter, SMALL))
    start(task, TrainConfig("segment", 1)).save(tmp_path / "s.pt", TrainConfig("segment", 1))
    x = torch.zeros(1, 2, 16, 16, 16)
    logits = []
    for lift in (0.0, 0.75):
        export_weights({"segment": tmp_path / "s.pt"}, tmp_path / "w", "0.0", {}, DIRECTORY, lift)
        logits.append(load_network(find_weights(tmp_path / "w").files["segment"], "cpu")(x))
    assert torch.allclose(logits[1] - logits[0], torch.tensor(0.75), atol=5e-3)
    manifest = json.loads((tmp_path / "w" / "manifest.json").read_text())
    assert manifest["networks"]["segment"]["lift"] == 0.75


def test_a_labelled_ct_becomes_samples(lumbar: Phantom) -> None:
    case = load_case(lumbar.volume, lumbar.mask)
    assert set(case) == {20, 21, 22, 23, 24}
    drawn = [real_sample(case[22], np.random.default_rng(k)) for k in range(4)]
    assert all(heat_lies_in_the_mask(sample) for sample in drawn)


@pytest.mark.slow
def test_each_case_is_measured_with_weights_that_never_saw_it(
    block: Example, lumbar: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two cases and one for testing alone, with networks too small to find anything: what is at stake is who
    learns from whom."""
    (tmp_path / "scenes" / "patch").mkdir(parents=True)
    block.save(tmp_path / "scenes" / "patch" / "s001_00000.npz")
    write_volume(tmp_path / "ct.nii.gz", lumbar.volume)
    write_mask(tmp_path / "mask.nii.gz", lumbar.mask)
    cases = [CaseFiles(name, tmp_path / "ct.nii.gz", tmp_path / "mask.nii.gz") for name in ("a", "b", "t")]
    learnt: list[list[str]] = []

    def source(network: str, known: list[CaseFiles]) -> Draw:
        learnt.append([case.name for case in known])
        return scene_source(TASKS[network], tmp_path / "scenes")

    monkeypatch.setattr(leave_one_out, "real_source", source)
    measured: list[tuple[str, str]] = []

    def measure(case: CaseFiles, engine: SpineEngine) -> dict[str, str]:
        measured.append((case.name, engine._weights.files["segment"].path.parent.name))
        return {"case": case.name}

    monkeypatch.setattr(leave_one_out, "measure", measure)
    base = leave_one_out.Base(DIRECTORY, DIRECTORY, tmp_path / "scenes")
    results = leave_one_out.leave_one_out(
        base, cases[:2], cases[2:], tmp_path / "out", leave_one_out.FineTune(steps=1), "1.0", {}
    )
    assert learnt == [["b"], ["a"], ["a", "b"]]
    assert measured == [("a", "without_a"), ("b", "without_b"), ("t", "weights")]
    assert [row["case"] for row in results] == ["a", "b", "t"]
    assert find_weights(tmp_path / "out" / "weights").about["fine_tuned_on"] == ["a", "b"]
