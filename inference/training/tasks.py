"""What there is to train: for each network its samples, its loss and where its scenes are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.levels import soft_targets
from inference.networks.labeller import Labeller
from inference.networks.spine import Localiser, PatchSegmenter
from inference.training.lines import BATCH, line_loss
from inference.training.nothing import nothing_sample
from inference.training.randomise import Example
from inference.training.samples import IGNORED, Arrays, line_sample, patch_sample, tile_sample

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Task:
    """One network's training. `sample` gives None for a scene that shows nothing to learn, `loss` the loss
    and the parts of it worth printing."""

    name: str
    kind: str
    build: Callable[[], nn.Module]
    sample: Callable[[Example, np.random.Generator], Arrays | None]
    loss: Callable[[nn.Module, Batch], tuple[Tensor, dict[str, float]]]
    batch_size: int
    mixed_precision: bool = True


def soft_dice_loss(probability: Tensor, target: Tensor) -> Tensor:
    """One minus soft Dice, per sample and channel; an empty target counts by how much is predicted."""
    axes = (2, 3, 4)
    overlap = (probability * target).sum(axes)
    return 1 - (2 * overlap + 1) / (probability.sum(axes) + target.sum(axes) + 1)


def patch_loss(network: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Soft Dice plus cross-entropy of the mask."""
    logits = network(batch["x"]).float()
    dice = soft_dice_loss(torch.sigmoid(logits), batch["mask"]).mean()
    entropy = F.binary_cross_entropy_with_logits(logits, batch["mask"])
    return dice + entropy, {"dice": 1 - float(dice.detach())}


_SOFT = torch.from_numpy(soft_targets())


def tile_loss(network: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Dice and cross-entropy of the masks, cross-entropy of the centres and of the levels."""
    maps, levels = network(batch["x"])
    return maps_loss(maps, levels, batch)


def maps_loss(maps: Tensor, levels: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """`tile_loss` of given answers."""
    maps, levels, target = maps.float(), levels.float(), batch["maps"]
    masks = [0, 1, 3]
    dice = soft_dice_loss(torch.sigmoid(maps[:, masks]), target[:, masks]).mean()
    entropy = F.binary_cross_entropy_with_logits(maps[:, masks], target[:, masks])
    heat = F.binary_cross_entropy_with_logits(maps[:, 2], target[:, 2], reduction="none")
    centre = (heat * (1 + 30 * target[:, 2])).mean() * 12
    loss = dice + 2 * entropy + centre
    parts = {"dice": 1 - float(dice.detach()), "centre": float(centre.detach())}
    known = batch["levels"] != IGNORED
    if bool(known.any()):
        classes = batch["levels"][known].long()
        scores = F.log_softmax(levels.permute(0, 2, 3, 4, 1)[known], dim=1)
        named = -(_SOFT.to(scores.device)[classes] * scores).sum(dim=1).mean()
        loss = loss + named
        parts["level"] = float(named.detach())
        parts["right"] = float((scores.argmax(dim=1) == classes).float().mean())
    return loss, parts


_NOTHING_SHARE = 0.15


def _tile_or_nothing(example: Example, rng: np.random.Generator) -> Arrays:
    return nothing_sample(rng) if rng.random() < _NOTHING_SHARE else tile_sample(example, rng)


TASKS: dict[str, Task] = {
    "segment": Task("segment", "patch", PatchSegmenter, patch_sample, patch_loss, 2),
    "localise": Task("localise", "wide", Localiser, _tile_or_nothing, tile_loss, 1),
    "label": Task("label", "wide", Labeller, line_sample, line_loss, BATCH, mixed_precision=False),
}
