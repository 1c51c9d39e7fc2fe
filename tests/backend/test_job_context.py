"""What a job's body tells and learns, and the heartbeat beside it: on a clock that the test turns."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from backend.common import events, job_context
from backend.common.events import JobChanged
from backend.common.job_context import Heartbeat, JobCancelled, JobContext, LeaseLost, interruptible
from backend.common.models import Job, JobState
from tests.backend.clock import Clock

pytestmark = pytest.mark.django_db


class Ticks:
    """The process's own clock in seconds, which nobody sets back; it stands until the test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr(job_context, "time", SimpleNamespace(monotonic=made))
    return made


@pytest.fixture
def in_a_worker(settings: Any) -> None:
    settings.VERTEBASE_JOBS_INLINE = False


@pytest.fixture
def news() -> Iterator[list[JobChanged]]:
    heard: list[JobChanged] = []
    events.subscribe(JobChanged)(heard.append)
    yield heard
    events.unsubscribe(JobChanged, heard.append)


def running(**fields: Any) -> Job:
    usual = {"kind": "test.context", "state": JobState.RUNNING, "worker": "me", "attempts": 2}
    return Job.objects.create(**usual | fields)


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_progress_is_told_five_times_a_second_and_stored_once(ticks: Ticks, news: list[JobChanged]) -> None:
    job, other = running(), running(worker="other")
    context = JobContext(job, "me")
    stored = []
    for hundredths in (0, 19, 20, 39, 40, 99, 100, 101, 120):
        ticks.now = hundredths / 100
        context.progress(hundredths / 1000, f"at {hundredths}")
        stored.append(now(job).progress)
    assert [one.message for one in news] == ["at 0", "at 20", "at 40", "at 99", "at 120"]
    assert [one.progress for one in news] == [0.0, 0.02, 0.04, 0.099, 0.12]
    assert {(one.job_id, one.state) for one in news} == {(job.pk, "running")}
    assert stored == [0.0] * 6 + [0.1] * 3
    assert now(job).message == "at 100"
    assert (now(other).progress, now(other).message) == (0.0, "")


@pytest.mark.parametrize(("said", "kept"), [(-0.5, 0.0), (0.0, 0.0), (0.25, 0.25), (1.0, 1.0), (1.5, 1.0)])
def test_progress_lies_between_nothing_and_all(
    ticks: Ticks, news: list[JobChanged], said: float, kept: float
) -> None:
    job = running()
    JobContext(job, "me").progress(said, "x" * 400)
    longest = Job._meta.get_field("message").max_length
    assert (now(job).progress, len(now(job).message)) == (kept, longest)
    assert [(one.progress, len(one.message)) for one in news] == [(kept, longest)]


def test_who_tells_progress_learns_of_a_stop(in_a_worker: None, ticks: Ticks) -> None:
    job = running(cancel_requested=True)
    context = JobContext(job, "me")
    context.check_cancelled()  # looks at nothing: the heartbeat does
    context.progress(0.5)
    with pytest.raises(JobCancelled):
        context.check_cancelled()


def test_work_without_a_heartbeat_looks_for_itself() -> None:
    with pytest.raises(JobCancelled):
        JobContext(running(cancel_requested=True), "me").check_cancelled()
    JobContext(running(), "me").check_cancelled()


