"""Distances and angles drawn in a piece of work: who sees whose, and when they can be changed."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.errors import AssignmentClosed
from backend.annotation.models import Assignment, Case, SightKind
from backend.annotation.selectors import WORKING_STATES, cases_open_to
from backend.measurements import rulers
from backend.measurements.models import Ruler
from backend.science.morphometry.rulers import RulerKind, ruler_value


def read_rulers(assignment: Assignment) -> list[dict[str, Any]]:
    """One's own, and everybody's where the person may see everybody's work; that is noted then."""
    case, reader = assignment.task.case, assignment.rater
    is_open = cases_open_to(reader).filter(pk=case.pk).exists()
    rows = rulers_to_show(case, reader, everybody=is_open)
    if is_open and not all(row["mine"] for row in rows):
        note_sighting(case=case, user=reader, kind=SightKind.NOTES)
    return rows


def rulers_to_show(case: Case, reader: User, *, everybody: bool) -> list[dict[str, Any]]:
    """Rulers over the case's CT as this reader may know them: everybody's, or theirs alone.

    Whether they may see everybody's, and that they have, is for the caller to say.
    """
    rows = rulers.rulers_on(case.volume).order_by("created_at")
    if not everybody:
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
