"""The masks of a case that are a person's own: what they started from, and what they handed in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.cases.selectors.stages import stage_title
from backend.annotation.models import Assignment
from backend.annotation.selectors import blind_work_of
from backend.annotation.work.selectors.details import mask_origin
from backend.masks.models import MaskVersion


@dataclass(frozen=True, slots=True)
class ShownMask:
    """A mask that somebody may look at, with what it is called. ``kind``: start, rater, fused, ..."""

    version: MaskVersion
    title: str
    kind: str


def own_masks(user: User, case_id: UUID) -> list[ShownMask]:
    """What the person started from on a case and what they handed in, oldest first; nothing of others.

    Who started from an empty mask does not see the one that others started from.
    """
    found: dict[UUID, ShownMask] = {}
    for assignment in blind_work_of(user).filter(task__case=case_id).order_by("task__created_at"):
        start = _start_of(assignment)
        if start is not None:
            found.setdefault(start.pk, ShownMask(start, mask_origin(start)["text"], "start"))
        for number, version in enumerate(_handed_in(assignment), start=1):
            found[version.pk] = ShownMask(version, _title(assignment, number), "rater")
    return list(found.values())


def _start_of(assignment: Assignment) -> MaskVersion | None:
    task = assignment.task
    if assignment.blank_start or task.round > 1:  # a later round starts from one's own
        return None
    return task.start_mask or task.case.start_mask


def _handed_in(assignment: Assignment) -> list[MaskVersion]:
    rows = assignment.submissions.filter(mask__isnull=False).select_related("mask").order_by("created_at")
    return [row.mask for row in rows if row.mask is not None]


def _title(assignment: Assignment, number: int) -> str:
    task = assignment.task
    words = [f"My mask: {stage_title(task.case.project, task.stage_key)}"]
    if task.round > 1:
        words.append(f"round {task.round}")
    if number > 1:
        words.append(f"submission {number}")
    return ", ".join(words)
