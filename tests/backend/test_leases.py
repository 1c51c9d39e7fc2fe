"""Leases of jobs, on a clock that the test turns: who may take a job, for how long, and how often."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerGone

from backend.common import job_context, reaper, tasks
from backend.common.models import Job, JobState
from tests.backend.clock import Clock
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
LEASE = job_context.LEASE_SECONDS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    """With jobs that workers take, as on a site, and nobody to take them but the test."""
    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", made)
    settings.VERTEBASE_JOBS_INLINE = False
    monkeypatch.setattr("backend.common.tasks.current_app.send_task", lambda *args, **kwargs: None)
    monkeypatch.setattr(reaper, "queue_length", lambda queue: 1)
    return made


seen: list[datetime | None] = []


@tasks.background_task(kind="test.lease", queue="cpu", time_limit=600)
def wait_for_a_renewal(job: tasks.JobContext) -> None:
    """Ends once its lease was renewed, which nothing but a heartbeat beside it does."""
    first = lease_of(job.id)
    Job.objects.filter(pk=job.id).update(lease_expires_at=timezone.now() + timedelta(seconds=1))
    wait_until(lambda: lease_of(job.id) == first, seconds=60, what="the lease to be renewed")
    seen.append(lease_of(job.id))


def lease_of(job_id: Any) -> datetime | None:
    return Job.objects.values_list("lease_expires_at", flat=True).get(pk=job_id)


def waiting_job(**fields: Any) -> Job:
    return Job.objects.create(**{"kind": "test.lease", "queue": "cpu", **fields})


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_a_live_lease_is_nobody_else_s(clock: Clock) -> None:
    job = waiting_job()
    assert tasks.claim(job.pk, worker="first") is not None
    assert lease_of(job.pk) == clock.now + timedelta(seconds=LEASE)
    for _ in range(2):
        assert tasks.claim(job.pk, worker="second") is None
        assert tasks.claim_next(job.pk, worker="second") is None
        assert reaper.requeue_expired() == 0
        clock.forward(LEASE / 2)
    job.refresh_from_db()
    assert (job.worker, job.state, job.attempts) == ("first", JobState.RUNNING, 1)


def test_a_lease_that_ran_out_is_for_the_next_and_the_first_learns_of_it(clock: Clock) -> None:
    job = waiting_job()
    first = tasks.claim(job.pk, worker="first")
    assert first is not None
    clock.forward(LEASE + 1)
    second = tasks.claim(job.pk, worker="second")
    assert second is not None
    assert (second.worker, second.attempts) == ("second", 2)
    late = tasks.JobContext(first, "first")
    late.heartbeat()
    with pytest.raises(tasks.LeaseLost):
        late.check_cancelled()
    late.progress(0.9, "still here")
    job.refresh_from_db()
    assert (job.worker, job.progress) == ("second", 0.0)
    assert lease_of(job.pk) == clock.now + timedelta(seconds=LEASE)


def test_heartbeats_keep_a_job_however_long_it_takes(clock: Clock) -> None:
    job = waiting_job()
    claimed = tasks.claim(job.pk, worker="first")
    assert claimed is not None
    context = tasks.JobContext(claimed, "first")
    for _ in range(10):
        clock.forward(LEASE - 1)
        context.heartbeat()
        assert lease_of(job.pk) == clock.now + timedelta(seconds=LEASE)
        assert reaper.requeue_expired() == 0
        assert tasks.claim(job.pk, worker="second") is None
    context.check_cancelled()
    clock.forward(LEASE + 1)
    assert reaper.requeue_expired() == 1
    assert state_of(job) == JobState.QUEUED


def test_a_running_body_has_a_heartbeat_beside_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.settings_dict["NAME"] == ":memory:":
        pytest.skip("another thread sees no database in memory")
    monkeypatch.setattr(job_context, "FLAG_SECONDS", 0.01)
    monkeypatch.setattr(job_context, "HEARTBEAT_SECONDS", 0.02)
    seen.clear()
    job = waiting_job()
    tasks.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    assert seen == [clock.now + timedelta(seconds=LEASE)]
    assert not [one.name for one in threading.enumerate() if one.name == f"heartbeat-{job.pk}"], (
        "it has ended"
    )


def test_the_reaper_gives_up_after_the_last_try_and_not_before(clock: Clock) -> None:
    job = waiting_job(max_attempts=3)
    for attempt in (1, 2, 3):
        claimed = tasks.claim(job.pk, worker=f"worker {attempt}")
        assert claimed is not None
        assert claimed.attempts == attempt
        clock.forward(LEASE + 1)
        assert reaper.requeue_expired() == 1
        assert state_of(job) == (JobState.FAILED if attempt == 3 else JobState.QUEUED)
    assert job.error == "The worker was lost too often."
    assert tasks.claim(job.pk, worker="fourth") is None
    assert reaper.requeue_expired() == 0


def test_a_claim_gives_up_too_where_no_reaper_was_there(clock: Clock) -> None:
    job = waiting_job(max_attempts=1)
    assert tasks.claim(job.pk, worker="first") is not None
    clock.forward(LEASE + 1)
    assert tasks.claim(job.pk, worker="second") is None
    assert state_of(job) == JobState.FAILED


def test_a_cancelled_job_whose_worker_is_lost_is_not_begun_again(clock: Clock) -> None:
    job = waiting_job()
    assert tasks.claim(job.pk, worker="first") is not None
    tasks.request_cancel(job_id=job.pk)
    clock.forward(LEASE + 1)
    assert reaper.requeue_expired() == 1
    assert state_of(job) == JobState.CANCELLED


def test_a_lease_of_a_clock_gone_wrong_is_shortened(clock: Clock) -> None:
    job = waiting_job()
    assert tasks.claim(job.pk, worker="from the future") is not None
    far = clock.now + timedelta(days=36_500)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=far)
    assert reaper.requeue_expired() == 1
    assert lease_of(job.pk) == clock.now + tasks.longest_lease()
    assert state_of(job) == JobState.RUNNING  # its worker may live: it has the time of one lease
    clock.forward(tasks.longest_lease().total_seconds() + 1)
    assert reaper.requeue_expired() == 1
    assert state_of(job) == JobState.QUEUED


def test_clocks_that_differ_a_little_shorten_nothing(clock: Clock) -> None:
    job = waiting_job()
    assert tasks.claim(job.pk, worker="first") is not None
    for seconds, shortened in ((60, 0), (61, 1)):  # a lease and the half minute that clocks may differ by
        lease = clock.now + timedelta(seconds=seconds)
        Job.objects.filter(pk=job.pk).update(lease_expires_at=lease)
        assert reaper.requeue_expired() == shortened
    assert lease_of(job.pk) == clock.now + timedelta(seconds=LEASE)


def test_a_job_whose_end_cannot_be_noted_stops_no_other(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = waiting_job(), waiting_job()
    for job in (bad, good):
        assert tasks.claim(job.pk, worker="first") is not None
    requeue = tasks.requeue

    def fails_for_one(job: Job) -> None:
        if job.pk == bad.pk:
            raise RuntimeError("on purpose")
        requeue(job)

    monkeypatch.setattr(reaper, "requeue", fails_for_one)
    clock.forward(LEASE + 1)
    assert reaper.requeue_expired() == 1
    assert (state_of(bad), state_of(good)) == (JobState.RUNNING, JobState.QUEUED)


def test_a_worker_that_lives_keeps_its_job_when_another_is_lost(clock: Clock) -> None:
    lost, lives = waiting_job(), waiting_job()
    assert tasks.claim(lost.pk, worker="lost") is not None
    clock.forward(LEASE + 1)
    assert tasks.claim(lives.pk, worker="lives") is not None
    assert reaper.requeue_expired() == 1
    assert (state_of(lost), state_of(lives)) == (JobState.QUEUED, JobState.RUNNING)
    assert not reaper._take_back(lives.pk, clock.now), "renewed since the reaper looked"
    assert state_of(lives) == JobState.RUNNING


def ends_badly(job: Job) -> None:
    raise RuntimeError("on purpose")


@tasks.background_task(kind="test.lease.ends", queue="cpu", time_limit=600, max_attempts=1, on_end=ends_badly)
def never_run(job: tasks.JobContext) -> None: ...


def test_the_end_of_a_lost_job_is_noted_in_full_or_not_at_all(clock: Clock) -> None:
    job = waiting_job(kind="test.lease.ends", max_attempts=1)
    assert tasks.claim(job.pk, worker="first") is not None
    clock.forward(LEASE + 1)
    assert reaper.requeue_expired() == 0
    assert (state_of(job), job.error) == (JobState.RUNNING, ""), "for the next sweep"


def test_where_no_worker_lives_every_running_job_is_free_at_once(clock: Clock) -> None:
    running, waits, over = waiting_job(), waiting_job(), waiting_job(state=JobState.SUCCEEDED)
    assert tasks.claim(running.pk, worker="first") is not None
    assert reaper.expire_all_leases() == 1
    assert (lease_of(waits.pk), lease_of(over.pk)) == (None, None)
    assert tasks.claim(running.pk, worker="second") is not None


class Broker:
    """Its queues with what waits in them, and the jobs whose messages it was sent."""

    def __init__(self, **waiting: int) -> None:
        self.waiting, self.sent, self.gone = waiting, list[Any](), ""

    def length(self, queue: str) -> int:
        if queue == self.gone:
            raise BrokerGone("no broker")
        return self.waiting[queue]

    def take(self, name: str, *, args: list[str], **how: Any) -> None:
        self.sent.append(args[0])


@pytest.fixture
def broker(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker(cpu=0, gpu=0, io=0)
    monkeypatch.setattr("backend.common.tasks.current_app.send_task", made.take)
    monkeypatch.setattr(reaper, "queue_length", made.length)
    return made


def test_a_message_that_was_lost_is_sent_again_after_a_while(clock: Clock, broker: Broker) -> None:
    job = waiting_job()
    others = [waiting_job(state=state) for state in (JobState.RUNNING, JobState.FAILED)]
    Job.objects.filter(state=JobState.RUNNING).update(lease_expires_at=clock.now + timedelta(seconds=59))
    before = [other.updated_at for other in others]
    clock.forward(19.5)
    assert reaper.requeue_expired() == 0
    clock.forward(1)
    assert reaper.requeue_expired() == 1
    assert broker.sent == [str(job.pk)]
    assert reaper.requeue_expired() == 0, "it was sent just now"
    for other in others:
        other.refresh_from_db()
    assert [other.updated_at for other in others] == before
    clock.forward(20.5)
    assert reaper.requeue_expired() == 1
    assert broker.sent == [str(job.pk)] * 2


@pytest.mark.parametrize("idle", ["cpu", "gpu", "io"])
def test_a_queue_that_holds_messages_has_lost_none(clock: Clock, broker: Broker, idle: str) -> None:
    jobs = {queue: waiting_job(queue=queue) for queue in ("cpu", "gpu", "io")}
    broker.waiting = dict.fromkeys(jobs, 1) | {idle: 0}
    clock.forward(21)
    assert reaper.requeue_expired() == 1
    assert broker.sent == [str(jobs[idle].pk)]


def test_what_is_put_back_and_what_is_sent_again_are_counted_together(clock: Clock, broker: Broker) -> None:
    lost = waiting_job()
    assert tasks.claim(lost.pk, worker="first") is not None
    waits = waiting_job(queue="io")
    clock.forward(LEASE + 1)
    assert reaper.requeue_expired() == 2
    assert sorted(broker.sent) == sorted([str(lost.pk), str(waits.pk)])


def test_without_a_broker_jobs_wait(clock: Clock, broker: Broker, settings: Any) -> None:
    job = waiting_job()
    clock.forward(21)
    broker.gone = "cpu"
    assert reaper.requeue_expired() == 0
    settings.VERTEBASE_JOBS_INLINE = True
    assert reaper.requeue_expired() == 0, "there is no queue to look at"
    assert (broker.sent, state_of(job)) == ([], JobState.QUEUED)
