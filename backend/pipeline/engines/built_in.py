"""The two engines that compute nothing, and say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from backend.common.errors import Invalid
from backend.science.engine_api import EngineRequest, EngineResult, StageProgress
from backend.science.geometry import resample_mask
from backend.science.volume import Mask, mask_centroids


class NoImportedMask(Invalid):
    code = "no_imported_mask"
    message = "No mask was uploaded beside this CT."


class ImportedMaskEngine:
    """Takes the mask that was uploaded beside the CT as it is."""

    name: ClassVar[str] = "Imported mask"
    version: ClassVar[str] = "1"
    stages: ClassVar[tuple[str, ...]] = ("read", "label")

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """The imported mask on the volume's grid. Raises `NoImportedMask` where there is none."""
        if request.imported_mask is None:
            raise NoImportedMask
        progress(StageProgress("read", 0.0))
        mask = request.imported_mask
        if not mask.geometry.matches(request.volume.geometry):
            mask = resample_mask(mask, request.volume.geometry)
        progress(StageProgress("read", 1.0))
        labels = sorted(mask_centroids(mask))
        progress(StageProgress("label", 1.0))
        named = request.options.get("imported_centroids_ras_mm", {})
        return EngineResult(
            mask=mask,
            centroids_ras_mm={int(label): tuple(point) for label, point in named.items()},
            report={
                "device": "cpu",
                "naming": {"statement": "The labels are those of the uploaded mask.", "doubt": False},
                "labels": labels,
            },
        )


class EmptyMaskEngine:
    """Gives an empty mask: people start from nothing."""

    name: ClassVar[str] = "Empty mask"
    version: ClassVar[str] = "1"
    stages: ClassVar[tuple[str, ...]] = ("empty",)

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """A mask of background."""
        shape = request.volume.geometry.shape
        mask = Mask(request.volume.geometry, np.zeros(shape, np.uint8, order="F"))
        progress(StageProgress("empty", 1.0))
        return EngineResult(
            mask=mask, report={"device": "cpu", "naming": {"statement": "Nothing was segmented."}}
        )
