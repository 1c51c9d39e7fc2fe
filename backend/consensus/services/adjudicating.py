"""Adjudication by exception: what agrees is signed by rule, what differs goes to an expert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from backend.accounts.models import User
from backend.annotation.cases.services.cases import TaskSpec, open_task
from backend.annotation.models import Case, NamingState, Submission, Task, TaskKind
from backend.annotation.selectors import latest_submissions
from backend.annotation.work.selectors.naming import renamed_levels, unconfirmed
from backend.annotation.work.services.naming_answers import note_naming, settle_after
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid, NotFound
from backend.consensus.answers import AGREED_FIELDS, GRADE_REASON, Agreed, agree, slot_name, slot_number
from backend.consensus.models import (
    AdjudicationItem,
    AdjudicationSource,
    Comparison,
    NamingDispute,
    VertebraDecision,
)
from backend.consensus.selectors import (
    answers_by_label,
    chosen_fusion,
    fusion_report,
    names_of_source,
    report_of,
    standing_mask,
    submitted_masks,
)
from backend.consensus.services.grading import Decided, agreed_by_rule, move_agreed_grades, set_agreed_grades
from backend.consensus.services.items import FUSED_KEY, NAME_REASONS, Item, find_items
from backend.consensus.services.naming import open_dispute
from backend.consensus.services.open_work import adjudication_in_hand
from backend.masks.models import EditOperation, EditSession, MaskVersion
from backend.masks.selectors import load_mask, session_mask
from backend.masks.services import append_operation
from backend.projects.protocols import Stage, Thresholds
from backend.science.edits import changed_slices, encode_slices

CHOICES = ("fused", "rater", "painted")


@dataclass(frozen=True)
class Choice:
    """What the expert takes for one vertebra: the fused mask's, a rater's (by letter), or their own paint."""

    label: int
    choice: str
    slot: str | None = None
    reason: str = ""


@transaction.atomic(savepoint=False)
def sign_by_rule(*, comparison: Comparison, thresholds: Thresholds) -> list[Item]:
    """Decide what agrees: mask decisions named "rule", and agreed grades. Returns the items for an expert."""
    task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=comparison.task_id)
    fusion = chosen_fusion(task)
    doubted = unconfirmed(task)
    items = find_items(
        report=report_of(comparison),
        answers=answers_by_label(task),
        thresholds=thresholds,
        fused=fusion_report(fusion) if fusion is not None else None,
        unconfirmed=doubted,
    )
    _note_names(task, items, doubted)
    agreed = agreed_by_rule(task, items, thresholds)
    _decide_by_rule(task, [item.label for item in items if not item.shape_reasons])
    set_agreed_grades(
        case=task.case,
        decided=[
            _standing(item.label, agreed[item.label], item.grades)
            for item in items
            # a grade stands under a name: where that is in dispute it waits for the expert
            if item.grades and not {GRADE_REASON, *NAME_REASONS} & set(item.reasons)
        ],
    )
    return [item for item in items if item.reasons]


def _note_names(task: Task, items: list[Item], doubted: bool) -> None:
    """Names that were doubted are settled where all were sure of them and none is in dispute."""
    if task.kind != TaskKind.CORRECT:
        return
    open_names = any(NAME_REASONS & set(item.reasons) for item in items) or doubted
    note_naming(case=task.case, state=NamingState.OPEN if open_names else NamingState.CONFIRMED)


def _decide_by_rule(task: Task, labels: list[int]) -> None:
    """Note of these masks that they agree; those that were decided before keep their decision."""
    decided = set(VertebraDecision.objects.filter(task=task).values_list("label", flat=True))
    VertebraDecision.objects.bulk_create(
        [
            VertebraDecision(task=task, label=label, choice="rule", reason="within the thresholds")
            for label in labels
            if label not in decided
        ],
        ignore_conflicts=True,  # an expert may have decided just now
    )


def _standing(label: int, agreed: Agreed, answers: list[dict[str, Any]]) -> Decided:
    return Decided(label=label, fields=agreed.fields, method=agreed.method, answers=answers)


@transaction.atomic
def open_adjudication(
    *,
    case: Case,
    stage: Stage,
    compared: Task | None,
    items: list[Item],
    round_number: int = 1,
    note: str = "",
) -> Task:
    """Give the expert a task: what is to be decided, and the masks to take from."""
    start = standing_mask(case, before=stage.key) if round_number == 1 else standing_mask(case)
    if start is None:
        raise Conflict("no_mask", "There is no mask to adjudicate.")
    task = open_task(
        case_id=case.pk,
        spec=TaskSpec(
            stage_key=stage.key,
            kind=TaskKind.ADJUDICATE,
            overlap=1,
            start_mask=start,
            required_labels=[item.label for item in items if GRADE_REASON in item.reasons],
            round=round_number,
            note=note,
        ),
    )
    for item in items:
        AdjudicationItem.objects.get_or_create(
            task=task,
            label=item.label,
            defaults={
                "reasons": list(item.reasons),
                "dice": item.dice,
                "hd95_mm": item.hd95_mm,
                "grades": item.grades,
                "names": item.names,
            },
        )
    _add_sources(case, stage, task, compared)
    fusion = chosen_fusion(compared) if compared is not None else None
    if fusion is not None:
        open_dispute(task=task, items=items, report=report_of(fusion.comparison), fused=fusion_report(fusion))
    return task


def _add_sources(case: Case, stage: Stage, task: Task, compared: Task | None) -> None:
    fused = standing_mask(case, before=stage.key)
    sources: list[tuple[str, MaskVersion]] = [(FUSED_KEY, fused)] if fused is not None else []
    submissions = submitted_masks(compared) if compared is not None else []
    if len(submissions) > 1:
        sources += [(slot_name(s.assignment.slot), s.mask) for s in submissions if s.mask is not None]
    for key, mask in sources:
        AdjudicationSource.objects.get_or_create(task=task, key=key, defaults={"mask": mask})


@transaction.atomic
def apply_choice(*, assignment_id: UUID, choice: Choice, actor: User) -> EditOperation | None:
    """Put the chosen vertebra into the expert's mask as one edit, and note the decision.

    Returns the edit, or ``None`` where nothing is to be changed: painted, or the mask is so already.

    Raises
    ------
    AssignmentClosed, AssignmentNotOpened, WrongKind
        Not an adjudication in hand.
    Invalid, NotFound
        No such choice; no mask of that letter.
    """
    assignment, session = adjudication_in_hand(assignment_id)
    operation = _take(assignment.task, session, choice)
    VertebraDecision.objects.update_or_create(
        task=assignment.task,
        label=choice.label,
        defaults={
            "assignment": assignment,
            "choice": choice.choice,
            "chosen_slot": slot_number(choice.slot) if choice.choice == "rater" and choice.slot else None,
            "reason": choice.reason,
        },
    )
    audit.record(
        actor=actor,
        act=case_acts.VertebraDecided(label=choice.label, choice=choice.choice, slot=choice.slot),
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
    )
    return operation


def _take(task: Task, session: EditSession, choice: Choice) -> EditOperation | None:
    if choice.choice not in CHOICES:
        raise Invalid("unknown_choice", f"The choice is one of {', '.join(CHOICES)}.")
    if choice.choice == "painted":
        return None
    key = FUSED_KEY if choice.choice == "fused" else (choice.slot or "")
    source = AdjudicationSource.objects.filter(task=task, key=key).select_related("mask").first()
    if source is None:
        raise NotFound("no_such_source", f"There is no mask {key or 'without a letter'} to take from.")
    before = session_mask(session)
    named = load_mask(source.mask).array
    after = take_vertebra(before, in_our_names(named, names_of_source(task, key)), choice.label)
    ks = changed_slices(before, after)
    if not ks:
        return None
    return append_operation(
        session=session,
        operation_id=uuid4(),
        base_revision=session.revision,
        payload=encode_slices(after, ks),
        kind="adjudicate",
        label=choice.label,
    )


def in_our_names(source: NDArray[np.uint8], names: dict[int, int]) -> NDArray[np.uint8]:
    """A source's mask under the adjudicated names.

    What the source calls by a name that belongs to another vertebra here, and that is not in ``names``,
    becomes background: it must not be taken for that vertebra.
    """
    if not names:
        return source
    table = np.arange(256, dtype=np.uint8)
    table[list(set(names.values()) - set(names))] = 0
    for own, ours in names.items():
        table[own] = ours
    renamed: NDArray[np.uint8] = table[source]
    return renamed


def take_vertebra(mask: NDArray[np.uint8], source: NDArray[np.uint8], label: int) -> NDArray[np.uint8]:
    """``mask`` with one vertebra as ``source`` has it.

    All voxels of the vertebra in ``source`` get its label. Voxels that only ``mask`` gave it fall to what
    ``source`` says there, where that is background or a vertebra that ``mask`` has too, so that a border
    between neighbours leaves no gap.
    """
    result = np.asfortranarray(mask.copy(order="F"))
    vacated = (mask == label) & (source != label)
    others = np.zeros(256, dtype=np.uint8)
    present = np.flatnonzero(np.bincount(mask.ravel(order="K"), minlength=256))
    others[present] = present
    result[vacated] = others[source[vacated]]
    result[source == label] = label
    return result


@transaction.atomic
def finish_adjudication(*, task_id: UUID) -> None:
    """After the expert has handed in: note what they left undecided, and let their grades stand.

    Safe to repeat. An item without a decision was painted where the mask differs from the fused one, else the
    fused mask stands.
    """
    task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=task_id)
    submission = latest_submissions(task).select_related("assignment__rater").first()
    if submission is None or submission.mask is None:
        return
    settle_after(task)
    _note_repainted(task, submission)
    _note_undecided(task, submission)
    renamed = _renamed_by_expert(task, submission)
    move_agreed_grades(case=task.case, renamed=renamed, before=submission.created_at)
    items = list(AdjudicationItem.objects.filter(task=task))
    if not NamingDispute.objects.filter(task=task).exists():  # else the items have followed already
        for item in items:
            item.label = renamed.get(item.label, item.label)
    answers = {item.label: item.grades for item in items}
    graded = {int(row["label"]) for row in submission.gradings}
    decided = [
        _standing(item.label, agree(item.grades), item.grades)
        for item in items
        if NAME_REASONS & set(item.reasons) and item.grades and item.label not in graded
    ]
    decided += [
        Decided(
            label=int(row["label"]),
            fields={name: row.get(name) for name in AGREED_FIELDS},
            method="adjudicated",
            answers=answers.get(int(row["label"]), []),
            decided_by=submission.assignment.rater,
        )
        for row in submission.gradings
    ]
    set_agreed_grades(case=task.case, decided=decided)


def _renamed_by_expert(task: Task, submission: Submission) -> dict[int, int]:
    """Old name to new name of what the expert renamed in this round, where names were in question at all."""
    asked = submission.naming is not None or NamingDispute.objects.filter(task=task).exists()
    own = _submission_before(task)
    base = own.mask if own is not None else task.start_mask
    if not asked or base is None or submission.mask is None:
        return {}
    return renamed_levels(load_mask(base).array, load_mask(submission.mask).array)


def _submission_before(task: Task) -> Submission | None:
    """What the expert handed in in the round before."""
    former = task.case.tasks.filter(stage_key=task.stage_key, round__lt=task.round).order_by("-round").first()
    return latest_submissions(former).first() if former is not None else None


def _note_repainted(task: Task, submission: Submission) -> None:
    """What was settled in a former round and has changed in this one is no longer what was decided then."""
    carried = VertebraDecision.objects.filter(task=task).exclude(assignment=submission.assignment)
    own = _submission_before(task)
    if own is None or own.mask is None or submission.mask is None or not carried:
        return
    before, after = load_mask(own.mask).array, load_mask(submission.mask).array
    for decision in carried:
        if np.array_equal(before == decision.label, after == decision.label):
            continue
        decision.assignment, decision.choice, decision.chosen_slot = submission.assignment, "painted", None
        decision.reason = "as handed in"
        decision.save(update_fields=["assignment", "choice", "chosen_slot", "reason", "updated_at"])


def _note_undecided(task: Task, submission: Submission) -> None:
    assignment, final = submission.assignment, submission.mask
    assert final is not None
    decided = set(VertebraDecision.objects.filter(task=task).values_list("label", flat=True))
    open_labels = [
        (item.label, int(item.names.get(FUSED_KEY) or item.label))
        for item in AdjudicationItem.objects.filter(task=task)
        if item.label not in decided and set(item.reasons) - {GRADE_REASON}
    ]
    source = AdjudicationSource.objects.filter(task=task, key=FUSED_KEY).select_related("mask").first()
    if not open_labels or source is None:
        return
    fused, accepted = load_mask(source.mask).array, load_mask(final).array
    for label, fused_label in open_labels:
        same = np.array_equal(fused == fused_label, accepted == label)
        VertebraDecision.objects.create(
            task=task,
            assignment=assignment,
            label=label,
            choice="fused" if same else "painted",
            reason="as handed in",
        )
