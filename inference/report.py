"""From the stages' findings to the engine's result: mask, centroids, entropy and report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from backend.science.engine_api import EngineResult
from backend.science.labels import name_of
from backend.science.volume import Mask, label_boxes
from inference.centres import mask_centres
from inference.patches import PATCH_SPACING_MM, FloatArray
from inference.plausible import is_spine
from inference.run import Context
from inference.sampling import IsoGrid, canonical_to_original

if TYPE_CHECKING:
    from inference.stages.label import Naming

KEEP, LEAVE_OUT = "keep", "leave_out"
UInt8 = npt.NDArray[np.uint8]
_LEAST_ML = 1.0
# Even in osteoporosis the shell of a vertebra is denser than muscle: the 90th percentile of its voxels is.
_LEAST_DENSE_HU = 110.0
# A mask whose body lies farther off than this from where it was looked for has leaked.
_FARTHEST_MM = 15.0


def _peak(context: Context, label: int) -> FloatArray:
    """Where the first two stages, or the request, have put a vertebra's centre, in RAS mm."""
    geometry = context.prepared.volume.geometry
    return geometry.voxel_to_ras_mm(IsoGrid(geometry, PATCH_SPACING_MM).to_source(context.centres[label]))


def _centroids(context: Context, mask: UInt8, labels: list[int]) -> dict[int, tuple[float, float, float]]:
    """Centres of the bodies by the mask, in RAS mm. Where the mask does not tell them (C1, C2, a body that is
    cut or hangs together with its arch) the place that was looked at stands in."""
    by_mask = mask_centres(Mask(context.prepared.volume.geometry, mask), labels)
    out = {}
    for label in labels:
        point = peak = _peak(context, label)
        if label in by_mask and float(np.linalg.norm(by_mask[label] - peak)) < _FARTHEST_MM:
            point = by_mask[label]
        out[label] = (float(point[0]), float(point[1]), float(point[2]))
    return out


def _wanted(context: Context, cut: str) -> tuple[list[int], list[str]]:
    """The levels worth keeping, and notes on those that were found by the engine but hold no bone, and on
    those that the border of the image cuts, which are left out where `cut` is "leave_out".

    Levels that the request itself has placed are kept whatever they hold.
    """
    prepared, fused = context.prepared, context.fused
    assert fused is not None
    ml = prepared.volume.geometry.voxel_volume_mm3 / 1000
    large = [label for label in context.centres if fused.voxels.get(label, 0) * ml >= _LEAST_ML]
    if context.naming is None:
        return large, []
    if large and not is_spine(context.patches, context.centres, prepared.volume.array):
        return [], [
            *_unsure(context),
            f"a column of {len(large)} dense round things was left out: no spinal canal runs behind it",
        ]
    kept, notes = [], [*_unsure(context), *_scraps(context, large)]
    boxes = label_boxes(fused.mask)
    for label in large:
        inside = fused.mask[boxes[label]] == label
        dense = float(np.percentile(prepared.volume.array[boxes[label]][inside], 90))
        if dense < _LEAST_DENSE_HU:
            notes.append(f"{name_of(label)} was left out: nine tenths of it are below {dense:.0f} HU")
        elif cut == LEAVE_OUT and at_border(fused.mask.shape, boxes[label]):
            notes.append(f"{name_of(label)} was left out: the border of the image cuts it")
        else:
            kept.append(label)
    return kept, notes


def at_border(shape: tuple[int, ...], box: tuple[slice, slice, slice]) -> bool:
    """Whether the border of the image touches a box of voxels (`backend.science.regions` tells it alike)."""
    return any(side.start == 0 or side.stop == n for side, n in zip(box, shape, strict=True))


def _unsure(context: Context) -> list[str]:
    """What was counted along and not drawn, since it is more likely no vertebra."""
    assert context.naming is not None
    if not context.certainty:
        return []
    if not context.centres:
        share, count = round(100 * float(np.mean(context.certainty))), len(context.certainty)
        return [f"{count} things in a row were left out: that they are a spine is only {share} % likely"]
    rows = zip(context.naming.labels, context.certainty, strict=True)
    return [
        f"something at {name_of(label)} was left out: it is a vertebra at {round(100 * p)} % only"
        for label, p in rows
        if label not in context.centres
    ]


def _scraps(context: Context, large: list[int]) -> list[str]:
    """Vertebrae of which too little is in view for a mask."""
    small = [name_of(label) for label in context.centres if label not in large]
    return [f"{name} was left out: less than {_LEAST_ML:.0f} ml of it is in view" for name in small]


