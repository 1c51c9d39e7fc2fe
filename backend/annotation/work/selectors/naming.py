"""Names that an engine called a guess: who is asked for them, and whether an answer still fits the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.annotation.errors import (
    NamingUnanswered,
)
from backend.annotation.models import (
    Assignment,
    Case,
    NamingAnswer,
    NamingChoice,
    NamingState,
    Task,
    TaskKind,
)
from backend.annotation.selectors import latest_submissions
from backend.annotation.work.selectors.in_hand import EDITING_KINDS, start_mask_of
from backend.masks.models import MaskSource
from backend.masks.selectors import load_mask
from backend.science.volume import MaskArray, label_voxels

SURE = (NamingChoice.CONFIRMED, NamingChoice.RENAMED)

ASKED_KINDS = (*EDITING_KINDS, TaskKind.REVIEW)


@dataclass(frozen=True)
class NamesNow:
    """The names of a mask in work, and what became of those that the task started with."""

    labels: list[int]
    renamed: dict[str, int]
    comparable: bool  # false where the work started from an empty mask


def renamed_levels(before: MaskArray, after: MaskArray) -> dict[int, int]:
    """Old name to new name of each vertebra of ``before`` that has another name in ``after``, by most voxels.

    Voxels that ``after`` leaves empty say nothing, so that erasing and repainting a vertebra is no renaming.
    Both masks are on one grid.
    """
    drawn = (before > 0) & (after > 0)
    pairs = np.bincount(before[drawn].astype(np.int64) * 256 + after[drawn], minlength=256 * 256)
    table = pairs.reshape(256, 256)
    found = {int(label): int(table[label].argmax()) for label in np.flatnonzero(table.sum(axis=1))}
    return {old: new for old, new in found.items() if old != new}


def names_now(assignment: Assignment, array: MaskArray) -> NamesNow:
    """The names in ``array``, the assignment's mask, held against the task's own start."""
    labels = sorted(label_voxels(array))
    start = assignment.task.start_mask or start_mask_of(assignment)
    if assignment.blank_start or start.source == MaskSource.EMPTY:
        return NamesNow(labels, {}, comparable=False)
    renamed = renamed_levels(load_mask(start).array, array)
    return NamesNow(labels, {str(old): new for old, new in renamed.items()}, comparable=True)


def is_asked(assignment: Assignment) -> bool:
    """Whether this work is not to be handed in without an answer on the names."""
    case = assignment.task.case
    if case.naming_state == NamingState.SURE:
        return False
    if assignment.task.kind == TaskKind.REVIEW:  # settled names need no third answer
        return case.naming_state == NamingState.OPEN
    return assignment.task.kind in EDITING_KINDS


def answer_of(assignment: Assignment) -> NamingAnswer | None:
    """The answer that stands, whether or not it still fits the mask."""
    return assignment.naming_answers.filter(current=True).first()


def is_current(answer: NamingAnswer, names: NamesNow) -> bool:
    """Whether an answer is about the names as they are: not where some were changed since."""
    if not names.comparable:
        return sorted(answer.labels) == names.labels
    return dict(answer.renamed) == names.renamed


def require_naming(assignment: Assignment, array: MaskArray) -> dict[str, Any] | None:
    """The answer as it is kept with a submission; None where nobody has to give one.

    Raises
    ------
    NamingUnanswered
        There is none, or names were changed after it was given.
    """
    if not is_asked(assignment):
        return None
    row = answer_of(assignment)
    if row is None:
        raise NamingUnanswered
    names = names_now(assignment, array)
    if not is_current(row, names):
        raise NamingUnanswered(
            message="Names were changed after you answered for them. Answer again before you hand in."
        )
    return {"answer": row.answer, "note": row.note, "renamed": names.renamed, "labels": names.labels}


def unconfirmed(task: Task) -> bool:
    """Whether the names of a finished task must not pass without an expert.

    That is: an engine called them a guess, and not everybody who handed in a mask was sure of them. A task of
    grading alone has no answers of its own: what the stages before it left open stays open.
    """
    state = Case.every.values_list("naming_state", flat=True).get(pk=task.case_id)
    if state == NamingState.SURE:
        return False
    with_mask = [submission for submission in latest_submissions(task) if submission.mask_id is not None]
    if not with_mask:
        return state != NamingState.CONFIRMED
    return any((submission.naming or {}).get("answer") not in SURE for submission in with_mask)
