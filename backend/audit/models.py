"""Append-only, hash-chained record of who did what."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.common.models import BaseModel, Job


class Record(models.Model):
    """One act. ``digest`` covers this record's canonical JSON and the digest before it."""

    sequence = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=80, db_index=True)  # e.g. "assignment.submitted"
    project_id_ref = models.UUIDField(null=True, db_index=True)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64, db_index=True)
    detail = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["project_id_ref", "-sequence"], name="last_act_of_a_project")]


class ChainHead(models.Model):
    """The single row that says where the chain ends.

    Locking it makes writers queue, so two records never follow the same one; and it shows when the last
    records were cut off.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64, default="0" * 64)
    length = models.BigIntegerField(default=0)


class ChainCheck(BaseModel):
    """One look at the whole chain; while ``checked_at`` is null the job is at work, or has failed."""

    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True)
    length = models.BigIntegerField(default=0)  # records that were read
    broken_at = models.BigIntegerField(null=True)  # sequence of the first record that does not hold
    reason = models.CharField(max_length=200, blank=True)  # goes on after "it"

    class Meta:
        ordering = ["-created_at"]
