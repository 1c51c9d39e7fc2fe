"""Fine-tuning all three networks on a project's accepted masks, and measuring versions on the same cases.

The site finds this module by its dotted path (`backend.science.training_api` says what it is asked). The
networks learn one after the other, each by its lesson (`inference.training.lessons`) in the one loop of all
trainings; one that does no better on the held-out cases than what it started from is dropped. Where any is
kept, how sure the engine is gets fitted anew (`inference.training.recalibrate`). With CTs that nobody has
drawn there is a second round (`inference.training.self_training`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from backend.science.engine_api import Cancelled, EngineRequest
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, read_volume
from backend.science.geometry import to_canonical
from backend.science.labels import sort_labels
from backend.science.training_api import NETWORKS, DiceRow, FineTuning, LabelledCase, TrainingPoint
from inference.adapters.onnx import MODEL_FILE, OnnxEngine
from inference.devices import choose, turn_on
from inference.engine import SpineEngine
from inference.evaluation import dice
from inference.loading import BUILDERS, load_network
from inference.runtime import Runtime, has_fast_bf16
from inference.training.lessons import LESSONS, Ground, Lesson, Measured, files_of, verdict
from inference.training.loop import TrainConfig, means_of, run, start
from inference.training.real import body_centres
from inference.training.recalibrate import chains_at_hand, recalibrate
from inference.training.self_training import label_unlabelled, summary
from inference.weights import DIRECTORY, MANIFEST, WeightSet, file_digest, find_weights

POINT_EVERY = 5  # steps
_UNMEASURED_KEPT = "No patient was held out: it is kept to be compared with the weights in use."


@dataclass
class Outcome:
    """What became of one network."""

    network: str
    kept: bool
    reason: str
    before: Measured
    after: Measured
    steps: int
    seconds: float
    state: dict[str, torch.Tensor] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept of a training."""
        return {
            "network": self.network,
            "better": self.kept,
            "reason": self.reason,
            "steps": self.steps,
            "seconds": self.seconds,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


@dataclass
class Course:
    """A training on its way: where it tells, asks and notes."""

    asked: FineTuning
    tell: Callable[[TrainingPoint], None]
    cancelled: Callable[[], bool]
    enough: Callable[[], bool]
    runtime: Runtime
    round: int = 1
    rounds: int = 1
    outcomes: list[Outcome] = field(default_factory=list)

    def check(self) -> None:
        """Raise `Cancelled` where that is asked for."""
        if self.cancelled():
            raise Cancelled

    def part(self, network: str, step: int) -> float:
        """How far all has come, 0 to 1, at a step of a network."""
        names = wanted(self.asked)
        whole = len(names) * self.rounds
        before = (self.round - 1) * len(names) + names.index(network)
        return (before + step / max(1, self.asked.steps)) / whole

    @property
    def notes(self) -> list[str]:
        """What is to be said of the device."""
        return list(dict.fromkeys(self.runtime.retreat.notes))


def wanted(asked: FineTuning) -> list[str]:
    """The networks that learn, in the order of the pipeline. Raises `BadInput` for one that is not known."""
    unknown = [name for name in asked.networks if name not in NETWORKS]
    if unknown or not asked.networks:
        raise BadInput("unknown_network", f"no network is called {', '.join(unknown) or 'nothing'}")
    return [name for name in NETWORKS if name in asked.networks]


def fine_tune(
    asked: FineTuning,
    tell: Callable[[TrainingPoint], None],
    cancelled: Callable[[], bool],
    enough: Callable[[], bool],
) -> dict[str, Any]:
    """Train on from `asked.start` and write the new weights to `asked.result`.

    Once `enough` is true the steps end, and the weights are the average of those taken. Returns what should
    be kept of it; `better` lists the networks that are better, and where it is empty nothing is written.
    Raises `Cancelled`, and `BadInput` where no case holds a whole vertebra.
    """
    wanted(asked)
    base = find_weights(asked.start or DIRECTORY)
    torch.set_num_threads(asked.threads)
    asked.work_dir.mkdir(parents=True, exist_ok=True)
    chosen = choose(asked.device)
    runtime = Runtime(chosen.device, chosen.device != "cpu" or has_fast_bf16(), cancelled)
    runtime.retreat.notes.extend(chosen.notes)
    course = Course(asked, tell, cancelled, enough, runtime, rounds=2 if asked.unlabelled else 1)
    first = _round(course, base, asked.work_dir, ())
    found: dict[str, Any] | None = None
    if asked.unlabelled and not enough():
        found, first = _second_round(course, base, first)
    course.outcomes = first
    kept = [outcome.network for outcome in first if outcome.kept]
    about = _about(course, found) | {"better": kept, "calibration": None}
    if kept:
        write_weights(asked, base, first)
        about["calibration"] = _calibrated(course)
    return about | {"notes": course.notes}


def _round(course: Course, base: WeightSet, work_dir: Path, more: Sequence[LabelledCase]) -> list[Outcome]:
    """Teach each network that is asked for, the later ones with what became of the earlier."""
    work_dir.mkdir(parents=True, exist_ok=True)
    asked = replace(course.asked, work_dir=work_dir)
    networks = {name: load_network(base.files[name], "cpu") for name in NETWORKS}
    ground = Ground(asked, networks, course.runtime, tuple(more))
    outcomes: list[Outcome] = []
    for name in wanted(asked):
        course.check()
        if outcomes and course.enough():
            continue
        outcome = _teach(course, LESSONS[name](ground), base, networks[name], work_dir)
        if outcome.kept:
            networks[name].load_state_dict(outcome.state)
        outcomes.append(outcome)
    return outcomes


def _teach(course: Course, lesson: Lesson, base: WeightSet, network: nn.Module, work_dir: Path) -> Outcome:
    """One network's training, from the weights it has to the verdict."""
    asked, name, runtime = course.asked, lesson.network, course.runtime
    channels = base.files[name].channels
    task = replace(lesson.task, build=lambda: BUILDERS[name](channels))
    config = TrainConfig(
        name, asked.steps, seed=asked.seed, learning_rate=asked.learning_rate, threads=asked.threads
    )

    def measure(of: nn.Module, *, scenes: bool = False) -> Measured:
        with turn_on(runtime.current, course.cancelled):
            return lesson.measure(of, scenes)

    before = measure(network, scenes=True)
    network.to("cpu")
    state = start(task, config, network.state_dict(), runtime.current)
    checkpoint = work_dir / f"{name}.pt"
    if checkpoint.exists():
        state.load(checkpoint)
    point = TrainingPoint(state.step, asked.steps, network=name, round=course.round)
    course.tell(replace(point, validation=before.score, part=course.part(name, state.step)))
    recent: list[dict[str, float]] = []

    def after(parts: dict[str, float]) -> bool:
        recent.append(parts)
        ended = state.step >= asked.steps or course.enough()
        measured = state.step % asked.validate_every == 0 or ended
        if measured or state.step % POINT_EVERY == 0:
            means = means_of(recent)
            course.tell(
                TrainingPoint(
                    state.step,
                    asked.steps,
                    loss=means["loss"],
                    dice=means.get("dice"),
                    validation=measure(state.averaged).score if measured else None,
                    network=name,
                    round=course.round,
                    part=course.part(name, state.step),
                )
            )
            recent.clear()
        return ended

    run(state, task, config, lesson.draw, checkpoint, after=after, cancelled=course.cancelled)
    if state.notes:
        runtime.retreat.on_processor = True
        runtime.retreat.notes.extend(state.notes)
    taught = measure(state.averaged, scenes=True)
    kept, reason = verdict(before, taught)
    if name == "segment" and taught.score is None:
        # Its borders are compared with those of the weights in use before anybody can promote it.
        kept, reason = True, _UNMEASURED_KEPT
    weights = {key: value.detach().cpu().clone() for key, value in state.averaged.state_dict().items()}
    return Outcome(name, kept, reason, before, taught, state.step, round(state.seconds, 1), weights)


def _second_round(
    course: Course, base: WeightSet, first: list[Outcome]
) -> tuple[dict[str, Any], list[Outcome]]:
    """Draw the CTs that nobody has drawn, and teach again with those that can be relied on.

    The second round starts from the base as the first did, so that both are measured against the same
    weights; where it does no better than the first, the first one's networks stay.
    """
    asked, folder = course.asked, course.asked.work_dir / "drawn"
    sets = [base]
    if any(outcome.kept for outcome in first):
        taught = replace(asked, result=asked.work_dir / "first")
        write_weights(taught, base, first)
        sets.append(find_weights(taught.result))
    device = course.runtime.current
    verdicts = label_unlabelled(
        sets, asked.unlabelled, folder, networks=wanted(asked), device=device, cancelled=course.cancelled
    )
    more = [one.labelled(folder) for one in verdicts if one.kept]
    if not more:
        return summary(verdicts), first
    course.round = 2
    second = _round(course, base, asked.work_dir / "second", more)
    later = {outcome.network: outcome for outcome in second}
    return summary(verdicts), [_better(one, later.get(one.network)) for one in first]


def _better(first: Outcome, second: Outcome | None) -> Outcome:
    if second is None or not second.kept:
        return first
    return second if not first.kept or verdict(first.after, second.after)[0] else first


def _about(course: Course, found: dict[str, Any] | None) -> dict[str, Any]:
    """What is kept of a training. The first keys are of the borders, as trainings of earlier versions have
    them."""
    asked, outcomes = course.asked, course.outcomes
    borders = next((one for one in outcomes if one.network == "segment"), None)
    about: dict[str, Any] = {
        "network": outcomes[0].network if len(outcomes) == 1 else "",
        "steps": sum(one.steps for one in outcomes),
        "seconds": round(sum(one.seconds for one in outcomes), 1),
        "cases": len(asked.cases),
        "networks": [one.to_json() for one in outcomes],
        "self_training": found,
        "device": course.runtime.device,
    }
    if borders is not None:
        about |= {
            "validation_before": borders.before.score,
            "validation_after": borders.after.score,
            "validation": [
                {
                    "case": row.key,
                    "label": row.label,
                    "before": round(old.dice, 4),
                    "dice": round(row.dice, 4),
                }
                for old, row in zip(borders.before.rows, borders.after.rows, strict=True)
            ],
        }
    return about


def _calibrated(course: Course) -> dict[str, Any]:
    asked = course.asked
    chains = chains_at_hand(
        find_weights(asked.result),
        files_of(asked.validation),
        asked.work_dir / "calibration",
        asked.calibration_scenes,
        course.runtime.current,
        course.check,
    )
    return recalibrate(asked.result, chains)


def write_weights(asked: FineTuning, base: WeightSet, outcomes: Sequence[Outcome]) -> None:
    """The new weights as a folder like the one that ships: those that are kept new, the others copied."""
    source = base.files["segment"].path.parent
    manifest = json.loads((source / MANIFEST).read_text())
    if asked.result.exists():
        shutil.rmtree(asked.result)
    asked.result.mkdir(parents=True)
    better = {outcome.network: outcome for outcome in outcomes if outcome.kept}
    for name, entry in manifest["networks"].items():
        path = asked.result / entry["file"]
        if name not in better:
            shutil.copyfile(source / entry["file"], path)
            continue
        outcome = better[name]
        save_file({key: value.half().contiguous() for key, value in outcome.state.items()}, path)
        entry |= {
            "sha256": file_digest(path),
            "steps": outcome.steps,
            "minutes": round(outcome.seconds / 60, 1),
        }
    about = {
        "version": asked.version,
        "base_version": manifest["version"],
        "retrained": list(better),
        **asked.about,
    }
    (asked.result / MANIFEST).write_text(json.dumps(manifest | about, indent=2) + "\n")
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
