"""Fields of view whose names are known, and what the networks read of them: what the naming is judged on.

The dear part of naming (both networks) is done once for each field and its evidence kept, so that what is
fitted on it can be tried again at once. A field is a part of a CT or of a scene, cut where a scanner's might
end: with and without the sacrum, the last rib, the first, or the dens. Fields of one CT or scene have one
`source`, and are fitted or judged together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.labels import label_of
from backend.science.volume import VolumeGeometry
from inference.benchmark import BenchmarkCase, find_cases
from inference.cases import read_ct
from inference.loading import load_network
from inference.patches import PATCH_SPACING_MM, WIDE_SPACING_MM, Float32, FloatArray
from inference.prepare import prepare
from inference.runtime import Runtime, has_fast_bf16
from inference.sampling import IsoGrid, make_isotropic
from inference.stages.evidence import Evidence
from inference.stages.label import decode, find_bodies, gather, read_along
from inference.stages.localise import localise
from inference.training.appearance import recolour, scan
from inference.training.randomise import Example, wide_scene
from inference.training.real import body_centres
from inference.training.shapes import Shapes, read_shapes, shape_scene
from inference.weights import WeightSet

# A body is some 20 mm high; heights were read to 3 mm.
_WITHIN_MM = 12.0
# Sides of a field across the spine (voxels of 3 mm): 126 to 192 mm.
_NARROW, _WIDE = 42, 64
_FEWEST_SLICES = 13
_EDGE_MM = 12.0
SCENES, SHAPES, REAL = "scene", "shape", "ct"


@dataclass(frozen=True)
class Reading:
    """What the networks read of one field, and the label of each body as it is known (0: not known).

    `kind` is what the field was cut from: `SCENES`, `SHAPES` or `REAL`.
    """

    name: str
    source: str
    kind: str
    evidence: Evidence
    truth: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        seen = self.evidence
        return {
            "name": self.name,
            "source": self.source,
            "kind": self.kind,
            "truth": list(self.truth),
            "level_scores": seen.level_scores.round(4).tolist(),
            "steps_mm": seen.steps_mm.round(3).tolist(),
            "rib_ml": seen.rib_ml.round(3).tolist(),
            "below_is_sacrum": round(seen.below_is_sacrum, 4),
            "shows_ribs": seen.shows_ribs.tolist(),
            "shows_heads": seen.shows_heads.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reading:
        """The inverse of `to_json`."""
        evidence = Evidence(
            level_scores=np.array(value["level_scores"]),
            steps_mm=np.array(value["steps_mm"]),
            rib_ml=np.array(value["rib_ml"]),
            below_is_sacrum=value["below_is_sacrum"],
            ribs_in_view=np.array(value["shows_ribs"], bool),
            heads_in_view=np.array(value["shows_heads"], bool),
        )
        return cls(value["name"], value["source"], value["kind"], evidence, tuple(value["truth"]))


@dataclass(frozen=True)
class Known:
    """A field at 3 mm: HU, and the place (voxels) of each body by its label. Of a place that was read by eye
    only the height is known; then x and y are NaN."""

    hu: Float32
    centres: Mapping[int, FloatArray]

    def part(self, low: Sequence[int], high: Sequence[int]) -> Known:
        """What lies between two corners (voxels)."""
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        moved = {label: centre - np.array(low, float) for label, centre in self.centres.items()}
        return Known(np.ascontiguousarray(self.hu[box]), moved)


class Reader:
    """The two networks that naming rests on."""

    def __init__(self, weights: WeightSet) -> None:
        self.localiser = load_network(weights.files["localise"], "cpu")
        self.labeller = load_network(weights.files["label"], "cpu")
        self.runtime = Runtime(mixed_precision=has_fast_bf16())
        self.exact = Runtime()

    def read(self, image: Float32) -> tuple[Evidence, list[FloatArray]] | None:
        """Evidence for the bodies of a 3 mm image and their centres; None where no spine is found."""
        shape = (image.shape[0], image.shape[1], image.shape[2])
        grid = IsoGrid(VolumeGeometry(shape, np.diag([WIDE_SPACING_MM] * 3 + [1.0])), WIDE_SPACING_MM)
        found = localise(image, grid, self.localiser, self.runtime)
        along = read_along(image, found, self.labeller, self.exact)
        bodies = find_bodies(along) if along is not None else []
        if along is None or not bodies:
            return None
        return gather(found, along, bodies), [body.centre for body in bodies]


def truth_of_bodies(centres: Mapping[int, FloatArray], bodies: Sequence[FloatArray]) -> tuple[int, ...]:
    """The label of each body that was found, or 0 where none is known to be there: a place that is known is
    that of the body nearest to it."""
    truth = [0] * len(bodies)
    for label, centre in centres.items():
        away = [float(np.sqrt(np.nansum((centre - body) ** 2))) * WIDE_SPACING_MM for body in bodies]
        if away and min(away) < _WITHIN_MM:
            truth[int(np.argmin(away))] = label
    return tuple(truth)


def parts(known: Known, rng: np.random.Generator, count: int) -> Iterator[Known]:
    """Random parts of a field: some bodies in succession, with an edge anywhere about them."""
    heights = sorted(float(centre[2]) for centre in known.centres.values())
    n, edge = np.array(known.hu.shape), _EDGE_MM / WIDE_SPACING_MM
    for _ in range(count):
        most = len(heights)
        size = int(rng.integers(min(2, most), most + 1))
        first = int(rng.integers(0, most - size + 1))
        low = 0 if rng.random() < 0.15 else max(0, round(heights[first] - rng.uniform(-edge / 3, 2 * edge)))
        high = heights[first + size - 1] + rng.uniform(-edge / 3, 2 * edge)
        top = int(n[2]) if rng.random() < 0.15 else min(int(n[2]), round(high))
        if top - low < _FEWEST_SLICES:
            continue
        a, b = _across(known, low, top, rng)
        yield known.part((*a, low), (*b, top))


def _across(
    known: Known, low: int, top: int, rng: np.random.Generator
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Corners across the spine, round the bodies of a part."""
    n = known.hu.shape
    inside = np.array([c[:2] for c in known.centres.values() if low <= c[2] < top]).reshape(-1, 2)
    middle = inside.mean(axis=0) if len(inside) and np.isfinite(inside).all() else np.array(n[:2]) / 2
    starts, ends = [], []
    for axis in (0, 1):
        side = int(rng.integers(_NARROW, _WIDE + 1))
        # Behind the body lie the processes; more of the field is in front.
        at = middle[axis] + (rng.normal(0, 3) if axis == 0 else rng.uniform(-2, 10))
        start = int(np.clip(round(float(at) - side / 2), 0, max(0, n[axis] - side)))
        starts.append(start)
        ends.append(min(n[axis], start + side))
    return (starts[0], starts[1]), (ends[0], ends[1])


