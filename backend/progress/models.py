"""Reports that take too long for a request, as stored."""

from __future__ import annotations

from django.db import models

from backend.common.models import BaseModel, Job
from backend.projects.models import Project


class AgreementReport(BaseModel):
    """The agreement of a project's raters over one set of comparisons; null while it is computed.

    A comparison never changes once it is made, so a report stands for its set for good.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="agreement_reports")
    digest = models.CharField(max_length=64)  # of the set
    comparisons = models.JSONField()  # ids of the set
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    report = models.JSONField(null=True)  # AgreementFigures of progress/raters/reports.py
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "digest"], name="one_agreement_report_per_set")
        ]
