"""How good the engine is on labelled CTs: end to end, and the segmentation with the centres given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.engine_api import EngineRequest, EngineResult
from backend.science.geometry import to_canonical
from backend.science.labels import name_of, sort_labels
from backend.science.volume import Mask, Volume
from inference.centres import mask_centres
from inference.engine import SpineEngine
from inference.training.real import body_centres

FOUND_WITHIN_MM = 20.0


def dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    """Dice's coefficient; 0 where either is empty."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 0.0


def run_engine(engine: SpineEngine, volume: Volume, options: dict[str, Any]) -> EngineResult:
    """Run the engine in a folder of its own."""
    with TemporaryDirectory() as scratch:
        return engine.run(
            EngineRequest(volume, Path(scratch), options=options), lambda _: None, lambda: False
        )


def evaluate_case(
    volume: Volume,
    reference: Mask,
    *,
    name: str = "",
    engine: SpineEngine | None = None,
    cut_too: bool = False,
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Compare the engine's result with a reference mask.

    Only vertebrae that the reference has whole from top to bottom count as missed; with `cut_too` also those
    of which only the body is whole. Centres are those of `inference.centres` on both sides. `found_as` is the
    name that the engine gave to the vertebra, whichever it was; `dice` is against the mask of that name,
    `dice_given_centre` with the first two stages replaced by the reference's centres, and `volume_ratio` is
    the found volume over the reference's.
    """
    engine = engine or SpineEngine()
    canonical = to_canonical(reference)
    whole_bodies = body_centres(canonical, cut_too=cut_too)
    by_mask = mask_centres(canonical, whole_bodies)
    centres = {
        label: by_mask.get(label, canonical.geometry.voxel_to_ras_mm(centre))
        for label, centre in whole_bodies.items()
    }
    alone = run_engine(engine, volume, {**(options or {}), "centroids_ras_mm": centres}) if centres else None
    whole = run_engine(engine, volume, options or {})
    found = {label: np.array(point) for label, point in whole.centroids_ras_mm.items()}
    rows = {}
    for label in sort_labels(centres):
        near = min(found, key=lambda x: float(np.linalg.norm(found[x] - centres[label])), default=None)
        distance = float(np.linalg.norm(found[near] - centres[label])) if near is not None else np.inf
        hit = near if distance < FOUND_WITHIN_MM else None
        true = reference.array == label
        got = whole.mask.array == hit if hit is not None else np.zeros_like(true)
        rows[name_of(label)] = {
            "found_as": name_of(hit) if hit is not None else None,
            "distance_mm": round(distance, 1) if hit is not None else None,
            "dice": round(dice(got, true), 3),
            "volume_ratio": round(float(got.sum() / true.sum()), 2),
            "dice_given_centre": round(dice(alone.mask.array == label, true), 3) if alone else None,
        }
    in_reference = [np.array(point) for point in _every_centre(canonical)]
    extra = [
        name_of(label)
        for label, point in found.items()
        if all(float(np.linalg.norm(point - other)) > FOUND_WITHIN_MM for other in in_reference)
    ]
    return {"case": name, "vertebrae": rows, "extra": extra, "naming": whole.report["naming"]}


def _every_centre(reference: Mask) -> list[tuple[float, float, float]]:
    """Middles of all labels, cut ones included."""
    out = []
    for label in np.unique(reference.array):
        if label:
            x, y, z = reference.geometry.voxel_to_ras_mm(np.argwhere(reference.array == label).mean(axis=0))
            out.append((float(x), float(y), float(z)))
    return out


def table(results: Sequence[dict[str, Any]]) -> str:
    """Results of `evaluate_case` as a table in Markdown."""
    lines = [
        "| CT | level | named | centre off by (mm) | Dice, end to end | Dice, centre given | volume ratio |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        for level, row in result["vertebrae"].items():
            distance = "-" if row["distance_mm"] is None else f"{row['distance_mm']:.1f}"
            given = "-" if row["dice_given_centre"] is None else f"{row['dice_given_centre']:.2f}"
            lines.append(
                f"| {result['case']} | {level} | {row['found_as'] or 'missed'} | {distance} | "
                f"{row['dice']:.2f} | {given} | {row['volume_ratio']:.2f} |"
            )
        if result["extra"]:
            lines.append(f"| {result['case']} | none | {', '.join(result['extra'])} (added) | | | | |")
    return "\n".join(lines) + "\n"
