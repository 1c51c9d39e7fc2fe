"""What a person has looked at of the places that are worth a look."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from backend.annotation.errors import AssignmentClosed
from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.selectors.places import is_same_place

# more than anybody ticks: lists are short, and edits make new ones
_MOST = 200


@transaction.atomic
def tick_place(*, assignment_id: UUID, place: dict[str, Any], looked: bool) -> list[dict[str, Any]]:
    """Tick a place as looked at, or take the tick back; gives all ticks.

    Raises
    ------
    AssignmentClosed
        Handed in or taken back: what was looked at is on record.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume")
        .get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    spacing = assignment.task.case.volume.spacing_mm
    ticks = [tick for tick in assignment.places_looked if not is_same_place(tick, place, spacing)]
    assignment.places_looked = [*ticks, place][-_MOST:] if looked else ticks
    assignment.save(update_fields=["places_looked", "updated_at"])
    return list(assignment.places_looked)