def _merge(fused: UInt8, wanted: list[int], kept: UInt8 | None) -> UInt8:
    """The wanted levels of the new mask; voxels of levels that stay as they are go first."""
    becomes = np.zeros(256, np.uint8)
    becomes[wanted] = wanted
    mask = becomes[fused]
    return mask if kept is None else np.where(kept > 0, kept, mask)


def make_result(
    context: Context, report: dict[str, Any], kept: UInt8 | None, *, cut: str = KEEP
) -> EngineResult:
    """The result on the grid of the request. `kept` holds the levels that the run was not to touch; `cut`
    says what becomes of vertebrae that the border of the image cuts: `KEEP` or `LEAVE_OUT`."""
    prepared, fused = context.prepared, context.fused
    assert fused is not None
    wanted, unlike = _wanted(context, cut)
    mask = _merge(fused.mask, wanted, kept)
    points = _centroids(context, mask, wanted)
    boxes = label_boxes(mask)
    cut_off = [label for label in wanted if label in boxes and at_border(mask.shape, boxes[label])]
    uncertainty = {str(label): round(fused.uncertainty[label], 4) for label in wanted}
    report |= {
        "notes": [*report.get("notes", []), *prepared.notes, *unlike],
        "vertebrae": {
            str(label): _about(context, label, uncertainty) | {"cut": label in cut_off} for label in wanted
        },
        "cut": cut_off,
        "spine_confidence": _mean(context.certainty),
        "uncertainty": uncertainty,
        "uncertainty_overall": round(float(np.mean(list(uncertainty.values()))), 4) if uncertainty else 0.0,
        "naming": _naming_report(context, wanted),
    }
    return EngineResult(
        Mask(prepared.original, canonical_to_original(mask, prepared.original)),
        points,
        report,
        canonical_to_original(fused.entropy if points else np.zeros_like(fused.entropy), prepared.original),
    )


def _about(context: Context, label: int, uncertainty: dict[str, float]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name_of(label), "uncertainty": uncertainty[str(label)]}
    if context.naming is not None:
        place = context.naming.labels.index(label)
        about["confidence"] = round(context.naming.confidence[place], 3)
        if context.certainty is not None:
            about["vertebra_confidence"] = round(context.certainty[place], 3)
    return about


def _mean(certainty: tuple[float, ...] | None) -> float | None:
    """How likely the chain is a spine; None where nothing was found, or nothing is known."""
    return round(float(np.mean(certainty)), 3) if certainty else None


def _anchor_places(context: Context) -> list[dict[str, Any]]:
    """Each anchor with its own certainty and where it was seen (RAS mm)."""
    assert context.found is not None
    assert context.naming is not None
    out = []
    for seen in context.naming.seen:
        place = [round(float(v), 1) for v in context.found.grid.to_ras_mm(seen.centre)]
        out.append({"name": seen.name, "certainty": seen.certainty, "place_ras_mm": place})
    return out


def _namings(naming: Naming, kept: list[int]) -> tuple[float, list[dict[str, Any]]]:
    """How likely the names of the mask's vertebrae are, and what else they may be called; namings that
    differ only in bodies that are not in the mask are one."""
    places = [k for k, label in enumerate(naming.labels) if label in kept]
    present = tuple(naming.labels[k] for k in places)
    likely = {present: naming.overall}
    for other in naming.others:
        labels = tuple(other.labels[k] for k in places)
        likely[labels] = likely.get(labels, 0.0) + other.probability
    share = likely.pop(present)
    ordered = sorted(likely.items(), key=lambda row: -row[1])
    return share, [{"labels": list(labels), "probability": round(p, 3)} for labels, p in ordered]


def _naming_report(context: Context, kept: list[int]) -> dict[str, Any]:
    naming = context.naming
    if naming is None:
        return {
            "statement": "Named by the request.",
            "doubt": False,
            "anchors": [],
            "evidence": [],
            "confidence": 1.0,
            "levels": {},
            "alternatives": [],
        }
    shares = zip(naming.labels, naming.confidence, strict=True)
    # in the order of the spine, and without bodies of which the field of view holds too little for a mask
    in_mask = [label for label in naming.labels if label in kept]
    share, others = _namings(naming, kept)
    return {
        "statement": naming.statement(in_mask),
        "doubt": bool(kept) and naming.doubtful,
        "anchors": naming.anchors.names(),
        "evidence": _anchor_places(context) if kept else [],
        "confidence": round(share, 3) if kept else 0.0,
        "levels": {str(label): round(share, 3) for label, share in shares if label in kept},
        "alternatives": others if kept else [],
    }
