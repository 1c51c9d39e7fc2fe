"""Training of the labelling network. It is so small that making a sample costs more than a step: every
step makes one new sample and learns from a batch of those made so far, mirrored and with other noise;
later ones take the place of earlier."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.levels import soft_targets
from inference.networks.labeller import Labeller
from inference.training.loop import State, TrainConfig, collate, learning_rate
from inference.training.randomise import Example
from inference.training.samples import IGNORED, Arrays, line_sample

BATCH = 6
_SOFT = torch.from_numpy(soft_targets())


def line_loss(network: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Weighted cross-entropy of the centres and cross-entropy of the levels, over the slices seen."""
    centre, levels = network(batch["x"])
    seen, target = batch["seen"], batch["centre"]
    each = F.binary_cross_entropy_with_logits(centre, target, reduction="none") * (1 + 4 * target)
    heat = each[seen].mean() * 2
    known = batch["levels"] != IGNORED
    classes = batch["levels"][known].long()
    scores = F.log_softmax(levels.permute(0, 2, 1)[known], dim=1)
    named = -(_SOFT[classes] * scores).sum(dim=1).mean()
    right = float((scores.argmax(dim=1) == classes).float().mean())
    return heat + named, {"centre": float(heat.detach()), "level": float(named.detach()), "right": right}


def _vary(batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Other contrast, offset and noise in every use of a sample."""
    n = batch["x"].shape[0]
    gain = 1 + 0.15 * torch.randn(n, 1, 1, 1, generator=generator)
    shift = 0.08 * torch.randn(n, 1, 1, 1, generator=generator)
    noise = torch.randn(batch["x"].shape, generator=generator) * (
        0.06 * torch.rand(n, 1, 1, 1, generator=generator)
    )
    return batch | {"x": (batch["x"] * gain + shift + noise).clamp(-1, 3)}


def train_lines(
    scenes: Path,
    config: TrainConfig,
    checkpoint: Path,
    *,
    pool_size: int = 900,
    batch_size: int = BATCH,
    say: Callable[[str], None] = lambda _: None,
) -> State:
    """Train the labeller and write its checkpoint."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    network = Labeller()
    averaged = Labeller()
    averaged.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    state = State(network, averaged, optimiser)
    rng, pool = np.random.default_rng(config.seed), list[Arrays]()
    if checkpoint.exists():
        state.load(checkpoint)
        say(f"going on from step {state.step}")
    files = sorted((scenes / "wide").glob("s*[0-9].npz"))
    if not files:
        raise FileNotFoundError(f"no scenes in {scenes / 'wide'}")
    began, recent = time.monotonic() - state.seconds, list[dict[str, float]]()
    while state.step < config.steps:
        if len(pool) < pool_size or state.step % 2 == 0:
            made = line_sample(Example.load(files[int(rng.integers(len(files)))]), rng)
            if made is not None and len(pool) < pool_size:
                pool.append(made)
            elif made is not None:
                pool[int(rng.integers(pool_size))] = made
        if len(pool) < batch_size:
            continue
        batch = _vary(collate(pool[int(k)] for k in rng.integers(0, len(pool), batch_size)), generator)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(config, state.step)
        loss, parts = line_loss(network, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimiser.step()
        state.step += 1
        keep = min(config.average, 1 - 1 / (state.step + 1))
        with torch.no_grad():
            for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
                mean.lerp_(now, 1 - keep)
        recent.append(parts)
        state.seconds = time.monotonic() - began
        if state.step % 100 == 0:
            means = {key: round(float(np.mean([r[key] for r in recent])), 3) for key in parts}
            say(json.dumps({"step": state.step, "seconds": round(state.seconds), "pool": len(pool), **means}))
            state.save(checkpoint, config)
            recent = []
    state.save(checkpoint, config)
    return state
