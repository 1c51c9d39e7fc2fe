"""Base model of every row, the job row (the truth about background work) and stored blobs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class BaseModel(models.Model):
    """A row with a random public id and its times."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(BaseModel):
    """One piece of background work. Messages carry its id; this row says what is true of it.

    A worker holds the job while ``lease_expires_at`` lies ahead and renews it with each heartbeat; the
    reaper puts jobs with an expired lease back in the queue.
    """

    kind = models.CharField(max_length=64)  # the task's name, e.g. "pipeline.run"
    queue = models.CharField(max_length=16, default="cpu")
    priority = models.SmallIntegerField(default=0)  # higher first, among jobs of one kind and queue
    subject_id = models.UUIDField(null=True, db_index=True)  # what it works on
    project_id_ref = models.UUIDField(null=True, db_index=True)  # no FK: common lies below projects
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED, db_index=True)
    progress = models.FloatField(default=0.0)  # 0..1
    message = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    cancel_requested = models.BooleanField(default=False)
    worker = models.CharField(max_length=128, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="job_progress_0_1", condition=models.Q(progress__gte=0) & models.Q(progress__lte=1)
            ),
        ]
        indexes = [
            models.Index(
                fields=["project_id_ref", "-finished_at"],
                condition=models.Q(state=JobState.SUCCEEDED),
                name="last_job_of_a_project",
            ),
        ]


class AnsweredWrite(models.Model):
    """A write that came with the client's own id, and what it was answered; see `common.once`."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    request_digest = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField(default=0)  # 0 while it is being done
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_client_id"),
        ]
        indexes = [models.Index(fields=["created_at"], name="answers_by_age")]


class Blob(models.Model):
    """A content-addressed file in storage; written once, never changed."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=100, default="application/octet-stream")
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def storage_name(self) -> str:
        return f"blobs/{self.sha256[:2]}/{self.sha256}"


class WorkerBeat(models.Model):
    """A process that takes background work, as it last said that it lives (``common/beating.py``)."""

    name = models.CharField(primary_key=True, max_length=200)  # celery's: cpu@host
    queues = models.JSONField(default=list)
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
