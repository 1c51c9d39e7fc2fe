"""How far clicks bring a mask: an ideal rater always clicks into the deepest voxel of the largest error.

The starts are at a Dice of 0.90, of two kinds: what the engine would draw (its log-odds lowered all over, or
unevenly, by which the network that refines knows no better), and what raters do wrong (a side eroded, a
process missed, a leak into what is beside). The same clicks are answered in three ways: by the engine, by
growing from the click over voxels about as dense, and by a dab of a brush of 4 mm radius. Weights must not
have seen the CT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import edt
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, label

from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.labels import name_of
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.benchmark import find_cases
from inference.cases import read_ct
from inference.evaluation import dice
from inference.patches import FloatArray
from inference.refine import Click, Look, Looks, Refined, drawn_by_network, look_at, refine_vertebra
from inference.training.real import body_centres
from inference.weights import WeightSet, find_weights

Bools = npt.NDArray[np.bool_]
Start = Callable[[float], Bools]

FROM, TO, CLICKS = 0.90, 0.95, 12
CASES = ("abdomen", "crop")
STARTS = ("too small", "uneven", "eroded", "process", "leak")
WAYS = ("clicks", "growing", "brush")
_BRUSH_MM = 4.0
_GROWN_MM, _GROWN_HU = 10.0, 100.0
_UNEVEN_VOXELS, _ROUGH_MM = 5.0, 8.0
_FAT_HU = -50.0
_AROUND_MM = 76.0
_HALVINGS = 12


@dataclass(frozen=True)
class Curve:
    """Dice after no click, one, two and so on, of one vertebra from one start in one way."""

    case: str
    level: str
    start: str
    way: str
    dice: tuple[float, ...]
    slowest_s: float


@dataclass(frozen=True)
class _Vertebra:
    """What is to be reached: one vertebra of an expert's mask, in canonical order, and its centre."""

    volume: Volume
    reference: Mask
    label: int
    centre: tuple[float, float, float]
    weights: WeightSet

    @property
    def true(self) -> Bools:
        """The expert's voxels."""
        return np.asarray(self.reference.array == self.label)

    @property
    def others(self) -> Bools:
        """Those of the neighbours, which nobody may take."""
        return np.asarray((self.reference.array > 0) & ~self.true)

    def voxel(self, click: Click) -> tuple[int, int, int]:
        """The clicked voxel."""
        a, b, c = np.rint(self.reference.geometry.ras_mm_to_voxel(click.point_ras_mm)).astype(int)
        return int(a), int(b), int(c)

    def near(self, voxel: tuple[int, int, int], mm: float) -> Bools:
        """The ball round a voxel."""
        index = np.moveaxis(np.indices(self.reference.array.shape, np.float32), 0, -1)
        return np.asarray(np.linalg.norm((index - voxel) * self.reference.geometry.spacing_mm, axis=-1) <= mm)

    def mask(self, inside: Bools) -> Mask:
        """The expert's mask with another drawing of this vertebra."""
        array = np.where(inside, self.label, np.where(self.true, 0, self.reference.array))
        return Mask(self.reference.geometry, array.astype(np.uint8))


