"""A column of vertebrae that is counted differently: the expert names it once, shapes stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import transaction
from django.db.models import F

from backend.accounts.models import User
from backend.annotation.cases.selectors.stages import asks_grades
from backend.annotation.models import Assignment, Grading, NamingChoice, NamingState, Task, TaskKind
from backend.annotation.work.levels import gradable
from backend.annotation.work.selectors.naming import names_now
from backend.annotation.work.services.naming_answers import keep_answer
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid
from backend.consensus.answers import GRADE_REASON
from backend.consensus.models import AdjudicationItem, NamingDispute, VertebraDecision
from backend.consensus.reports import ComparisonReport, FusionReport
from backend.consensus.services.items import FUSED_KEY, NAME_REASONS, NAMING_REASON, Item, mask_slots
from backend.consensus.services.open_work import adjudication_in_hand
from backend.masks.models import EditOperation
from backend.masks.selectors import session_mask
from backend.masks.services import append_operation
from backend.science.edits import changed_slices, encode_slices
from backend.science.fusion.names import completed, is_anatomical
from backend.science.labels import name_of
from backend.science.volume import MaskArray

# Labels are below 256: while rows change places their labels stand above that, where none can be in the way.
_ASIDE = 1000
NAMED = "named"  # the choice of a vertebra that was decided by its name alone


@dataclass(frozen=True)
class Naming:
    """The expert's names from the head down, one for each vertebra of the dispute."""

    labels: list[int]
    reason: str = ""


class NoDispute(Conflict):
    code = "no_naming_dispute"
    message = "The raters name the vertebrae of this case alike."


class NamesUndecided(Conflict):
    code = "names_undecided"
    message = "The names of these vertebrae are in dispute. Decide them before you hand in."


class NotASequence(Invalid):
    code = "not_a_sequence"
    message = "A spine cannot have these names in this order. Each must lie below the one before."


def open_dispute(
    *, task: Task, items: list[Item], report: ComparisonReport, fused: FusionReport
) -> NamingDispute | None:
    """Note what is to be named, where any name is in dispute or an engine's guess that nobody vouched for."""
    doubted = task.case.naming_state != NamingState.SURE
    if not doubted and not any(NAMING_REASON in item.reasons for item in items):
        return None
    drawn = [row for row in fused.instances if row.label]
    if not drawn:
        return None
    slots = mask_slots(report)
    usual = [row.label for row in drawn]
    candidates: dict[tuple[int, ...], list[str]] = {tuple(usual): [FUSED_KEY]}
    for number, slot in enumerate(slots):
        own = completed([row.names[number] for row in drawn], usual)
        if own is not None:
            candidates.setdefault(own, []).append(slot)
    dispute, _ = NamingDispute.objects.get_or_create(
        task=task,
        defaults={
            "instances": [
                {
                    "label": row.label,
                    "first": row.label,
                    "names": {FUSED_KEY: row.label, **dict(zip(slots, row.names, strict=True))},
                }
                for row in drawn
            ],
            "candidates": [
                {"labels": list(labels), "sources": sources} for labels, sources in candidates.items()
            ],
        },
    )
    return dispute


@transaction.atomic
def settle_names(*, assignment_id: UUID, naming: Naming, actor: User) -> EditOperation | None:
    """Give the whole column its names, as one edit of the expert's mask; ``None`` where it has them already.

    Items, decisions and the expert's own grades follow their vertebrae. May be done again.

    Raises
    ------
    AssignmentClosed, AssignmentNotOpened, WrongKind
        Not an adjudication in hand.
    NoDispute, NotASequence, Invalid
        Nothing to settle; names a spine cannot have; not one name for each vertebra.
    """
    assignment, session = adjudication_in_hand(assignment_id)
    dispute = NamingDispute.objects.select_for_update().filter(task=assignment.task).first()
    if dispute is None:
        raise NoDispute
    if len(naming.labels) != len(dispute.instances):
        raise Invalid("names_missing", f"The dispute has {len(dispute.instances)} vertebrae; name each once.")
    if not is_anatomical(naming.labels):
        raise NotASequence
    renamed = {int(row["label"]): new for row, new in zip(dispute.instances, naming.labels, strict=True)}
    before = session_mask(session)
    _require_free(before, renamed)
    table = np.arange(256, dtype=np.uint8)
    for old, new in renamed.items():
        table[old] = new
    after = table[before]
    ks = changed_slices(before, after)
    operation = (
        append_operation(
            session=session,
            operation_id=uuid4(),
            base_revision=session.revision,
            payload=encode_slices(after, ks),
            kind="rename",
        )
        if ks
        else None
    )
    _rename_rows(assignment, renamed)
    _decide_named(assignment, naming)
    dispute.instances = [
        {**row, "label": new} for row, new in zip(dispute.instances, naming.labels, strict=True)
    ]
    dispute.chosen, dispute.reason, dispute.decided_by = naming.labels, naming.reason, actor
    dispute.save()
    _answer(assignment, after, actor, naming.reason)
    audit.record(
        actor=actor,
        act=case_acts.NamesDecided(
            names=f"{name_of(naming.labels[0])} to {name_of(naming.labels[-1])}", reason=naming.reason
        ),
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
    )
    return operation


