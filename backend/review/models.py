"""Review decisions and comments pinned to a voxel."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.annotation.models import Assignment, Case
from backend.common.models import BaseModel
from backend.masks.models import MaskVersion


class ReviewDecision(BaseModel):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="review_decisions")
    assignment = models.ForeignKey(  # null: returned by a manager, before anybody began the review
        Assignment, null=True, on_delete=models.PROTECT, related_name="review_decisions"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mask = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")
    accepted = models.BooleanField()
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                name="return_needs_comment", condition=models.Q(accepted=True) | ~models.Q(comment="")
            ),
        ]


class PinnedComment(BaseModel):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="comments")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="replies")
    label = models.PositiveSmallIntegerField(null=True)
    voxel = models.JSONField(null=True)  # [i, j, k]
    text = models.TextField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
