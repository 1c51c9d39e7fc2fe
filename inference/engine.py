"""The built-in engine: localise, label, segment, fuse.

The site finds it by its dotted path. Importing this module and making an engine cost little (the weights
are looked up and their digests checked); torch is loaded by the first run.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from backend.science.engine_api import EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.labels import name_of, sort_labels
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.patches import AIR_HU, PATCH_SPACING_MM, WIDE_SPACING_MM, Float32, FloatArray
from inference.sampling import IsoGrid, canonical_to_original, make_isotropic
from inference.weights import WeightSet, find_weights

if TYPE_CHECKING:
    from inference.runtime import Runtime
    from inference.stages.fuse import Fused
    from inference.stages.label import Naming
    from inference.stages.localise import Localisation
    from inference.stages.segment import Patch

STAGES = ("localise", "label", "segment", "fuse")
_SMALLEST_FIELD_MM = 12.0
# Centres this near to the top or bottom of the field of view belong to vertebrae that are cut off.
_CUT_OFF_MM = 8.0
_LEAST_ML = 1.0


@dataclass(frozen=True)
class Prepared:
    """The checked CT in closest canonical order, int16 HU, with what had to be mended."""

    original: VolumeGeometry
    volume: Volume
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What the stages have found so far; each stage adds its part."""

    prepared: Prepared
    wide: Float32 | None = None
    found: Localisation | None = None
    naming: Naming | None = None
    patches: Mapping[int, Patch] = field(default_factory=dict)
    fused: Fused | None = None


