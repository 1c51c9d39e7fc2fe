"""Leave-one-out on labelled CTs: each is measured with weights that were fine-tuned on all the others.

The localising and labelling networks have seen no labelled CT and are the same in every fold. The last
training, on all cases, makes the weights that ship; only cases for testing alone are measured with it here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from inference.cases import CaseFiles
from inference.engine import SpineEngine
from inference.evaluation import evaluate_case
from inference.loading import export_weights
from inference.training.loop import TrainConfig, mixture, scene_source, train
from inference.training.real import real_source
from inference.training.scenes import SHAPES
from inference.training.start import initial_weights
from inference.training.tasks import TASKS
from inference.weights import find_weights


@dataclass(frozen=True)
class FineTune:
    """How the base weights are fine-tuned; the same in all folds."""

    steps: int = 540
    seed: int = 1
    learning_rate: float = 1e-3
    case_share: float = 0.5
    shape_share: float = 0.0
    average: float = 0.98
    lift: float = 0.0


@dataclass(frozen=True)
class Base:
    """Where the folds start: the segmentation network (a checkpoint, or a folder of weights), the folder of
    weights with the other two networks, and the synthetic scenes. No case may have been seen by them."""

    segment: Path
    weights: Path
    scenes: Path


def read_cases(path: Path) -> list[CaseFiles]:
    """Cases from a JSON list of `{"name", "ct", "mask"}`; paths are relative to the list's folder."""
    rows = json.loads(path.read_text())
    return [CaseFiles(row["name"], path.parent / row["ct"], path.parent / row["mask"]) for row in rows]


def fine_tune(
    base: Base, cases: Sequence[CaseFiles], config: FineTune, checkpoint: Path, say: Callable[[str], None]
) -> Path:
    """Go on from the base weights with synthetic scenes, painted shapes and the cases in turn."""
    task = TASKS["segment"]
    sources = [
        (1 - config.shape_share - (config.case_share if cases else 0), scene_source(task, base.scenes))
    ]
    if config.shape_share:
        sources.append((config.shape_share, scene_source(replace(task, kind=SHAPES), base.scenes)))
    if cases:
        sources.append((config.case_share, real_source("segment", cases)))
    settings = TrainConfig(
        "segment",
        config.steps,
        seed=config.seed,
        learning_rate=config.learning_rate,
        average=config.average,
    )
    initial = initial_weights(base.segment, "segment")
    train(task, settings, mixture(sources), checkpoint, initial=initial, say=say)
    return checkpoint


def _export(
    base: Base, segment: Path, directory: Path, version: str, about: dict[str, Any], lift: float
) -> SpineEngine:
    export_weights({"segment": segment}, directory, version, about, base.weights, lift)
    return SpineEngine(find_weights(directory))


def leave_one_out(
    base: Base,
    cases: Sequence[CaseFiles],
    test_only: Sequence[CaseFiles],
    directory: Path,
    config: FineTune,
    version: str,
    about: dict[str, Any],
    say: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Measure each case with weights that never saw it, and write the weights trained on all of them into
    `directory`/weights. Cases for testing only are measured with those, since no weights saw them."""
    directory.mkdir(parents=True, exist_ok=True)
    results = []
    stated = {**about, "fine_tune": asdict(config)}
    for held_out in cases:
        others = [case for case in cases if case is not held_out]
        say(f"without {held_out.name}")
        checkpoint = fine_tune(base, others, config, directory / f"without_{held_out.name}.pt", say)
        folder = directory / f"without_{held_out.name}"
        engine = _export(base, checkpoint, folder, version, stated, config.lift)
        results.append(measure(held_out, engine))
    say("all cases")
    checkpoint = fine_tune(base, cases, config, directory / "all.pt", say)
    trained_on = {"fine_tuned_on": [case.name for case in cases]}
    engine = _export(base, checkpoint, directory / "weights", version, stated | trained_on, config.lift)
    return results + [measure(case, engine) for case in test_only]


def measure(case: CaseFiles, engine: SpineEngine) -> dict[str, Any]:
    """The engine's result on one case."""
    volume, mask = case.load()
    return evaluate_case(volume, mask, name=case.name, engine=engine, cut_too=True)
