"""What each network is taught by a project's cases, and how it is judged: one lesson for each of the three.

A lesson draws samples from the cases, mixed with synthetic scenes so that nothing is forgotten and, for the
finding network, with images that hold no spine. It measures a network on held-out cases, and on a few
scenes of its own, which no training sees: there it must have lost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from backend.science.errors import BadInput
from backend.science.training_api import DiceRow, FineTuning, LabelledCase
from backend.science.volume import VolumeGeometry
from inference.cases import CaseFiles
from inference.patches import AIR_HU, PATCH_SHAPE, WIDE_SPACING_MM, cut, patch_origin
from inference.runtime import Runtime
from inference.sampling import IsoGrid
from inference.stages.segment import network_input
from inference.training.appearance import recolour, scan
from inference.training.fields import Field, field_sample
from inference.training.held_out import (
    ValidationPatch,
    count_all,
    held_loss,
    mean_dice,
    patch_dice,
    validation_patches,
)
from inference.training.lines import pooled
from inference.training.loop import Draw, mixture, scene_source
from inference.training.nothing import nothing_sample
from inference.training.randomise import Example
from inference.training.real import real_source
from inference.training.scenes import make_scenes, scene_path
from inference.training.tasks import TASKS, Task
from inference.training.wide_cases import WideCase, case_field, case_lines, load_wide

MOST_SCENES = 32
MOST_HELD_FIELDS = 6  # whole CTs that are measured each time
GUARD_SCENES = 2
_GUARD_SEED = 977  # no training draws from these
_NOTHING_SHARE = 0.1
_HELD_SAMPLES = {"localise": 4, "label": 8}
_FIELDS_AT_HAND = 24
# On two scenes so much of the score may come and go; more is something forgotten.
FORGOTTEN = 0.05


@dataclass(frozen=True)
class Measured:
    """How a network did. `score` is what counts, 0 to 1; None where nothing is held out. Where two are the
    same the lower loss is the better one. `guard` is the score on scenes."""

    score: float | None
    loss: float | None = None
    guard: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[DiceRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is kept of a training."""
        return {"score": self.score, "loss": self.loss, "scenes": self.guard, **self.figures}


def verdict(before: Measured, after: Measured) -> tuple[bool, str]:
    """Whether a taught network is kept, and why not."""
    if after.score is None or before.score is None:
        return False, "No patient was held out, so that nothing shows whether it is better."
    if before.guard is not None and after.guard is not None and after.guard < before.guard - FORGOTTEN:
        return False, "It does worse on synthetic scenes: it has forgotten something that it could do."
    if after.score < before.score:
        return False, "It does worse on the held-out cases than the weights it started from."
    if after.score > before.score:
        return True, ""
    if before.loss is not None and after.loss is not None and after.loss < before.loss:
        return True, ""
    return False, "It does no better on the held-out cases than the weights it started from."


@dataclass(frozen=True)
class Lesson:
    """One network's samples and its measure. `measure` takes a network, and whether the scenes are asked
    for."""

    network: str
    task: Task
    draw: Draw
    measure: Callable[[nn.Module, bool], Measured]


