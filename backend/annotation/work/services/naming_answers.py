"""Names that an engine called a guess: every person who hands in a mask says whether they are right.

The answer is compared with the mask. "Confirmed" and "renamed" are about names as they stand at hand-in, so
an answer that does not fit what was done to the names since counts as none. Each round is asked anew: a case
may have come back for its names.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.cases.services.cases import case_changed
from backend.annotation.errors import (
    AssignmentClosed,
    AssignmentNotOpened,
    NamingNotAsked,
    WrongKind,
)
from backend.annotation.models import (
    Assignment,
    Case,
    CasePurpose,
    NamingAnswer,
    NamingChoice,
    NamingState,
    Task,
    TaskKind,
)
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.selectors.in_hand import EDITING_KINDS, mask_state
from backend.annotation.work.selectors.naming import ASKED_KINDS, NamesNow, answer_of, names_now, unconfirmed
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid
from backend.science.labels import name_of


@transaction.atomic
def answer_naming(*, assignment_id: UUID, actor: User, answer: str, note: str = "") -> NamingAnswer:
    """Keep a person's answer. The same answer on the same names again changes nothing.

    Raises
    ------
    NamingNotAsked, AssignmentClosed, AssignmentNotOpened
        No doubt is known of this case; not work in hand.
    WrongKind
        Only who hands in or accepts a mask is asked.
    Conflict
        ``naming_answer_unfit``: the mask tells otherwise (confirmed, but names were changed; renamed, but
        none was).
    """
    Task.objects.select_for_update().get(assignments=assignment_id)
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__volume", "task__start_mask", "session", "rater")
        .get(pk=assignment_id)
    )
    if assignment.task.kind not in ASKED_KINDS:
        raise WrongKind("naming_not_yours", "Who grades is not asked for the names; write a note instead.")
    if assignment.task.case.naming_state == NamingState.SURE:
        raise NamingNotAsked
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.session is None and assignment.task.kind in EDITING_KINDS:
        raise AssignmentNotOpened
    if answer not in NamingChoice.values:
        raise Invalid("unknown_naming_answer", f"The answer is one of {', '.join(NamingChoice.values)}.")
    names = names_now(assignment, mask_state(assignment).array)
    _require_fit(answer, names)
    return keep_answer(assignment=assignment, actor=actor, answer=answer, names=names, note=note.strip())


def keep_answer(
    *, assignment: Assignment, actor: User, answer: str, names: NamesNow, note: str
) -> NamingAnswer:
    """Write the answer in the caller's transaction, which has locked and checked the assignment."""
    standing = answer_of(assignment)
    said = {"answer": answer, "note": note, "renamed": names.renamed, "labels": names.labels}
    if standing is not None:
        if all(getattr(standing, name) == value for name, value in said.items()):
            return standing
        standing.current = False
        standing.save(update_fields=["current", "updated_at"])
    row = NamingAnswer.objects.create(
        assignment=assignment, revision=standing.revision + 1 if standing is not None else 1, **said
    )
    audit.record(
        actor=actor,
        act=case_acts.NamingAnswered(assignment=assignment.pk, answer=answer),
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
    )
    return row


def _require_fit(answer: str, names: NamesNow) -> None:
    if not names.comparable:
        if answer == NamingChoice.RENAMED:
            raise Conflict(
                "naming_answer_unfit",
                "You named these vertebrae yourself: say that the names are right, or not.",
            )
        return
    if answer == NamingChoice.CONFIRMED and names.renamed:
        old, new = next(iter(names.renamed.items()))
        raise Conflict(
            "naming_answer_unfit",
            f"Names were changed ({name_of(int(old))} is {name_of(new)} now). "
            "Say that you renamed them, or undo it.",
        )
    if answer == NamingChoice.RENAMED and not names.renamed:
        raise Conflict(
            "naming_answer_unfit", "No name was changed yet. Rename the vertebrae first, then say so."
        )


def note_naming(*, case: Case, state: NamingState) -> None:
    """Put down how far a case's names are settled; a case that nobody doubted stays as it is."""
    row = Case.every.select_for_update().get(pk=case.pk)
    if row.naming_state in (NamingState.SURE, state):
        return
    row.naming_state = state
    row.save(update_fields=["naming_state", "updated_at"])
    audit.record(
        actor=None, act=case_acts.NamingSettled(state=state.value), subject=row, project_id=row.project_id
    )
    case_changed(row)


def settle_after(task: Task) -> None:
    """What a finished task means for its case, whose row the caller has locked.

    An expert's answer settles the names, a lone corrector's does as well where it is sure. Several people who
    do not see each other are compared first (`unconfirmed`). Safe to repeat.
    """
    if (
        task.case.naming_state == NamingState.SURE
        or task.case.purpose != CasePurpose.WORK
        or task.kind not in EDITING_KINDS
    ):
        return
    doubtful = unconfirmed(task)
    if task.kind == TaskKind.ADJUDICATE:
        note_naming(case=task.case, state=NamingState.UNKNOWN if doubtful else NamingState.CONFIRMED)
    elif doubtful:
        note_naming(case=task.case, state=NamingState.OPEN)
    elif task.overlap == 1:
        note_naming(case=task.case, state=NamingState.CONFIRMED)
