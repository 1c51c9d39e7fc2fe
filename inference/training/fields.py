"""Whole real CTs for the localising network: some hold no vertebra, others are labelled by earlier weights.

Scenes teach what a vertebra is; what else the world holds they do not know. A CT of a limb teaches to find
nothing, most where the network is wrong about it (hard negatives). A network that saw real texture only in
CTs without a spine would learn that real texture is no spine; so real spines stand against them: what earlier
weights say of those, inside the column, is taken as true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates
from torch import nn

from inference.cases import read_ct
from inference.networks.spine import BODY, CENTRE
from inference.patches import AIR_HU, TILE_SHAPE, WIDE_SPACING_MM, Float32, FloatArray, normalise
from inference.prepare import prepare
from inference.runtime import Runtime, has_fast_bf16
from inference.sampling import IsoGrid, make_isotropic
from inference.stages.localise import predict_maps
from inference.stages.project import Line, line_from_bodies
from inference.synthesis.column import rotation
from inference.training.appearance import scan
from inference.training.samples import IGNORED, Arrays

# The column and its processes lie within this of the spine's line; hips, shoulders and rib angles do not.
_COLUMN_MM = 55.0
_TURN_RAD, _STRETCH = 0.1, 0.12
_BONE_HU = 150.0
_MOST_PLACES = 4000
# Half of the tiles lie where the network is most mistaken, the others on any bone.
_HARD_SHARE, _HARD_ABOVE = 0.5, 0.1


@dataclass(frozen=True)
class Field:
    """A CT at 3 mm: HU, the four maps it should give, the class of every second voxel (`IGNORED` where none
    is known), voxels to put tiles round, and those of them where earlier weights were mistaken."""

    hu: npt.NDArray[np.int16]
    maps: npt.NDArray[np.float16]
    levels: npt.NDArray[np.uint8]
    places: npt.NDArray[np.int64]
    hard: npt.NDArray[np.int64]
    has_spine: bool

    def save(self, path: Path) -> None:
        """Keep the field; the file appears whole or not at all."""
        partial = path.with_suffix(".part.npz")
        np.savez_compressed(partial, **vars(self))
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> Field:
        """The inverse of `save`."""
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in ("hu", "maps", "levels", "places", "hard")}
            return cls(**arrays, has_spine=bool(kept["has_spine"]))


def _some(where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Voxels of a mask, thinned evenly."""
    places = np.argwhere(where)
    return places[:: max(1, len(places) // _MOST_PLACES)]


def _wide(path: Path) -> Float32:
    volume = prepare(read_ct(path)).volume
    return make_isotropic(volume.array, IsoGrid(volume.geometry, WIDE_SPACING_MM))


def in_column(shape: tuple[int, ...], line: Line) -> npt.NDArray[np.bool_]:
    """Voxels of the 3 mm grid that lie near the spine's line, from side to side and from front to back."""
    at = np.clip(np.arange(shape[2]) - line.bottom, 0, len(line.points) - 1)
    x, y = line.points[at].T
    reach = _COLUMN_MM / WIDE_SPACING_MM
    aside = np.abs(np.arange(shape[0])[:, None] - x[None]) < reach
    along = np.arange(shape[1])[:, None] - y[None]
    return np.asarray(aside[:, None, :] & ((along < reach / 2) & (along > -1.6 * reach))[None], bool)


def field_of(path: Path, network: nn.Module, *, has_spine: bool) -> Field:
    """A CT with what it should give: nothing, or what `network` finds in the column.

    Raises `ValueError` where there should be a spine and the network sees none.
    """
    image = _wide(path)
    maps, levels = predict_maps(image, network, Runtime(mixed_precision=has_fast_bf16()))
    unknown = np.full(levels.shape[1:], IGNORED, np.uint8)
    places = _some(image > _BONE_HU)
    if not has_spine:
        hard = _some(np.maximum(maps[BODY], maps[CENTRE]) > _HARD_ABOVE)
        empty = np.zeros(maps.shape, np.float16)
        return Field(image.astype(np.int16), empty, unknown, places, hard, has_spine)
    line = line_from_bodies(maps[BODY])
    if line is None:
        raise ValueError(f"{path.name}: no spine is found that could be learnt from")
    kept = np.where(in_column(image.shape, line), maps, 0).astype(np.float16)
    sure = kept[0, ::2, ::2, ::2] > 0.5
    named = np.where(sure, levels.argmax(axis=0), IGNORED).astype(np.uint8)
    return Field(image.astype(np.int16), kept, named, places, _some(kept[BODY] > 0.5), has_spine)


def kept_field(path: Path, network: nn.Module, directory: Path, *, has_spine: bool) -> Field:
    """`field_of`, kept in a directory: a training that goes on does not label its CTs anew."""
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / f"{path.parent.name}_{path.name.split('.')[0]}.npz"
    if not kept.exists():
        field_of(path, network, has_spine=has_spine).save(kept)
    return Field.load(kept)


def _coordinates(centre: FloatArray, rng: np.random.Generator, turn: FloatArray) -> Float32:
    """Where each voxel of a tile is taken from."""
    stretch = rng.uniform(1 - _STRETCH, 1 + _STRETCH) * rng.uniform(0.96, 1.04, 3)
    index = np.indices(TILE_SHAPE, dtype=np.float32).reshape(3, -1)
    index -= ((np.array(TILE_SHAPE, np.float32) - 1) / 2)[:, None]
    matrix = (turn @ np.diag(stretch)).astype(np.float32)
    return np.asarray(matrix @ index + centre[:, None].astype(np.float32), np.float32)


def _turned(field: Field, rng: np.random.Generator) -> FloatArray:
    """A spine may be turned by little; a thing that is none may lie in any way."""
    if field.has_spine:
        return np.asarray(rotation(*rng.normal(0, _TURN_RAD, 3)))
    pitch, roll = rng.normal(0, 3 * _TURN_RAD, 2)
    around = rotation(float(pitch), float(roll), float(rng.uniform(-np.pi, np.pi)))
    return np.asarray(around @ np.diag([1.0, float(rng.choice([-1, 1])), float(rng.choice([-1, 1]))]))


def field_sample(field: Field, rng: np.random.Generator) -> Arrays:
    """A tile of the CT, turned, stretched and in another scanner, with its maps and classes."""
    hard = len(field.hard) > 0 and rng.random() < _HARD_SHARE
    places = field.hard if hard else field.places
    place = places[int(rng.integers(len(places)))] if len(places) else np.array(field.hu.shape) // 2
    centre = place + rng.uniform(-0.35, 0.35, 3) * np.array(TILE_SHAPE)
    at = _coordinates(centre, rng, _turned(field, rng))
    hu = map_coordinates(field.hu, at, np.float32, order=1, cval=AIR_HU).reshape(TILE_SHAPE)
    outside = hu < AIR_HU + 1
    hu = hu * np.float32(rng.uniform(0.88, 1.12)) + np.float32(rng.normal(0, 15))
    if rng.random() < 0.6:
        hu = scan(hu, WIDE_SPACING_MM, rng)
    x = normalise(np.where(outside, AIR_HU, hu))[None]
    maps = np.zeros((4, *TILE_SHAPE), np.float32)
    levels = np.full([n // 2 for n in TILE_SHAPE], IGNORED, np.uint8)
    if field.has_spine:
        for channel, values in enumerate(field.maps.astype(np.float32)):
            maps[channel] = map_coordinates(values, at, order=1).reshape(TILE_SHAPE)
        half = at.reshape(3, *TILE_SHAPE)[:, ::2, ::2, ::2].reshape(3, -1) / 2
        levels = map_coordinates(field.levels, half, order=0, cval=IGNORED).reshape(levels.shape)
    if rng.random() < 0.5:
        x, maps, levels = x[:, ::-1], maps[:, ::-1], levels[::-1]
    return {key: np.ascontiguousarray(value) for key, value in (("x", x), ("maps", maps), ("levels", levels))}


def field_source(fields: Sequence[Field]) -> Callable[[np.random.Generator], Arrays]:
    """Draws from some fields, each as often as any other. Raises `ValueError` where there is none."""
    if not fields:
        raise ValueError("there is no CT to learn from")

    def draw(rng: np.random.Generator) -> Arrays:
        return field_sample(fields[int(rng.integers(len(fields)))], rng)

    return draw
