"""How the segmentation does where the spine is tilted: synthetic spines bent or leaning by 20 to 60 degrees.

Real CTs with masks and such spines are not at hand. Centres are given, so that the segmentation is measured
and not the finding; or none is, and bodies that are missed count as a Dice of 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.engine_api import EngineResult
from backend.science.labels import name_of
from backend.science.volume import Mask
from inference.engine import SpineEngine
from inference.evaluation import dice, run_engine
from inference.patches import FloatArray
from inference.synthesis import PhantomSpec, make_phantom
from inference.synthesis.column import Posture

# A vertebra lies under two labels where more than this share of what is drawn in it has another name.
_OTHER_SHARE = 0.05
_WITHIN_MM = 12.0
_SPACING_MM = (1.2, 1.2, 1.5)


def _bent(seed: int, first: str, last: str, posture: Posture) -> PhantomSpec:
    return PhantomSpec(seed=seed, first=first, last=last, spacing_mm=_SPACING_MM, posture=posture)


def _kyphotic(seed: int, factor: float) -> PhantomSpec:
    bends = Posture(cervical=0.8 * factor, kyphosis=factor, scoliosis_deg=0)
    return _bent(seed, "C7", "T8", bends)


TILTED: dict[str, PhantomSpec] = {
    "kyphosis, 20 degrees": _kyphotic(10, 1.0),
    "kyphosis, 35 degrees": _kyphotic(11, 1.8),
    "kyphosis, 45 degrees": _kyphotic(12, 2.3),
    "kyphosis, 55 degrees": _kyphotic(13, 2.8),
    "kyphosis, 55 degrees, another": _kyphotic(14, 2.8),
    "scoliosis, 25 degrees": _bent(110, "T8", "L4", Posture(scoliosis_deg=20)),
    "scoliosis, 35 degrees": _bent(111, "T8", "L4", Posture(scoliosis_deg=35)),
    "scoliosis, 45 degrees": _bent(112, "T8", "L4", Posture(scoliosis_deg=50)),
    "leaning, 40 degrees": _bent(202, "T11", "L5", Posture(tilt_deg=40)),
}


@dataclass(frozen=True)
class TiltedRow:
    """Mean and worst Dice of one spine, the names of vertebrae that lie under two labels, and of those that
    were not found."""

    scene: str
    dice: float
    worst: float
    under_two: tuple[str, ...]
    missed: tuple[str, ...] = ()


def under_two_labels(got: Mask, true: Mask, labels: Sequence[int]) -> tuple[str, ...]:
    """Names of the vertebrae of which what is drawn in them bears another label in good part."""
    out = []
    for label in labels:
        drawn = got.array[true.array == label]
        drawn = drawn[drawn > 0]
        if drawn.size and float((drawn != label).mean()) > _OTHER_SHARE:
            out.append(name_of(label))
    return tuple(out)


def matched(
    result: EngineResult, places: Mapping[int, FloatArray | tuple[float, float, float]]
) -> dict[int, int]:
    """For each true label the label of what was found at its place, whatever its name."""
    out = {}
    for label, place in places.items():
        away = {
            name: float(np.linalg.norm(np.subtract(point, place)))
            for name, point in result.centroids_ras_mm.items()
        }
        nearest = min(away, key=lambda name: away[name], default=None)
        if nearest is not None and away[nearest] <= _WITHIN_MM:
            out[label] = nearest
    return out


def measure_tilted(
    engine: SpineEngine, say: Callable[[str], None], only: Sequence[str] = (), *, find: bool = False
) -> list[TiltedRow]:
    """Every tilted spine, or those whose name begins with one of `only`; with `find` no centres are given."""
    rows = []
    for name, spec in TILTED.items():
        if only and not name.startswith(tuple(only)):
            continue
        phantom = make_phantom(spec)
        labels, given = list(phantom.centroids_ras_mm), {"centroids_ras_mm": phantom.centroids_ras_mm}
        result = run_engine(engine, phantom.volume, {} if find else given)
        drawn_as = matched(result, phantom.centroids_ras_mm) if find else {label: label for label in labels}
        scores = [
            dice(result.mask.array == drawn_as[label], phantom.mask.array == label)
            if label in drawn_as
            else 0.0
            for label in labels
        ]
        two = () if find else under_two_labels(result.mask, phantom.mask, labels)
        missed = tuple(name_of(label) for label in labels if label not in drawn_as)
        rows.append(TiltedRow(name, round(float(np.mean(scores)), 3), round(min(scores), 3), two, missed))
        say(f"{name}: Dice {rows[-1].dice}, worst {rows[-1].worst}, two labels: {len(two)}, missed: {missed}")
    return rows


def tilted_table(rows: Sequence[TiltedRow]) -> str:
    """The rows as a table in Markdown."""
    lines = ["| spine | Dice | worst | under two labels | missed |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.scene} | {row.dice:.3f} | {row.worst:.3f} | {', '.join(row.under_two) or 'none'} "
        f"| {', '.join(row.missed) or 'none'} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"