def test_a_heartbeat_renews_its_own_lease_and_reads_the_flag(
    in_a_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    far = clock.now + timedelta(hours=1)
    job, other = running(), running(worker="other", lease_expires_at=far)
    context = JobContext(job, "me")
    context.heartbeat()
    assert not context.cancelled()
    assert now(job).lease_expires_at == clock.now + timedelta(seconds=30)
    assert now(other).lease_expires_at == far
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    context.heartbeat()
    with pytest.raises(JobCancelled):
        context.check_cancelled()
    Job.objects.filter(pk=job.pk).update(worker="other")
    context.heartbeat()
    with pytest.raises(LeaseLost):  # before a cancel: the row is somebody else's to end
        context.check_cancelled()


def test_a_lost_lease_is_learnt_from_reading_too(in_a_worker: None) -> None:
    context = JobContext(running(worker="other"), "me")
    context.read_flags()
    with pytest.raises(LeaseLost):
        context.check_cancelled()


def test_the_row_is_locked_by_who_has_the_job() -> None:
    job = running()
    running(worker="me")
    mine = JobContext(job, "me").lock_row()
    assert mine is not None
    assert mine.pk == job.pk
    assert JobContext(job, "other").lock_row() is None
    assert JobContext(running(state=JobState.FAILED), "me").lock_row() is None


class Noted(JobContext):
    """A job that a stop is asked for, or whose database fails, at set times; notes when it is looked at."""

    def __init__(self, ticks: Ticks) -> None:
        super().__init__(Job(kind="test.context"), "me")
        self.ticks = ticks
        self.renewed: list[float] = []
        self.read: list[float] = []
        self.stop_at = 1e9
        self.fail_at: float | None = None

    def heartbeat(self) -> None:
        self.renewed.append(self.ticks.now)
        if self.ticks.now == self.fail_at:
            raise RuntimeError("on purpose")

    def read_flags(self) -> None:
        self.read.append(self.ticks.now)

    def cancelled(self) -> bool:
        return self.ticks.now >= self.stop_at


class Line:
    """A database connection that counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


class Beaten:
    """A heartbeat run in the test's own thread: each wait moves the clock, up to an end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ticks: Ticks) -> None:
        self.ticks, self.context, self.line = ticks, Noted(ticks), Line()
        self.interrupted: list[float] = []
        monkeypatch.setattr(job_context, "connection", self.line)
        monkeypatch.setattr(job_context, "interrupt_body", lambda: self.interrupted.append(ticks.now))

    def until(self, seconds: float) -> None:
        def wait(step: float) -> bool:
            self.ticks.now += step
            return self.ticks.now > seconds

        heartbeat = Heartbeat(self.context)
        heartbeat._stop_event = SimpleNamespace(wait=wait)  # type: ignore[assignment]
        heartbeat.run()


@pytest.fixture
def beaten(monkeypatch: pytest.MonkeyPatch, ticks: Ticks) -> Beaten:
    return Beaten(monkeypatch, ticks)


def test_the_flag_is_read_twice_a_second_and_the_lease_renewed_each_five(beaten: Beaten) -> None:
    beaten.until(11)
    assert beaten.context.renewed == [5.0, 10.0]
    assert beaten.context.read[:3] == [0.5, 1.0, 1.5]
    assert len(beaten.context.read) == 20
    assert (beaten.interrupted, beaten.line.closed) == ([], 1)


def test_a_heartbeat_that_failed_tries_again_on_a_new_connection(beaten: Beaten) -> None:
    beaten.context.fail_at = 5.0
    beaten.until(11)
    assert beaten.context.renewed == [5.0, 10.0]
    assert beaten.line.closed == 2, "after the failure, and at the end"


def test_a_body_that_was_asked_to_stop_has_a_moment_to_do_so_by_itself(beaten: Beaten) -> None:
    beaten.context.stop_at = 2.0
    beaten.until(3.6)
    assert beaten.interrupted == [3.0, 3.5], "0.8 s later, at the next look, and again until it has stopped"


def test_the_moment_to_stop_by_oneself_ends_on_time(beaten: Beaten, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_context, "PATIENCE_SECONDS", 0.5)
    beaten.context.stop_at = 2.0
    beaten.until(2.9)
    assert beaten.interrupted == [2.5]


def test_a_heartbeat_ends_with_its_job_and_never_keeps_a_process_alive(in_a_worker: None) -> None:
    context = Noted(Ticks())
    heartbeat = Heartbeat(context)
    assert (heartbeat.daemon, heartbeat.name) == (True, f"heartbeat-{context.id}")
    heartbeat.start()
    heartbeat.end()
    assert not heartbeat.is_alive()


def test_a_body_that_goes_on_regardless_is_interrupted(in_a_worker: None) -> None:
    before = signal.getsignal(job_context.INTERRUPT)
    job = running()
    context = JobContext(job, "me")
    with interruptible(context):
        job_context.interrupt_body()  # nobody asked for a stop
    passed: list[int] = []
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    context.read_flags()
    with pytest.raises(JobCancelled), interruptible(context):  # noqa: PT012  # the interrupt comes in between
        job_context.interrupt_body()
        passed.extend(range(1000))
    assert not passed
    assert signal.getsignal(job_context.INTERRUPT) == before
    job_context.interrupt_body()  # too late, and meant for nobody
    job_context._on_interrupt(job_context.INTERRUPT, None)


def test_an_interrupt_is_for_one_body_and_once(in_a_worker: None) -> None:
    context = JobContext(running(), "me")
    with interruptible(context):
        assert signal.getsignal(job_context.INTERRUPT) is job_context._on_interrupt
        assert job_context._at_work == [context]
        job_context.interrupt_body()
        assert job_context._at_work == []
    with interruptible(context):
        pass
    assert job_context._at_work == []


@pytest.mark.parametrize("inline", [True, False])
def test_only_the_main_thread_of_a_worker_is_interrupted(settings: Any, inline: bool) -> None:
    settings.VERTEBASE_JOBS_INLINE = inline
    context, found = JobContext(Job(kind="test.context"), "me"), []

    def body() -> None:
        with interruptible(context):
            found.append(list(job_context._at_work))

    if inline:
        body()
    else:
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
    assert found == [[]]


def test_a_context_knows_its_job() -> None:
    job = running(queue="io", subject_id=None, progress=0.5)
    context = JobContext(job, "me")
    assert (context.id, context.kind, context.queue, context.attempt) == (job.pk, "test.context", "io", 2)
