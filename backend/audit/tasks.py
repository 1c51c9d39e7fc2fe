"""Background work on the audit chain."""

from __future__ import annotations

from uuid import UUID

from backend.audit.checking import CHECK_KIND, check_chain
from backend.common.tasks import JobContext, background_task


@background_task(kind=CHECK_KIND, queue="io", time_limit=1800)
def check(job: JobContext, check_id: str) -> None:
    """Read the whole chain and keep what was found."""
    check_chain(check_id=UUID(check_id), job=job)
