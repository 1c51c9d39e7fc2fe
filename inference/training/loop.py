"""The training loop of all three networks: resumable, one thread, weights averaged over steps."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.science.engine_api import Cancelled
from inference.devices import CPU, torch_device, turn_on
from inference.training.randomise import Example
from inference.training.tasks import Batch, Task

_TRIES = 50  # scenes in a row that may show nothing to learn
Draw = Callable[[np.random.Generator], dict[str, Any]]


@dataclass(frozen=True)
class TrainConfig:
    """A training: with the same scenes, the same configuration gives the same weights."""

    task: str
    steps: int
    seed: int = 0
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    clip: float = 5.0
    average: float = 0.995
    warm_up: float = 0.03
    threads: int = 1
    save_every_s: float = 120.0
    mixed_precision: bool = True


@dataclass
class State:
    """All that is needed to go on where a training stopped."""

    network: nn.Module
    averaged: nn.Module
    optimiser: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    device: str = CPU
    notes: list[str] = field(default_factory=list)

    def move(self, device: str) -> None:
        """Go on with another device."""
        there = torch_device(device)
        self.network.to(there)
        self.averaged.to(there)
        for kept in self.optimiser.state.values():
            kept |= {key: x.to(there) for key, x in kept.items() if key != "step" and torch.is_tensor(x)}
        self.device = device

    def save(self, path: Path, config: TrainConfig) -> None:
        """Write the checkpoint; it appears whole or not at all."""
        partial = path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "config": asdict(config),
            },
            partial,
        )
        partial.rename(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        kept = torch.load(path, weights_only=True, map_location=torch_device(self.device))
        self.network.load_state_dict(kept["network"])
        self.averaged.load_state_dict(kept["averaged"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step, self.seconds = int(kept["step"]), float(kept["seconds"])


def start(
    task: Task, config: TrainConfig, initial: dict[str, Tensor] | None = None, device: str = CPU
) -> State:
    """A new training, from random or given weights."""
    torch.manual_seed(config.seed)
    network = task.build()
    if initial is not None:
        network.load_state_dict(initial)
    network.to(torch_device(device))
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    return State(network, copy.deepcopy(network), optimiser, device=device)


def scene_source(task: Task, directory: Path) -> Draw:
    """Draws from the scenes in a directory; new ones are noticed while training goes on."""
    files: list[Path] = []
    drawn = 0

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        nonlocal files, drawn
        if drawn % 100 == 0:
            files = sorted((directory / task.kind).glob("s*[0-9].npz"))
        drawn += 1
        if not files:
            raise FileNotFoundError(f"no scenes in {directory / task.kind}")
        for _ in range(_TRIES):
            sample = task.sample(Example.load(files[int(rng.integers(len(files)))]), rng)
            if sample is not None:
                return sample
        raise ValueError(f"none of {_TRIES} scenes shows anything that {task.name} could learn from")

    return draw


def mixture(sources: list[tuple[float, Draw]]) -> Draw:
    """Draws from several sources by their shares."""
    shares = np.array([share for share, _ in sources])

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return sources[int(rng.choice(len(sources), p=shares / shares.sum()))][1](rng)

    return draw


def collate(samples: Iterable[dict[str, Any]]) -> Batch:
    """Stack samples into tensors."""
    listed = list(samples)
    return {key: torch.from_numpy(np.stack([s[key] for s in listed])) for key in listed[0]}


def learning_rate(config: TrainConfig, step: int) -> float:
    """Warm-up, then cosine to a hundredth."""
    done = step / config.steps
    warm = min(1.0, done / config.warm_up + 0.05)
    return config.learning_rate * warm * (0.495 * (1 + math.cos(math.pi * min(1.0, done))) + 0.01)


def train_step(state: State, task: Task, config: TrainConfig, batch: Batch) -> dict[str, float]:
    """One step of the optimiser and of the average."""
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate(config, state.step)
    device = torch_device(state.device)
    batch = {key: x.to(device) for key, x in batch.items()}
    mixed = config.mixed_precision and task.mixed_precision
    with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
        loss, parts = task.loss(state.network, batch)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), config.clip)
    state.optimiser.step()
    state.step += 1
    keep = min(config.average, 1 - 1 / (state.step + 1))
    with torch.no_grad():
        for mean, now in zip(state.averaged.parameters(), state.network.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)
    return {"loss": float(loss.detach()), **parts}


def means_of(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean of each part over some steps, those left out in which it was not known."""
    names = dict.fromkeys(name for row in parts for name in row)
    return {name: round(float(np.mean([row[name] for row in parts if name in row])), 4) for name in names}


def run(
    state: State,
    task: Task,
    config: TrainConfig,
    draw: Draw,
    checkpoint: Path,
    *,
    after: Callable[[dict[str, float]], bool],
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Take steps until the last one, or until `after`, which is told the parts of each step, says that it is
    enough. The checkpoint is written on the way and at the end.

    A card is used in turns with other processes: held while a step is taken, free while its samples are
    drawn. Where its memory is too small the processor goes on, with a note in the state. Raises `Cancelled`.
    """
    began, saved = time.monotonic() - state.seconds, time.monotonic()
    ended = state.step >= config.steps
    while not ended:
        if cancelled():
            raise Cancelled
        # The stream of a step follows from its number, so that a stop changes nothing.
        rng = np.random.default_rng([config.seed, state.step])
        batch = collate(draw(rng) for _ in range(task.batch_size))
        parts = _step(state, task, config, batch, cancelled)
        state.seconds = time.monotonic() - began
        ended = after(parts) or state.step >= config.steps
        if time.monotonic() - saved > config.save_every_s:
            state.save(checkpoint, config)
            saved = time.monotonic()
    state.save(checkpoint, config)


def _step(
    state: State, task: Task, config: TrainConfig, batch: Batch, cancelled: Callable[[], bool]
) -> dict[str, float]:
    """One step, on the processor where the card's memory is too small for it."""
    try:
        with turn_on(state.device, cancelled):
            return train_step(state, task, config, batch)
    except torch.cuda.OutOfMemoryError:
        if state.device == CPU:
            raise
        state.notes.append(
            f"The memory of {state.device} was too small for a step: from step {state.step + 1} on the "
            "processor went on."
        )
        state.move(CPU)
        return train_step(state, task, config, batch)


def train(
    task: Task,
    config: TrainConfig,
    draw: Draw,
    checkpoint: Path,
    *,
    initial: dict[str, Tensor] | None = None,
    say: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> State:
    """Train to the configured number of steps, going on from `checkpoint` where there is one."""
    torch.set_num_threads(config.threads)
    state = start(task, config, initial)
    if checkpoint.exists():
        state.load(checkpoint)
        say(f"going on from step {state.step}")
    recent: list[dict[str, float]] = []

    def after(parts: dict[str, float]) -> bool:
        recent.append(parts)
        if state.step % 50 == 0:
            say(json.dumps({"step": state.step, "seconds": round(state.seconds), **means_of(recent)}))
            recent.clear()
        return stop()

    run(state, task, config, draw, checkpoint, after=after)
    return state
