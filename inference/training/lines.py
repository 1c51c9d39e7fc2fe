"""Training of the labelling network. It is so small that making a sample costs more than a step: a batch is
drawn from the samples made so far, with other contrast and noise in each use, and a step makes one new sample
until there are enough, then every second step; later ones take the place of earlier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.levels import soft_targets
from inference.training.samples import IGNORED

BATCH = 6
POOL = 900
_SOFT = torch.from_numpy(soft_targets())

Draw = Callable[[np.random.Generator], dict[str, Any]]


def line_loss(network: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Weighted cross-entropy of the centres and cross-entropy of the levels, over the slices seen."""
    centre, levels = network(batch["x"])
    seen, target = batch["seen"], batch["centre"]
    each = F.binary_cross_entropy_with_logits(centre, target, reduction="none") * (1 + 4 * target)
    loss = each[seen].mean() * 2
    parts = {"centre": float(loss.detach())}
    known = batch["levels"] != IGNORED
    if bool(known.any()):
        classes = batch["levels"][known].long()
        scores = F.log_softmax(levels.permute(0, 2, 1)[known], dim=1)
        named = -(_SOFT.to(scores.device)[classes] * scores).sum(dim=1).mean()
        loss = loss + named
        parts["level"] = float(named.detach())
        parts["right"] = float((scores.argmax(dim=1) == classes).float().mean())
    return loss, parts


def _varied(sample: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Other contrast, offset and noise in every use of a sample."""
    x = sample["x"]
    noise = rng.standard_normal(x.shape, dtype=np.float32) * np.float32(0.06 * rng.random())
    varied = x * np.float32(1 + 0.15 * rng.normal()) + np.float32(0.08 * rng.normal()) + noise
    return sample | {"x": np.clip(varied, -1, 3).astype(np.float32)}


def pooled(make: Draw, size: int = POOL, batch: int = BATCH) -> Draw:
    """Draws from a pool of samples that grows by what `make` gives. After a stop the pool begins anew."""
    pool: list[dict[str, Any]] = []
    drawn = 0

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        nonlocal drawn
        if drawn % (batch if len(pool) < size else 2 * batch) == 0:
            made = make(rng)
            if len(pool) < size:
                pool.append(made)
            else:
                pool[int(rng.integers(size))] = made
        drawn += 1
        return _varied(pool[int(rng.integers(len(pool)))], rng)

    return draw
