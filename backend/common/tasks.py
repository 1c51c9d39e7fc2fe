"""Background work. The `Job` row is the truth; a Celery message only carries its id.

A task is defined once with `background_task` and started with `enqueue`. A worker claims the row by a
conditional update, holds it by a lease that a heartbeat thread renews, and ends it. A message that arrives
twice finds nothing to claim; a row whose worker died is put back by the reaper (`common.reaper`).
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from backend.common.cache import GONE
from backend.common.database import is_busy
from backend.common.errors import Conflict, DomainError
from backend.common.events import JobChanged, publish
from backend.common.job_context import (
    LEASE_SECONDS,
    Heartbeat,
    JobCancelled,
    JobContext,
    LeaseLost,
    interruptible,
    place_of,
)
from backend.common.models import Job, JobState
from backend.common.queues import QUEUES
from backend.science.errors import BadInput

__all__ = ["JobCancelled", "JobContext", "LeaseLost", "background_task", "enqueue", "run_job"]

logger = logging.getLogger(__name__)

BROKER_GONE = (BrokerError, *GONE)
HARD_LIMIT_GRACE_SECONDS = 30
MESSAGE_NAME = "vertebase.run_job"
CLAIM_TRIES = 20


class JobEnded(Conflict):
    code = "job_ended"
    message = "This job has already ended."


TaskBody = Callable[..., None]

OnEnd = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A kind of background work and how it is run."""

    kind: str
    queue: str
    time_limit: float  # seconds
    max_attempts: int
    retry_on: tuple[type[Exception], ...]
    body: TaskBody
    on_end: OnEnd | None = None
    quotes_nothing: bool = False  # the text of unforeseen errors is not kept


_registry: dict[str, TaskSpec] = {}


def background_task(
    *,
    kind: str,
    queue: str,
    time_limit: float,
    max_attempts: int = 3,
    retry_on: tuple[type[Exception], ...] = (),
    on_end: OnEnd | None = None,
    quotes_nothing: bool = False,
) -> Callable[[TaskBody], TaskBody]:
    """Register ``def f(job: JobContext, **ids)`` as the body of jobs of ``kind``.

    The body must be safe to run twice: it is run again when a worker is lost. ``time_limit`` in seconds;
    ``retry_on`` names errors that pass by themselves (a busy database always does). ``on_end(job)`` notes
    a failure or a cancel on what the job worked on, in the transaction that ends the job: both or none.
    With ``quotes_nothing`` the job and the log get the kind and the place of an unforeseen error, not its
    text: for work on files that name patients.
    """
    if queue not in QUEUES:
        raise ValueError(f"queue must be one of {QUEUES}, not {queue!r}")

    def register(body: TaskBody) -> TaskBody:
        _registry[kind] = TaskSpec(
            kind, queue, time_limit, max_attempts, retry_on, body, on_end, quotes_nothing
        )
        return body

    return register


def task_spec(kind: str) -> TaskSpec:
    """The registered task of ``kind``; `KeyError` where there is none."""
    return _registry[kind]


def enqueue(
    kind: str,
    *,
    subject_id: UUID | None,
    project_id: UUID | None,
    requested_by: Any | None,
    queue: str | None = None,
    priority: int = 0,
    **arguments: Any,
) -> Job:
    """Write the job row and send its message after commit. ``arguments`` are JSON values, best just ids.

    Of the waiting jobs of one kind and queue, the one with the highest ``priority`` is taken first.
    """
    spec = task_spec(kind)
    job = Job.objects.create(
        kind=kind,
        queue=queue or spec.queue,
        priority=priority,
        subject_id=subject_id,
        project_id_ref=project_id,
        arguments={key: str(value) if isinstance(value, UUID) else value for key, value in arguments.items()},
        max_attempts=spec.max_attempts,
        requested_by_id=requested_by.pk if requested_by is not None else None,
    )
    publish(changed(job))
    transaction.on_commit(lambda: send(job.pk))
    return job


