"""Scenes on disk: made ahead of training and beside it, by a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from inference.training.randomise import Example, patch_scene, steep_scene, wide_scene
from inference.training.shapes import read_shapes, shape_scene

SHAPES = "shapes"
Maker = Callable[[np.random.Generator], Example]
KINDS: dict[str, Maker] = {"patch": patch_scene, "wide": wide_scene, "steep": steep_scene}


def scene_maker(kind: str, masks: Sequence[Path] = ()) -> Maker:
    """What makes a scene of a kind; the kind `shapes` paints the given masks (with VerSe's labels).

    Raises `ValueError` for masks where none are painted and the other way round, `BadInput` as reading does.
    """
    if (kind == SHAPES) != bool(masks):
        raise ValueError("masks are for scenes of the kind 'shapes', which need at least one")
    if kind != SHAPES:
        return KINDS[kind]
    read = {path: read_shapes(path) for path in dict.fromkeys(masks)}
    return partial(shape_scene, [read[path] for path in masks])


def scene_path(directory: Path, kind: str, seed: int, number: int) -> Path:
    """Where a scene is kept."""
    return directory / kind / f"s{seed:03d}_{number:05d}.npz"


def make_scenes(
    directory: Path, kind: str, seed: int, first: int, count: int, make: Maker | None = None
) -> int:
    """Make scenes `first` to `first + count - 1`; those that are there already are kept. Returns how many
    were made.

    Each scene has its own random stream from (seed, number), so a stop and a restart change nothing. Without
    `make` they are the generator's own of that kind.
    """
    make = make or scene_maker(kind)
    made = 0
    (directory / kind).mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        path = scene_path(directory, kind, seed, number)
        if path.exists():
            continue
        make(np.random.default_rng([seed, number, len(kind)])).save(path)
        made += 1
    return made