@dataclass
class Ground:
    """What the lessons of one training share: its cases, read once, and the weights they start from."""

    asked: FineTuning
    networks: dict[str, nn.Module]
    runtime: Runtime
    more: tuple[LabelledCase, ...] = ()  # that the engine drew by itself
    _wide: dict[str, list[WideCase]] = field(default_factory=dict)

    @property
    def cases(self) -> tuple[LabelledCase, ...]:
        """All to learn from."""
        return (*self.asked.cases, *self.more)

    def wide(self, part: str) -> list[WideCase]:
        """The cases to learn from (`train`) or to measure on (`held`), at 3 mm."""
        if part not in self._wide:
            chosen = self.cases if part == "train" else self.asked.validation[:MOST_HELD_FIELDS]
            self._wide[part] = load_wide(files_of(chosen))
        return self._wide[part]

    def scenes(self, task: Task) -> Path | None:
        """A folder with synthetic scenes for a network, made on the spot; None where none are wanted."""
        share = self.asked.synthetic_share
        if share <= 0:
            return None
        wanted = math.ceil(share * self.asked.steps * task.batch_size / 8)
        folder = self.asked.work_dir / "scenes"
        make_scenes(folder, task.kind, self.asked.seed, 0, min(MOST_SCENES, max(2, wanted)))
        return folder

    def guard(self, kind: str) -> list[Example]:
        """Scenes that no training sees."""
        if self.asked.synthetic_share <= 0:
            return []
        folder = self.asked.work_dir / "guard"
        make_scenes(folder, kind, _GUARD_SEED, 0, GUARD_SCENES)
        return [Example.load(scene_path(folder, kind, _GUARD_SEED, k)) for k in range(GUARD_SCENES)]

    def guard_fields(self) -> list[WideCase]:
        """The same as cases at 3 mm."""
        return [scene_case(f"scene {k}", example, k) for k, example in enumerate(self.guard("wide"))]


def files_of(cases: Sequence[LabelledCase]) -> list[CaseFiles]:
    """The cases as the readers of this package take them."""
    return [CaseFiles(case.key, case.ct, case.mask) for case in cases]


def _mixed(ground: Ground, task: Task, own: Draw, extra: Sequence[tuple[float, Draw]] = ()) -> Draw:
    folder, share = ground.scenes(task), ground.asked.synthetic_share
    taken = sum(part for part, _ in extra)
    if folder is None:
        return mixture([(1 - taken, own), *extra])
    rest = max(0.0, 1 - share - taken)
    return mixture([(rest, own), (share, scene_source(task, folder)), *extra])


def scene_case(name: str, example: Example, number: int) -> WideCase:
    """A wide scene, in a scanner of its own, as a labelled case."""
    rng = np.random.default_rng([_GUARD_SEED, number])
    hu = scan(recolour(example.hu, example.owner, example.tissue, rng), WIDE_SPACING_MM, rng)
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    away = np.minimum(example.centres - 4, np.array(shape) - 5 - example.centres)
    inside = (away.min(axis=1) > 0).tolist()
    centres = {
        int(label): centre
        for label, centre, seen in zip(example.labels, example.centres, inside, strict=True)
        if seen and label != 26
    }
    grid = IsoGrid(VolumeGeometry(shape, np.diag([WIDE_SPACING_MM] * 3 + [1.0])), WIDE_SPACING_MM)
    body = (example.is_body > 0) & (example.owner != 26)
    return WideCase(name, hu, example.owner, body, centres, (0, shape[2] - 1), grid)


def finding_lesson(ground: Ground) -> Lesson:
    """The network that finds vertebrae."""
    task = TASKS["localise"]
    cases = ground.wide("train")
    if not cases:
        raise BadInput("no_vertebra", "no case holds a whole vertebra to learn finding from")
    kept = ground.asked.work_dir / "fields"
    kept.mkdir(parents=True, exist_ok=True)
    localiser = ground.networks["localise"]
    files = []
    for number, case in enumerate(cases):
        path = kept / f"{number}.npz"
        if not path.exists():
            ground.runtime.check(0.0)
            case_field(case, localiser, ground.runtime).save(path)
        files.append(path)
    load = lru_cache(_FIELDS_AT_HAND)(Field.load)

    def own(rng: np.random.Generator) -> dict[str, Any]:
        return field_sample(load(files[int(rng.integers(len(files)))]), rng)

    held = [case_field(case, localiser, ground.runtime) for case in ground.wide("held")]
    samples = [
        field_sample(one, np.random.default_rng([k, n]))
        for n, one in enumerate(held)
        for k in range(_HELD_SAMPLES["localise"])
    ]

    def measure(network: nn.Module, with_scenes: bool) -> Measured:
        network.eval()
        device = ground.runtime.current
        total = count_all(ground.wide("held"), network, ground.networks["label"], ground.runtime)
        seen = ground.guard_fields() if with_scenes else []
        guard = count_all(seen, network, ground.networks["label"], ground.runtime)
        loss = held_loss(network, task, samples, device)
        return Measured(
            score=round(total.finding, 4) if held else None,
            loss=None if loss is None else round(loss, 4),
            guard=round(guard.finding, 4) if seen else None,
            figures=total.to_json() if held else {},
        )

    extra = [(_NOTHING_SHARE, nothing_sample)] if ground.asked.synthetic_share > 0 else []
    return Lesson("localise", task, _mixed(ground, task, own, extra), measure)