def send(job_id: UUID) -> bool:
    """Send the job's message, or run it here where settings say so (tests); whether that was done.

    With the broker away the job waits in its row, and the sweep sends the message when the broker is back.
    """
    if settings.VERTEBASE_JOBS_INLINE:
        run_job(job_id)
        return True
    job = Job.objects.get(pk=job_id)
    spec = task_spec(job.kind)
    try:
        current_app.send_task(
            MESSAGE_NAME,
            args=[str(job_id)],
            queue=job.queue,
            soft_time_limit=spec.time_limit,
            time_limit=spec.time_limit + HARD_LIMIT_GRACE_SECONDS,
        )
    except BROKER_GONE as exc:
        logger.warning("job %s (%s) waits for the broker: %s", job.pk, job.kind, exc)
        return False
    return True


def changed(job: Job) -> JobChanged:
    """The news of a job's present state."""
    return JobChanged(
        job.pk, job.kind, job.subject_id, job.project_id_ref, job.state, job.progress, job.message
    )


def worker_name() -> str:
    """This process and thread, as stored in the job row."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:128]


def claim(job_id: UUID, *, worker: str) -> Job | None:
    """Take a queued job, or a running one whose lease has run out; None where there is nothing to take."""
    now = timezone.now()
    free = Job.objects.filter(Q(state=JobState.QUEUED) | lease_over(now), pk=job_id)
    job = free.first()
    if job is None:
        return None
    if job.cancel_requested or job.attempts >= job.max_attempts:
        _give_up(free)
        return None
    taken: dict[str, Any] = {
        "state": JobState.RUNNING,
        "attempts": job.attempts + 1,
        "worker": worker,
        "started_at": job.started_at or now,
        "lease_expires_at": now + timedelta(seconds=_lease_seconds(job.kind)),
        "updated_at": now,
    }
    # only as it was read: of two workers one finds it so, and what somebody has cancelled is left alone
    if not free.filter(attempts=job.attempts, cancel_requested=False).update(**taken):
        return None
    for name, value in taken.items():
        setattr(job, name, value)
    publish(changed(job))
    return job


@transaction.atomic
def _give_up(free: QuerySet[Job]) -> None:
    """End a job that is free but is not to be run (any more)."""
    job = free.select_for_update().first()
    if job is not None and job.cancel_requested:
        end_job(job, JobState.CANCELLED, message="Cancelled before it started")
    elif job is not None and job.attempts >= job.max_attempts:
        fail_job(job, "The worker was lost too often.")


def lease_over(now: datetime) -> Q:
    """Running jobs that any worker may take: whoever had them has not renewed the lease in time."""
    return Q(state=JobState.RUNNING, lease_expires_at__lt=now)


def _lease_seconds(kind: str) -> float:
    """How long a claim holds without a heartbeat. Work in the caller's own process has none to renew it."""
    return task_spec(kind).time_limit if settings.VERTEBASE_JOBS_INLINE else LEASE_SECONDS


def longest_lease() -> timedelta:
    """The furthest ahead that a lease can lie where every clock is right."""
    longest = max((_lease_seconds(kind) for kind in _registry), default=LEASE_SECONDS)
    return timedelta(seconds=longest)


def claim_next(job_id: UUID, *, worker: str) -> Job | None:
    """Take what should be done now in place of the job that a message names; None where nothing waits.

    A message stands for one job of its kind and queue, whichever is first in order: by priority, then what
    no worker was lost over, then by age. So a job that kills its workers waits behind all others.
    """
    named = Job.objects.filter(pk=job_id).values_list("queue", "kind").first()
    if named is None:
        return None
    queue, kind = named
    waiting = Job.objects.filter(queue=queue, kind=kind, state=JobState.QUEUED)
    order = waiting.order_by("-priority", "attempts", "created_at").values_list("pk", flat=True)
    for first in (*order[:CLAIM_TRIES], job_id):
        job = claim(first, worker=worker)
        if job is not None:
            return job
    return None


def run_next(job_id: UUID) -> None:
    """What a worker does with a message: run the job that is first in order where the named one waits."""
    _carry_out(claim_next(job_id, worker=worker_name()))


def run_job(job_id: UUID) -> None:
    """Claim the job and run its body to one of its ends. Never raises for a failing body."""
    _carry_out(claim(job_id, worker=worker_name()))


