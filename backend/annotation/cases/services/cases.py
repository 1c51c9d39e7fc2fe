"""Cases and their tasks: opened, moved along the protocol, done again, accepted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.events import AssignmentChanged, CaseChanged, ExerciseHandedIn, TaskCompleted
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    CaseState,
    Grading,
    NamingState,
    Task,
    TaskKind,
    TaskState,
)
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.imaging.models import Volume
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.selectors import blank_version
from backend.masks.services import add_version
from backend.pipeline.runs.naming_doubt import naming_doubt_of
from backend.projects.selectors import protocol_of

ALIAS_DIGITS = 6
ALIAS_ATTEMPTS = 50


@dataclass(frozen=True)
class TaskSpec:
    """What a stage of the protocol asks for on one case."""

    stage_key: str
    kind: TaskKind
    overlap: int
    start_mask: MaskVersion
    required_labels: list[int] | None = None
    note: str = ""
    round: int = 1
    asks_grades: bool | None = None  # None: as the stage says now


def case_changed(case: Case) -> None:
    """Tell the layers above that a case has another state, stage or priority."""
    publish(CaseChanged(case.pk, case.project_id, case.state, case.stage_key))


def assignment_changed(assignment: Assignment, case: Case) -> None:
    publish(
        AssignmentChanged(assignment.pk, case.pk, case.project_id, assignment.rater_id, str(assignment.state))
    )


def open_case(*, volume: Volume) -> Case:
    """The case of a volume; made when there is none yet. Its alias says nothing about patient or order."""
    existing = Case.objects.filter(volume=volume).first()
    if existing is not None:
        return existing
    project = volume.series.project
    for attempt in range(ALIAS_ATTEMPTS):
        alias = _alias(project.pseudonym_secret, volume.pk, attempt)
        try:
            with transaction.atomic():
                case = Case.objects.create(project=project, volume=volume, alias=alias)
                audit.record(actor=None, act=case_acts.CaseOpened(), subject=case, project_id=project.pk)
                case_changed(case)
                return case
        except IntegrityError:
            other = Case.objects.filter(volume=volume).first()
            if other is not None:  # opened by another worker at the same moment
                return other
    raise Conflict("no_free_alias", "No free case alias was found.")


def _alias(secret: str, volume_id: UUID, attempt: int) -> str:
    digest = hashlib.sha256(f"{secret}:{volume_id}:{attempt}".encode()).hexdigest()
    return f"case-{int(digest, 16) % 10**ALIAS_DIGITS:0{ALIAS_DIGITS}d}"


@transaction.atomic
def start_case(*, case_id: UUID, start_mask: MaskVersion, difficulty: float | None = None) -> Case:
    """Give a waiting case the mask that its first stage starts from. A case that has begun keeps its own.

    ``difficulty`` is the engine's mean uncertainty (bits per voxel of the mask), where it tells one.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state != CaseState.WAITING or case.start_mask_id is not None:
        return case
    case.start_mask = start_mask
    case.state = CaseState.IN_PROGRESS
    case.difficulty = difficulty
    take_doubt(case, start_mask)
    case.save(
        update_fields=["start_mask", "state", "difficulty", "naming_state", "naming_doubt", "updated_at"]
    )
    audit.record(
        actor=None,
        act=case_acts.CaseStarted(
            mask=start_mask.pk, source=str(start_mask.source), naming_doubt=case.naming_doubt
        ),
        subject=case,
        project_id=case.project_id,
    )
    case_changed(case)
    return case


def take_doubt(case: Case, start_mask: MaskVersion) -> None:
    """Note on the (unsaved) case whether the names that it starts with are a guess."""
    case.naming_doubt = naming_doubt_of(start_mask)
    case.naming_state = NamingState.OPEN if case.naming_doubt else NamingState.SURE


@transaction.atomic(savepoint=False)
def move_case(*, case_id: UUID, stage_key: str) -> Case:
    """Put the case into a stage of its protocol."""
    case = Case.objects.select_for_update(of=("self",)).select_related("project").get(pk=case_id)
    if case.stage_key == stage_key:
        return case
    previous, case.stage_key = case.stage_key, stage_key
    case.entered_stage_at = timezone.now()
    case.save(update_fields=["stage_key", "entered_stage_at", "updated_at"])
    audit.record(
        actor=None,
        act=case_acts.CaseMoved(stage=stage_key, previous=previous),
        subject=case,
        project_id=case.project_id,
    )
    case_changed(case)
    return case


@transaction.atomic(savepoint=False)
def open_task(*, case_id: UUID, spec: TaskSpec) -> Task:
    """The task of a stage and round; made when there is none yet."""
    case = Case.objects.select_for_update(of=("self",)).select_related("project").get(pk=case_id)
    task, created = Task.objects.get_or_create(
        case=case,
        stage_key=spec.stage_key,
        round=spec.round,
        defaults={
            "kind": spec.kind,
            "overlap": spec.overlap,
            "start_mask": spec.start_mask,
            "required_labels": spec.required_labels,
            "asks_grades": _asks_grades(case, spec),
            "note": spec.note,
        },
    )
    if created:
        audit.record(
            actor=None,
            act=case_acts.TaskOpened(
                task=task.pk, stage=spec.stage_key, round=spec.round, overlap=spec.overlap
            ),
            subject=case,
            project_id=case.project_id,
        )
        case_changed(case)
    return task


