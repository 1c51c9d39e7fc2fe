"""Comparison of raters, fused masks, adjudication by exception and agreed grades."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.annotation.models import Assignment, Case, Submission, Task
from backend.common.models import BaseModel, Job, JobState
from backend.masks.models import MaskVersion


class Comparison(BaseModel):
    """All submissions of one task held against each other."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="comparisons")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    submissions = models.ManyToManyField(Submission, related_name="comparisons")
    report = models.JSONField(default=dict)  # ComparisonReport of consensus/reports.py
    software_version = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]


class DisagreementSpot(BaseModel):
    """A connected region where the raters differ."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="spots")
    label = models.PositiveSmallIntegerField()
    voxel = models.JSONField()  # [i, j, k], a voxel inside the spot
    volume_mm3 = models.FloatField()
    max_distance_mm = models.FloatField()
    kind = models.CharField(max_length=20)  # boundary, naming, missing
    resolved = models.BooleanField(default=False)

    class Meta:
        ordering = ["-volume_mm3"]


class Fusion(BaseModel):
    """A fused mask with its method and parameters. Made again, it adds a row; inputs are never touched."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="fusions")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="fusions")
    method = models.CharField(max_length=30)  # majority, weighted, staple, sba
    parameters = models.JSONField(default=dict)
    result = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="fusions")
    report = models.JSONField(default=dict)  # FusionReport of consensus/reports.py
    chosen = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=models.Q(chosen=True), name="one_chosen_fusion_per_task"
            ),
        ]


class VertebraDecision(BaseModel):
    """What the expert, or the rule, decided about one vertebra's mask."""

    assignment = models.ForeignKey(
        Assignment, null=True, on_delete=models.CASCADE, related_name="vertebra_decisions"
    )
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="vertebra_decisions")
    label = models.PositiveSmallIntegerField()
    choice = models.CharField(max_length=20)  # rule, fused, rater, painted, named
    chosen_slot = models.PositiveSmallIntegerField(null=True)  # for choice "rater"
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "label"], name="one_decision_per_label")]


class AgreedGrade(BaseModel):
    """The grade that stands for one vertebra of a case; a new row replaces the former, which stays."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="agreed_grades")
    label = models.PositiveSmallIntegerField()
    current = models.BooleanField(default=True)
    grade = models.PositiveSmallIntegerField(null=True)
    fracture_type = models.CharField(max_length=16, blank=True)
    foreign_material = models.CharField(max_length=16, default="none")
    not_gradable_reason = models.CharField(max_length=60, blank=True)
    deformity = models.CharField(max_length=60, blank=True)
    osteoporotic = models.BooleanField(null=True)
    transitional = models.BooleanField(default=False)
    method = models.CharField(
        max_length=20
    )  # single, unanimous, median, majority, dawid_skene, adjudicated, review
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answers = models.JSONField(default=list)  # ReaderAnswer of reports.py, each that it came from

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "label"],
                condition=models.Q(current=True),
                name="one_current_agreed_grade_per_label",
            ),
        ]


class AdjudicationSource(BaseModel):
    """A mask the adjudicator may take a vertebra from."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="adjudication_sources")
    key = models.CharField(max_length=20)  # fused, A, B, C
    mask = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "key"], name="one_source_per_key")]


class AdjudicationItem(BaseModel):
    """A vertebra that an expert has to decide, with what the raters disagree about."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="adjudication_items")
    label = models.PositiveSmallIntegerField()
    reasons = models.JSONField(
        default=list
    )  # codes: dice, hd95, grade, naming, missing, volume, returned, ...
    dice = models.FloatField(null=True)  # lowest of all pairs of raters
    hd95_mm = models.FloatField(null=True)  # largest of all pairs of raters
    grades = models.JSONField(default=list)  # [{"slot": "A", "grade": 1, ...}]
    names = models.JSONField(
        default=dict
    )  # what each source calls it: {"fused": 19, "A": 19, "B": 20, "C": 0}

    class Meta:
        ordering = ["task", "label"]
        constraints = [models.UniqueConstraint(fields=["task", "label"], name="one_item_per_label")]


class NamingDispute(BaseModel):
    """A column of vertebrae that the raters count differently: settled once for all of it, apart from shapes.

    ``instances`` are the vertebrae from the head down, each with its name in the adjudicated mask, a voxel
    inside and what each source calls it; ``candidates`` the sequences that somebody gave.
    """

    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="naming_dispute")
    instances = models.JSONField(default=list)  # [{"label": 19, "voxel": [i, j, k], "names": {"A": 20}}]
    candidates = models.JSONField(default=list)  # [{"labels": [19, 20], "sources": ["fused", "A"]}]
    chosen = models.JSONField(null=True)  # [20, 21]; null until an expert has decided
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class FinalAgreement(BaseModel):
    """A rater's mask held against the mask that was accepted in the end."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="final_agreements")
    final = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")
    report = models.JSONField(default=dict)  # FinalReport of consensus/reports.py

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "final"], name="one_agreement_per_final"),
        ]
