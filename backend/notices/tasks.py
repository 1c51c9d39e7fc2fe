"""Background work that sends what leaves the site."""

from __future__ import annotations

from uuid import UUID

from backend.common.tasks import JobContext, background_task
from backend.notices.webhooks import services
from backend.notices.webhooks.selectors import DELIVER_KIND


@background_task(kind=DELIVER_KIND, queue="io", time_limit=3600)
def deliver(job: JobContext, webhook_id: str) -> None:
    """Tell one other program what happened, and try again what it has not taken."""
    services.deliver(webhook_id=UUID(webhook_id), check_cancelled=job.check_cancelled)
