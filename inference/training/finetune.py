"""Fine-tuning the segmentation network on accepted masks, and measuring versions of it on the same cases.

The site finds this module by its dotted path (`backend.science.training_api` says what it is asked). Only the
segmentation network learns: the other two are copied. Synthetic scenes are mixed in, so that what it could do
before is not forgotten.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import nn

from backend.science.engine_api import Cancelled, EngineRequest
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, read_volume
from backend.science.geometry import to_canonical
from backend.science.labels import sort_labels
from backend.science.training_api import DiceRow, FineTuning, LabelledCase, TrainingPoint
from inference.adapters.onnx import MODEL_FILE, OnnxEngine
from inference.cases import CaseFiles
from inference.engine import SpineEngine
from inference.evaluation import dice
from inference.loading import load_network
from inference.networks.spine import PatchSegmenter
from inference.patches import AIR_HU, PATCH_SHAPE, PATCH_SPACING_MM, Float32, cut, patch_origin
from inference.sampling import IsoGrid, cubic, make_isotropic
from inference.stages.segment import network_input
from inference.training.loop import (
    Draw,
    State,
    TrainConfig,
    collate,
    mixture,
    scene_source,
    start,
    train_step,
)
from inference.training.real import body_centres, real_source
from inference.training.scenes import make_scenes
from inference.training.tasks import TASKS, Task
from inference.weights import DIRECTORY, MANIFEST, file_digest, find_weights

NETWORK = "segment"
MOST_VALIDATION_PATCHES = 24
MOST_SCENES = 32
POINT_EVERY = 5  # steps


@dataclass(frozen=True)
class ValidationPatch:
    """One vertebra as the network is shown it, and what it should answer."""

    key: str
    label: int
    x: Float32
    target: npt.NDArray[np.bool_]


def fine_tune(
    asked: FineTuning,
    tell: Callable[[TrainingPoint], None],
    cancelled: Callable[[], bool],
    enough: Callable[[], bool],
) -> dict[str, Any]:
    """Train on from `asked.start` and write the new weights to `asked.result`.

    Once `enough` is true the steps end, and the weights are the average of those taken.
    Returns what should be kept of it: Dice on the validation patches before and after, steps, seconds.
    Raises `Cancelled`, and `BadInput` where no case holds a whole vertebra.
    """
    base = find_weights(asked.start or DIRECTORY)
    file = base.files[NETWORK]
    task = replace(TASKS[NETWORK], build=lambda: PatchSegmenter(file.channels))
    config = TrainConfig(
        NETWORK, asked.steps, seed=asked.seed, learning_rate=asked.learning_rate, threads=asked.threads
    )
    torch.set_num_threads(asked.threads)
    asked.work_dir.mkdir(parents=True, exist_ok=True)
    draw = _draw(asked, task)
    patches = validation_patches(asked.validation)
    network = load_network(file, "cpu")
    before = patch_dice(network, patches)
    state = start(task, config, network.state_dict())
    checkpoint = asked.work_dir / "checkpoint.pt"
    if checkpoint.exists():
        state.load(checkpoint)
    tell(TrainingPoint(state.step, asked.steps, validation=_mean(before)))
    _steps(asked, _Work(task, config, draw, patches, checkpoint, enough), state, tell, cancelled)
    after = patch_dice(state.averaged, patches)
    _write(asked, state)
    return {
        "network": NETWORK,
        "steps": state.step,
        "seconds": round(state.seconds, 1),
        "cases": len(asked.cases),
        "validation_before": _mean(before),
        "validation_after": _mean(after),
        "validation": [
            {"case": row.key, "label": row.label, "before": round(old.dice, 4), "dice": round(row.dice, 4)}
            for old, row in zip(before, after, strict=True)
        ],
    }


@dataclass(frozen=True)
class _Work:
    task: Task
    config: TrainConfig
    draw: Draw
    patches: list[ValidationPatch]
    checkpoint: Path
    enough: Callable[[], bool]


def _draw(asked: FineTuning, task: Task) -> Draw:
    """Accepted cases and synthetic scenes by their shares. The scenes are made on the spot: 1 s each."""
    try:
        real = real_source(NETWORK, [CaseFiles(case.key, case.ct, case.mask) for case in asked.cases])
    except ValueError as error:
        raise BadInput("no_vertebra", str(error)) from error
    if asked.synthetic_share <= 0:
        return real
    wanted = math.ceil(asked.synthetic_share * asked.steps * task.batch_size / 8)
    scenes = asked.work_dir / "scenes"
    make_scenes(scenes, task.kind, asked.seed, 0, min(MOST_SCENES, max(2, wanted)))
    share = asked.synthetic_share
    return mixture([(1 - share, real), (share, scene_source(task, scenes))])


def _steps(
    asked: FineTuning,
    work: _Work,
    state: State,
    tell: Callable[[TrainingPoint], None],
    cancelled: Callable[[], bool],
) -> None:
    began, saved = time.monotonic() - state.seconds, time.monotonic()
    recent: list[dict[str, float]] = []
    ended = state.step >= asked.steps
    while not ended:
        if cancelled():
            raise Cancelled
        rng = np.random.default_rng([asked.seed, state.step])
        batch = collate(work.draw(rng) for _ in range(work.task.batch_size))
        recent.append(train_step(state, work.task, work.config, batch))
        state.seconds = time.monotonic() - began
        ended = state.step >= asked.steps or work.enough()
        measured = state.step % asked.validate_every == 0 or ended
        if measured or state.step % POINT_EVERY == 0:
            validation = _mean(patch_dice(state.averaged, work.patches)) if measured else None
            tell(
                TrainingPoint(
                    state.step,
                    asked.steps,
                    loss=round(float(np.mean([r["loss"] for r in recent])), 4),
                    dice=round(float(np.mean([r["dice"] for r in recent])), 4),
                    validation=validation,
                )
            )
            recent = []
        if time.monotonic() - saved > work.config.save_every_s:
            state.save(work.checkpoint, work.config)
            saved = time.monotonic()


def validation_patches(cases: Sequence[LabelledCase]) -> list[ValidationPatch]:
    """Every whole vertebra of the cases, thinned evenly where there are many."""
    found = []
    for case in cases:
        volume, mask = to_canonical(read_volume(case.ct)), to_canonical(read_mask(case.mask))
        grid = IsoGrid(volume.geometry, PATCH_SPACING_MM)
        image = make_isotropic(volume.array, grid, cubic)
        for label, place in body_centres(mask).items():
            centre = grid.from_source(place)
            origin = patch_origin(centre)
            share = make_isotropic((mask.array == label).astype(np.uint8), grid)
            target = cut(share, origin, PATCH_SHAPE, 0) > 0.5
            hu = cut(image, origin, PATCH_SHAPE, AIR_HU)
            found.append(ValidationPatch(case.key, label, network_input(hu, centre - origin), target))
    every = max(1, math.ceil(len(found) / MOST_VALIDATION_PATCHES))
    return found[::every]


def patch_dice(network: nn.Module, patches: Sequence[ValidationPatch]) -> list[DiceRow]:
    """Dice of the network on each patch, at one half."""
    network.eval()
    rows = []
    with torch.inference_mode():
        for patch in patches:
            inside = (network(torch.from_numpy(patch.x[None]))[0, 0] > 0).numpy()
            rows.append(DiceRow(patch.key, patch.label, dice(inside, patch.target)))
    network.train()
    return rows


def _mean(rows: Sequence[DiceRow]) -> float | None:
    return round(float(np.mean([row.dice for row in rows])), 4) if rows else None


def _write(asked: FineTuning, state: State) -> None:
    """The new weights as a folder like the one that ships: two networks copied, one new."""
    source = asked.start or DIRECTORY
    manifest = json.loads((source / MANIFEST).read_text())
    if asked.result.exists():
        shutil.rmtree(asked.result)
    asked.result.mkdir(parents=True)
    for name, entry in manifest["networks"].items():
        if name != NETWORK:
            shutil.copyfile(source / entry["file"], asked.result / entry["file"])
    entry = manifest["networks"][NETWORK]
    path = asked.result / entry["file"]
    weights = {key: value.half().contiguous() for key, value in state.averaged.state_dict().items()}
    save_file(weights, path)
    entry |= {"sha256": file_digest(path), "steps": state.step, "minutes": round(state.seconds / 60, 1)}
    about = {"version": asked.version, "base_version": manifest["version"], **asked.about}
    text = json.dumps(manifest | about, indent=2) + "\n"
    (asked.result / MANIFEST).write_text(text)
    find_weights(asked.result)


def measure(
    weights: Path | None, cases: tuple[LabelledCase, ...], cancelled: Callable[[], bool]
) -> list[DiceRow]:
    """Dice of a version on every whole vertebra of the cases, on the grid of the CT.

    A version of the built-in engine is given the reference's body centres, so that its segmentation is
    measured and not the naming; a network in ONNX runs as it is.
    """
    engine: SpineEngine | OnnxEngine
    if weights is not None and (weights / MODEL_FILE).exists():
        engine = OnnxEngine(weights)
    else:
        engine = SpineEngine(find_weights(weights or DIRECTORY))
    rows = []
    for case in cases:
        volume, mask = read_volume(case.ct), read_mask(case.mask)
        canonical = to_canonical(mask)
        centres = {
            label: tuple(canonical.geometry.voxel_to_ras_mm(place))
            for label, place in body_centres(canonical).items()
        }
        if not centres:
            continue
        options = {} if isinstance(engine, OnnxEngine) else {"centroids_ras_mm": centres}
        with TemporaryDirectory() as scratch:
            request = EngineRequest(volume, Path(scratch), options=options)
            result = engine.run(request, lambda _: None, cancelled)
        for label in sort_labels(centres):
            value = dice(result.mask.array == label, mask.array == label)
            rows.append(DiceRow(case.key, label, value))
    return rows
