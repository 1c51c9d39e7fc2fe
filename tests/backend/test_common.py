"""Events, jobs, blobs: what everything else stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from backend.common import events, reaper, tasks
from backend.common.errors import NotFound
from backend.common.models import Blob, Job, JobState
from backend.common.storage import blob_response, parse_range, put_blob, read_blob


@dataclass(frozen=True, slots=True)
class Rang(events.Event):
    number: int


@pytest.fixture
def heard() -> Iterator[list[int]]:
    rung: list[int] = []

    def broken(event: Rang) -> None:
        raise RuntimeError("a subscriber with a bug")

    def listener(event: Rang) -> None:
        rung.append(event.number)

    events.subscribe(Rang)(broken)
    events.subscribe(Rang)(listener)
    events.subscribe(Rang)(listener)
    yield rung
    events.unsubscribe(Rang, broken)
    events.unsubscribe(Rang, listener)


@pytest.mark.django_db(transaction=True)
def test_an_event_comes_after_commit_once_and_a_broken_subscriber_stops_nobody(heard: list[int]) -> None:
    with transaction.atomic():
        events.publish(Rang(1))
        assert heard == []
    assert heard == [1]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_publishes_nothing(heard: list[int]) -> None:
    with transaction.atomic():
        events.publish(Rang(1))
        transaction.set_rollback(True)
    assert heard == []


calls: list[str] = []
ended: list[tuple[Any, str, str]] = []


def note_end(job: Job) -> None:
    ended.append((job.pk, job.state, job.error))


@tasks.background_task(kind="test.record", queue="cpu", time_limit=10, on_end=note_end)
def record_call(job: tasks.JobContext, *, what: str) -> None:
    job.progress(0.5, "half")
    calls.append(what)
    if what == "raise":
        raise ValueError("on purpose")
    if what == "refuse":
        raise NotFound(message="There is no such volume.")
    if what == "cancel":
        tasks.request_cancel(job_id=job.id)
        job.check_cancelled()


def start(what: str) -> Job:
    calls.clear()
    job = tasks.enqueue("test.record", subject_id=None, project_id=None, requested_by=None, what=what)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_after_commit_and_a_second_message_does_nothing() -> None:
    job = start("go")
    assert (job.state, job.progress, calls) == (JobState.SUCCEEDED, 1.0, ["go"])
    tasks.run_job(job.pk)
    assert calls == ["go"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("what", "state", "error"),
    [
        ("raise", JobState.FAILED, "ValueError: on purpose"),
        ("refuse", JobState.FAILED, "There is no such volume."),
        ("cancel", JobState.CANCELLED, ""),
    ],
)
def test_how_a_job_can_end(what: str, state: JobState, error: str) -> None:
    job = start(what)
    assert (job.state, job.error) == (state, error)
    with pytest.raises(tasks.JobEnded):
        tasks.request_cancel(job_id=job.pk)


def lost_job(**fields: Any) -> Job:
    calls.clear()
    past = timezone.now() - timedelta(seconds=1)
    values: dict[str, Any] = {
        "kind": "test.record",
        "arguments": {"what": "again"},
        "state": JobState.RUNNING,
        "attempts": 1,
        "worker": "gone",
        "lease_expires_at": past,
    }
    return Job.objects.create(**{**values, **fields})


@pytest.mark.django_db(transaction=True)
def test_the_reaper_gives_a_lost_worker_s_job_to_another() -> None:
    job = lost_job()
    assert reaper.requeue_expired() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, calls) == (JobState.SUCCEEDED, 2, ["again"])
    assert reaper.requeue_expired() == 0


@pytest.mark.django_db(transaction=True)
def test_the_reaper_leaves_a_live_lease_alone_and_gives_up_after_the_last_attempt() -> None:
    live = lost_job(lease_expires_at=timezone.now() + timedelta(seconds=30))
    spent = lost_job(attempts=3)
    ended.clear()
    reaper.requeue_expired()
    live.refresh_from_db()
    spent.refresh_from_db()
    assert (live.state, spent.state, calls) == (JobState.RUNNING, JobState.FAILED, [])
    assert ended == [(spent.pk, JobState.FAILED, "The worker was lost too often.")]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_does_not_end_the_job_of_the_next() -> None:
    job = lost_job()
    context = tasks.JobContext(job, "gone")
    Job.objects.filter(pk=job.pk).update(worker="next", lease_expires_at=timezone.now())
    with pytest.raises(tasks.LeaseLost):
        context.check_cancelled()


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-3", (0, 3)),
        ("bytes=5-", (5, 9)),
        ("bytes=-4", (6, 9)),
        ("bytes=8-99", (8, 9)),
        ("bytes=10-", False),
        ("bytes=-0", False),
        ("bytes=4-2", None),
        ("bytes=0-1,4-5", None),
        ("lines=1-2", None),
    ],
)
def test_range_headers(header: str, span: Any) -> None:
    assert parse_range(header, 10) == span


def served(request: HttpRequest, blob: Blob) -> HttpResponse:
    response = blob_response(request=request, blob=blob)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.django_db
def test_a_blob_is_stored_once_and_served_in_ranges(rf: RequestFactory) -> None:
    blob = put_blob(data=b"0123456789", media_type="text/plain")
    assert put_blob(data=b"0123456789").pk == blob.pk
    assert read_blob(blob) == b"0123456789"
    whole = served(rf.get("/"), blob)
    assert (whole.status_code, whole.content, whole["Content-Length"]) == (200, b"0123456789", "10")
    part = served(rf.get("/", HTTP_RANGE="bytes=2-4"), blob)
    assert (part.status_code, part.content, part["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    beyond = served(rf.get("/", HTTP_RANGE="bytes=10-"), blob)
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */10")
    stale = served(rf.get("/", HTTP_RANGE="bytes=2-4", HTTP_IF_RANGE='"x"'), blob)
    assert (stale.status_code, stale.content) == (200, b"0123456789")
    known = served(rf.get("/", HTTP_IF_NONE_MATCH=whole["ETag"]), blob)
    assert (known.status_code, known.content) == (304, b"")
    head = served(rf.head("/"), blob)
    assert (head.content, head["Content-Length"]) == (b"", "10")
