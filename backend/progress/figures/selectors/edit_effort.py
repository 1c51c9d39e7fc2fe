"""How much people changed of the engine's masks, by the model that made them: whether retraining pays."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import Any

from backend.annotation.models import Submission
from backend.pipeline.models import EditEffort, Run
from backend.projects.models import Project

MOST_POINTS = 100


def edit_effort(project: Project) -> list[dict[str, Any]]:
    """A row for each model that raters started from, oldest first; in two queries.

    ``points`` are at most `MOST_POINTS`: of more masks each is the mean of as many as follow one another.

    ``changed_percent`` is of the engine's labelled voxels. Minutes are those in which the rater was active.
    """
    efforts = (
        EditEffort.objects.filter(run__volume__series__project=project)
        .select_related("run__model")
        .order_by("created_at")
    )
    groups: dict[tuple[str, str], list[EditEffort]] = defaultdict(list)
    for effort in efforts:
        run = effort.run
        groups[(str(run.model_id or ""), run.engine_version)].append(effort)
    masks = efforts.order_by().values("mask_id")
    seconds = dict(Submission.objects.filter(mask_id__in=masks).values_list("mask_id", "active_seconds"))
    return [_row(rows, seconds) for rows in groups.values()]


def run_name(run: Run) -> str:
    """The model that a run used by its name; what ships by its engine's."""
    return run.model.name if run.model is not None else f"{run.engine} {run.engine_version}".strip()


def _row(rows: list[EditEffort], seconds: dict[Any, int]) -> dict[str, Any]:
    run = rows[0].run
    shares = [100 * row.changed_voxels / row.engine_voxels for row in rows if row.engine_voxels]
    minutes = [seconds[row.mask_id] / 60 for row in rows if row.mask_id in seconds]
    overlaps = [row.dice for row in rows if row.dice is not None]
    return {
        "model_id": run.model_id,
        "number": run.model.number if run.model is not None else None,
        "name": run_name(run),
        "masks": len(rows),
        "changed_voxels": _mean([float(row.changed_voxels) for row in rows], 1),
        "changed_ml": _mean([row.changed_mm3 / 1000 for row in rows], 3),
        "changed_percent": _mean(shares, 2),
        "dice": _mean(overlaps, 4),
        "active_minutes": _mean(minutes, 1),
        "points": [_point(some, seconds) for some in _bins(rows)],
    }


def _bins(rows: list[EditEffort]) -> list[list[EditEffort]]:
    """Neighbours in time together, in so many groups of the same size that a plot can show them."""
    size = -(-len(rows) // MOST_POINTS)
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def _point(rows: list[EditEffort], seconds: dict[Any, int]) -> dict[str, Any]:
    """One mask, or the mean of several; its time is that of the last."""
    shares = [100 * row.changed_voxels / row.engine_voxels for row in rows if row.engine_voxels]
    minutes = [seconds[row.mask_id] / 60 for row in rows if row.mask_id in seconds]
    return {
        "at": rows[-1].created_at,
        "masks": len(rows),
        "changed_percent": _mean(shares, 2),
        "active_minutes": _mean(minutes, 1),
    }


def _mean(values: list[float], digits: int) -> float | None:
    return round(statistics.fmean(values), digits) if values else None