def _answer(assignment: Assignment, array: MaskArray, actor: User, reason: str) -> None:
    """Who settles names that an engine guessed has answered for them, whatever was answered before."""
    if assignment.task.case.naming_state == NamingState.SURE:
        return
    names = names_now(assignment, array)
    answer = NamingChoice.RENAMED if names.renamed else NamingChoice.CONFIRMED
    keep_answer(assignment=assignment, actor=actor, answer=answer, names=names, note=reason)


def require_settled(assignment: Assignment) -> None:
    """Refuse an adjudication whose names are in dispute and not decided. Raises `NamesUndecided`."""
    if NamingDispute.objects.filter(task=assignment.task, chosen__isnull=True).exists():
        raise NamesUndecided


def _decide_named(assignment: Assignment, naming: Naming) -> None:
    """A vertebra whose name alone was in dispute is decided with the names: nobody is asked for it again."""
    for item in AdjudicationItem.objects.filter(task=assignment.task, label__in=naming.labels):
        if set(item.reasons) - {GRADE_REASON} <= NAME_REASONS:  # a grade is asked for by itself
            VertebraDecision.objects.get_or_create(
                task=assignment.task,
                label=item.label,
                defaults={"assignment": assignment, "choice": NAMED, "reason": naming.reason},
            )


def _require_free(mask: Any, renamed: dict[int, int]) -> None:
    """No vertebra outside the dispute may already have one of the new names."""
    present = {int(label) for label in np.unique(mask)} - {0}
    taken = (present - set(renamed)) & set(renamed.values())
    if taken:
        names = ", ".join(name_of(label) for label in sorted(taken))
        raise Conflict(
            "name_taken", f"{names} is in the mask beside the disputed vertebrae. Rename or erase it first."
        )


def _rename_rows(assignment: Assignment, renamed: dict[int, int]) -> None:
    """Let items, decisions, required and given grades follow their vertebrae."""
    task = assignment.task
    for rows in (
        AdjudicationItem.objects.filter(task=task),
        VertebraDecision.objects.filter(task=task),
        Grading.objects.filter(assignment=assignment, current=True),
    ):
        # two steps, since a label is unique in its task and names move up or down by one
        rows.filter(label__in=renamed).update(label=F("label") + _ASIDE)
        for old, new in renamed.items():
            rows.filter(label=old + _ASIDE).update(label=new)
    if task.required_labels is not None:
        asked = [renamed.get(label, label) for label in task.required_labels]
        task.required_labels = list(dict.fromkeys([*asked, *_newly_gradable(task, renamed)]))
        task.save(update_fields=["required_labels", "updated_at"])


def _newly_gradable(task: Task, renamed: dict[int, int]) -> list[int]:
    """What most took for a C7 and the expert calls T1: nobody was asked to grade it, so the expert is."""
    moved = [new for old, new in renamed.items() if gradable([new]) and not gradable([old])]
    read = task.case.tasks.filter(kind=TaskKind.CORRECT)
    return moved if moved and any(asks_grades(one) for one in read) else []


def carry_dispute(*, former: Task, again: Task) -> None:
    """Let a returned adjudication go on with the names as they were settled."""
    dispute = NamingDispute.objects.filter(task=former).first()
    if dispute is None:
        return
    NamingDispute.objects.get_or_create(
        task=again,
        defaults={
            "instances": dispute.instances,
            "candidates": dispute.candidates,
            "chosen": dispute.chosen,
            "reason": dispute.reason,
            "decided_by": dispute.decided_by,
        },
    )
