"""A case that came back: what was asked of it, and what has become of each vertebra since.

To an expert the case is held against the mask that the reviewer returned, to a rater their own work against
what they themselves had handed in: of others it tells them nothing. Where the words of the return name
vertebrae, or its notes are pinned to some, these are open again and the others stay as they were settled;
where nothing is named, all are open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from backend.accounts.models import User
from backend.annotation.models import Assignment, TaskKind
from backend.annotation.selectors import BLINDED_KINDS, gradings_of, is_blind
from backend.annotation.work.selectors.in_hand import former_work_of, mask_state, start_mask_of
from backend.annotation.work.selectors.naming import renamed_levels
from backend.annotation.work.services.submitting import answer_row
from backend.consensus.answers import AGREED_FIELDS
from backend.consensus.models import AgreedGrade
from backend.consensus.selectors import grade_history
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.review.models import PinnedComment, ReviewDecision
from backend.review.selectors import author_name
from backend.science.agreement.changes import LabelChange, mask_changes
from backend.science.named_levels import levels_named
from backend.science.volume import Mask

Answer = dict[str, Any]
ThenAndNow = tuple[dict[int, Answer], dict[int, Answer]]  # by vertebra
State = Literal["returned", "changed", "settled"]


@dataclass(frozen=True, slots=True)
class GradeChange:
    """An answer on a vertebra before and now; ``None``: there was none, or there is none any more."""

    before: Answer | None
    after: Answer | None


@dataclass(frozen=True, slots=True)
class SinceThen:
    """One vertebra against the mask that was returned. Voxels of a renamed one count under both names."""

    label: int
    state: State
    added: int
    removed: int
    gone: bool
    renamed_from: int | None
    grade: GradeChange | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the return, or of a note that was pinned with it."""

    by: str
    text: str
    at: datetime
    label: int | None = None
    voxel: list[int] | None = None
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class SecondRound:
    """What was asked, and what has changed. ``everything``: no vertebra was named, so that all are open."""

    asked: list[Asked]
    everything: bool
    vertebrae: list[SinceThen] = field(default_factory=list)


def return_behind(assignment: Assignment) -> ReviewDecision | None:
    """The return that led to this adjudication or review; ``None`` in a first round."""
    task = assignment.task
    before = ReviewDecision.objects.filter(case=task.case_id, accepted=False, created_at__lte=task.created_at)
    return before.select_related("mask__volume", "reviewer", "case").order_by("-created_at").first()


def returned_labels(decision: ReviewDecision) -> set[int]:
    """Vertebrae that the return names, or that its open notes are pinned to; empty: the whole case."""
    pinned = _notes(decision).filter(label__isnull=False, resolved_at__isnull=True)
    return levels_named(decision.comment) | set(pinned.values_list("label", flat=True))


def second_round(assignment: Assignment, reader: User) -> SecondRound | None:
    """What the reader, whose task it is, has to know of a case that came back; ``None`` in a first round."""
    decision = return_behind(assignment)
    if decision is None:
        return None
    if assignment.task.kind not in BLINDED_KINDS:
        return _round_since(
            assignment, decision, reader, decision.mask, _agreed_then_and_now(assignment, decision)
        )
    if assignment.task.note != decision.comment:  # begun anew for another reason: nothing was returned
        return None
    return _round_since(
        assignment, decision, reader, start_mask_of(assignment), _own_then_and_now(assignment)
    )


def _round_since(
    assignment: Assignment, decision: ReviewDecision, reader: User, then: MaskVersion, grades: ThenAndNow
) -> SecondRound:
    """The work as it stands against the mask ``then``."""
    named = returned_labels(decision)
    before = load_mask(then)
    after = Mask(before.geometry, mask_state(assignment).array)
    renamed = {new: old for old, new in renamed_levels(before.array, after.array).items()}
    changed = _differing(*grades)
    vertebrae = [
        _since_then(change, renamed.get(change.label), changed.get(change.label), named)
        for change in mask_changes(before, after)
    ]
    return SecondRound(_asked(assignment, decision, reader), not named, vertebrae)


def _since_then(
    change: LabelChange, renamed_from: int | None, grade: GradeChange | None, named: Collection[int]
) -> SinceThen:
    touched = bool(change.added or change.removed or grade)
    state: State = "changed" if touched else "settled"
    if not named or {change.label, renamed_from} & set(named):
        state = "returned"
    return SinceThen(
        label=change.label,
        state=state,
        added=change.added,
        removed=change.removed,
        gone=change.after == 0,
        renamed_from=renamed_from,
        grade=grade,
    )


def _notes(decision: ReviewDecision) -> Any:
    """Threads that the reviewer began with the return, in the order in which they began."""
    if decision.assignment_id is None:  # a manager returned it, with words alone
        return PinnedComment.objects.none()
    return PinnedComment.objects.filter(
        assignment=decision.assignment_id, author=decision.reviewer_id, parent__isnull=True
    ).order_by("created_at")


def _asked(assignment: Assignment, decision: ReviewDecision, reader: User) -> list[Asked]:
    """The words of the return, and its notes: not to one of several raters, of whose work they may speak."""
    notes: list[PinnedComment] = []
    if not is_blind(assignment.task):
        notes = list(_notes(decision).select_related("author", "case__project"))
    words = PinnedComment(
        author=decision.reviewer, case=decision.case
    )  # is called as the writer of a note is
    said = [Asked(author_name(words, reader), decision.comment, decision.created_at)]
    return said + [
        Asked(
            by=author_name(note, reader),
            text=note.text,
            at=note.created_at,
            label=note.label,
            voxel=note.voxel,
            resolved=note.resolved_at is not None,
        )
        for note in notes
    ]


def _agreed_then_and_now(assignment: Assignment, decision: ReviewDecision) -> ThenAndNow:
    """By vertebra the grade that stood when the case was returned, and the one that stands.

    Of an adjudication in hand the expert's own answers stand already.
    """
    history = grade_history(assignment.task.case)
    before = _standing(row for row in history if row.created_at <= decision.created_at)
    after = {row.label: _answer(vars(row)) for row in history if row.current}
    if assignment.task.kind == TaskKind.ADJUDICATE:
        after |= _answers_of(assignment)
    return before, after


def _own_then_and_now(assignment: Assignment) -> ThenAndNow:
    """The rater's own answers, as they were handed in and as they are."""
    former = former_work_of(assignment)
    return {} if former is None else _answers_of(former), _answers_of(assignment)


def _answers_of(assignment: Assignment) -> dict[int, Answer]:
    return {row.label: _answer(answer_row(row)) for row in gradings_of(assignment)}


def _differing(before: dict[int, Answer], after: dict[int, Answer]) -> dict[int, GradeChange]:
    return {
        label: GradeChange(before.get(label), after.get(label))
        for label in before.keys() | after.keys()
        if before.get(label) != after.get(label)
    }


def _standing(rows: Iterable[AgreedGrade]) -> dict[int, Answer]:
    """The last of each vertebra."""
    return {row.label: _answer(vars(row)) for row in sorted(rows, key=lambda row: row.created_at)}


def _answer(row: Answer) -> Answer:
    return {name: row.get(name) for name in AGREED_FIELDS}
