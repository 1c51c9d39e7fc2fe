"""Distances and angles drawn in a piece of work: who sees whose, and when they can be changed."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.errors import AssignmentClosed
from backend.annotation.models import Assignment, SightKind
from backend.annotation.selectors import WORKING_STATES, cases_open_to
from backend.measurements import rulers
from backend.measurements.models import Ruler
from backend.science.morphometry.rulers import RulerKind, ruler_value


def read_rulers(assignment: Assignment) -> list[dict[str, Any]]:
    """One's own, and everybody's where the person may see everybody's work; that is noted then."""
    case, reader = assignment.task.case, assignment.rater
    rows = rulers.rulers_on(case.volume)
    if cases_open_to(reader).filter(pk=case.pk).exists():
        if rows.exclude(author=reader).exists():
            note_sighting(case=case, user=reader, kind=SightKind.NOTES)
    else:
        rows = rows.filter(author=reader)
    names = PeopleNames(reader, case)
    return [_row(row, names.name_of(row.author), row.author_id == reader.pk) for row in rows]


def keep_ruler(*, assignment: Assignment, ruler_id: UUID, drawn: rulers.Drawn) -> dict[str, Any]:
    """Keep what the person has drawn or changed.

    Raises
    ------
    AssignmentClosed, Invalid, NotFound, TooManyRulers
        The work was handed in; see `backend.measurements.rulers.keep_ruler`.
    """
    _in_hand(assignment)
    row = rulers.keep_ruler(
        ruler_id=ruler_id, volume=assignment.task.case.volume, author=assignment.rater, drawn=drawn
    )
    return _row(row, "You", True)


def delete_ruler(*, assignment: Assignment, ruler_id: UUID) -> None:
    """Take one of the person's own away.

    Raises
    ------
    AssignmentClosed, NotFound
        The work was handed in; it is not theirs.
    """
    _in_hand(assignment)
    rulers.delete_ruler(ruler_id=ruler_id, volume=assignment.task.case.volume, author=assignment.rater)


def _in_hand(assignment: Assignment) -> None:
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed


def _row(row: Ruler, author: str, mine: bool) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "plane": row.plane,
        "name": row.name,
        "points_ras_mm": row.points_ras_mm,
        "value": ruler_value(cast("RulerKind", row.kind), row.points_ras_mm),
        "author": author,
        "mine": mine,
        "created_at": row.created_at,
    }
