"""The grade that stands for a vertebra: by rule from the readers' answers, or from an expert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef

from backend.accounts.models import User
from backend.annotation.models import AssignmentState, Case, Submission, Task, TaskState
from backend.consensus.answers import AGREED_FIELDS, Agreed, agree, slot_name
from backend.consensus.models import AgreedGrade
from backend.consensus.services.items import Item
from backend.projects.protocols import Thresholds
from backend.science.fusion.grades import FusedGrade, dawid_skene


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
def move_agreed_grades(*, case: Case, renamed: Mapping[int, int], before: datetime) -> None:
    """Let grades that stood before a moment follow their vertebrae to their new names.

    ``renamed`` has old name to new name. The former rows stay on record; done again, nothing is left to move.
    """
    rows = list(AgreedGrade.objects.filter(case=case, current=True, label__in=renamed, created_at__lt=before))
    AgreedGrade.objects.filter(pk__in=[row.pk for row in rows]).update(current=False)
    for row in rows:
        set_agreed_grade(
            case=case,
            label=renamed[row.label],
            fields={name: getattr(row, name) for name in AGREED_FIELDS},
            method=row.method,
            answers=row.answers,
            decided_by=row.decided_by,
        )


def agreed_by_rule(task: Task, items: Iterable[Item], thresholds: Thresholds) -> dict[int, Agreed]:
    """The rule's answer on each vertebra that anybody graded."""
    graded = [item for item in items if item.grades]
    modelled = modelled_grades(task, graded) if thresholds.grades == "dawid_skene" else {}
    return {item.label: agree(item.grades, thresholds.grades, modelled.get(item.label)) for item in graded}


def modelled_grades(task: Task, items: list[Item]) -> dict[int, FusedGrade]:
    """Dawid and Skene's grades of one case's vertebrae, the model fitted on all that the project has read.

    Empty as long as some reader has graded too few vertebrae for the model to mean anything.
    """
    rows: dict[tuple[str, int], dict[str, int]] = {}
    newer = Submission.objects.filter(
        assignment=OuterRef("assignment"), created_at__gt=OuterRef("created_at")
    )
    read = Submission.objects.filter(
        ~Exists(newer),
        assignment__task__case__project_id=task.case.project_id,
        assignment__task__stage_key=task.stage_key,
        assignment__task__state=TaskState.COMPLETE,
        assignment__state=AssignmentState.SUBMITTED,
    )
    reader_of: dict[str, str] = {}
    for of_task, slot, rater, gradings in read.values_list(
        "assignment__task_id", "assignment__slot", "assignment__rater_id", "gradings"
    ):
        if of_task == task.pk:
            reader_of[slot_name(slot)] = str(rater)
            continue
        for row in gradings:
            if row.get("grade") is not None:
                rows.setdefault((str(of_task), int(row["label"])), {})[str(rater)] = int(row["grade"])
    for item in items:
        for answer in item.grades:
            if answer.get("grade") is not None and answer["slot"] in reader_of:
                key = (str(task.pk), item.label)
                rows.setdefault(key, {})[reader_of[answer["slot"]]] = int(answer["grade"])
    readers = sorted({reader for given in rows.values() for reader in given})
    if len(readers) < 2:
        return {}
    keys = sorted(rows)
    table = np.array(
        [[rows[key].get(reader, np.nan) for reader in readers] for key in keys], dtype=np.float64
    )
    model = dawid_skene(table)
    if not model.reliable:
        return {}
    grades = model.grades()
    return {key[1]: grades[place] for place, key in enumerate(keys) if key[0] == str(task.pk)}
