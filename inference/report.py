"""From the stages' findings to the engine's result: mask, centroids, entropy and report."""

from __future__ import annotations

from typing import Any

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


def _wanted(context: Context) -> tuple[list[int], list[str]]:
    """The levels worth keeping, and notes on those that were found by the engine but hold no bone.

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
            f"a column of {len(large)} dense round things was left out: no spinal canal runs behind it"
        ]
    kept, notes = [], []
    boxes = label_boxes(fused.mask)
    for label in large:
        inside = fused.mask[boxes[label]] == label
        dense = float(np.percentile(prepared.volume.array[boxes[label]][inside], 90))
        if dense >= _LEAST_DENSE_HU:
            kept.append(label)
        else:
            notes.append(f"{name_of(label)} was left out: nine tenths of it are below {dense:.0f} HU")
    return kept, notes


def _merge(fused: UInt8, wanted: list[int], kept: UInt8 | None) -> UInt8:
    """The wanted levels of the new mask; voxels of levels that stay as they are go first."""
    mask = np.where(np.isin(fused, wanted), fused, 0).astype(np.uint8)
    return mask if kept is None else np.where(kept > 0, kept, mask)


def make_result(context: Context, report: dict[str, Any], kept: UInt8 | None) -> EngineResult:
    """The result on the grid of the request. `kept` holds the levels that the run was not to touch."""
    prepared, fused = context.prepared, context.fused
    assert fused is not None
    wanted, unlike = _wanted(context)
    mask = _merge(fused.mask, wanted, kept)
    points = _centroids(context, mask, wanted)
    uncertainty = {str(label): round(fused.uncertainty[label], 4) for label in wanted}
    report |= {
        "notes": [*prepared.notes, *unlike],
        "vertebrae": {str(label): _about(context, label, uncertainty) for label in wanted},
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
        about["confidence"] = round(context.naming.confidence[context.naming.labels.index(label)], 3)
    return about


def _naming_report(context: Context, kept: list[int]) -> dict[str, Any]:
    naming = context.naming
    if naming is None:
        return {
            "statement": "Named by the request.",
            "doubt": False,
            "anchors": [],
            "confidence": 1.0,
            "levels": {},
        }
    shares = zip(naming.labels, naming.confidence, strict=True)
    # in the order of the spine, and without bodies of which the field of view holds too little for a mask
    in_mask = [label for label in naming.labels if label in kept]
    return {
        "statement": naming.statement(in_mask),
        "doubt": bool(kept) and naming.doubtful,
        "anchors": naming.anchors.names(),
        "confidence": round(naming.overall, 3) if kept else 0.0,
        "levels": {str(label): round(share, 3) for label, share in shares if label in kept},
    }