class _Given(Looks):
    """One look, whatever is asked: of a network that knows no better than the start it gave."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def at(self, *about: Any) -> Look:
        """The look."""
        return self._look


def next_click(got: Bools, true: Bools, mask: Mask) -> Click | None:
    """The deepest voxel of the largest connected error, or None where there is none."""
    largest: Bools | None = None
    size, positive = 0, True
    for wanted, wrong in ((True, true & ~got), (False, got & ~true)):
        parts, _ = label(wrong)
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        if sizes.max() > size:
            size, positive, largest = int(sizes.max()), wanted, parts == sizes.argmax()
    if largest is None:
        return None
    depth = edt.edt(np.pad(largest, 1), anisotropy=mask.geometry.spacing_mm)[1:-1, 1:-1, 1:-1]
    x, y, z = mask.geometry.voxel_to_ras_mm(np.unravel_index(int(depth.argmax()), depth.shape))
    return Click((float(x), float(y), float(z)), positive)


def _halved(start: Start, true: Bools, most: float) -> tuple[Bools, float]:
    """The start whose Dice is nearest to where the clicks begin; the more is taken off, the worse it is."""
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if dice(start(middle), true) > FROM else (low, middle)
    found = min((low, high), key=lambda much: abs(dice(start(much), true) - FROM))
    return start(found), found


def _noise(rng: np.random.Generator, shape: Sequence[int], voxels: FloatArray | float) -> FloatArray:
    field = gaussian_filter(rng.standard_normal(tuple(shape)), voxels)
    return np.asarray(field / field.std(), float)


def _by_engine(one: _Vertebra, kind: str, look: Look) -> tuple[Bools, Look]:
    """What the engine would draw if its log-odds were lower, and the look that is as much lower."""
    by = (
        1.0
        if kind == "too small"
        else _noise(np.random.default_rng(one.label), look.odds.shape, _UNEVEN_VOXELS)
    )

    def lowered(much: float) -> Look:
        return replace(look, odds=np.asarray(look.odds - much * by, np.float32))

    def start(much: float) -> Bools:
        return drawn_by_network(one.mask(one.true & False), lowered(much))

    inside, much = _halved(start, one.true, 12.0)
    return inside, lowered(much)


def _by_rater(one: _Vertebra, kind: str) -> Bools:
    """The expert's mask with one of the errors that raters make."""
    true, mm = one.true, np.array(one.reference.geometry.spacing_mm)
    places = np.moveaxis(np.indices(true.shape), 0, -1) * mm
    middle = places[true].mean(axis=0)
    rng = np.random.default_rng(one.label)
    depth = edt.edt(true, anisotropy=tuple(mm)) - edt.edt(~true, anisotropy=tuple(mm))
    if kind == "eroded":
        towards = rng.standard_normal(3)
        sideways = (places - middle) @ (towards / np.linalg.norm(towards)) / 25
        wanting = 1 + 0.8 * sideways + 0.5 * _noise(rng, true.shape, _ROUGH_MM / mm)
        return _halved(lambda much: (depth - much * wanting > 0) & ~one.others, true, 8.0)[0]
    if kind == "process":
        beside = (places - middle)[..., 0] * rng.choice([-1, 1])
        return _halved(lambda much: true & (beside < beside[true].max() - much), true, 60.0)[0]
    # Out of the upper or lower endplate, over what is no fat.
    up = rng.choice([-1, 1])
    rim = places[(depth > 0) & (depth <= mm.max())]
    from_here = rim[np.argmax(rim[:, 2] * up - 0.3 * np.linalg.norm((rim - middle)[:, :2], axis=1))]
    away = np.linalg.norm(places - from_here, axis=-1) + 2 * _noise(rng, true.shape, 5.0 / mm)
    dense = to_canonical(one.volume).array > _FAT_HU
    return _halved(lambda much: true | ((away < much) & dense & ~one.others), true, 40.0)[0]


def _grown(one: _Vertebra, got: Bools, click: Click) -> Bools:
    """What is about as dense as the clicked voxel, near to it and joined with it."""
    hu, at = to_canonical(one.volume).array, one.voxel(click)
    alike = np.abs(hu - float(hu[at])) < _GROWN_HU
    parts, _ = label(alike & one.near(at, _GROWN_MM) & (got != click.positive) & ~one.others)
    out = got.copy()
    out[(parts == parts[at]) & (parts > 0)] = click.positive
    return out


def _brushed(one: _Vertebra, got: Bools, click: Click) -> Bools:
    out = got.copy()
    out[one.near(one.voxel(click), _BRUSH_MM) & ~one.others] = click.positive
    return out


def _refined(one: _Vertebra, start: Bools, made: list[Click], look: Look) -> Refined | None:
    """What the clicks made so far lead to; None where the last one lies beyond what the engine looks at."""
    try:
        return refine_vertebra(
            one.volume,
            one.mask(start),
            one.label,
            made,
            centroid_ras_mm=one.centre,
            weights=one.weights,
            looks=_Given(look),
        )
    except BadInput as refused:
        if refused.code != "click_outside":
            raise
        return None


