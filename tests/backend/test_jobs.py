"""Jobs: how one is asked for, which is taken first, and every way in which one ends."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerGone

from backend.common import events, tasks
from backend.common.errors import Conflict
from backend.common.events import JobChanged
from backend.common.models import Job, JobState
from tests.backend import factories
from tests.backend.clock import Clock

pytestmark = pytest.mark.django_db
Committed = Any  # the fixture that runs what waits for a commit
KIND, SHY = "test.jobs", "test.jobs.shy"

done: list[tuple[UUID, str]] = []
ended: list[tuple[UUID, str, str]] = []


class Passing(Exception):
    """An error of the outside that passes by itself."""


class EngineBusy(Conflict):
    code = "engine_busy"
    message = "The engine is busy."


def note_end(job: Job) -> None:
    ended.append((job.pk, job.state, job.error))


def work(job: tasks.JobContext, what: str = "work") -> None:
    done.append((job.id, what))
    if what == "hand on":  # as if starved for longer than the lease
        Job.objects.filter(pk=job.id).update(worker="next")
    elif what == "learn it":
        Job.objects.filter(pk=job.id).update(worker="next")
        job.check_cancelled()
    elif what == "half":
        Job.objects.filter(pk=job.id).update(progress=0.5)
        raise ValueError("on purpose")
    elif what in ERRORS:
        fail(what)


def fail(what: str) -> None:
    raise ERRORS[what]


def locked() -> OperationalError:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error = OperationalError("database is locked")
    error.__cause__ = cause
    return error


ERRORS: dict[str, Exception] = {
    "passing": Passing("on purpose"),
    "engine": EngineBusy(),
    "database": locked(),
    "limit": SoftTimeLimitExceeded(),
    "fault": ValueError("Jane Doe"),
}
tasks.background_task(
    kind=KIND, queue="cpu", time_limit=10, max_attempts=2, retry_on=(Passing, EngineBusy), on_end=note_end
)(work)
tasks.background_task(
    kind=SHY, queue="io", time_limit=90_000, max_attempts=2, retry_on=(Passing,), quotes_nothing=True
)(work)
tasks.background_task(kind=f"{KIND}.plain", queue="cpu", time_limit=10)(work)


@pytest.fixture(autouse=True)
def fresh() -> None:
    done.clear()
    ended.clear()


@pytest.fixture
def news() -> Iterator[list[JobChanged]]:
    heard: list[JobChanged] = []
    events.subscribe(JobChanged)(heard.append)
    yield heard
    events.unsubscribe(JobChanged, heard.append)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[dict[str, Any]]:
    """The messages given to the broker; nobody takes them."""
    messages: list[dict[str, Any]] = []
    settings.VERTEBASE_JOBS_INLINE = False
    monkeypatch.setattr(
        "backend.common.tasks.current_app.send_task",
        lambda name, **how: messages.append({"name": name, **how}),
    )
    return messages


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


def row(**fields: Any) -> Job:
    return Job.objects.create(**{"kind": KIND, "queue": "cpu", **fields})


def running(**fields: Any) -> Job:
    lease = timezone.now() + timedelta(seconds=30)
    return row(
        **{"state": JobState.RUNNING, "worker": "me", "attempts": 1, "lease_expires_at": lease} | fields
    )


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def run(what: str, committed: Committed, kind: str = KIND) -> Job:
    """Start a job that nothing else waits for, and let it come to its end."""
    with committed(execute=True):
        job = tasks.enqueue(kind, subject_id=None, project_id=None, requested_by=None, what=what)
    return now(job)


def test_a_job_is_its_kind_s_unless_something_else_is_asked_for(
    sent: list[dict[str, Any]], news: list[JobChanged], django_capture_on_commit_callbacks: Committed
) -> None:
    user, volume, subject, project = factories.make_user(), uuid4(), uuid4(), uuid4()
    with django_capture_on_commit_callbacks(execute=True):
        usual = tasks.enqueue(
            KIND, subject_id=subject, project_id=project, requested_by=user, volume=volume, threshold=3
        )
        assert (sent, news) == ([], []), "before the commit nobody is told"
    special = tasks.enqueue(KIND, subject_id=None, project_id=None, requested_by=None, queue="io", priority=4)
    assert now(usual).arguments == {"volume": str(volume), "threshold": 3}
    assert (now(usual).queue, now(usual).priority, now(usual).max_attempts) == ("cpu", 0, 2)
    assert (usual.subject_id, usual.project_id_ref, usual.requested_by_id) == (subject, project, user.pk)
    assert (special.queue, special.priority, special.requested_by_id) == ("io", 4, None)
    assert sent == [
        {
            "name": "vertebase.run_job",
            "args": [str(usual.pk)],
            "queue": "cpu",
            "soft_time_limit": 10,
            "time_limit": 40,
        }
    ]
    assert news == [JobChanged(usual.pk, KIND, subject, project, "queued", 0.0, "")]


def test_a_kind_is_tried_three_times_and_told_in_full_unless_it_says_otherwise() -> None:
    plain = tasks.task_spec(f"{KIND}.plain")
    assert (plain.max_attempts, plain.quotes_nothing) == (3, False)
    assert tasks.task_spec(SHY).quotes_nothing
    with pytest.raises(ValueError, match="queue must be one of"):
        tasks.background_task(kind="test.nowhere", queue="nowhere", time_limit=10)
    with pytest.raises(KeyError):
        tasks.task_spec("test.nowhere")


def test_a_message_that_was_sent_is_told_from_one_that_waits_for_the_broker(
    sent: list[dict[str, Any]], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = row()
    assert tasks.send(job.pk) is True
    assert len(sent) == 1

    def gone(*args: Any, **how: Any) -> None:
        raise BrokerGone("no broker")

    monkeypatch.setattr("backend.common.tasks.current_app.send_task", gone)
    assert tasks.send(job.pk) is False
    assert now(job).state == JobState.QUEUED
    settings.VERTEBASE_JOBS_INLINE = True
    assert tasks.send(job.pk) is True
    assert done == [(job.pk, "work")], "here there is no broker to wait for"


def test_a_worker_s_name_fits_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {tasks.worker_name()}
    thread = threading.Thread(target=lambda: names.add(tasks.worker_name()))
    thread.start()
    thread.join()
    assert len(names) == 2
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 200)
    assert len(tasks.worker_name()) == Job._meta.get_field("worker").max_length


def test_a_claim_takes_the_job_that_was_named(
    clock: Clock, sent: Any, news: list[JobChanged], django_capture_on_commit_callbacks: Committed
) -> None:
    first, second, third = row(), row(), row()
    with django_capture_on_commit_callbacks(execute=True):
        job = tasks.claim(second.pk, worker="me")
    assert job is not None
    assert (job.pk, job.state, job.worker, job.attempts) == (second.pk, JobState.RUNNING, "me", 1)
    saved = now(second)
    assert (saved.started_at, saved.lease_expires_at) == (clock.now, clock.now + timedelta(seconds=30))
    assert (saved.state, saved.worker, saved.attempts) == (JobState.RUNNING, "me", 1)
    assert {now(first).state, now(third).state} == {JobState.QUEUED}
    assert [(one.job_id, one.state) for one in news] == [(second.pk, "running")]
    began = clock.now
    clock.forward(31)
    assert tasks.claim(second.pk, worker="other") is not None
    assert now(second).started_at == began, "when it was begun first"
    for over in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED):
        assert tasks.claim(row(state=over).pk, worker="me") is None
    assert tasks.claim(uuid4(), worker="me") is None


def test_a_job_cancelled_before_its_turn_or_lost_too_often_is_not_taken() -> None:
    stopped = row(cancel_requested=True)
    assert tasks.claim(stopped.pk, worker="me") is None
    assert (now(stopped).state, now(stopped).message) == ("cancelled", "Cancelled before it started")
    spent = row(attempts=2, max_attempts=2)
    assert tasks.claim(spent.pk, worker="me") is None
    assert (now(spent).state, now(spent).error) == ("failed", "The worker was lost too often.")
    last = row(attempts=1, max_attempts=2)
    assert tasks.claim(last.pk, worker="me") is not None


def test_work_in_the_caller_s_own_process_is_held_for_its_whole_time(clock: Clock, settings: Any) -> None:
    """It has no heartbeat beside it."""
    assert tasks.longest_lease() >= timedelta(seconds=90_000)
    job = row(kind=SHY, queue="io")
    assert tasks.claim(job.pk, worker="me") is not None
    assert now(job).lease_expires_at == clock.now + timedelta(seconds=90_000)
    settings.VERTEBASE_JOBS_INLINE = False
    assert tasks.longest_lease() == timedelta(seconds=30)


def test_a_message_takes_the_first_in_order(clock: Clock, sent: Any) -> None:
    """By priority, then what lost no worker, then by age; never what is of another kind or queue."""
    order = []
    for fields in ({}, {"attempts": 1, "max_attempts": 9}, {}, {"priority": 1}, {"priority": -1}):
        order.append(row(**fields))
        clock.forward(1)
    oldest, lost, younger, urgent, late = order
    elsewhere = [row(kind=SHY, queue="cpu", priority=9), row(queue="io", priority=9), running(priority=9)]
    row(priority=5, cancel_requested=True)  # ended on the way, and no reason to stop there
    taken = [tasks.claim_next(late.pk, worker="me") for _ in range(6)]
    assert [one.pk if one else None for one in taken] == [
        urgent.pk,
        oldest.pk,
        younger.pk,
        lost.pk,
        late.pk,
        None,
    ]
    assert [now(job).state for job in elsewhere] == ["queued", "queued", "running"]
    assert tasks.claim_next(uuid4(), worker="me") is None
    clock.forward(31)
    again = tasks.claim_next(urgent.pk, worker="me")
    assert again is not None
    assert again.pk == urgent.pk, "its lease is over"


def test_a_message_runs_the_job_that_comes_first(settings: Any) -> None:
    named, first = row(), row(priority=1)
    tasks.run_next(named.pk)
    assert done == [(first.pk, "work")]
    assert (now(first).state, now(named).state) == (JobState.SUCCEEDED, JobState.QUEUED)
    tasks.run_next(named.pk)
    tasks.run_next(named.pk)
    assert done == [(first.pk, "work"), (named.pk, "work")]


@pytest.mark.parametrize(
    ("kind", "what", "tries", "error"),
    [
        (KIND, "passing", 2, "Passing: on purpose"),
        (KIND, "engine", 2, "The engine is busy."),
        (KIND, "database", 2, "OperationalError: database is locked"),
        (KIND, "fault", 1, "ValueError: Jane Doe"),
        (KIND, "limit", 1, "Stopped after its time limit of 10 s."),
        (SHY, "passing", 2, "Passing in fail (test_jobs.py:"),
        (SHY, "database", 2, "OperationalError in fail (test_jobs.py:"),
        (SHY, "fault", 1, "ValueError in fail (test_jobs.py:"),
    ],
)
def test_what_may_pass_is_tried_again_and_what_is_told_of_it(
    kind: str, what: str, tries: int, error: str, django_capture_on_commit_callbacks: Committed
) -> None:
    job = run(what, django_capture_on_commit_callbacks, kind)
    assert (job.state, len(done), job.attempts) == (JobState.FAILED, tries, tries)
    assert job.error.startswith(error)
    assert kind == KIND or "Jane Doe" not in job.error
    assert ended == ([(job.pk, "failed", job.error)] if kind == KIND else [])


def test_a_job_that_is_tried_again_waits_for_anybody(
    sent: list[dict[str, Any]], news: list[JobChanged], django_capture_on_commit_callbacks: Committed
) -> None:
    job = running()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.requeue(job)
    saved = now(job)
    assert (saved.state, saved.worker, saved.lease_expires_at, saved.attempts) == ("queued", "", None, 1)
    assert [message["args"] for message in sent] == [[str(job.pk)]]
    assert [(one.job_id, one.state) for one in news] == [(job.pk, "queued")]


def test_success_is_told_and_ends_nothing_else(
    news: list[JobChanged], clock: Clock, django_capture_on_commit_callbacks: Committed
) -> None:
    others = [running(worker=tasks.worker_name()), row()]
    job = run("work", django_capture_on_commit_callbacks)
    assert (job.state, job.progress, job.message, job.error) == ("succeeded", 1.0, "", "")
    assert (job.finished_at, job.lease_expires_at) == (clock.now, None)
    assert ended == []
    assert [now(other).state for other in others] == ["running", "queued"]
    assert [one.state for one in news] == ["queued", "running", "succeeded"]


def test_what_failed_keeps_how_far_it_came(django_capture_on_commit_callbacks: Committed) -> None:
    job = run("half", django_capture_on_commit_callbacks)
    assert (job.state, job.progress) == ("failed", 0.5)


@pytest.mark.parametrize("what", ["hand on", "learn it"])
def test_a_job_that_another_worker_has_is_not_ended_here(
    what: str, django_capture_on_commit_callbacks: Committed
) -> None:
    """Whether the first one has noticed that or not."""
    job = run(what, django_capture_on_commit_callbacks)
    assert (job.state, job.worker, job.finished_at) == (JobState.RUNNING, "next", None)
    assert ended == []


def test_the_end_of_a_job_is_noted_on_what_it_worked_on_where_that_is_asked_for() -> None:
    failed, stopped, good = running(), running(), running()
    tasks.fail_job(failed, "why")
    tasks.end_job(stopped, JobState.CANCELLED, message="Stopped")
    tasks.end_job(good, JobState.SUCCEEDED)
    assert ended == [(failed.pk, "failed", "why"), (stopped.pk, "cancelled", "")]
    assert (now(stopped).message, now(failed).error) == ("Stopped", "why")
    for kind in (f"{KIND}.plain", "of a former version"):
        other = running(kind=kind, message="Reading")
        tasks.fail_job(other, "why")
        assert (now(other).state, now(other).message) == ("failed", "Reading")
    assert len(ended) == 2


def test_a_result_stands_with_the_end_of_its_job(django_capture_on_commit_callbacks: Committed) -> None:
    job = running()
    context = tasks.JobContext(job, "me")
    tasks.finish_job(context)
    assert now(job).state == JobState.SUCCEEDED
    context.heartbeat()
    context.read_flags()
    context.check_cancelled()  # that the row is no longer at work is no loss
    stopped = running(cancel_requested=True)
    with pytest.raises(tasks.JobCancelled):
        tasks.finish_job(tasks.JobContext(stopped, "me"))
    with pytest.raises(tasks.LeaseLost):
        tasks.finish_job(tasks.JobContext(running(worker="other"), "me"))
    assert now(stopped).state == JobState.RUNNING


def test_a_cancel_ends_what_waits_and_asks_what_runs(
    news: list[JobChanged], django_capture_on_commit_callbacks: Committed
) -> None:
    waits, runs = row(), running()
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.request_cancel(job_id=waits.pk).state == JobState.CANCELLED
        assert tasks.request_cancel(job_id=runs.pk).state == JobState.RUNNING
    assert (now(waits).cancel_requested, now(runs).cancel_requested) == (True, True)
    assert (now(waits).state, now(waits).message) == ("cancelled", "Cancelled before it started")
    assert now(runs).state == JobState.RUNNING
    assert [(one.job_id, one.state) for one in news] == [(waits.pk, "cancelled"), (runs.pk, "running")]
    assert ended == [(waits.pk, "cancelled", "")]
    for over in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED):
        with pytest.raises(tasks.JobEnded):
            tasks.request_cancel(job_id=row(state=over).pk)
