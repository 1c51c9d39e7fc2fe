"""What a background task knows of its job, and the thread that keeps the job's lease.

Progress goes out, cancellation comes in. A task that looks at ``cancelled()`` stops by itself; one that does
not look in time is interrupted in its worker process, so that a cancel takes effect within two seconds (a
single native call is not interrupted: it has to return first).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from backend.common.events import JobChanged, deliver, publish
from backend.common.models import Job, JobState

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 5.0
FLAG_SECONDS = 0.5  # how often the cancel flag is read
PATIENCE_SECONDS = 0.8  # what a cancelled task has to stop by itself before it is interrupted
EVENT_SECONDS = 0.2  # progress news at most five times a second
ROW_SECONDS = 1.0  # progress reaches the row at most once a second
INTERRUPT = signal.SIGUSR2  # Celery takes SIGUSR1 for its own soft time limit


class JobCancelled(Exception):
    """Raised inside a task by `JobContext.check_cancelled`; the job ends as cancelled."""


class LeaseLost(Exception):
    """The job was given to another worker (this one was stopped or starved for longer than the lease)."""


def place_of(error: Exception) -> str:
    """Kind and place of an error without its text, which may quote what it was about."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})"


class JobContext:
    """What a task body knows of its job: progress out, cancellation in."""

    def __init__(self, job: Job, worker: str) -> None:
        self.id: UUID = job.pk
        self.kind: str = job.kind
        self.queue: str = job.queue
        self.subject_id: UUID | None = job.subject_id
        self.project_id: UUID | None = job.project_id_ref
        self.requested_by_id: UUID | None = job.requested_by_id
        self.attempt: int = job.attempts
        self._worker = worker
        self._fraction = job.progress
        self._message = job.message  # as stored
        self._next_event = 0.0
        self._next_row = 0.0
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        self._finished = threading.Event()
        self._lock = threading.Lock()

    def _row(self) -> Any:
        return Job.objects.filter(pk=self.id, state=JobState.RUNNING, worker=self._worker)

    def lock_row(self) -> Job | None:
        """The job's row, locked for the rest of the transaction; None where another worker has it."""
        row: Job | None = self._row().select_for_update().first()
        return row

    def note_finished(self) -> None:
        """The row is about to end with the result: that it is no longer ours is no loss from here on."""
        self._finished.set()

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far the work is (0..1). Cheap: told at most 5 times a second, stored once a second."""
        now = time.monotonic()
        with self._lock:
            self._fraction = min(max(fraction, 0.0), 1.0)
            told, stored = now >= self._next_event, now >= self._next_row
            if told:
                self._next_event = now + EVENT_SECONDS
            if stored:
                self._next_row = now + ROW_SECONDS
        if stored:
            self._message = message[:300]
            self._row().update(progress=self._fraction, message=self._message, updated_at=timezone.now())
            self.read_flags()
        if told:
            deliver(self._news(JobState.RUNNING, self._fraction, message[:300]))

    def _news(self, state: JobState, fraction: float, message: str) -> JobChanged:
        return JobChanged(
            self.id, self.kind, self.subject_id, self.project_id, state.value, fraction, message
        )

    def succeed(self) -> None:
        """End the row as succeeded and tell it, unless it has ended already or another worker has it."""
        now = timezone.now()
        ended = self._row().update(
            state=JobState.SUCCEEDED, progress=1.0, finished_at=now, lease_expires_at=None, updated_at=now
        )
        if ended:
            publish(self._news(JobState.SUCCEEDED, 1.0, self._message))

    def read_flags(self) -> None:
        """Look at the row: was a stop asked for, has another worker got the job?"""
        if self._finished.is_set():
            return
        flags = self._row().values_list("cancel_requested", flat=True).first()
        if flags is None:
            self._lost.set()
        elif flags:
            self._cancelled.set()

    def heartbeat(self) -> None:
        """Renew the lease and read the cancel flag."""
        if self._finished.is_set():
            return
        lease = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        if not self._row().update(lease_expires_at=lease):
            self._lost.set()
        self.read_flags()

    def cancelled(self) -> bool:
        """Whether the work should stop: somebody asked for it, or the lease is lost."""
        if settings.VERTEBASE_JOBS_INLINE:
            self.read_flags()
        return self._cancelled.is_set() or self._lost.is_set()

    def check_cancelled(self) -> None:
        """Stop the task here if it should stop.

        Raises
        ------
        JobCancelled
            somebody asked for it. `LeaseLost`: another worker has the job now.
        """
        if self.cancelled():
            raise LeaseLost if self._lost.is_set() else JobCancelled


class Heartbeat(threading.Thread):
    """Renews the lease and reads the cancel flag beside the task body, on its own database connection."""

    def __init__(self, context: JobContext) -> None:
        super().__init__(daemon=True, name=f"heartbeat-{context.id}")
        self._context = context
        self._stop_event = threading.Event()

    def run(self) -> None:
        renewed, stopping_since = time.monotonic(), None
        try:
            while not self._stop_event.wait(FLAG_SECONDS):
                now = time.monotonic()
                try:
                    if now - renewed >= HEARTBEAT_SECONDS:
                        renewed = now
                        self._context.heartbeat()
                    else:
                        self._context.read_flags()
                except Exception:
                    logger.exception("heartbeat of job %s failed; the next one tries again", self._context.id)
                    connection.close()
                if self._context.cancelled():
                    stopping_since = stopping_since or now
                    if now - stopping_since >= PATIENCE_SECONDS:
                        interrupt_body()
        finally:
            connection.close()

    def end(self) -> None:
        self._stop_event.set()
        self.join(timeout=HEARTBEAT_SECONDS)


_at_work: list[JobContext] = []  # the job whose body may be interrupted in this process: at most one


def interrupt_body() -> None:
    """Stop the body that runs in this process's main thread, where one allows it."""
    if _at_work:
        os.kill(os.getpid(), INTERRUPT)


def _on_interrupt(number: int, frame: FrameType | None) -> None:
    """In the main thread, between two steps of Python. A body that has ended meanwhile is left alone."""
    if _at_work:
        _at_work.pop().check_cancelled()


@contextmanager
def interruptible(context: JobContext) -> Iterator[None]:
    """Within this a cancelled body is interrupted, where it runs in a process's main thread."""
    if threading.current_thread() is not threading.main_thread() or settings.VERTEBASE_JOBS_INLINE:
        yield
        return
    before = signal.signal(INTERRUPT, _on_interrupt)
    _at_work.append(context)
    try:
        yield
    finally:
        _at_work.clear()
        signal.signal(INTERRUPT, before)
