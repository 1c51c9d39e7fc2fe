"""The one Celery task: it runs whichever job its message names. Loaded by workers only."""

from __future__ import annotations

from uuid import UUID

from celery import current_app

from backend.common.tasks import MESSAGE_NAME, run_next


@current_app.task(  # type: ignore[untyped-decorator]
    name=MESSAGE_NAME, acks_late=True, reject_on_worker_lost=True, ignore_result=True
)
def run_job_message(job_id: str) -> None:
    """Run one waiting job of the named one's kind and queue, the first in order.

    For idempotent bodies only, since a lost worker's message is delivered again.
    """
    run_next(UUID(job_id))
