"""What imaging does when a series comes in, and when a job ends badly."""

from __future__ import annotations

from backend.common.events import JobChanged, JobFailed, subscribe
from backend.common.models import JobState
from backend.imaging.events import VolumeReady
from backend.imaging.inclusion import check_series
from backend.imaging.models import Series
from backend.imaging.services import INGEST, fail_batch


@subscribe(VolumeReady)
def on_volume_ready(event: VolumeReady) -> None:
    """The ingest has checked the series by its rules already; one that came another way is checked now."""
    series = Series.objects.select_related("project", "patient", "volume").get(volume=event.volume_id)
    if not series.verdicts.exists():
        check_series(series=series)


@subscribe(JobFailed)
def on_job_failed(event: JobFailed) -> None:
    if event.kind == INGEST and event.subject_id is not None:
        fail_batch(batch_id=event.subject_id)


@subscribe(JobChanged)
def on_job_cancelled(event: JobChanged) -> None:
    if event.kind == INGEST and event.state == JobState.CANCELLED and event.subject_id is not None:
        fail_batch(batch_id=event.subject_id)
