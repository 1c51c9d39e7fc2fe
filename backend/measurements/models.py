"""Measurements that belong to one mask version."""

from __future__ import annotations

from django.db import models

from backend.common.models import BaseModel
from backend.masks.models import MaskVersion


class VertebraMeasurement(BaseModel):
    """Heights (mm), losses (percent) and HU of one vertebra of one mask version."""

    mask = models.ForeignKey(MaskVersion, on_delete=models.CASCADE, related_name="measurements")
    label = models.PositiveSmallIntegerField()
    volume_ml = models.FloatField(null=True)
    anterior_mm = models.FloatField(null=True)
    middle_mm = models.FloatField(null=True)
    posterior_mm = models.FloatField(null=True)
    loss_percent = models.FloatField(null=True)
    expected_loss_percent = models.FloatField(null=True)
    suggested_grade = models.PositiveSmallIntegerField(null=True)
    suggested_type = models.CharField(max_length=16, blank=True)
    hu_mean = models.FloatField(null=True)
    flags = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    software_version = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mask", "label"], name="one_measurement_per_label")]