def prepare(volume: Volume) -> Prepared:
    """Check that the volume can be a CT and bring it to canonical order.

    Not-a-number voxels become air, values beyond the CT range are cut to it. Raises `BadInput`:
    constant_volume, not_ct, field_too_small, no_values.
    """
    array, notes = volume.array, []
    if np.issubdtype(array.dtype, np.floating):
        bad = ~np.isfinite(array)
        if bad.all():
            raise BadInput("no_values", "the volume holds no finite value")
        if bad.any():
            notes.append(f"{int(bad.sum())} voxels without a finite value were taken as air")
            array = np.where(bad, AIR_HU, array)
    low, high = float(array.min()), float(array.max())
    if low == high:
        raise BadInput("constant_volume", f"every voxel of the volume is {low:g}: there is nothing to see")
    if low >= 0:
        raise BadInput("not_ct", "no voxel is below 0: these are not Hounsfield units of a CT")
    extent = np.array(volume.geometry.shape) * np.asarray(volume.geometry.spacing_mm)
    if extent.min() < _SMALLEST_FIELD_MM:
        raise BadInput("field_too_small", f"the field of view is only {extent.min():.0f} mm along one axis")
    if high > 32000 or low < -32000:
        notes.append("values beyond the CT range were cut to it")
    hounsfield = np.clip(array, -1024, 3071).astype(np.int16)
    return Prepared(volume.geometry, to_canonical(Volume(volume.geometry, hounsfield)), tuple(notes))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _array_digest(array: npt.NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


class SpineEngine:
    """Segments and names the vertebrae of a CT with the weights that ship with the product."""

    name = "Vertebase spine engine"
    stages = STAGES

    def __init__(self, weights: WeightSet | None = None) -> None:
        """Look up the weights. Raises `EngineUnavailable` where there are none or they are damaged."""
        self._weights = weights or find_weights()
        self.version = self._weights.version

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Segment the request's volume.

        Options: `device` ("cpu"), `threads`, `mixed_precision`, `mirrored`, and `centroids_ras_mm` (label
        -> point): with given centroids the first two stages are left out, so that a corrected name or
        place runs only what depends on it. Raises `BadInput`, `Cancelled`, `EngineUnavailable`.
        """
        began = time.monotonic()
        context = Context(prepare(request.volume))
        run = _Run(self._weights, request.options, progress, cancelled)
        given = request.options.get("centroids_ras_mm")
        if given is None:
            context = run.stage("localise", run.localise, context)
            context = run.stage("label", run.label, context)
            centres = _centres(context)
        else:
            grid = IsoGrid(context.prepared.volume.geometry, PATCH_SPACING_MM)
            source = context.prepared.volume.geometry.ras_mm_to_voxel
            centres = {int(label): grid.from_source(source(point)) for label, point in given.items()}
        run.centres = {label: centres[label] for label in sort_labels(centres)}
        context = run.stage("segment", run.segment, context)
        context = run.stage("fuse", run.fuse, context)
        return _result(context, run, self, time.monotonic() - began)


def _centres(context: Context) -> dict[int, FloatArray]:
    """The named body centres on the 1.5 mm grid, without vertebrae that the field of view cuts off."""
    assert context.found is not None
    assert context.naming is not None
    coarse, fine = context.found.grid, IsoGrid(context.prepared.volume.geometry, PATCH_SPACING_MM)
    margin = _CUT_OFF_MM / WIDE_SPACING_MM
    out = {}
    for label, candidate in zip(context.naming.labels, context.naming.candidates, strict=True):
        if margin <= candidate.centre[2] <= coarse.shape[2] - 1 - margin:
            out[label] = fine.from_source(coarse.to_source(candidate.centre))
    return out


class _Run:
    """One run's networks, clock and digests."""

    def __init__(
        self,
        weights: WeightSet,
        options: Mapping[str, Any],
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        import torch

        from inference.runtime import Runtime, has_fast_bf16

        self.device = str(options.get("device", "cpu"))
        torch.set_num_threads(int(options.get("threads", os.cpu_count() or 1)))
        mixed = bool(options.get("mixed_precision", self.device != "cpu" or has_fast_bf16()))
        self.runtime: Runtime = Runtime(self.device, mixed, cancelled)
        self.weights, self.progress = weights, progress
        self.mirrored = bool(options.get("mirrored", False))
        self.centres: dict[int, FloatArray] = {}
        self.records: list[dict[str, Any]] = []

    def stage(
        self, name: str, work: Callable[[Context, Runtime], tuple[Context, str]], context: Context
    ) -> Context:
        """Run one stage with its clock, its progress and the digest of what it made."""
        began = time.monotonic()
        runtime = replace(self.runtime, tell=lambda part: self.progress(StageProgress(name, min(part, 0.99))))
        runtime.check(0.0)
        context, digest = work(context, runtime)
        seconds = round(time.monotonic() - began, 3)
        self.records.append({"name": name, "seconds": seconds, "digest": digest})
        self.progress(StageProgress(name, 1.0, seconds=seconds, digest=digest))
        return context

    def localise(self, context: Context, runtime: Runtime) -> tuple[Context, str]:
        """Stage 1."""
        from inference.loading import load_network
        from inference.stages.localise import localise

        volume = context.prepared.volume
        grid = IsoGrid(volume.geometry, WIDE_SPACING_MM)
        network = load_network(self.weights.files["localise"], self.device)
        image = make_isotropic(volume.array, grid)
        found = localise(image, grid, network, runtime)
        return replace(context, wide=image, found=found), _array_digest(found.vertebra)

    def label(self, context: Context, runtime: Runtime) -> tuple[Context, str]:
        """Stage 2."""
        from inference.loading import load_network
        from inference.stages.label import label

        assert context.found is not None
        assert context.wide is not None
        network = load_network(self.weights.files["label"], self.device)
        naming = label(context.wide, context.found, network, replace(runtime, mixed_precision=False))
        return replace(context, naming=naming), _digest([naming.labels, naming.confidence])

    def segment(self, context: Context, runtime: Runtime) -> tuple[Context, str]:
        """Stage 3."""
        from inference.loading import load_network
        from inference.stages.segment import segment

        volume = context.prepared.volume
        if not self.centres:
            return context, _digest([])
        grid = IsoGrid(volume.geometry, PATCH_SPACING_MM)
        image = make_isotropic(volume.array, grid)
        network = load_network(self.weights.files["segment"], self.device)
        patches = segment(image, grid, self.centres, network, runtime, mirrored=self.mirrored)
        digest = _digest([_array_digest(patch.probability) for patch in patches.values()])
        return replace(context, patches=patches), digest

    def fuse(self, context: Context, runtime: Runtime) -> tuple[Context, str]:
        """Stage 4."""
        from inference.stages.fuse import fuse

        fused = fuse(context.prepared.volume.geometry.shape, context.patches, runtime)
        return replace(context, fused=fused), _array_digest(fused.mask)


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


def _result(context: Context, run: _Run, engine: SpineEngine, seconds: float) -> EngineResult:
    prepared, fused = context.prepared, context.fused
    assert fused is not None
    ml = prepared.volume.geometry.voxel_volume_mm3 / 1000
    kept = [label for label in run.centres if fused.voxels.get(label, 0) * ml >= _LEAST_ML]
    mask = np.where(np.isin(fused.mask, kept), fused.mask, 0).astype(np.uint8)
    centroids = {label: _body_centre(context, label, run.centres[label]) for label in kept}
    points = {label: (float(p[0]), float(p[1]), float(p[2])) for label, p in centroids.items()}
    report: dict[str, Any] = {
        "engine": engine.name,
        "version": engine.version,
        "device": run.device,
        "mixed_precision": run.runtime.mixed_precision,
        "seconds": round(seconds, 3),
        "stages": run.records,
        "weights": {name: file.sha256 for name, file in run.weights.files.items()},
        "notes": list(prepared.notes),
        "vertebrae": {str(label): _about(context, label, fused) for label in kept},
        **_naming_report(context, kept),
    }
    return EngineResult(
        Mask(prepared.original, canonical_to_original(mask, prepared.original)), points, report
    )


def _about(context: Context, label: int, fused: Fused) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name_of(label), "uncertainty": round(fused.uncertainty[label], 4)}
    if context.naming is not None:
        about["confidence"] = round(context.naming.confidence[context.naming.labels.index(label)], 3)
    return about


def _naming_report(context: Context, kept: list[int]) -> dict[str, Any]:
    naming = context.naming
    if naming is None:
        return {"naming": {"statement": "Named by the request.", "anchors": [], "confidence": 1.0}}
    statement = naming.statement if kept else "No vertebra was found."
    return {
        "naming": {
            "statement": statement,
            "anchors": naming.anchors.names(),
            "confidence": round(naming.overall, 3) if kept else 0.0,
        }
    }
