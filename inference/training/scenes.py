"""Scenes on disk: made ahead of training and beside it, by a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from inference.training.randomise import Example, patch_scene, wide_scene

KINDS: dict[str, Callable[[np.random.Generator], Example]] = {"patch": patch_scene, "wide": wide_scene}


def scene_path(directory: Path, kind: str, seed: int, number: int) -> Path:
    """Where a scene is kept."""
    return directory / kind / f"s{seed:03d}_{number:05d}.npz"


def make_scenes(directory: Path, kind: str, seed: int, first: int, count: int) -> int:
    """Make scenes `first` to `first + count - 1`; those that are there already are kept. Returns how many
    were made.

    Each scene has its own random stream from (seed, number), so a stop and a restart change nothing.
    """
    made = 0
    (directory / kind).mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        path = scene_path(directory, kind, seed, number)
        if path.exists():
            continue
        KINDS[kind](np.random.default_rng([seed, number, len(kind)])).save(path)
        made += 1
    return made
