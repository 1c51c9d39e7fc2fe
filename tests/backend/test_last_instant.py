"""Two things at once: trainings of two projects, a stop in a training's last instant, a busy database."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from backend.common import database, tasks
from backend.common.errors import DomainError
from backend.common.models import Job, JobState
from backend.pipeline.models import ModelVersion, Training
from backend.pipeline.registry import training_cases
from backend.pipeline.registry.services import trainings
from backend.pipeline.registry.services.trainings import TrainingDraft, TrainingOpen
from backend.projects.models import Project
from tests.backend import factories
from tests.backend.test_models import accept_cases, accepted, choices

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VERTEBASE_TRAINER = "tests.backend.small_trainer"
    monkeypatch.setattr(training_cases, "_sources", {})
    training_cases.register_training_source("accepted", accepted, choices)


def a_project() -> Project:
    project = factories.make_project()
    accept_cases(project, 6)
    return project


def start(project: Project) -> Training:
    draft = TrainingDraft(name="second", steps=2)
    return trainings.start_training(actor=project.created_by, project=project, draft=draft)


def beside(act: Callable[[], None]) -> None:
    """In a thread with a connection of its own, to its end; what it raises is raised here."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as exc:  # noqa: BLE001  (raised again below, in the test's own thread)
            failed.append(exc)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_of_two_projects_that_start_at_the_same_moment_one_is_told_to_wait(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VERTEBASE_JOBS_INLINE = False
    monkeypatch.setattr("backend.common.tasks.current_app.send_task", lambda *args, **rest: None)
    one, two = a_project(), a_project()
    start(one)
    # the other looked a moment before the first was there: to it, no training is open
    monkeypatch.setattr(trainings, "OPEN_STATES", ())
    with pytest.raises(TrainingOpen):
        start(two)
    assert [training.project for training in Training.objects.all()] == [one]
    assert Job.objects.filter(kind=trainings.TRAIN).count() == 1
    Training.objects.update(state=JobState.SUCCEEDED)
    start(two)
    assert Training.objects.count() == 2


def test_a_training_stopped_in_its_last_instant_leaves_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_project()
    check = tasks.JobContext.check_cancelled
    stopped: list[str] = []

    def check_and_then_stop(job: tasks.JobContext) -> None:
        """The stop comes after the last look at it and before the result is written."""
        check(job)
        if job.kind == trainings.TRAIN and not stopped:
            training = Training.objects.get(job_id=job.id)
            stopped.append(trainings.stop_training(actor=project.created_by, training=training).state)

    monkeypatch.setattr(tasks.JobContext, "check_cancelled", check_and_then_stop)
    training = start(project)
    training.refresh_from_db()
    job = Job.objects.get(pk=training.job_id)
    assert stopped == [JobState.RUNNING]
    assert (training.state, job.state, training.result) == ("cancelled", "cancelled", None)
    assert not ModelVersion.objects.exists()


def test_a_training_that_has_its_model_cannot_be_stopped_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_project()
    refused: list[str] = []

    def stop_now(training: Training, *rest: Any, **more: Any) -> None:
        """The model is there and committed; the job's body has not returned yet."""
        try:
            trainings.stop_training(actor=project.created_by, training=training)
        except DomainError as exc:
            refused.append(exc.code)

    monkeypatch.setattr(shutil, "rmtree", lambda *args, **rest: stop_now(Training.objects.get()))
    training = start(project)
    training.refresh_from_db()
    job = Job.objects.get(pk=training.job_id)
    assert set(refused) == {"job_ended"}
    assert (training.state, job.state, job.cancel_requested) == ("succeeded", "succeeded", False)
    assert ModelVersion.objects.count() == 1


def test_a_body_whose_job_was_given_to_another_writes_no_result() -> None:
    job = Job.objects.create(kind="test.settle", state=JobState.RUNNING, worker="next", attempts=2)
    late = tasks.JobContext(job, "first")
    with pytest.raises(tasks.LeaseLost), transaction.atomic():
        tasks.finish_job(late)
    job.refresh_from_db()
    assert (job.state, job.worker) == (JobState.RUNNING, "next")


# A busy database


def impatient() -> str:
    return "PRAGMA busy_timeout = 50" if connection.vendor == "sqlite" else "SET lock_timeout = '50ms'"


def patient() -> str:
    return "PRAGMA busy_timeout = 20000" if connection.vendor == "sqlite" else "SET lock_timeout = 0"


def while_locked(project: Project, act: Callable[[], None]) -> None:
    """Hold the project's row (SQLite: the database) in this connection while ``act`` runs in another."""

    def other() -> None:
        with connection.cursor() as cursor:
            cursor.execute(impatient())
        try:
            act()
        finally:
            with connection.cursor() as cursor:
                cursor.execute(patient())

    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        Project.objects.filter(pk=project.pk).update(description="held")
        beside(other)


def test_a_locked_database_is_a_503_that_says_when_to_come_back() -> None:
    project = factories.make_project()
    client = APIClient()
    client.force_authenticate(project.created_by)
    answers: list[Any] = []
    body = {"name": "Another name"}

    def ask() -> None:
        answers.append(client.patch(f"/api/v1/projects/{project.slug}", body, format="json"))

    while_locked(project, ask)
    (answer,) = answers
    assert answer.status_code == 503, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer["Retry-After"] == str(database.RETRY_SECONDS)
    assert answer.json() == {"code": "busy", "message": database.BUSY_MESSAGE, "extra": {}}
    assert client.patch(f"/api/v1/projects/{project.slug}", body, format="json").status_code == 200


def test_other_failures_of_the_database_are_no_busy_one() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="no_such_table") as failed:
        cursor.execute("select * from no_such_table")
    assert not database.is_busy(failed.value)
    assert not database.is_busy(ValueError("locked"))


tried: list[int] = []
to_lock: list[Project] = []


@tasks.background_task(kind="test.busy", queue="cpu", time_limit=60)
def meets_a_lock(job: tasks.JobContext) -> None:
    tried.append(job.attempt)
    if len(tried) == 1:
        while_locked(to_lock[0], lambda: _write(to_lock[0]))


def _write(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(description="mine")


def test_a_job_that_meets_a_lock_is_tried_again() -> None:
    tried.clear()
    to_lock[:] = [factories.make_project()]
    job = tasks.enqueue("test.busy", subject_id=None, project_id=None, requested_by=None)
    job.refresh_from_db()
    assert (job.state, job.attempts, tried) == (JobState.SUCCEEDED, 2, [1, 2])
