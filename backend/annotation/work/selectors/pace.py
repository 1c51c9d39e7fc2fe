"""Whether work was handed in faster than anybody can look at it.

Seconds per vertebra are the active time that the browser counted, never more than the time since the work
was opened, over the vertebrae that had to be looked at. Work is too fast below an absolute floor, or below a
fifth of the median of the same kind of work in the project once enough of it is there. The figures are kept
with the submission as they were: a median that moves later changes no verdict.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from django.utils import timezone

from backend.annotation.models import Assignment, Submission
from backend.annotation.selectors import BLINDED_KINDS

# To scroll once through the 15 or so sagittal slices of a vertebra takes this long.
FLOOR_S = 2.0
MEDIAN_SHARE = 0.2
# A median of fewer says little of what is usual.
LEAST_WORK = 10


def pace_of(assignment: Assignment, *, active_seconds: int, levels: int) -> dict[str, Any] | None:
    """The figures kept with a submission; None where nothing was to be looked at, or only to be done again.

    Keys: ``seconds`` and ``vertebrae``, ``seconds_per_vertebra``, ``median`` (of ``of`` earlier submissions,
    null below `LEAST_WORK`), ``floor``, and ``fast`` with ``why`` ("floor", "median" or "").
    """
    task = assignment.task
    if task.kind not in BLINDED_KINDS or task.round > 1 or levels == 0:
        return None
    seconds = float(assignment.active_seconds + active_seconds)
    if assignment.opened_at is not None:
        seconds = min(seconds, (timezone.now() - assignment.opened_at).total_seconds())
    each = seconds / levels
    before = _former_paces(assignment)
    usual = median(before) if len(before) >= LEAST_WORK else None
    why = _why(each, usual)
    return {
        "seconds": round(seconds, 1),
        "vertebrae": levels,
        "seconds_per_vertebra": round(each, 2),
        "median": round(usual, 2) if usual is not None else None,
        "of": len(before),
        "floor": FLOOR_S,
        "fast": why != "",
        "why": why,
    }


def _why(each: float, usual: float | None) -> str:
    if each < FLOOR_S:
        return "floor"
    return "median" if usual is not None and each < MEDIAN_SHARE * usual else ""


def _former_paces(assignment: Assignment) -> list[float]:
    rows = Submission.objects.filter(
        assignment__task__case__project_id=assignment.task.case.project_id,
        assignment__task__kind=assignment.task.kind,
        pace__isnull=False,
    ).exclude(assignment=assignment)
    return [float(pace["seconds_per_vertebra"]) for pace in rows.values_list("pace", flat=True) if pace]
