"""How many clicks a mask needs: a simulated rater clicks into the middle of the largest error each time."""

from __future__ import annotations

from typing import Any

import edt
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from backend.science.geometry import to_canonical
from backend.science.labels import name_of, sort_labels
from backend.science.volume import Mask, Volume
from inference.engine import SpineEngine
from inference.evaluation import dice, run_engine
from inference.refine import Click, Refined, refine_vertebra
from inference.training.real import body_centres
from inference.weights import find_weights

GOAL, MOST_CLICKS = 0.95, 12
_BRUSH_MM = 4.0

Bools = npt.NDArray[np.bool_]


def next_click(got: Bools, true: Bools, mask: Mask) -> Click:
    """The deepest voxel of the largest connected error."""
    spacing = mask.geometry.spacing_mm
    deepest, place, positive = 0.0, (0, 0, 0), True
    for wanted, wrong in ((True, true & ~got), (False, got & ~true)):
        parts, count = ndimage.label(wrong)
        if count == 0:
            continue
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        largest = parts == sizes.argmax()
        if sizes.max() > deepest:
            depth = edt.edt(np.pad(largest, 1), anisotropy=spacing)[1:-1, 1:-1, 1:-1]
            at = np.unravel_index(int(depth.argmax()), depth.shape)
            deepest, place, positive = float(sizes.max()), (int(at[0]), int(at[1]), int(at[2])), wanted
    x, y, z = mask.geometry.voxel_to_ras_mm(place)
    return Click((float(x), float(y), float(z)), positive)


def _paste(mask: Mask, label: int, refined: Refined) -> Bools:
    out = np.array(mask.array == label)
    box = tuple(slice(o, o + n) for o, n in zip(refined.origin, refined.inside.shape, strict=True))
    out[box] = refined.inside
    return out


def _brushed(got: Bools, mask: Mask, click: Click) -> Bools:
    """What a brush of 4 mm does with the same click, for comparison."""
    at = mask.geometry.ras_mm_to_voxel(click.point_ras_mm)
    index = np.indices(mask.array.shape, np.float32).reshape(3, -1).T
    near = np.linalg.norm((index - at) * mask.geometry.spacing_mm, axis=1) <= _BRUSH_MM
    out = got.copy()
    out[near.reshape(got.shape)] = click.positive
    return out


def clicks_needed(volume: Volume, reference: Mask, engine: SpineEngine | None = None) -> dict[str, Any]:
    """For each whole vertebra: Dice after each click, by refining and by a 4 mm brush, and the clicks to
    0.95 (None if not reached)."""
    engine = engine or SpineEngine()
    volume, reference = to_canonical(volume), to_canonical(reference)
    centres = {label: reference.geometry.voxel_to_ras_mm(c) for label, c in body_centres(reference).items()}
    start = run_engine(engine, volume, {"centroids_ras_mm": centres}).mask
    return {
        name_of(label): _one(volume, reference, start, label, tuple(centres[label]))
        for label in sort_labels(centres)
    }


def _one(
    volume: Volume, reference: Mask, start: Mask, label: int, centre: tuple[float, float, float]
) -> dict[str, Any]:
    true = reference.array == label
    got = brushed = start.array == label
    refined_to, brushed_to = [dice(got, true)], [dice(got, true)]
    made: list[Click] = []
    seconds = 0.0
    while len(made) < MOST_CLICKS and refined_to[-1] < GOAL:
        made.append(next_click(got, true, reference))
        refined = refine_vertebra(volume, start, label, made, centroid_ras_mm=centre, weights=find_weights())
        seconds = max(seconds, refined.seconds)
        got = _paste(start, label, refined)
        refined_to.append(dice(got, true))
        brushed = _brushed(brushed, reference, next_click(brushed, true, reference))
        brushed_to.append(dice(brushed, true))
    return {
        "clicks": len(made) if refined_to[-1] >= GOAL else None,
        "refined": [round(value, 3) for value in refined_to],
        "brushed": [round(value, 3) for value in brushed_to],
        "slowest_s": seconds,
    }
