"""The check of the chain as a job, with what it found the last time."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.audit.models import ChainCheck, ChainHead
from backend.audit.services import Actor, look_at_chain
from backend.common.models import JobState
from backend.common.tasks import JobContext, enqueue

CHECK_KIND = "audit.check"
KEPT = 20  # checks; older ones go


def last_checks() -> tuple[ChainCheck | None, ChainCheck | None]:
    """The check that was asked for last, and the last that came to its end; often the same."""
    checks = ChainCheck.objects.select_related("job")
    return checks.first(), checks.filter(checked_at__isnull=False).first()


def is_under_way(check: ChainCheck | None) -> bool:
    """Whether somebody already waits for this check."""
    if check is None or check.checked_at is not None or check.job is None:
        return False
    return check.job.state in (JobState.QUEUED, JobState.RUNNING)


def start_check(*, actor: Actor) -> ChainCheck:
    """Have the whole chain of the site read, once however many ask."""
    with transaction.atomic():
        ChainHead.objects.select_for_update().get_or_create(pk=1)  # two who ask at once wait here
        asked, _ = last_checks()
        if asked is not None and is_under_way(asked):
            return asked
        check = ChainCheck.objects.create()
        check.job = enqueue(
            CHECK_KIND, subject_id=check.pk, project_id=None, requested_by=actor, check_id=str(check.pk)
        )
        check.save(update_fields=["job", "updated_at"])
        old = ChainCheck.objects.values_list("pk", flat=True)[KEPT:]
        ChainCheck.objects.filter(pk__in=list(old)).delete()
    return check


def check_chain(*, check_id: UUID, job: JobContext) -> None:
    """Read the chain and keep what was found; safe to run twice."""
    head = ChainHead.objects.filter(pk=1).first()
    expected = max(1, head.length if head is not None else 1)

    def tell(length: int) -> None:
        job.check_cancelled()
        job.progress(min(1.0, length / expected), f"Read {length} entries")

    look = look_at_chain(tell)
    fault = look.fault
    ChainCheck.objects.filter(pk=check_id).update(
        checked_at=timezone.now(),
        length=look.length,
        broken_at=fault.sequence if fault is not None else None,
        reason=fault.reason if fault is not None else "",
    )
