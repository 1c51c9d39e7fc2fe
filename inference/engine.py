"""The built-in engine: localise, label, segment, fuse.

The site finds it by its dotted path. Importing this module and making an engine cost little (the weights
are looked up and their digests checked); torch is loaded by the first run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.engine_api import EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.labels import sort_labels
from inference.certainty import CARRIED_OVER, Certainty
from inference.prepare import prepare
from inference.report import KEEP, make_result
from inference.run import Context, Run, given_centres
from inference.stance import turns
from inference.weights import WeightSet, find_weights

STAGES = ("localise", "label", "segment", "fuse")


@dataclass(frozen=True)
class Correction:
    """The current mask (canonical order), of which only the touched levels are made anew."""

    mask: npt.NDArray[np.uint8]
    touched: tuple[int, ...]


class SpineEngine:
    """Segments and names the vertebrae of a CT with the weights that ship with the product."""

    name = "Vertebase spine engine"
    stages = STAGES
    corrects = True  # it can segment single levels anew (option `touched`)

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

        Options: `device` ("cpu"; a card that is not there or too small is replaced by it, with a note),
        `processor_only`, `threads`, `mixed_precision`, `quick` (one look at each vertebra instead
        of two); `cut` ("keep", or "leave_out" for vertebrae that the border of the image cuts);
        `centroids_ras_mm` (label -> point), which leaves out the first two stages; and with it
        `touched`: only these levels are made anew, the others stay as they are in `imported_mask`, voxel
        for voxel, and a touched level without a centre is removed. What finished stages leave in `work_dir`
        is used again by a later run on the same input. Raises `BadInput`, `Cancelled`, `EngineUnavailable`.
        """
        began = time.monotonic()
        context = Context(prepare(request.volume))
        correction = _correction(request)
        run = Run(self._weights, request.options, request.work_dir, progress, cancelled)
        run.identify(context)
        with run.turn():
            context = _through_networks(run, context, request.options.get("centroids_ras_mm"), correction)
        context = run.stage("fuse", run.fuse, context)
        report = {
            "engine": self.name,
            "version": self.version,
            "device": run.ran_on,
            "mixed_precision": run.runtime.mixed_precision,
            "stages": run.records,
            "weights": {name: file.sha256 for name, file in self._weights.files.items()},
        }
        if correction is not None:
            report["touched"] = list(correction.touched)
        kept = _untouched(correction)
        report |= {"seconds": round(time.monotonic() - began, 3)}
        about = [*_about_certainty(context, self._weights), *_about_turning(context)]
        report["notes"] = [*run.runtime.retreat.notes, *about]
        return make_result(context, report, kept, cut=str(request.options.get("cut", KEEP)))


def _through_networks(
    run: Run, context: Context, given: Mapping[Any, Any] | None, correction: Correction | None
) -> Context:
    """The stages that need the device."""
    if given is None and correction is None:
        context = run.stage("localise", run.localise, context)
        context = run.stage("label", run.label, context)
    else:
        centres = given_centres(context.prepared.volume.geometry, given or {})
        turned = turns(centres)
        if correction is not None:
            centres = {label: centres[label] for label in correction.touched if label in centres}
        ordered = {label: centres[label] for label in sort_labels(centres)}
        context = replace(context, centres=ordered, turns=turned)
    return run.stage("segment", run.segment, context)


def _about_certainty(context: Context, weights: WeightSet) -> list[str]:
    """What is to be said where these weights do not know how sure they are of what they found."""
    if context.naming is None or not context.naming.labels:
        return []
    if Certainty.of(weights.about) is None:
        return [
            "These weights were never calibrated: all that looked like a vertebra is drawn, and nothing says "
            "how likely it is one. Look whether it is a spine at all."
        ]
    if weights.about.get(CARRIED_OVER):
        return ["How sure the engine is was fitted to earlier weights: take the percentages as rough."]
    return []


def _about_turning(context: Context) -> list[str]:
    """That the spine was found in a turned field: its ends are what a rater should look at."""
    if not context.turned_deg:
        return []
    return [
        f"The spine stands steeply: it was found in a field turned by {context.turned_deg:.0f} degrees. "
        "Look at its ends."
    ]


def _correction(request: EngineRequest) -> Correction | None:
    """What is to be corrected, or None for a whole run. Raises `BadInput`: no_current_mask, other_grid."""
    touched = request.options.get("touched")
    if touched is None:
        return None
    if request.imported_mask is None:
        raise BadInput("no_current_mask", "correcting single levels needs the current mask")
    if not request.imported_mask.geometry.matches(request.volume.geometry):
        raise BadInput("other_grid", "the current mask is not on the grid of its CT")
    levels = tuple(sort_labels({int(label) for label in touched}))
    return Correction(to_canonical(request.imported_mask).array, levels)


def _untouched(correction: Correction | None) -> npt.NDArray[np.uint8] | None:
    """The current mask without the touched levels."""
    if correction is None:
        return None
    return np.where(np.isin(correction.mask, correction.touched), 0, correction.mask).astype(np.uint8)
