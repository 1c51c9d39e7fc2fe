"""What the localising network must also see: slabs of a few centimetres, and steep spines.

A slab fills a small part of a tile, and the network's normalisation depends on how much of it is filled; it
sees slabs only where it was shown some. So a good part of the tiles are cut to slabs and laid where inference
lays them, in the tile's middle. On tiles that are as full as before, what the network said before is asked
for as well, so that it gets no worse where it was good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.networks.spine import CENTRE, RIB
from inference.patches import AIR_HU, WIDE_SPACING_MM, normalise
from inference.runtime import Runtime, has_fast_bf16
from inference.stages.localise import predict_maps
from inference.training.fields import Field, field_sample
from inference.training.loop import Draw, mixture
from inference.training.nothing import nothing_sample
from inference.training.randomise import Example
from inference.training.samples import IGNORED, Arrays, tile_sample
from inference.training.tasks import Batch, Task, maps_loss
from inference.training.wide_cases import WideCase, case_field

KEEP = "keep"  # how much what the earlier weights said counts for a sample
# Along which axis a slab is cut, and how thick it is (mm).
_AXIS_SHARES = (0.12, 0.08, 0.80)
_THICK_MM = ((40.0, 80.0), (50.0, 90.0), (24.0, 66.0))
_BESIDE = 0.4  # how far a slab's middle lies from a body's centre, in thicknesses
_JITTER = 4  # voxels from the middle of the tile
_NOISE_SHARE, _NOISE_HU = 0.15, (0.08, 0.3)  # of normalised values (500 HU)
_AIR = float(normalise(np.array(AIR_HU)))


def slab(sample: Arrays, rng: np.random.Generator) -> Arrays:
    """A tile cut to a slab that holds a body, where there is any; it lies about the middle of the tile."""
    axis = int(rng.choice(3, p=_AXIS_SHARES))
    size = sample["x"].shape[axis + 1]
    thick = 2 * round(float(rng.uniform(*_THICK_MM[axis])) / WIDE_SPACING_MM / 2)
    peaks = np.argwhere(sample["maps"][CENTRE] > 0.8)
    middle = float(peaks[int(rng.integers(len(peaks))), axis] if len(peaks) else rng.uniform(0, size))
    low = 2 * round((middle + float(rng.uniform(-_BESIDE, _BESIDE)) * thick - thick / 2) / 2)
    low = int(np.clip(low, 0, size - thick))
    to = 2 * round((size - thick) / 4 + float(rng.uniform(-_JITTER, _JITTER)) / 2)
    moved = {
        name: _moved(np.asarray(sample[name]), axis, (low, to, thick), fill)
        for name, fill in (("x", _AIR), ("maps", 0.0), ("levels", IGNORED))
    }
    return sample | moved


def _moved(array: npt.NDArray[Any], axis: int, where: tuple[int, int, int], fill: float) -> npt.NDArray[Any]:
    """The part from `low` on laid from `to` on, all else filled; classes are of every second voxel."""
    low, to, thick = where
    along, step = (axis + 1, 1) if array.ndim == 4 else (axis, 2)
    out = np.full_like(array, fill)
    source = [slice(None)] * array.ndim
    target = list(source)
    source[along] = slice(low // step, (low + thick) // step)
    target[along] = slice(to // step, (to + thick) // step)
    out[tuple(target)] = array[tuple(source)]
    return out


def _noisy(sample: Arrays, rng: np.random.Generator) -> Arrays:
    if rng.random() >= _NOISE_SHARE:
        return sample
    x = np.asarray(sample["x"], np.float32)
    grain = rng.standard_normal(x.shape, dtype=np.float32) * np.float32(rng.uniform(*_NOISE_HU))
    return sample | {"x": np.where(x > _AIR, np.maximum(x + grain, _AIR), x).astype(np.float32)}


def varied(
    draw: Callable[[np.random.Generator], Arrays], slab_share: float, keep: float
) -> Callable[[np.random.Generator], Arrays]:
    """Draws of which a share are slabs; of the others `keep` says how much the earlier weights count."""

    def vary(rng: np.random.Generator) -> Arrays:
        sample = draw(rng)
        cut = rng.random() < slab_share
        sample = _noisy(slab(sample, rng) if cut else sample, rng)
        return sample | {KEEP: np.array(0.0 if cut else keep, np.float32)}

    return vary


def files_source(directory: Path) -> Callable[[np.random.Generator], Arrays]:
    """Tiles of the scenes in a folder; scenes that are added while training goes on are noticed."""
    files: list[Path] = []
    drawn = 0

    def draw(rng: np.random.Generator) -> Arrays:
        nonlocal files, drawn
        if drawn % 100 == 0:
            files = sorted(directory.glob("s*[0-9].npz"))
        drawn += 1
        if not files:
            raise FileNotFoundError(f"no scenes in {directory}")
        return tile_sample(Example.load(files[int(rng.integers(len(files)))]), rng)

    return draw


def fields_source(fields: Sequence[Field]) -> Callable[[np.random.Generator], Arrays]:
    """Tiles of whole CTs, each CT as often as any other."""

    def draw(rng: np.random.Generator) -> Arrays:
        return field_sample(fields[int(rng.integers(len(fields)))], rng)

    return draw


def spine_field(case: WideCase, network: nn.Module) -> Field:
    """What a CT with a mask should give; of ribs, which no mask draws, what `network` says of the whole."""
    runtime = Runtime(mixed_precision=has_fast_bf16())
    field = case_field(case, network, runtime)
    maps = field.maps.copy()
    maps[RIB] = predict_maps(case.hu, network, runtime)[0][RIB]
    return replace(field, maps=maps)


def sources(scenes: Path, spines: Sequence[Field], limbs: Sequence[Field]) -> Draw:
    """What a training on slabs and steep spines draws from."""
    mixed: list[tuple[float, Draw]] = [
        (0.36, varied(files_source(scenes / "wide"), 0.5, 1.0)),
        (0.24, varied(files_source(scenes / "steep"), 0.3, 0.0)),
        (0.05, varied(nothing_sample, 0.3, 0.0)),
    ]
    if limbs:
        mixed.append((0.13, varied(fields_source(limbs), 0.4, 0.0)))
    if spines:
        mixed.append((0.22, varied(fields_source(spines), 0.5, 1.0)))
    return mixture(mixed)


def keeping(task: Task, teacher: nn.Module) -> Task:
    """The task with a second loss: how far the answers are from those of earlier weights."""
    teacher.eval()

    def loss(network: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        maps, levels = network(batch["x"])
        total, parts = maps_loss(maps, levels, batch)
        weight = float(batch[KEEP].mean())
        if weight > 0:
            with torch.no_grad():
                before = teacher(batch["x"])
            away = _away((maps.float(), levels.float()), (before[0].float(), before[1].float()))
            total, parts = total + weight * away, parts | {"away": float(away.detach())}
        return total, parts

    return replace(task, loss=loss)


def _away(now: tuple[Tensor, Tensor], before: tuple[Tensor, Tensor]) -> Tensor:
    """Cross-entropy of the maps with earlier ones, and of the levels where vertebrae were seen."""
    said = torch.sigmoid(before[0])
    entropy = F.binary_cross_entropy_with_logits(now[0], said, reduction="none")
    heavy = 1 + 10 * said[:, CENTRE : CENTRE + 1]
    total = 2 * (entropy * heavy).mean()
    seen = F.max_pool3d(said[:, :1], 2)[:, 0] > 0.5
    if bool(seen.any()):
        expected = F.softmax(before[1], dim=1).permute(0, 2, 3, 4, 1)[seen]
        scores = F.log_softmax(now[1], dim=1).permute(0, 2, 3, 4, 1)[seen]
        total = total - 0.5 * (expected * scores).sum(dim=1).mean()
    return total