def _carry_out(job: Job | None) -> None:
    if job is None:
        return
    spec = task_spec(job.kind)
    context = JobContext(job, job.worker)
    heartbeat = None if settings.VERTEBASE_JOBS_INLINE else Heartbeat(context)
    if heartbeat is not None:
        heartbeat.start()
    try:
        outcome = _run_body(spec, context, job)
    finally:
        if heartbeat is not None:
            heartbeat.end()
    if outcome.state == JobState.SUCCEEDED:
        context.succeed()
    elif outcome.state is not None:
        _finish(context, outcome, retry_allowed=job.attempts < job.max_attempts)


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: JobState | None  # None: the lease is lost, the row belongs to somebody else
    error: str = ""
    passing: bool = False  # an error that may pass by itself


def _run_body(spec: TaskSpec, context: JobContext, job: Job) -> _Outcome:
    try:
        with interruptible(context):
            spec.body(context, **job.arguments)
    except JobCancelled:
        return _Outcome(JobState.CANCELLED)
    except LeaseLost:
        logger.warning("job %s: lease lost, left to the worker that has it now", job.pk)
        return _Outcome(None)
    except SoftTimeLimitExceeded:
        return _Outcome(JobState.FAILED, f"Stopped after its time limit of {spec.time_limit:.0f} s.")
    except (DomainError, BadInput) as exc:
        return _Outcome(JobState.FAILED, str(exc), isinstance(exc, spec.retry_on))
    except Exception as exc:
        if spec.quotes_nothing:
            told = place_of(exc)
            logger.error("job %s (%s) failed: %s", job.pk, job.kind, told)
            return _Outcome(JobState.FAILED, told, isinstance(exc, spec.retry_on) or is_busy(exc))
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        passing = isinstance(exc, spec.retry_on) or is_busy(exc)
        return _Outcome(JobState.FAILED, f"{type(exc).__name__}: {exc}", passing)
    return _Outcome(JobState.SUCCEEDED)


@transaction.atomic
def _finish(context: JobContext, outcome: _Outcome, *, retry_allowed: bool) -> None:
    """End a job that did not succeed, or put it back."""
    job = context.lock_row()
    if job is None:
        return
    if outcome.passing and retry_allowed:
        requeue(job)
    elif outcome.state == JobState.FAILED:
        fail_job(job, outcome.error)
    else:
        end_job(job, JobState.CANCELLED)


def requeue(job: Job) -> None:
    """Put a job back in the queue and send its message after commit; the caller holds the row's lock."""
    job.state = JobState.QUEUED
    job.worker = ""
    job.lease_expires_at = None
    job.save()
    publish(changed(job))
    transaction.on_commit(lambda: send(job.pk))


def end_job(job: Job, state: JobState, message: str | None = None) -> None:
    """Note a job's end and tell it; the caller holds the row's lock."""
    job.state = state
    job.finished_at = timezone.now()
    job.lease_expires_at = None
    if state == JobState.SUCCEEDED:
        job.progress = 1.0
    if message is not None:
        job.message = message
    job.save()
    publish(changed(job))
    spec = _registry.get(job.kind)  # none: a kind of a former version
    if state in (JobState.FAILED, JobState.CANCELLED) and spec is not None and spec.on_end is not None:
        spec.on_end(job)


def finish_job(context: JobContext) -> None:
    """End the job as succeeded in the transaction of its result: no cancel and no other worker in between.

    For bodies whose result must not stand when somebody was told that it is dropped. Call it first in that
    transaction, since whoever cancels takes the job's row first.

    Raises
    ------
    JobCancelled, LeaseLost
        Somebody has asked to stop; another worker has the job.
    """
    job = context.lock_row()
    if job is None:
        raise LeaseLost
    if job.cancel_requested:
        raise JobCancelled
    context.note_finished()
    end_job(job, JobState.SUCCEEDED)


def fail_job(job: Job, error: str) -> None:
    """End a job as failed, so that what it worked on can say why; the caller holds the row's lock."""
    job.error = error
    end_job(job, JobState.FAILED)


def request_cancel(*, job_id: UUID) -> Job:
    """Cancel a queued job at once; ask a running one to stop at its next check.

    Raises
    ------
    JobEnded
        it is over already.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state == JobState.QUEUED:
            job.cancel_requested = True
            end_job(job, JobState.CANCELLED, message="Cancelled before it started")
        elif job.state == JobState.RUNNING:
            job.cancel_requested = True
            job.save()
            publish(changed(job))
        else:
            raise JobEnded
    return job
