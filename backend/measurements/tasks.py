"""Background work of measurements."""

from __future__ import annotations

from uuid import UUID

from backend.common.tasks import JobContext, background_task
from backend.measurements.measuring import MEASURE_KIND
from backend.measurements.services import measure_version


@background_task(kind=MEASURE_KIND, queue="cpu", time_limit=600)
def measure_mask_version(job: JobContext, subject: str) -> None:
    """Measure one mask version; safe to run twice."""
    measure_version(mask_id=UUID(subject))
