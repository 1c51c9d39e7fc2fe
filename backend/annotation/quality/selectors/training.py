"""Before real work: who has to train, how far they are, and a manager's word that lets them through.

The gate concerns the role of a rater. Whoever holds another role that a stage asks for takes it by that role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from backend.accounts.models import User
from backend.annotation.models import (
    AnswerKey,
    Assignment,
    AssignmentState,
    CasePurpose,
    ExerciseResult,
    Qualification,
    Retraining,
)
from backend.projects.models import Project
from backend.projects.protocols import Quality
from backend.projects.selectors import protocol_of

Score = tuple[float | None, float | None]


def _later_retraining(project: str, rater: str, at: str) -> QuerySet[Retraining]:
    """That the person of the outer row was sent to train again after it."""
    return Retraining.objects.filter(
        project=OuterRef(project), user=OuterRef(rater), created_at__gt=OuterRef(at)
    )


def _before_retraining() -> Exists:
    """Of the outer result: counted is only what was begun after its rater was sent to train again."""
    return Exists(_later_retraining("exercise__case__project", "exercise__rater", "exercise__created_at"))


@dataclass(frozen=True)
class Training:
    """How far somebody is; ``mean_dice`` and ``grades_exact`` are of the latest cases, which count."""

    required: int  # cases, as many as there are; 0: no training in this project
    available: int
    handed_in: int
    scored: int
    mean_dice: float | None
    grades_exact: float | None
    passed: bool
    overridden: bool  # a manager's word

    @property
    def may_work(self) -> bool:
        return self.required == 0 or self.passed or self.overridden


def training_of(project: Project, user_ids: Iterable[UUID]) -> dict[UUID, Training]:
    """How far each of the people is, in a number of queries that does not grow with them."""
    ids = list(user_ids)
    quality = protocol_of(project).quality
    available = AnswerKey.objects.filter(
        case__project=project, purpose=CasePurpose.TRAINING, active=True
    ).count()
    required = min(quality.training_cases, available)
    handed_in: dict[UUID, int] = dict.fromkeys(ids, 0)
    scores: dict[UUID, list[tuple[float | None, float | None]]] = {pk: [] for pk in ids}
    if required:
        for rater in _training_work(project, ids).values_list("rater_id", flat=True):
            handed_in[rater] += 1
        for rater, dice, exact in _scores(project, ids):
            scores[rater].append((dice, exact))
    words = set(
        Qualification.objects.filter(project=project, user__in=ids, revoked_at__isnull=True).values_list(
            "user_id", flat=True
        )
    )
    result = {}
    for pk in ids:
        dice, exact, passed = _marks(quality, required, scores[pk])
        result[pk] = Training(
            required, available, handed_in[pk], len(scores[pk]), dice, exact, passed, pk in words
        )
    return result


def _marks(
    quality: Quality, required: int, scores: Sequence[Score]
) -> tuple[float | None, float | None, bool]:
    """Mean Dice and share of exact grades of the latest cases, and whether they pass."""
    latest = scores[-required:] if required else []
    dice = _mean(value for value, _ in latest)
    exact = _mean(value for _, value in latest)
    passed = (
        0 < required <= len(latest)
        and (dice is None or dice >= quality.training_dice)
        and (exact is None or exact >= quality.training_grades)
    )
    return dice, exact, passed


def _training_work(project: Project, ids: list[UUID]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        task__case__project=project,
        task__case__purpose=CasePurpose.TRAINING,
        rater__in=ids,
        state=AssignmentState.SUBMITTED,
    ).exclude(Exists(_later_retraining("task__case__project", "rater", "created_at")))


def _scores(project: Project, ids: list[UUID]) -> Iterable[tuple[UUID, float | None, float | None]]:
    rows = ExerciseResult.objects.filter(
        exercise__case__project=project,
        exercise__case__purpose=CasePurpose.TRAINING,
        exercise__rater__in=ids,
    ).exclude(_before_retraining())
    return rows.order_by("submission__created_at").values_list(
        "exercise__rater_id", "mean_dice", "grades_exact"
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def not_yet_trained(project: Project, user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the people who may not do real work as raters yet."""
    if protocol_of(project).quality.training_cases == 0:
        return set()
    return {pk for pk, training in training_of(project, user_ids).items() if not training.may_work}


def untrained_in(user: User, projects: Iterable[Project]) -> set[UUID]:
    """Those of the projects in which this person may not do real work as a rater yet.

    The queries do not grow with the projects; `has_to_train` says the same of one.
    """
    training = {project.pk: protocol_of(project).quality for project in projects}
    training = {pk: quality for pk, quality in training.items() if quality.training_cases}
    if not training:
        return set()
    keys = AnswerKey.objects.filter(
        case__project__in=training, purpose=CasePurpose.TRAINING, active=True
    ).order_by()
    available = dict(keys.values_list("case__project").annotate(n=Count("pk")))
    scores: dict[UUID, list[Score]] = {pk: [] for pk in training}
    rows = ExerciseResult.objects.filter(
        exercise__case__project__in=training,
        exercise__case__purpose=CasePurpose.TRAINING,
        exercise__rater=user,
    )
    rows = rows.exclude(_before_retraining()).order_by("submission__created_at")
    for pk, dice, exact in rows.values_list("exercise__case__project_id", "mean_dice", "grades_exact"):
        scores[pk].append((dice, exact))
    words = Qualification.objects.filter(project__in=training, user=user, revoked_at__isnull=True)
    let_through = set(words.values_list("project_id", flat=True))
    found = set()
    for pk, quality in training.items():
        required = min(quality.training_cases, available.get(pk, 0))
        if required and pk not in let_through and not _marks(quality, required, scores[pk])[2]:
            found.add(pk)
    return found


def turn_of(project: Project, user: User) -> int:
    """How often somebody was sent to train again: the cases of the training come once in each turn."""
    return Retraining.objects.filter(project=project, user=user).count()


def has_to_train(project: Project, user: User) -> bool:
    """Whether this person's role of a rater does not count yet."""
    return bool(not_yet_trained(project, [user.pk]))
