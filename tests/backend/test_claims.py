"""A job is taken and ended by one update each: whoever acts in between is not overruled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.common import tasks
from backend.common.models import Job, JobState
from tests.backend.test_jobs import now, row, running

pytestmark = pytest.mark.django_db


@contextmanager
def after_the_first_look(act: Callable[[], object]) -> Iterator[None]:
    """Somebody else acts just after the next row of a job was read."""
    waiting = [act]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "common_job" in sql and waiting:
            waiting.pop()()
        return found

    with connection.execute_wrapper(watch):
        yield
    assert not waiting


def test_of_two_workers_that_read_the_same_row_one_has_it() -> None:
    job = row()
    with after_the_first_look(lambda: tasks.claim(job.pk, worker="faster")):
        assert tasks.claim(job.pk, worker="slower") is None
    assert (now(job).worker, now(job).attempts) == ("faster", 1)


def test_what_is_cancelled_while_it_is_taken_is_not_run() -> None:
    waits = row()
    with after_the_first_look(lambda: tasks.request_cancel(job_id=waits.pk)):
        assert tasks.claim(waits.pk, worker="me") is None
    assert (now(waits).state, now(waits).attempts) == ("cancelled", 0)
    lost = running(lease_expires_at=timezone.now() - timedelta(seconds=1), worker="lost")
    with after_the_first_look(lambda: tasks.request_cancel(job_id=lost.pk)):
        assert tasks.claim(lost.pk, worker="me") is None
    assert (now(lost).worker, now(lost).cancel_requested) == ("lost", True)


def test_success_keeps_what_was_said_last() -> None:
    job = running(message="Reading", progress=0.2, cancel_requested=True)
    tasks.JobContext(job, "me").succeed()
    assert (now(job).state, now(job).progress, now(job).message) == ("succeeded", 1.0, "Reading")
    assert now(job).cancel_requested
    tasks.JobContext(job, "me").succeed()
    tasks.JobContext(running(worker="other"), "me").succeed()
    assert Job.objects.filter(state=JobState.SUCCEEDED).count() == 1
