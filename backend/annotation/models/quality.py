"""What measures raters: known answers, copies made for one person, results, weights."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.annotation.models.cases import Case, CasePurpose
from backend.annotation.models.work import Submission
from backend.common.models import BaseModel
from backend.masks.models import MaskVersion
from backend.projects.models import Project


class AnswerKey(BaseModel):
    """A case whose answer is known, so that raters can be trained on it or measured by it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answer_keys")
    purpose = models.CharField(
        max_length=16, choices=[(CasePurpose.TRAINING, "training"), (CasePurpose.GOLD, "gold")]
    )
    mask = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")
    grades = models.JSONField(default=list)  # [{"label", "grade", "fracture_type"}]
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["case", "purpose"], name="one_answer_key_per_purpose")]


class Exercise(BaseModel):
    """A copy of a case made for one person, to train or to measure them; its own case holds their work."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="exercise")
    source = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="copies")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exercises")
    key = models.ForeignKey(AnswerKey, null=True, on_delete=models.PROTECT, related_name="exercises")
    former = models.ForeignKey(  # of a repeat: what the person handed in the first time
        Submission, null=True, on_delete=models.PROTECT, related_name="repeats"
    )
    stage_key = models.CharField(max_length=40)
    transform = models.JSONField(default=dict)  # {"mirror": bool, "shift": [i, j, k]}
    turn = models.PositiveSmallIntegerField(default=0)  # how often its rater had been sent to train again

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["rater", "key", "turn"], name="one_exercise_per_key_and_turn"),
            models.UniqueConstraint(fields=["former"], name="one_repeat_per_submission"),
            models.CheckConstraint(
                name="exercise_has_an_answer",
                condition=Q(key__isnull=False, former__isnull=True)
                | Q(key__isnull=True, former__isnull=False),
            ),
        ]


class ExerciseResult(BaseModel):
    """How a person's work on an exercise compares with its answer; made once, kept."""

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="results")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="exercise_result")
    report = models.JSONField(default=dict)  # ScoreReport of quality/reports.py
    mean_dice = models.FloatField(null=True)
    grades_exact = models.FloatField(null=True)  # share of the graded vertebrae
    passed = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at"]


class Qualification(BaseModel):
    """A manager's word that a person may do real work without (more) training."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="qualifications")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="qualifications"
    )
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(revoked_at__isnull=True),
                name="one_standing_qualification",
            )
        ]


class Retraining(BaseModel):
    """That a person was sent to train again: of the training only what comes after counts."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="retrainings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="retrainings")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    class Meta:
        ordering = ["created_at"]
        constraints = [models.CheckConstraint(name="retraining_needs_reason", condition=~Q(reason=""))]


class RaterWeights(BaseModel):
    """How much each rater counts in weighted fusion: a choice, by whom, when and from what. Never changed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rater_weights")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=20)  # gold, final, staple, manual
    weights = models.JSONField(default=dict)  # {user id: weight from 0}
    excluded = models.JSONField(default=dict)  # {user id: why, in a sentence}: their weight is 0
    evidence = models.JSONField(default=dict)  # {user id: the figures the weights came from}
    note = models.TextField(blank=True)
    current = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(current=True), name="one_current_weights_per_project"
            )
        ]