def curve(case: str, one: _Vertebra, kind: str, way: str, started: tuple[Bools, Look]) -> Curve:
    """One vertebra from one start in one way."""
    start, look = started
    got, made, slowest = start, list[Click](), 0.0
    reached = [dice(got, one.true)]
    while len(made) < CLICKS:
        click = next_click(got, one.true, one.reference)
        if click is not None:
            made.append(click)
            if way == "clicks":
                refined = _refined(one, start, made, look)
                if refined is None:
                    break
                slowest = max(slowest, refined.seconds)
                got = start.copy()
                got[
                    tuple(slice(o, o + n) for o, n in zip(refined.origin, refined.inside.shape, strict=True))
                ] = refined.inside
            else:
                got = (_grown if way == "growing" else _brushed)(one, got, click)
        reached.append(dice(got, one.true))
        if click is None:
            break
    reached += [reached[-1]] * (CLICKS + 1 - len(reached))
    rounded = tuple(round(value, 4) for value in reached)
    return Curve(case, name_of(one.label), kind, way, rounded, round(slowest, 3))


def vertebrae_of(volume: Volume, reference: Mask, weights: WeightSet) -> list[_Vertebra]:
    """The vertebrae of a CT with an expert's mask whose bodies are whole, each with its surroundings."""
    volume, reference = to_canonical(volume), to_canonical(reference)
    out = []
    for level, voxel in body_centres(reference, cut_too=True).items():
        x, y, z = reference.geometry.voxel_to_ras_mm(voxel)
        reach = np.ceil(_AROUND_MM / np.array(reference.geometry.spacing_mm)).astype(int)
        low = np.maximum(np.rint(voxel).astype(int) - reach, 0)
        high = np.minimum(np.rint(voxel).astype(int) + reach + 1, reference.array.shape)
        box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        affine = reference.geometry.affine_ras_mm.copy()
        affine[:3, 3] = reference.geometry.voxel_to_ras_mm(low)
        hu, drawn = np.asfortranarray(volume.array[box]), np.asfortranarray(reference.array[box])
        geometry = VolumeGeometry((drawn.shape[0], drawn.shape[1], drawn.shape[2]), affine)
        around = Volume(geometry, hu), Mask(geometry, drawn)
        out.append(_Vertebra(*around, level, (float(x), float(y), float(z)), weights))
    return out


def measure_clicks(
    data: Path, weights: Mapping[str, Path], say: Callable[[str], None], ways: Sequence[str] = WAYS
) -> list[Curve]:
    """All curves of the cases for which there are weights (a folder each) that have not seen them."""
    curves = []
    for case in find_cases(data):
        if case.name not in weights or case.mask is None or case.test_only:
            continue
        for one in vertebrae_of(read_ct(case.ct), read_mask(case.mask), find_weights(weights[case.name])):
            look = look_at(one.volume, one.centre, one.weights)
            for kind in STARTS:
                engine = kind in ("too small", "uneven")
                started = _by_engine(one, kind, look) if engine else (_by_rater(one, kind), look)
                curves += [curve(case.name, one, kind, way, started) for way in ways]
                ends = ", ".join(f"{row.way} {row.dice[-1]:.3f}" for row in curves[-len(ways) :])
                say(f"{case.name} {name_of(one.label)} {kind}: {ends}")
    return curves


def table(curves: Sequence[Curve]) -> str:
    """Mean Dice over clicks in Markdown, by case, start and way, and how many vertebrae reached the goal."""
    shown = (0, 1, 2, 3, 4, 6, 8, 10, 12)
    lines = [
        "| case | start | way | " + " | ".join(str(n) for n in shown) + f" | reached {TO} |",
        "|" + " --- |" * (len(shown) + 4),
    ]
    groups: dict[tuple[str, str, str], list[Curve]] = {}
    for one in curves:
        groups.setdefault((one.case, one.start, one.way), []).append(one)
    for names, rows in groups.items():
        means = np.mean([row.dice for row in rows], axis=0)
        values = " | ".join(f"{means[n]:.3f}" for n in shown)
        reached = sum(max(row.dice) >= TO for row in rows)
        lines.append(f"| {' | '.join(names)} | {values} | {reached} of {len(rows)} |")
    return "\n".join(lines).replace("|  |", "| |") + "\n"
