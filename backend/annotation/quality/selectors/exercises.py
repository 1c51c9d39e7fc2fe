"""Copies made ready for somebody: for training, as gold cases, as repeats."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.accounts.models import User
from backend.annotation.models import (
    AnswerKey,
    Assignment,
    CasePurpose,
    Exclusion,
    Exercise,
    TaskKind,
    TaskState,
)
from backend.annotation.selectors import cases_managed_by
from backend.projects.models import Project

HIDDEN = (CasePurpose.GOLD, CasePurpose.REPEAT)


def ready_exercises(user: User, project: Project) -> QuerySet[Exercise]:
    """Hidden copies made for this person that they have not been given; none of a case excluded since."""
    given = Assignment.objects.filter(task__case=OuterRef("case"))
    seen = Assignment.objects.filter(task__case=OuterRef("source"), rater=user)
    excluded = Exclusion.objects.filter(case=OuterRef("source"), put_back_at__isnull=True)
    return (
        Exercise.objects.filter(
            ~Exists(given), ~Exists(excluded), rater=user, case__project=project, case__purpose__in=HIDDEN
        )
        .exclude(Q(case__purpose=CasePurpose.GOLD) & Exists(seen))  # they got the case itself meanwhile
        .select_related("case")
    )


def mixing(project: str = "") -> Q:
    """Projects that mix hidden exercises into the work; ``project`` leads to them (``"case__project__"``)."""
    shares = ("gold_share", "repeat_share")
    return Q(*((f"{project}protocol__quality__{share}__gt", 0) for share in shares), _connector=Q.OR)


def mixes_exercises(project_id: UUID) -> bool:
    """Whether the project is one of them."""
    return Project.objects.filter(mixing(), pk=project_id).exists()


def training_in_hand(*, user: User, project: Project) -> Exercise | None:
    """The training case that this person has been made a copy of and has not handed in."""
    mine = Exercise.objects.filter(rater=user, case__project=project, case__purpose=CasePurpose.TRAINING)
    return mine.filter(case__tasks__state=TaskState.OPEN).select_related("case__project", "key__mask").first()


def exercise_starts_blank(exercise: Exercise) -> bool:
    """A repeat as the person began the first time; training where the answer would be the start.

    For a gold case the protocol's share is drawn, as for work (`taking.starts_blank`).
    """
    if exercise.former is not None:
        return exercise.former.assignment.blank_start
    start, key = exercise.case.start_mask, exercise.key
    if exercise.case.purpose != CasePurpose.TRAINING or start is None or key is None:
        return False
    editing = exercise.case.tasks.filter(kind=TaskKind.CORRECT).exists()
    return editing and start.digest == key.mask.digest


def answer_keys_managed_by(user: User) -> QuerySet[AnswerKey]:
    """Cases with a known answer, in the projects that the user manages, that still give copies."""
    return AnswerKey.objects.filter(case__in=cases_managed_by(user), active=True).select_related("case")
