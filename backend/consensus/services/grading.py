"""The grade that stands for a vertebra: by rule from the readers' answers, or from an expert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import AssignmentState, Case, Submission, Task, TaskState
from backend.consensus.answers import AGREED_FIELDS, Agreed, agree, slot_name
from backend.consensus.models import AgreedGrade
from backend.consensus.reports import ReaderAnswer
from backend.consensus.services.items import Item
from backend.projects.protocols import Thresholds
from backend.science.fusion.grades import FusedGrade, dawid_skene
from backend.science.labels import THORACOLUMBAR


@dataclass(frozen=True)
class Decided:
    """The answer that is to stand for one vertebra, and where it came from."""

    label: int
    fields: dict[str, Any]
    method: str
    answers: list[dict[str, Any]]
    decided_by: User | None = None

    def is_that(self, row: AgreedGrade) -> bool:
        """Whether a row says the same, decided alike."""
        same = all(getattr(row, name) == value for name, value in self.fields.items())
        return same and row.method == self.method


@transaction.atomic(savepoint=False)
def set_agreed_grades(*, case: Case, decided: Iterable[Decided]) -> None:
    """Let these answers stand, one a vertebra. Former ones stay on record; the same again adds nothing.

    A neck has no grades: what a reader said of a C7 that they took for T1 stands for nothing.
    """
    standing = {row.label: row for row in AgreedGrade.objects.filter(case=case, current=True)}
    # of two answers on one vertebra the later
    wanted = {one.label: one for one in decided if one.label in THORACOLUMBAR}.values()
    new = [one for one in wanted if one.label not in standing or not one.is_that(standing[one.label])]
    replaced = [standing[one.label].pk for one in new if one.label in standing]
    if replaced:
        AgreedGrade.objects.filter(pk__in=replaced).update(current=False, updated_at=timezone.now())
    AgreedGrade.objects.bulk_create(
        AgreedGrade(
            case=case,
            label=one.label,
            method=one.method,
            answers=[ReaderAnswer.read(answer).to_json() for answer in one.answers],
            decided_by=one.decided_by,
            **one.fields,
        )
        for one in new
    )


@transaction.atomic
def move_agreed_grades(*, case: Case, renamed: Mapping[int, int], before: datetime) -> None:
    """Let grades that stood before a moment follow their vertebrae to their new names.

    ``renamed`` has old name to new name. The former rows stay on record; done again, nothing is left to move.
    """
    rows = list(AgreedGrade.objects.filter(case=case, current=True, label__in=renamed, created_at__lt=before))
    AgreedGrade.objects.filter(pk__in=[row.pk for row in rows]).update(current=False)
    set_agreed_grades(
        case=case,
        decided=[
            Decided(
                label=renamed[row.label],
                fields={name: getattr(row, name) for name in AGREED_FIELDS},
                method=row.method,
                answers=row.answers,
                decided_by=row.decided_by,
            )
            for row in rows
        ],
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
