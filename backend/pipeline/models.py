"""Engine runs and their stages."""

from __future__ import annotations

from django.db import models

from backend.common.models import BaseModel, Job, JobState
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion


class Run(BaseModel):
    """One engine on one volume. Its result is a mask version; nothing is overwritten."""

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="run")
    engine = models.CharField(max_length=120)  # its name as it calls itself
    engine_version = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    priority = models.SmallIntegerField(default=0)
    device = models.CharField(max_length=60, blank=True)
    seconds = models.FloatField(null=True)
    report = models.JSONField(default=dict)  # confidences, statement on naming, digests
    log = models.TextField(blank=True)
    error = models.TextField(blank=True)
    result = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class StageRun(BaseModel):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    progress = models.FloatField(default=0.0)
    seconds = models.FloatField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_stage_per_position")]
