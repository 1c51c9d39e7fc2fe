"""Adjudication by exception: what agrees is signed by rule, what differs goes to an expert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from backend.accounts.models import User
from backend.annotation.errors import AssignmentClosed, AssignmentNotOpened, WrongKind
from backend.annotation.models import Assignment, Case, Task, TaskKind
from backend.annotation.selectors import WORKING_STATES, latest_submissions
from backend.annotation.services.cases import TaskSpec, open_task
from backend.audit import services as audit
from backend.common.errors import Conflict, Invalid, NotFound
from backend.consensus.answers import AGREED_FIELDS, agree, differ, slot_name, slot_number
from backend.consensus.models import (
    AdjudicationItem,
    AdjudicationSource,
    AgreedGrade,
    Comparison,
    VertebraDecision,
)
from backend.consensus.selectors import answers_by_label, chosen_fusion, standing_mask, submitted_masks
from backend.masks.models import EditOperation, MaskVersion
from backend.masks.services import append_operation, load_mask, session_mask
from backend.projects.protocols import Stage, Thresholds
from backend.science.edits import changed_slices, encode_slices
from backend.science.labels import sort_labels

CHOICES = ("fused", "rater", "painted")
FUSED_KEY = "fused"
GRADE_REASON = "grade"
# What the fusion's own checks raise, in the words of the items.
FLAG_REASONS = {
    "name_tied": "naming",
    "name_invented": "naming",
    "half_missing": "missing",
    "empty_result": "missing",
    "staple_volume": "volume",
}


@dataclass(frozen=True)
class Item:
    """A vertebra for the expert, or (without reasons) one that the rule may sign."""

    label: int
    reasons: tuple[str, ...]
    dice: float | None
    hd95_mm: float | None
    grades: list[dict[str, Any]]


@dataclass(frozen=True)
class Choice:
    """What the expert takes for one vertebra: the fused mask's, a rater's (by letter), or their own paint."""

    label: int
    choice: str
    slot: str | None = None
    reason: str = ""


def find_items(
    *,
    report: dict[str, Any],
    answers: dict[int, list[dict[str, Any]]],
    thresholds: Thresholds,
    fused: dict[str, Any] | None = None,
) -> list[Item]:
    """Every vertebra that any rater drew or graded, with the reasons why an expert must look at it.

    ``report`` is the comparison's, ``fused`` the chosen fusion's, whose flags add reasons of their own.
    """
    flags = {int(key): row.get("flags", []) for key, row in (fused or {}).get("labels", {}).items()}
    readers = len(report.get("slots", []))
    rows: dict[int, dict[str, Any]] = {int(key): row for key, row in report.get("labels", {}).items()}
    items = []
    for label in sort_labels({*rows, *answers, *flags}):
        row = rows.get(label, {})
        given = answers.get(label, [])
        reasons = _shape_reasons(row, thresholds) if row else []
        flagged = (FLAG_REASONS.get(flag) for flag in flags.get(label, []))
        reasons += sorted({reason for reason in flagged if reason and reason not in reasons})
        if thresholds.grade_disagreement and given and differ(given, readers):
            reasons.append(GRADE_REASON)
        items.append(Item(label, tuple(reasons), row.get("minimum_dice"), row.get("hd95_mm"), given))
    return items


def _shape_reasons(row: dict[str, Any], thresholds: Thresholds) -> list[str]:
    reasons = []
    if row.get("missing"):
        reasons.append("missing")
    if row.get("naming_disputed") or row.get("also"):
        reasons.append("naming")
    dice = row.get("minimum_dice")
    if not row.get("missing") and dice is not None and dice < thresholds.dice_below:
        reasons.append("dice")
    distance = row.get("hd95_mm")
    if distance is not None and distance > thresholds.hd95_mm_above:
        reasons.append("hd95")
    return reasons


@transaction.atomic
def sign_by_rule(*, comparison: Comparison, thresholds: Thresholds) -> list[Item]:
    """Decide what agrees: mask decisions named "rule", and agreed grades. Returns the items for an expert."""
    task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=comparison.task_id)
    fusion = chosen_fusion(task)
    items = find_items(
        report=comparison.report,
        answers=answers_by_label(task),
        thresholds=thresholds,
        fused=fusion.report if fusion is not None else None,
    )
    for item in items:
        if not set(item.reasons) - {GRADE_REASON}:
            VertebraDecision.objects.get_or_create(
                task=task, label=item.label, defaults={"choice": "rule", "reason": "within the thresholds"}
            )
        if item.grades and GRADE_REASON not in item.reasons:
            agreed = agree(item.grades)
            set_agreed_grade(
                case=task.case,
                label=item.label,
                fields=agreed.fields,
                method=agreed.method,
                answers=item.grades,
                decided_by=None,
            )
    return [item for item in items if item.reasons]


@transaction.atomic
def set_agreed_grade(
    *,
    case: Case,
    label: int,
    fields: dict[str, Any],
    method: str,
    answers: list[dict[str, Any]],
    decided_by: User | None,
) -> AgreedGrade:
    """Let this answer stand for the vertebra. The former one stays on record; the same again adds nothing."""
    standing = AgreedGrade.objects.filter(case=case, label=label, current=True).first()
    if standing is not None:
        same = all(getattr(standing, name) == value for name, value in fields.items())
        if same and standing.method == method:
            return standing
        standing.current = False
        standing.save(update_fields=["current", "updated_at"])
    return AgreedGrade.objects.create(
        case=case, label=label, method=method, answers=answers, decided_by=decided_by, **fields
    )


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
            },
        )
    _add_sources(case, stage, task, compared)
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
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case", "session__base__volume")
        .get(pk=assignment_id)
    )
    if assignment.task.kind != TaskKind.ADJUDICATE:
        raise WrongKind
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.session is None:
        raise AssignmentNotOpened
    operation = _take(assignment, choice)
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
        verb="vertebra.decided",
        subject=assignment.task.case,
        project_id=assignment.task.case.project_id,
        label=choice.label,
        choice=choice.choice,
        slot=choice.slot,
    )
    return operation


def _take(assignment: Assignment, choice: Choice) -> EditOperation | None:
    if choice.choice not in CHOICES:
        raise Invalid("unknown_choice", f"The choice is one of {', '.join(CHOICES)}.")
    if choice.choice == "painted" or assignment.session is None:
        return None
    key = FUSED_KEY if choice.choice == "fused" else (choice.slot or "")
    source = AdjudicationSource.objects.filter(task=assignment.task, key=key).select_related("mask").first()
    if source is None:
        raise NotFound("no_such_source", f"There is no mask {key or 'without a letter'} to take from.")
    before = session_mask(assignment.session)
    after = take_vertebra(before, load_mask(source.mask).array, choice.label)
    ks = changed_slices(before, after)
    if not ks:
        return None
    return append_operation(
        session=assignment.session,
        operation_id=uuid4(),
        base_revision=assignment.session.revision,
        payload=encode_slices(after, ks),
        kind="adjudicate",
        label=choice.label,
    )


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
    _note_undecided(task, submission.assignment, submission.mask)
    answers = {item.label: item.grades for item in AdjudicationItem.objects.filter(task=task)}
    for row in submission.gradings:
        fields = {name: row.get(name) for name in AGREED_FIELDS}
        set_agreed_grade(
            case=task.case,
            label=int(row["label"]),
            fields=fields,
            method="adjudicated",
            answers=answers.get(int(row["label"]), []),
            decided_by=submission.assignment.rater,
        )


def _note_undecided(task: Task, assignment: Assignment, final: MaskVersion) -> None:
    decided = set(VertebraDecision.objects.filter(task=task).values_list("label", flat=True))
    open_labels = [
        item.label
        for item in AdjudicationItem.objects.filter(task=task)
        if item.label not in decided and set(item.reasons) - {GRADE_REASON}
    ]
    source = AdjudicationSource.objects.filter(task=task, key=FUSED_KEY).select_related("mask").first()
    if not open_labels or source is None:
        return
    fused, accepted = load_mask(source.mask).array, load_mask(final).array
    for label in open_labels:
        same = np.array_equal(fused == label, accepted == label)
        VertebraDecision.objects.create(
            task=task,
            assignment=assignment,
            label=label,
            choice="fused" if same else "painted",
            reason="as handed in",
        )
