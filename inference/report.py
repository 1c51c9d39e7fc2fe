"""From the stages' findings to the engine's result: mask, centroids, entropy and report."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.engine_api import EngineResult
from backend.science.labels import name_of
from backend.science.volume import Mask, label_boxes
from inference.patches import PATCH_SPACING_MM, FloatArray
from inference.run import Context
from inference.sampling import IsoGrid, canonical_to_original

UInt8 = npt.NDArray[np.uint8]
_LEAST_ML = 1.0
# Even in osteoporosis the shell of a vertebra is denser than muscle: the 90th percentile of its voxels is.
_LEAST_DENSE_HU = 110.0


def _body_centre(context: Context, label: int, centre: FloatArray) -> FloatArray:
    """Centre of mass of the voxels that are both this vertebra's and the localiser's body, in RAS mm.

    The peak of the centre map stands in where the two have too little in common (a body that is cut or
    collapsed).
    """
    assert context.fused is not None
    geometry = context.prepared.volume.geometry
    fine = IsoGrid(geometry, PATCH_SPACING_MM)
    peak = geometry.voxel_to_ras_mm(fine.to_source(centre))
    if context.found is None:
        return peak
    coarse = context.found.grid
    middle = coarse.from_source(fine.to_source(centre))
    from inference.stages.localise import near

    box = near(coarse.shape, middle, np.full(3, 9.0))
    index = np.indices([side.stop - side.start for side in box]).reshape(3, -1).T
    index = index + np.array([side.start for side in box])
    voxels = np.rint(coarse.to_source(index)).astype(int)
    voxels = np.clip(voxels, 0, np.array(geometry.shape) - 1)
    weight = context.found.body[box].ravel() * (context.fused.mask[tuple(voxels.T)] == label)
    weight = np.where(weight > 0.3, weight, 0)
    if weight.sum() < 60:
        return peak
    mean = (index * weight[:, None]).sum(axis=0) / weight.sum()
    point = coarse.to_ras_mm(mean)
    return point if float(np.linalg.norm(point - peak)) < 10 else peak


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
    centroids = {label: _body_centre(context, label, context.centres[label]) for label in wanted}
    points = {label: (float(p[0]), float(p[1]), float(p[2])) for label, p in centroids.items()}
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
        canonical_to_original(fused.entropy, prepared.original),
    )


def _about(context: Context, label: int, uncertainty: dict[str, float]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name_of(label), "uncertainty": uncertainty[str(label)]}
    if context.naming is not None:
        about["confidence"] = round(context.naming.confidence[context.naming.labels.index(label)], 3)
    return about


def _naming_report(context: Context, kept: list[int]) -> dict[str, Any]:
    naming = context.naming
    if naming is None:
        return {"statement": "Named by the request.", "anchors": [], "confidence": 1.0, "levels": {}}
    shares = zip(naming.labels, naming.confidence, strict=True)
    return {
        "statement": naming.statement if kept else "No vertebra was found.",
        "anchors": naming.anchors.names(),
        "confidence": round(naming.overall, 3) if kept else 0.0,
        "levels": {str(label): round(share, 3) for label, share in shares if label in kept},
    }
