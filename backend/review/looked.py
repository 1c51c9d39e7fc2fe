"""Which vertebrae an expert has ticked as looked at; a tick is lost when its vertebra changes. And what was
ticked in all that was handed in on a case, for its manager.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache

from backend.annotation.models import Assignment, AssignmentState, Case
from backend.annotation.selectors import COMPARING_KINDS
from backend.annotation.work.selectors.in_hand import current_digest, mask_state
from backend.review.rounds import return_behind, returned_labels
from backend.science.labels import sort_labels
from backend.science.shapes import shape_digests

CACHE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class LookedLevel:
    """``changed``: it was ticked, and its mask or name has changed since. ``before``: in a round before."""

    label: int
    looked: bool
    changed: bool
    before: bool


def shapes_of(assignment: Assignment) -> dict[int, str]:
    """The shape of each vertebra in the mask as it stands, in a word. Kept by the mask's digest."""
    key = f"shapes:1:{assignment.task.case.volume_id}:{current_digest(assignment)}"
    shapes: dict[int, str] | None = cache.get(key)
    if shapes is None:
        shapes = shape_digests(mask_state(assignment).array)
        cache.set(key, shapes, CACHE_SECONDS)
    return shapes


def looked_levels(assignment: Assignment) -> list[LookedLevel]:
    """Every vertebra of the mask, from the head down, and whether this expert has ticked it as it is."""
    own = _ticks(assignment)
    former = _former_ticks(assignment)
    rows = []
    for label, shape in shapes_of(assignment).items():
        ticked = own.get(label, former.get(label, ""))
        rows.append((label, ticked == shape, ticked not in ("", shape), label not in own and label in former))
    order = sort_labels([label for label, *_ in rows])
    return sorted((LookedLevel(*row) for row in rows), key=lambda row: order.index(row.label))


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What somebody had ticked when they handed in. Vertebrae are ticked by experts only."""

    assignment: UUID
    vertebrae: list[LookedLevel] | None
    places: list[dict[str, Any]]  # kind, label and voxel of each
    places_found: int | None  # the list had so many when last asked for; ``None``: never


def looked_in(case: Case) -> list[LookedAt]:
    """Of each submitted piece of work on the case, oldest first. For those who may see everybody's work."""
    rows = (
        Assignment.objects.filter(task__case=case, state=AssignmentState.SUBMITTED)
        .select_related("task__case__volume", "task__start_mask", "session")
        .prefetch_related("submissions")
        .order_by("task__created_at", "slot")
    )
    return [
        LookedAt(
            assignment=row.pk,
            vertebrae=looked_levels(row) if row.task.kind in COMPARING_KINDS else None,
            places=row.places_looked,
            places_found=next((one.places_found for one in reversed(list(row.submissions.all()))), None),
        )
        for row in rows
    ]


def _ticks(assignment: Assignment) -> dict[int, str]:
    return {int(label): shape for label, shape in assignment.levels_looked.items()}


def _former_ticks(assignment: Assignment) -> dict[int, str]:
    """The expert's own ticks of the rounds before, less what was returned since."""
    task = assignment.task
    former = (
        Assignment.objects.filter(
            task__case=task.case_id,
            task__stage_key=task.stage_key,
            task__round__lt=task.round,
            rater=assignment.rater_id,
        )
        .select_related("task")
        .order_by("-task__round")
        .first()
    )
    decision = return_behind(assignment) if former is not None else None
    if former is None or decision is None:
        return {}
    named = returned_labels(decision)
    if not named:
        return {}
    ticks = {**_former_ticks(former), **_ticks(former)}
    return {label: shape for label, shape in ticks.items() if shape and label not in named}
