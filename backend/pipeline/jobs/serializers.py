"""The wire shapes of background jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.common.models import Job
from backend.pipeline.jobs.subjects import JobSubject, job_subjects


class JobSubjectSerializer(serializers.Serializer[Any]):
    """What a job works on, where that has a page of its own."""

    kind = serializers.ChoiceField(choices=["case", "release"])
    id = serializers.UUIDField()
    name = serializers.CharField()


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of background work; the context comes from `about_jobs`."""

    subject = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "queue",
            "subject_id",
            "subject",
            "state",
            "progress",
            "message",
            "error",
            "attempts",
            "cancel_requested",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(JobSubjectSerializer(allow_null=True))
    def get_subject(self, job: Job) -> JobSubject | None:
        subjects: dict[UUID | None, JobSubject] = self.context["subjects"]
        return subjects.get(job.subject_id)


def about_jobs(jobs: list[Job]) -> dict[str, Any]:
    """What the serializer needs for these jobs, in a fixed number of queries."""
    return {"subjects": job_subjects({job.subject_id for job in jobs if job.subject_id is not None})}