def _asks_grades(case: Case, spec: TaskSpec) -> bool:
    if spec.asks_grades is not None:
        return spec.asks_grades
    stage = protocol_of(case.project).find(spec.stage_key)
    return spec.kind == TaskKind.GRADE or (stage is not None and stage.grade)


@transaction.atomic(savepoint=False)
def complete_task_if_done(*, task_id: UUID) -> Task:
    """Close the task once as many people as the stage asks for have handed in; tell it once."""
    task = Task.objects.select_for_update().select_related("case").get(pk=task_id)
    submitted = task.assignments.filter(state=AssignmentState.SUBMITTED).count()
    if task.state != TaskState.OPEN or submitted < task.overlap:
        return task
    task.state = TaskState.COMPLETE
    task.completed_at = timezone.now()
    task.save(update_fields=["state", "completed_at", "updated_at"])
    if task.case.purpose == CasePurpose.WORK:
        publish(TaskCompleted(task.pk, task.case_id, task.case.project_id))
    else:
        publish(ExerciseHandedIn(task.case_id))
    return task


@transaction.atomic
def reopen_task(*, task_id: UUID, comment: str, actor: User) -> Task:
    """A new round of a finished task for the same people, from what they had handed in.

    Nothing of the former round changes: its assignments stay submitted, their grades and masks stand. The new
    assignments are "returned", carry the comment, and start from a copy of the person's own answers.
    """
    former = Task.objects.select_for_update().select_related("case").get(pk=task_id)
    task = open_task(
        case_id=former.case_id,
        spec=TaskSpec(
            stage_key=former.stage_key,
            kind=TaskKind(former.kind),
            overlap=former.overlap,
            start_mask=former.start_mask or _case_start(former.case),
            required_labels=former.required_labels,
            note=comment,
            round=former.round + 1,
            asks_grades=former.asks_grades,
        ),
    )
    for assignment in former.assignments.filter(state=AssignmentState.SUBMITTED).order_by("slot"):
        again, created = Assignment.objects.get_or_create(
            task=task,
            rater_id=assignment.rater_id,
            slot=assignment.slot,
            defaults={
                "state": AssignmentState.RETURNED,
                "return_comment": comment,
                "due_on": assignment.due_on,
                "blank_start": assignment.blank_start,
            },
        )
        if created:
            _copy_gradings(assignment, again)
            audit.record(
                actor=actor,
                act=case_acts.AssignmentReturned(assignment=again.pk),
                subject=task.case,
                project_id=task.case.project_id,
            )
            assignment_changed(again, task.case)
    return task


def _case_start(case: Case) -> MaskVersion:
    if case.start_mask is None:
        raise Conflict("case_not_started", "This case has no mask to start from yet.")
    return case.start_mask


def _copy_gradings(source: Assignment, target: Assignment) -> None:
    for grading in source.gradings.filter(current=True):
        Grading.objects.create(
            assignment=target,
            label=grading.label,
            grade=grading.grade,
            fracture_type=grading.fracture_type,
            foreign_material=grading.foreign_material,
            not_gradable_reason=grading.not_gradable_reason,
            deformity=grading.deformity,
            osteoporotic=grading.osteoporotic,
            transitional=grading.transitional,
            comment=grading.comment,
        )


@transaction.atomic
def accept_case(*, case_id: UUID, mask: MaskVersion, actor: User | None) -> Case:
    """End the case's way: this mask is the one that releases contain."""
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state == CaseState.ACCEPTED:
        return case
    case.state = CaseState.ACCEPTED
    case.accepted_mask = mask
    case.accepted_at = timezone.now()
    case.save(update_fields=["state", "accepted_mask", "accepted_at", "updated_at"])
    audit.record(
        actor=actor, act=case_acts.CaseAccepted(mask=mask.pk), subject=case, project_id=case.project_id
    )
    case_changed(case)
    return case


@transaction.atomic
def update_case(
    *,
    case_id: UUID,
    actor: User,
    priority: int | None = None,
    due_on: date | None = None,
    clear_due: bool = False,
) -> Case:
    """Change how urgent a case is."""
    case = Case.objects.select_for_update().get(pk=case_id)
    if priority is not None:
        case.priority = priority
    if due_on is not None or clear_due:
        case.due_on = due_on
    case.save(update_fields=["priority", "due_on", "updated_at"])
    audit.record(
        actor=actor,
        act=case_acts.CasePrioritised(priority=case.priority, due_on=case.due_on),
        subject=case,
        project_id=case.project_id,
    )
    case_changed(case)
    return case


def prepare_start(assignment: Assignment) -> None:
    """Have the blank mask ready where the work starts from one: looking at it makes none."""
    if assignment.blank_start:
        empty_version(volume=assignment.task.case.volume)


def empty_version(*, volume: Volume) -> MaskVersion:
    """The volume's blank mask, made once."""
    existing = blank_version(volume)
    if existing is not None:
        return existing
    return add_version(
        volume=volume,
        mask=np.zeros(tuple(volume.shape), dtype=np.uint8),
        source=MaskSource.EMPTY,
        author=None,
        parent=None,
        provenance={"reason": "blank start"},
        centroids={},
    )
