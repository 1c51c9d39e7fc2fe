"""What each stage takes: how long cases stay in it, and how many active minutes people give it."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from backend.annotation.models import Assignment, AssignmentState, Case, CasePurpose, CaseState, Submission
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.progress.figures.selectors.statistics import UNCOUNTED
from backend.projects.models import Project
from backend.projects.selectors import protocol_of

MOVES = (
    Verb.CASE_MOVED,
    Verb.CASE_ACCEPTED,
    Verb.CASE_EXCLUDED,
    Verb.CASE_PUT_BACK,
    Verb.CASE_UNDER_REVIEW_AGAIN,
)


@dataclass(slots=True)
class Cost:
    """Active seconds given to a stage: all, and those of what was handed in, with its vertebrae."""

    seconds: int = 0
    hand_ins: int = 0
    handed_in_seconds: int = 0
    vertebrae: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A case came into a stage, or was accepted or excluded (""); ``counts``: it left its stage by that.

    A stay that an exclusion broke off tells nothing of its stage.
    """

    case: str
    at: datetime
    stage: str
    counts: bool = True


@dataclass(slots=True)
class Stay:
    stage: str
    since: datetime


def stages_of(project: Project) -> list[dict[str, Any]]:
    """A row for each stage of the protocol in its order, then for former stages that work was done in."""
    stays, costs = stays_in(moves_of(project)), costs_of(project)
    waiting = _cases_in(project)
    stages = protocol_of(project).stages
    titles: dict[str, tuple[str, str]] = {stage.key: (stage.title, stage.kind) for stage in stages}
    former = sorted((set(stays) | set(costs)) - set(titles))
    titles |= {key: (key, "former") for key in former}
    return [
        {
            "key": key,
            "title": title,
            "kind": kind,
            "cases": waiting.get(key, 0),
            **_spread(stays.get(key, [])),
            **_cost(costs.get(key, Cost())),
        }
        for key, (title, kind) in titles.items()
    ]


def moves_of(project: Project) -> list[Move]:
    """Every move of the cases that become data, in the order of the audit chain."""
    work = set(map(str, Case.objects.filter(project=project).values_list("pk", flat=True)))
    rows = (
        Record.objects.filter(project_id_ref=project.pk, verb__in=MOVES)
        .order_by("sequence")
        .values_list("subject_id", "at", "verb", "detail")
    )
    return [
        Move(case, at, _stage_after(verb, detail), counts=verb != Verb.CASE_EXCLUDED)
        for case, at, verb, detail in rows.iterator()
        if case in work
    ]


def _stage_after(verb: str, detail: Mapping[str, Any]) -> str:
    if verb in (Verb.CASE_MOVED, Verb.CASE_UNDER_REVIEW_AGAIN):
        return str(detail["stage"])
    if verb == Verb.CASE_PUT_BACK and detail["state"] == CaseState.IN_PROGRESS:
        return str(detail["stage"])
    return ""


def stays_in(moves: Iterable[Move]) -> dict[str, list[float]]:
    """Seconds of every stay that has ended, by stage. A case that comes back stays anew."""
    present: dict[str, Stay] = {}
    stays: dict[str, list[float]] = defaultdict(list)
    for move in moves:
        before = present.pop(move.case, None)
        if before is not None and move.counts:
            stays[before.stage].append((move.at - before.since).total_seconds())
        if move.stage:
            present[move.case] = Stay(move.stage, move.at)
    return dict(stays)


def _spread(stays: list[float]) -> dict[str, Any]:
    """Median and quartiles (linear between neighbours, both ends counted) in whole seconds."""
    if not stays:
        return {"stays": 0, "quartile_low_s": None, "median_s": None, "quartile_high_s": None}
    low, median, high = statistics.quantiles(stays, n=4, method="inclusive") if len(stays) > 1 else stays * 3
    return {
        "stays": len(stays),
        "quartile_low_s": round(low),
        "median_s": round(median),
        "quartile_high_s": round(high),
    }


def costs_of(project: Project) -> dict[str, Cost]:
    """Active time by stage, over the cases that become data; in two queries.

    The vertebrae of a hand-in are those of its own mask, else of the mask that its task was about.
    """
    of_work = {"task__case__project": project, "task__case__purpose": CasePurpose.WORK}
    masks: dict[UUID, Mapping[str, int]] = dict(  # the newest of an assignment comes last
        Submission.objects.filter(
            mask__isnull=False, **{f"assignment__{name}": value for name, value in of_work.items()}
        )
        .order_by("created_at")
        .values_list("assignment_id", "mask__label_voxels")
    )
    costs: dict[str, Cost] = defaultdict(Cost)
    rows = Assignment.objects.filter(**of_work).order_by()
    for pk, stage, seconds, state, start in rows.values_list(
        "pk", "task__stage_key", "active_seconds", "state", "task__start_mask__label_voxels"
    ):
        cost = costs[stage]
        cost.seconds += seconds
        if state == AssignmentState.SUBMITTED:
            cost.hand_ins += 1
            cost.handed_in_seconds += seconds
            cost.vertebrae += vertebrae_in(masks.get(pk, start) or {})
    return dict(costs)


def vertebrae_in(label_voxels: Mapping[str, int]) -> int:
    """Vertebrae of a mask, without sacrum and coccyx."""
    return sum(int(label) not in UNCOUNTED for label in label_voxels)


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "active_minutes": round(cost.seconds / 60, 2),
        "hand_ins": cost.hand_ins,
        "minutes_per_hand_in": _per(cost.handed_in_seconds, cost.hand_ins),
        "vertebrae": cost.vertebrae,
        "minutes_per_vertebra": _per(cost.handed_in_seconds, cost.vertebrae),
    }


def _per(seconds: int, of: int) -> float | None:
    return round(seconds / 60 / of, 2) if of else None


def _cases_in(project: Project) -> dict[str, int]:
    rows = Case.objects.filter(project=project, state=CaseState.IN_PROGRESS).order_by()
    return dict(rows.values("stage_key").annotate(n=Count("pk")).values_list("stage_key", "n"))
