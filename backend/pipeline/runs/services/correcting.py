"""Corrections of an engine's result: only what they touch is made anew, as a new mask version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.accounts.models import User
from backend.common.errors import Conflict
from backend.common.models import JobState
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.masks.reports import EngineReport
from backend.pipeline.engines.finding import can_correct
from backend.pipeline.models import Run
from backend.pipeline.runs.services.runs import start_run
from backend.projects.models import Role
from backend.projects.selectors import require_role
from backend.science.correcting import Entry, Point, plan


class NothingToCorrect(Conflict):
    code = "nothing_to_correct"
    message = "This run has no mask that could be corrected."


class NothingChanged(Conflict):
    code = "nothing_changed"
    message = "No level and no centre differs from the mask: there is nothing to do."


class CannotSegment(Conflict):
    code = "engine_cannot_correct"
    message = (
        "This engine cannot segment single vertebrae again. Levels can be renamed and removed; "
        "to move or add a centre run the built-in engine."
    )


def centres_of(mask: MaskVersion) -> dict[int, Point]:
    """The centre of each vertebra in RAS mm: its body's where the engine gave it, else the whole mask's."""
    centres: dict[int, Point] = {}
    for label, centroid in mask.centroids_ras_mm.items():
        x, y, z = centroid["body"] or centroid["mask"]
        centres[int(label)] = (x, y, z)
    return centres


def correct_run(*, actor: User, run: Run, wanted: Sequence[Entry], priority: int = 0) -> Run:
    """Queue a run that brings ``run``'s mask to the vertebrae ``wanted``.

    Raises
    ------
    NothingToCorrect, NothingChanged, CannotSegment, BadInput
        the run made no mask; nothing differs; the engine cannot; an entry is wrong (in words).
    """
    require_role(actor, run.volume.series.project, Role.MANAGER)
    if run.state != JobState.SUCCEEDED or run.result is None:
        raise NothingToCorrect
    correction = plan(centres_of(run.result), wanted, geometry_of(run.volume))
    if correction.empty:
        raise NothingChanged
    if correction.touched and not can_correct(run.engine):
        raise CannotSegment(extra={"touched": list(correction.touched)})
    return start_run(
        volume=run.volume,
        engine=run.engine,
        requested_by=actor,
        priority=priority,
        parent=run.result,
        correction=correction,
    )


def centres_view(run: Run) -> dict[str, Any]:
    """What a page needs to show and change the centres: places in mm and in voxels, names, doubt."""
    if run.result is None:
        raise NothingToCorrect
    geometry = geometry_of(run.volume)
    told = EngineReport.read(run.report)
    levels = told.naming.levels if told.naming is not None else {}
    rows = []
    for label, point in centres_of(run.result).items():
        rows.append(
            {
                "label": label,
                "point_ras_mm": list(point),
                "voxel": [round(float(v), 2) for v in geometry.ras_mm_to_voxel(point)],
                "voxels": run.result.label_voxels.get(str(label), 0),
                "uncertainty": told.uncertainty.get(str(label)),
                "confidence": levels.get(str(label)),
            }
        )
    return {
        "mask_id": run.result_id,
        "mask_number": run.result.number,
        "can_segment": can_correct(run.engine),
        "shape": list(geometry.shape),
        "affine_ras_mm": geometry.affine_ras_mm.tolist(),
        "centres": rows,
    }
