"""How a person's work on a copy compares with the known answer, or with their own former work."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.models import Exercise, ExerciseResult, Submission
from backend.annotation.quality.reports import ScoreReport
from backend.annotation.selectors import latest_submissions
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.projects.selectors import protocol_of
from backend.science.agreement.scoring import Score, score
from backend.science.disguise import Disguise, visible_in_both
from backend.science.volume import Mask


def score_exercise(*, case_id: UUID) -> ExerciseResult | None:
    """Score what was handed in and keep it. Safe to run twice; None while nothing was handed in."""
    exercise = (
        Exercise.objects.select_related(
            "case__project", "source__volume", "key__mask__volume", "former__mask__volume"
        )
        .filter(case_id=case_id)
        .first()
    )
    if exercise is None:
        return None
    submission = latest_submissions(exercise.case.tasks.get()).first()
    if submission is None:
        return None
    existing = ExerciseResult.objects.filter(submission=submission).first()
    return existing or _store(exercise, submission, _score(exercise, submission))


def _score(exercise: Exercise, submission: Submission) -> Score:
    disguise = Disguise.from_json(exercise.transform)
    own, answer = submission.mask, _answer(exercise)
    if own is None or answer is None:
        return score(None, None, _grades(submission.gradings), _answer_grades(exercise))
    grid = geometry_of(exercise.source.volume)
    back = Mask(grid, disguise.undo(load_mask(own).array))
    right = visible_in_both(Mask(grid, load_mask(answer).array), disguise)
    return score(back, right, _grades(submission.gradings), _answer_grades(exercise))


def _answer(exercise: Exercise) -> MaskVersion | None:
    if exercise.key is not None:
        return exercise.key.mask
    return exercise.former.mask if exercise.former is not None else None


def _answer_grades(exercise: Exercise) -> dict[int, int | None]:
    if exercise.key is not None:
        return _grades(exercise.key.grades)
    return _grades(exercise.former.gradings) if exercise.former is not None else {}


def _grades(rows: list[dict[str, object]]) -> dict[int, int | None]:
    grades: dict[int, int | None] = {}
    for row in rows:
        grade = row.get("grade")
        grades[int(str(row["label"]))] = None if grade is None else int(str(grade))
    return grades


@transaction.atomic
def _store(exercise: Exercise, submission: Submission, found: Score) -> ExerciseResult:
    quality = protocol_of(exercise.case.project).quality
    dice, exact = found.mean_dice, found.grades_exact
    if not submission.gradings:  # the stage asks for no grades
        exact = None
    row, created = ExerciseResult.objects.get_or_create(
        submission=submission,
        defaults={
            "exercise": exercise,
            "report": ScoreReport.read(
                {**found.to_json(), "minutes": submission.active_seconds / 60}
            ).to_json(),
            "mean_dice": dice,
            "grades_exact": exact,
            "passed": (dice is None or dice >= quality.training_dice)
            and (exact is None or exact >= quality.training_grades),
        },
    )
    if created:
        audit.record(
            actor=None,
            act=case_acts.ExerciseScored(mean_dice=dice, grades_exact=exact),
            subject=exercise,
            project_id=exercise.case.project_id,
        )
    return row