def _of_example(example: Example, spacing_mm: float, rng: np.random.Generator) -> Known:
    """A scene as a scanner shows it, at 3 mm."""
    hu = recolour(example.hu, example.owner, example.tissue, rng)
    step = round(WIDE_SPACING_MM / spacing_mm)
    if step > 1:
        n = [side // step for side in hu.shape]
        hu = hu[tuple(slice(0, side * step) for side in n)]
        hu = hu.reshape(n[0], step, n[1], step, n[2], step).mean(axis=(1, 3, 5))
    image = np.round(scan(hu.astype(np.float32), WIDE_SPACING_MM, rng)).astype(np.float32)
    places = (example.centres + 0.5) / step - 0.5
    rows = zip(example.labels, places, strict=True)
    inside = {
        int(label): place
        for label, place in rows
        if ((place > 0) & (place < np.array(image.shape) - 1)).all()
    }
    return Known(image, inside)


def _of_case(case: BenchmarkCase, reader: Reader) -> Known:
    """A real CT at 3 mm with its bodies where mask or eye have them."""
    volume = prepare(read_ct(case.ct)).volume
    grid = IsoGrid(volume.geometry, WIDE_SPACING_MM)
    image = make_isotropic(volume.array, grid)
    if case.mask is not None:
        mask = to_canonical(read_mask(case.mask))
        found = body_centres(mask, cut_too=True).items()
        to_mm = mask.geometry.voxel_to_ras_mm
        return Known(
            image,
            {
                label: grid.from_source(volume.geometry.ras_mm_to_voxel(to_mm(voxel)))
                for label, voxel in found
            },
        )
    heights = {label_of(name): mm for name, mm in case.heights_mm.items()}
    if not all(np.isfinite(mm) for mm in heights.values()):
        return _named(case.name, image, set(heights), reader)
    top, per_slice = volume.geometry.shape[2] - 1.0, volume.geometry.spacing_mm[2]
    places = {
        label: np.array([np.nan, np.nan, grid.from_source(np.array([0.0, 0.0, top - mm / per_slice]))[2]])
        for label, mm in heights.items()
    }
    return _placed(Known(image, places), reader)


def _named(case: str, image: Float32, levels: set[int], reader: Reader) -> Known:
    """Where only levels are known: the places are those of the bodies to which the networks give just these
    names on the whole CT. Raises `ValueError` where they do not."""
    read = reader.read(image)
    named = dict(zip(decode(read[0])[0], read[1], strict=True)) if read is not None else {}
    if not levels <= set(named):
        raise ValueError(f"{case}: the names of the whole CT are not those that are known")
    return Known(image, {label: named[label] for label in levels})


def _placed(known: Known, reader: Reader) -> Known:
    """Heights by eye, with x and y of the bodies that are found there."""
    read = reader.read(known.hu)
    bodies = read[1] if read is not None else []
    found = dict(zip(truth_of_bodies(known.centres, bodies), bodies, strict=True))
    return Known(known.hu, {label: found[label] for label in known.centres if label in found})


def places_of(case: BenchmarkCase, reader: Reader) -> FloatArray:
    """Body centres (RAS mm, rows) of a real CT: as mask or eye have them, or as they were found."""
    geometry = prepare(read_ct(case.ct)).volume.geometry
    grid = IsoGrid(geometry, WIDE_SPACING_MM)
    return np.array([grid.to_ras_mm(c) for c in _of_case(case, reader).centres.values()]).reshape(-1, 3)


def _readings(
    name: str, kind: str, known: Known, reader: Reader, rng: np.random.Generator, count: int
) -> list[Reading]:
    out = []
    whole = [known] if kind == REAL else []
    for number, part in enumerate([*whole, *parts(known, rng, count)]):
        read = reader.read(part.hu)
        if read is None:
            continue
        evidence, bodies = read
        truth = truth_of_bodies(part.centres, bodies)
        if any(truth):
            out.append(Reading(f"{name} {number}", name, kind, evidence, truth))
    return out


def _kept(path: Path, make: Callable[[], list[Reading]]) -> list[Reading]:
    """What a source gave, made once and kept as a file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [reading.to_json() for reading in make()]
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(rows) + "\n")
        partial.rename(path)
    return [Reading.from_json(row) for row in json.loads(path.read_text())]


@dataclass(frozen=True)
class Wanted:
    """How many scenes and painted outlines, and how many parts of each scene and each CT."""

    scenes: int = 96
    of_a_scene: int = 5
    shapes: int = 30
    of_a_ct: int = 60
    seed: int = 401


Make = Callable[[np.random.Generator], list[Reading]]


def _sources(data: Path, reader: Reader, wanted: Wanted) -> Iterator[tuple[str, int, Make]]:
    """Each source with a number of its own (for its random stream) and what makes its readings."""
    with_spine = [case for case in find_cases(data) if case.mask is not None or case.heights_mm]
    for number, case in enumerate(case for case in with_spine if not case.test_only):
        yield case.name, number, partial(_read_case, case, reader, wanted.of_a_ct)
    for number in range(wanted.scenes):
        name = f"scene {number}"
        yield name, 1000 + number, partial(_read_scene, name, reader, wanted.of_a_scene)
    masks = [read_shapes(path) for path in sorted((data / "verse-masks").glob("*.nii.gz"))]
    for number in range(wanted.shapes if masks else 0):
        shapes = masks[number % len(masks)]
        name = f"shape {shapes.name.split('.')[0]}"
        yield f"{name} {number}", 5000 + number, partial(_read_shapes, name, shapes, reader)


def _read_case(case: BenchmarkCase, reader: Reader, count: int, rng: np.random.Generator) -> list[Reading]:
    return _readings(case.name, REAL, _of_case(case, reader), reader, rng, count)


def _read_scene(name: str, reader: Reader, count: int, rng: np.random.Generator) -> list[Reading]:
    known = _of_example(wide_scene(rng), WIDE_SPACING_MM, rng)
    return _readings(name, SCENES, known, reader, rng, count)


def _read_shapes(name: str, shapes: Shapes, reader: Reader, rng: np.random.Generator) -> list[Reading]:
    known = _of_example(shape_scene([shapes], rng), PATCH_SPACING_MM, rng)
    return _readings(name, SHAPES, known, reader, rng, 1)


def read_all(
    data: Path, kept: Path, weights: WeightSet, wanted: Wanted, say: Callable[[str], None]
) -> list[Reading]:
    """Readings of real CTs (none for testing alone), of scenes, and of painted outlines. What a source gave
    is kept in a folder, so that a run that was broken off goes on."""
    reader, out = Reader(weights), []
    folder = kept / weights.files["localise"].sha256[:8]
    for name, number, make in _sources(data, reader, wanted):
        rng = np.random.default_rng([wanted.seed, number])
        found = _kept(folder / f"{name}.json", partial(make, rng))
        say(f"{name}: {len(found)} fields")
        out += found
    return out
