"""How the engine does on slabs: pieces 40 mm high, cut from real CTs with a spine and without one.

Where the bodies of a CT are is known from its mask, from heights read by eye, or (where only the levels are
known) from what earlier weights found on the whole CT; the places are kept in a file, so that two versions
are judged by the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from backend.science.geometry import to_canonical
from backend.science.volume import Volume, VolumeGeometry
from inference.benchmark import BenchmarkCase, find_cases
from inference.cases import read_ct
from inference.certainty import Certainty, body_features, drawn
from inference.judging import FEATURES, KEY, judging_features, seen_by_mask
from inference.patches import FloatArray
from inference.training.calibrate import found_in
from inference.weights import WeightSet

SLAB_MM = 40.0
# A body whose centre is this far from both faces of a slab has most of its height in it.
_INSIDE_MM = 8.0
_WITHIN_MM = 10.0
_OF_A_LIMB = 2


@dataclass(frozen=True)
class Piece:
    """A slab and the known body centres (RAS mm) that it shows: those well inside, and all."""

    name: str
    volume: Volume
    inside: FloatArray
    all_known: FloatArray


@dataclass(frozen=True)
class SlabRow:
    """What became of one slab: bodies well inside, those of them in the chain that was found, others in it,
    how likely it is said to be a spine, and whether it is drawn."""

    name: str
    bodies: int
    seen: int
    added: int
    certainty: float
    drawn: bool


def part_between(volume: Volume, low: int, high: int) -> Volume:
    """Slices `low` to `high - 1` of a volume in canonical order."""
    geometry = volume.geometry
    affine = geometry.affine_ras_mm.copy()
    affine[:3, 3] += affine[:3, 2] * low
    shape = (geometry.shape[0], geometry.shape[1], high - low)
    return Volume(VolumeGeometry(shape, affine), np.asfortranarray(volume.array[:, :, low:high]))


def slabs_of(name: str, volume: Volume, places: FloatArray) -> Iterator[Piece]:
    """Slabs round every second body; of a CT without any, two that divide it evenly. `volume` is in canonical
    order."""
    slices, step = volume.geometry.shape[2], volume.geometry.spacing_mm[2]
    high = max(2, round(SLAB_MM / step))
    if len(places):
        at = np.array([volume.geometry.ras_mm_to_voxel(place)[2] for place in places])
        lows = [round(middle - high / 2) for middle in sorted(at)[::2]]
    else:
        lows = [round(slices * (k + 1) / (_OF_A_LIMB + 1) - high / 2) for k in range(_OF_A_LIMB)]
    for number, wanted in enumerate(lows):
        low = int(np.clip(wanted, 0, max(0, slices - high)))
        top = min(slices, low + high)
        inside = [
            place
            for place in places
            if _INSIDE_MM / step
            <= volume.geometry.ras_mm_to_voxel(place)[2] - low + 0.5
            <= top - low - _INSIDE_MM / step
        ]
        if inside or not len(places):
            yield Piece(
                f"{name} {number}",
                part_between(volume, low, top),
                np.array(inside).reshape(-1, 3),
                places,
            )


def measure_slab(piece: Piece, weights: WeightSet) -> SlabRow:
    """What the weights make of one slab."""
    context = found_in(piece.volume, weights)
    assert context.found is not None
    assert context.naming is not None
    bodies, labels, grid = context.naming.candidates, context.naming.labels, context.found.grid
    points = np.array([grid.to_ras_mm(body.centre) for body in bodies]).reshape(-1, 3)
    seen = sum(_near(points, place) for place in piece.inside)
    added = sum(not _near(piece.all_known, point) for point in points)
    first = Certainty.of(weights.about)
    second = Certainty.of(weights.about, KEY, FEATURES)
    if not labels or first is None or second is None:
        return SlabRow(piece.name, len(piece.inside), seen, added, 0.0, False)
    before = first.of_bodies(body_features(context.found, bodies, labels))
    hu = context.prepared.volume.array
    by_mask = np.array([seen_by_mask(context.patches[label], hu) for label in labels]).reshape(-1, 2)
    answers = [float(p) for p in second.of_bodies(judging_features(before, by_mask))]
    is_drawn = any(drawn(answers, len(labels)))
    mean = round(float(np.mean(answers)), 3)
    return SlabRow(piece.name, len(piece.inside), seen, added, mean, is_drawn)


def _near(points: FloatArray, place: FloatArray) -> bool:
    return len(points) > 0 and float(np.linalg.norm(points - place, axis=1).min()) <= _WITHIN_MM


def known_places(data: Path, weights: WeightSet, kept: Path) -> dict[str, FloatArray]:
    """Body centres (RAS mm) of every CT with a spine that is not for testing alone, kept in a file."""
    from inference.training.readings import Reader, places_of

    if not kept.exists():
        reader = Reader(weights)
        found = {case.name: places_of(case, reader) for case in _with_spine(data)}
        rows = {name: np.round(places, 1).tolist() for name, places in found.items()}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(rows) + "\n")
    rows = json.loads(kept.read_text())
    return {name: np.array(places).reshape(-1, 3) for name, places in rows.items()}


def _with_spine(data: Path) -> list[BenchmarkCase]:
    return [c for c in find_cases(data) if not c.test_only and (c.mask is not None or c.heights_mm)]


def pieces(data: Path, places: dict[str, FloatArray], only: Sequence[str] = ()) -> Iterator[Piece]:
    """The slabs of every CT at hand that is not for testing alone."""
    for case in find_cases(data):
        if case.test_only or (only and not case.name.startswith(tuple(only))):
            continue
        volume = to_canonical(read_ct(case.ct))
        yield from slabs_of(case.name, volume, places.get(case.name, np.zeros((0, 3))))


def measure_slabs(
    data: Path, weights: WeightSet, kept: Path, say: Callable[[str], None], only: Sequence[str] = ()
) -> list[SlabRow]:
    """Every slab, or those of CTs whose name begins with one of `only`."""
    rows = []
    for piece in pieces(data, known_places(data, weights, kept), only):
        rows.append(measure_slab(piece, weights))
        say(json.dumps(asdict(rows[-1])))
    return rows


def slabs_table(rows: Sequence[SlabRow]) -> str:
    """One line for each CT with a spine and one for all without, in Markdown."""
    lines = ["| CT | slabs | bodies | seen | added | drawn |", "| --- " * 6 + "|"]
    names = dict.fromkeys(row.name.rsplit(" ", 1)[0] for row in rows if row.bodies)
    groups = {name: [row for row in rows if row.name.rsplit(" ", 1)[0] == name] for name in names}
    groups["all with a spine"] = [row for row in rows if row.bodies]
    groups["without a spine"] = [row for row in rows if not row.bodies]
    for name, group in groups.items():
        counts = (len(group), sum(r.bodies for r in group), sum(r.seen for r in group))
        last = (sum(r.added for r in group), sum(r.drawn for r in group))
        lines.append(f"| {name} | {' | '.join(str(n) for n in (*counts, *last))} |")
    return "\n".join(lines) + "\n"
