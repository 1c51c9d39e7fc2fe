"""Whether retraining pays: what accepted cases cost people, by the model that they started from."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import Sum

from backend.annotation.models import Assignment, Case, CaseState
from backend.pipeline.models import EditEffort, Run
from backend.progress.figures.selectors.edit_effort import run_name
from backend.projects.models import Project


def cost_by_model(project: Project) -> list[dict[str, Any]]:
    """A row for each model of whose masks cases were accepted, by the first acceptance; in four queries.

    Per accepted case: the voxels that its raters changed of the engine's mask (mean over its raters), and the
    active minutes of everybody on it, all stages together. Both are means over the cases. Cases that started
    from a mask which came with the CT, or from none, are not the engine's and not here.
    """
    cases = Case.objects.filter(project=project, state=CaseState.ACCEPTED)
    started = dict(cases.exclude(start_mask=None).values_list("pk", "start_mask_id"))
    accepted_at = dict(cases.values_list("pk", "accepted_at"))
    runs = {
        run.result_id: run
        for run in Run.objects.filter(result__in=cases.values("start_mask"))
        .select_related("model")
        .defer("report", "log")
        .order_by("created_at")
    }
    changed = _changed(project)
    seconds = dict(
        Assignment.objects.filter(task__case__in=cases)
        .order_by()
        .values("task__case")
        .annotate(spent=Sum("active_seconds"))
        .values_list("task__case", "spent")
    )
    groups: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    of_group: dict[tuple[str, str], Run] = {}
    for case in sorted(started, key=lambda pk: (accepted_at[pk], pk)):
        run = runs.get(started[case])
        if run is not None:
            key = (str(run.model_id or ""), run.engine_version)
            groups[key].append(case)
            of_group.setdefault(key, run)
    return [
        {
            **named(of_group[key]),
            "accepted": len(group),
            "changed_voxels": _mean([changed[case] for case in group if case in changed]),
            "minutes": _mean([seconds.get(case, 0) / 60 for case in group]),
            "first_accepted_at": accepted_at[group[0]],
            "last_accepted_at": accepted_at[group[-1]],
        }
        for key, group in groups.items()
    ]


def named(run: Run) -> dict[str, Any]:
    """The model that a run used; ``number`` null: what ships."""
    number = run.model.number if run.model is not None else None
    return {"model_id": run.model_id, "number": number, "name": run_name(run)}


def _changed(project: Project) -> dict[UUID, float]:
    """Voxels changed of the engine's mask, by accepted case: the mean over those who started from it."""
    found: dict[UUID, list[int]] = defaultdict(list)
    rows = EditEffort.objects.filter(
        mask__volume__case__project=project, mask__volume__case__state=CaseState.ACCEPTED
    )
    for case, voxels in rows.values_list("mask__volume__case", "changed_voxels"):
        found[case].append(voxels)
    return {case: statistics.fmean(values) for case, values in found.items()}


def _mean(values: list[float]) -> float | None:
    return round(statistics.fmean(values), 2) if values else None