def naming_lesson(ground: Ground) -> Lesson:
    """The network that names vertebrae."""
    task = TASKS["label"]
    try:
        own = case_lines(ground.wide("train"))
    except ValueError as error:
        raise BadInput("no_vertebra", str(error)) from error
    samples = []
    try:
        lines = case_lines(ground.wide("held"))
        samples = [lines(np.random.default_rng(k)) for k in range(_HELD_SAMPLES["label"])]
    except ValueError:
        pass  # a single vertebra in each held-out case: names are measured all the same

    def measure(network: nn.Module, with_scenes: bool) -> Measured:
        network.eval()
        held = ground.wide("held")
        total = count_all(held, ground.networks["localise"], network, ground.runtime)
        seen = ground.guard_fields() if with_scenes else []
        guard = count_all(seen, ground.networks["localise"], network, ground.runtime)
        loss = held_loss(network, task, samples, ground.runtime.current)
        return Measured(
            score=round(total.naming, 4) if held else None,
            loss=None if loss is None else round(loss, 4),
            guard=round(guard.naming, 4) if seen else None,
            figures=total.to_json() if held else {},
        )

    return Lesson("label", task, pooled(_mixed(ground, task, own)), measure)


def _scene_patches(examples: Sequence[Example]) -> list[ValidationPatch]:
    """The middle vertebra of each patch scene."""
    out = []
    for number, example in enumerate(examples):
        shape = np.array(example.hu.shape)
        chosen = int(np.abs(example.centres - shape / 2).sum(axis=1).argmin())
        origin = patch_origin(example.centres[chosen])
        blocks = (example.hu, AIR_HU), (example.owner, 0), (example.tissue, 0)
        hu, owner, tissue = (cut(array, origin, PATCH_SHAPE, fill) for array, fill in blocks)
        rng = np.random.default_rng([_GUARD_SEED, number])
        x = network_input(recolour(hu, owner, tissue, rng), example.centres[chosen] - origin)
        label = int(example.labels[chosen])
        out.append(ValidationPatch(f"scene {number}", label, x, owner == label))
    return out


def border_lesson(ground: Ground) -> Lesson:
    """The network that draws borders."""
    task = TASKS["segment"]
    try:
        own = real_source("segment", files_of(ground.cases))
    except ValueError as error:
        raise BadInput("no_vertebra", str(error)) from error
    patches = validation_patches(ground.asked.validation)
    guards = _scene_patches(ground.guard("patch"))

    def measure(network: nn.Module, with_scenes: bool) -> Measured:
        rows = patch_dice(network, patches, ground.runtime.current)
        mean = mean_dice(rows)
        scenes = patch_dice(network, guards, ground.runtime.current) if with_scenes else []
        figures = {} if mean is None else {"dice": mean, "vertebrae": len(rows)}
        return Measured(mean, guard=mean_dice(scenes), figures=figures, rows=tuple(rows))

    return Lesson("segment", task, _mixed(ground, task, own), measure)


LESSONS: dict[str, Callable[[Ground], Lesson]] = {
    "localise": finding_lesson,
    "label": naming_lesson,
    "segment": border_lesson,
}
