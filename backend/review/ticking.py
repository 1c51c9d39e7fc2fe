"""Ticking vertebrae as looked at."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.errors import AssignmentClosed
from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.common.errors import Invalid
from backend.review.looked import LookedLevel, looked_levels, shapes_of


class LevelNotDrawn(Invalid):
    code = "level_not_drawn"
    message = "The mask has no such vertebra."


@transaction.atomic
def tick_level(*, assignment_id: UUID, label: int, looked: bool) -> list[LookedLevel]:
    """Tick a vertebra of one's adjudication or review as looked at, as it is now, or take the tick back.

    Raises
    ------
    AssignmentClosed
        Handed in or taken back: what was looked at is on record.
    LevelNotDrawn
        There is nothing to look at under that name.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume", "task__start_mask", "session")
        .get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    shape = shapes_of(assignment).get(label)
    if shape is None:
        raise LevelNotDrawn
    assignment.levels_looked = {**assignment.levels_looked, str(label): shape if looked else ""}
    assignment.save(update_fields=["levels_looked", "updated_at"])
    return looked_levels(assignment)
