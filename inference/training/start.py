"""Weights to go on from: a training's checkpoint, or a folder of weights as they ship."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from inference.loading import load_network
from inference.weights import find_weights


def initial_weights(path: Path, network: str) -> dict[str, Tensor]:
    """The averaged weights of a checkpoint, or a network's of a folder with a manifest.

    Raises `EngineUnavailable` where the folder's are missing or damaged.
    """
    if path.is_dir():
        return load_network(find_weights(path).files[network], "cpu").state_dict()
    averaged: dict[str, Tensor] = torch.load(path, weights_only=True)["averaged"]
    return averaged
