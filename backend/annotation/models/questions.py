"""Questions that people ask about a case while they rate it, and what was answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.annotation.models.cases import Case
from backend.annotation.models.work import Assignment
from backend.common.models import BaseModel
from backend.projects.models import GuidelineVersion


class Question(BaseModel):
    """A question on a case, at a vertebra or a voxel of it. Whoever else rates never sees it."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="questions")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    label = models.PositiveSmallIntegerField(null=True)
    voxel = models.JSONField(null=True)  # [i, j, k]
    answered_at = models.DateTimeField(null=True)  # null: nobody has answered what was asked last
    closed_at = models.DateTimeField(null=True)
    in_draft = models.BooleanField(default=False)  # the next version of the guidelines answers it
    version = models.ForeignKey(  # that answers it
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="questions"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(name="question_has_text", condition=~Q(text=""))]


class Reply(BaseModel):
    """What somebody wrote in answer to a question: one of those who answer, or who asked."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        ordering = ["created_at"]
