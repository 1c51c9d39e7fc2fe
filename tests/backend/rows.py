"""Rows of a project set down as they are, for tests of what a query finds. See `flow` for real work."""

from __future__ import annotations

import itertools
from typing import Any

from backend.accounts.models import User
from backend.annotation.models import (
    AnswerKey,
    Assignment,
    Case,
    Exercise,
    Submission,
    Task,
    TaskKind,
    vertebrae_of,
)
from backend.masks.models import MaskVersion
from backend.masks.services import add_version
from backend.projects.models import Project
from tests.backend import factories

_numbers = itertools.count(1)


def case_in(project: Project, **fields: Any) -> Case:
    usual = {"project": project, "alias": f"case-{next(_numbers)}"}
    return Case.every.create(**usual | {"volume": factories.make_volume(project)} | fields)


def task_on(case: Case, kind: TaskKind = TaskKind.CORRECT, overlap: int = 3, **fields: Any) -> Task:
    usual = {"case": case, "kind": kind, "overlap": overlap, "stage_key": "rate", "round": next(_numbers)}
    return Task.objects.create(**usual | fields)


def held(task: Task, rater: User, state: str = "open", **fields: Any) -> Assignment:
    usual = {"task": task, "rater": rater, "state": state, "slot": task.assignments.count()}
    return Assignment.objects.create(**usual | fields)


def mask_of(case: Case) -> MaskVersion:
    return add_version(volume=case.volume, mask=factories.block_mask(), source="import")


def copy_for(rater: User, source: Case, purpose: str = "training") -> Exercise:
    """A copy of a case whose answer is known, made for one person; nobody has it in hand yet."""
    key = source.answer_keys.filter(purpose=purpose).first() or AnswerKey.objects.create(
        case=source, purpose=purpose, mask=mask_of(source), created_by=rater
    )
    copy = case_in(source.project, purpose=purpose)
    return Exercise.objects.create(case=copy, source=source, rater=rater, key=key, stage_key="rate")


def handed_in(assignment: Assignment, **fields: Any) -> Submission:
    """A hand-in of whatever it says, with its vertebrae counted as the product counts them."""
    counted = vertebrae_of(fields.get("mask"), fields.get("gradings", ()))
    return Submission.objects.create(assignment=assignment, **{"vertebrae": counted, **fields})
