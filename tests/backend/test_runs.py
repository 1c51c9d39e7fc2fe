"""Runs as rows, before a worker has them: who may start, move and cancel them, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.audit.models import Record
from backend.common import events
from backend.common.errors import Forbidden, Invalid, NotFound
from backend.common.models import Job, JobState
from backend.imaging.models import Volume
from backend.masks.services import add_version
from backend.pipeline.events import RunChanged, RunFailed
from backend.pipeline.models import ModelVersion, Run, StageRun
from backend.pipeline.runs.services import runs
from backend.projects.models import Project, Role
from backend.science.correcting import Correction
from tests.backend import factories

pytestmark = pytest.mark.django_db
Committed = Callable[..., AbstractContextManager[Any]]
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def manager(project: Project) -> User:
    return project.created_by


@pytest.fixture
def rater(project: Project) -> User:
    return factories.make_member(project, Role.RATER)


@pytest.fixture
def volume(project: Project) -> Volume:
    return factories.make_volume(project)


@pytest.fixture
def news() -> Iterator[list[events.Event]]:
    heard: list[events.Event] = []
    for kind in (RunChanged, RunFailed):
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in (RunChanged, RunFailed):
        events.unsubscribe(kind, heard.append)


def queued(volume: Volume, **how: Any) -> Run:
    return runs.start_run(volume=volume, **{"engine": "empty", **how})


def put(run: Run, state: str) -> Run:
    Run.objects.filter(pk=run.pk).update(state=state)
    Job.objects.filter(pk=run.job_id).update(state=state)
    run.refresh_from_db()
    return run


def noted(run: Run) -> list[tuple[str, dict[str, Any]]]:
    rows = Record.objects.filter(subject_id=str(run.pk))
    return [(row.verb, row.detail) for row in rows]


def test_a_run_waits_with_its_job_and_is_noted(
    volume: Volume, manager: User, news: list[Any], django_capture_on_commit_callbacks: Committed
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        run = queued(volume, requested_by=manager)
    assert (run.engine, run.priority, run.state) == ("empty", 0, "queued")
    assert (run.parent, run.correction, run.model) == (None, {}, None)
    job = run.job
    assert (job.kind, job.queue, job.priority, job.state) == (runs.RUN, "gpu", 0, "queued")
    assert job.project_id_ref == volume.series.project_id
    assert [(verb, detail["priority"]) for verb, detail in noted(run)] == [("run.started", 0)]
    for callback in callbacks:
        if getattr(callback, "func", None) is events.deliver:
            callback()
    assert [event for event in news if isinstance(event, RunChanged)] == [
        RunChanged(run.pk, volume.pk, volume.series.project_id, "queued", "", 0.0)
    ]


def test_a_volume_has_one_run_at_a_time_and_others_are_their_own(project: Project, volume: Volume) -> None:
    run = queued(volume)
    queued(factories.make_volume(project))
    for state in (JobState.QUEUED, JobState.RUNNING):
        put(run, state)
        with pytest.raises(runs.RunOpen):
            queued(volume)
    for state in ENDED:
        put(run, state)
        run = queued(volume)
    assert volume.runs.count() == 4


@pytest.mark.parametrize(("priority", "taken"), [(-11, False), (-10, True), (10, True), (11, False)])
def test_a_priority_lies_between_minus_ten_and_ten(volume: Volume, priority: int, taken: bool) -> None:
    manager = volume.series.project.created_by
    waits = queued(factories.make_volume(volume.series.project))
    if taken:
        run = queued(volume, priority=priority)
        assert (run.priority, run.job.priority) == (priority, priority)
        assert runs.set_priority(actor=manager, run=waits, priority=priority).priority == priority
        return
    acts: tuple[Callable[[], Run], ...] = (
        lambda: queued(volume, priority=priority),
        lambda: runs.set_priority(actor=manager, run=waits, priority=priority),
    )
    for act in acts:
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.code == "bad_priority"
        assert str(refused.value) == "A priority is a whole number from -10 to 10."


def test_a_manager_starts_runs_on_the_project_s_own_volumes(
    project: Project, volume: Volume, manager: User, rater: User
) -> None:
    foreign = factories.make_volume(factories.make_project())
    with pytest.raises(Forbidden):
        runs.start_run_in(project=project, volume=volume, engine="empty", requested_by=rater)
    with pytest.raises(NotFound):
        runs.start_run_in(project=project, volume=foreign, engine="empty", requested_by=manager)
    run = runs.start_run_in(project=project, volume=volume, engine="empty", requested_by=manager)
    assert (run.volume, run.priority, run.job.requested_by) == (volume, 0, manager)


def test_only_a_run_of_the_project_s_model_says_that_it_used_it(project: Project, volume: Volume) -> None:
    model = ModelVersion.objects.create(
        project=project, number=1, name="ours", engine="empty", digest="0" * 64, state="current"
    )
    assert queued(volume).model == model
    ModelVersion.objects.update(engine="builtin")
    assert queued(factories.make_volume(project)).model is None


def test_a_run_waits_at_the_device_with_the_least_work(project: Project, settings: Any) -> None:
    settings.VERTEBASE_DEVICES = ["cuda:0", "cuda:1"]

    def queue() -> str:
        return queued(factories.make_volume(project)).job.queue

    assert [queue() for _ in range(4)] == ["gpu", "gpu1", "gpu", "gpu1"]
    put(Run.objects.filter(job__queue="gpu1").earliest("created_at"), JobState.SUCCEEDED)
    assert queue() == "gpu1", "what is over is no work"
    for _ in range(3):
        Job.objects.create(kind="test", queue="gpu")
    assert queue() == "gpu", "nor is work of another kind"
    settings.VERTEBASE_DEVICES = ["cuda:0"]
    assert queue() == "gpu"


def test_a_waiting_run_is_moved_alone(project: Project, volume: Volume, manager: User, rater: User) -> None:
    run, other = queued(volume), queued(factories.make_volume(project))
    with pytest.raises(Forbidden):
        runs.set_priority(actor=rater, run=run, priority=3)
    moved = runs.set_priority(actor=manager, run=run, priority=3)
    assert moved.priority == 3
    assert Job.objects.get(pk=run.job_id).priority == 3
    other.refresh_from_db()
    assert (other.priority, other.job.priority) == (0, 0)
    assert noted(run)[-1] == ("run.prioritised", {"priority": 3})
    for state in (JobState.RUNNING, *ENDED):
        put(run, state)
        with pytest.raises(runs.RunNotWaiting):
            runs.set_priority(actor=manager, run=run, priority=4)
        run.refresh_from_db()
        assert (run.priority, run.job.priority) == (3, 3)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_a_run_that_ends_without_a_result_ends_what_had_not(
    project: Project,
    volume: Volume,
    state: JobState,
    news: list[Any],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    run, other = (queued(one) for one in (volume, factories.make_volume(project)))
    for one in (run, other):
        put(one, JobState.RUNNING)
        for position, stage in enumerate((JobState.SUCCEEDED, JobState.RUNNING, JobState.QUEUED)):
            StageRun.objects.create(run=one, position=position, name=f"{position}", state=stage)
    folder = runs.run_folder(run.pk)
    folder.mkdir(parents=True)
    before = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        runs.end_run(job_id=run.job_id, state=state, error="out of memory")
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, run.error, other.state, other.error) == (state, "out of memory", "running", "")
    assert run.finished_at is not None
    assert run.finished_at >= before
    assert other.finished_at is None
    assert list(run.stages.values_list("state", flat=True)) == ["succeeded", state, "cancelled"]
    assert list(other.stages.values_list("state", flat=True)) == ["succeeded", "running", "queued"]
    assert not folder.exists()
    told = RunChanged(run.pk, volume.pk, project.pk, state, "", 0.0)
    assert news == [told, RunFailed(run.pk)]


@pytest.mark.parametrize("state", ENDED)
def test_a_run_that_has_ended_ends_no_other_way(volume: Volume, state: JobState) -> None:
    run = put(queued(volume), state)
    runs.end_run(job_id=run.job_id, state=JobState.FAILED, error="late")
    run.refresh_from_db()
    assert (run.state, run.error, run.finished_at) == (state, "", None)


def test_a_manager_cancels_a_run(volume: Volume, manager: User, rater: User) -> None:
    run = queued(volume)
    with pytest.raises(Forbidden):
        runs.cancel_run(actor=rater, run=run)
    assert Job.objects.get(pk=run.job_id).state == JobState.QUEUED
    assert runs.cancel_run(actor=manager, run=run).state == JobState.CANCELLED
    assert Job.objects.get(pk=run.job_id).state == JobState.CANCELLED
    assert noted(run)[-1][0] == "run.cancelled"


def test_what_failed_or_was_cancelled_is_tried_again_as_it_was(
    volume: Volume, manager: User, rater: User
) -> None:
    mask = add_version(volume=volume, mask=factories.block_mask(), source="import")
    correction = Correction(renamed={20: 21}, removed=(22,), centroids_ras_mm={}, touched=())
    run = queued(volume, priority=4, parent=mask, correction=correction, requested_by=manager)
    assert [verb for verb, _ in noted(run)] == ["run.corrected"]
    assert noted(run)[0][1]["priority"] == 4
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED):
        put(run, state)
        with pytest.raises(runs.RunNotEnded):
            runs.retry_run(actor=manager, run=run)
    for state in (JobState.FAILED, JobState.CANCELLED):
        put(run, state)
        with pytest.raises(Forbidden):
            runs.retry_run(actor=rater, run=run)
        again = runs.retry_run(actor=manager, run=run)
        assert again.pk != run.pk
        assert (again.engine, again.priority, again.parent, again.state) == ("empty", 4, mask, "queued")
        assert Correction.from_json(again.correction) == correction
        assert again.job.requested_by == manager
        run = again
    plain = put(queued(factories.make_volume(volume.series.project)), JobState.FAILED)
    assert runs.retry_run(actor=manager, run=plain).correction == {}
