"""The site in the hands of its administrators: accounts, failed jobs, queues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import ApiToken, User
from backend.accounts.services import create_token, create_user
from backend.annotation.models import Assignment, AssignmentState
from backend.annotation.work.services.giving import return_work_of_absent
from backend.audit.models import Record
from backend.audit.services import verify_chain
from backend.common.models import Job, JobState
from backend.common.tasks import _registry, background_task
from backend.projects.models import Role
from tests.backend import factories, rows
from tests.backend.test_accounts import sign_in

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]
ACCOUNTS = "/api/v1/site/accounts"


@pytest.fixture
def staff() -> User:
    return create_user(email="admin@x.test", password=None, display_name="Ada Min", is_staff=True)


def change(client: APIClient, account: User, status: int = 200, **changes: Any) -> dict[str, Any]:
    answer = client.patch(f"{ACCOUNTS}/{account.pk}", changes, format="json")
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def test_accounts_are_found_by_name_or_address(staff: User, as_user: AsUser) -> None:
    project = factories.make_project()
    second = factories.make_project(project.created_by)
    factories.make_member(second, Role.MANAGER)
    client = as_user(staff)

    def found(**query: Any) -> list[str]:
        return [row["email"] for row in client.get(ACCOUNTS, query).json()["results"]]

    assert set(found()) == set(User.objects.values_list("email", flat=True))
    assert found(search="MIN ada") == ["admin@x.test"]
    assert found(search="admin@") == ["admin@x.test"]
    assert found(search="nobody") == []
    User.objects.filter(pk=project.created_by.pk).update(is_active=False)
    assert found(active="false") == [project.created_by.email]
    assert project.created_by.email not in found(active="true")
    User.objects.filter(pk=project.created_by.pk).update(is_active=True)
    alone = {row["email"]: row["alone_in"] for row in client.get(ACCOUNTS).json()["results"]}
    assert alone[project.created_by.email] == [project.name], "of the second there is another"
    assert alone["admin@x.test"] == []


def test_an_account_that_is_off_ends_sessions_and_tokens_and_keeps_its_work(
    staff: User, as_user: AsUser
) -> None:
    browser, user = Client(), factories.make_user()
    sign_in(browser, user)
    _, text = create_token(user=user, name="script")
    script = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert browser.get("/api/v1/me").status_code == script.get("/api/v1/me").status_code == 200
    done = Record.objects.filter(actor=user).count()
    client = as_user(staff)
    assert change(client, user, active=False)["is_active"] is False
    assert browser.get("/api/v1/me").status_code == script.get("/api/v1/me").status_code == 401
    assert sign_in(Client(), user).status_code != 200
    assert not ApiToken.objects.filter(user=user).exists()
    assert not UserSession.objects.filter(user=user).exists()
    assert Record.objects.filter(actor=user).count() == done
    assert change(client, user, active=True)["is_active"] is True
    assert browser.get("/api/v1/me").status_code == 401, "the former session stays ended"
    assert sign_in(Client(), user).status_code == 200
    acts = Record.objects.filter(subject_id=str(user.pk), actor=staff).order_by("sequence")
    assert list(acts.values_list("verb", flat=True)) == ["account.switched_off", "account.switched_on"]
    assert verify_chain() is None
    change(client, user, active=True)
    assert acts.count() == 2, "nothing was done"


def test_work_in_hand_of_an_account_that_is_off_goes_back(staff: User, as_user: AsUser) -> None:
    project = factories.make_project()
    off, on = (factories.make_member(project, Role.RATER) for _ in range(2))
    task = rows.task_on(rows.case_in(project, state="in_progress"))
    for rater in (off, on):
        rows.held(task, rater)
    change(as_user(staff), off, active=False)
    assert return_work_of_absent(today=timezone.localdate()) == 1
    states = dict(Assignment.objects.values_list("rater", "state"))
    assert states == {off.pk: AssignmentState.CANCELLED, on.pk: AssignmentState.OPEN}


def test_nobody_locks_themselves_out(staff: User, as_user: AsUser) -> None:
    assert change(as_user(staff), staff, 409, active=False)["code"] == "own_account"
    other = create_user(email="other@x.test", password=None, is_staff=True)
    client = as_user(other)
    User.objects.filter(pk=other.pk).update(is_staff=False)
    assert change(client, staff, 403, active=False)["code"] == "no_administrator"
    assert User.objects.get(pk=staff.pk).is_active


def test_the_right_to_create_projects_is_given_and_taken(staff: User, as_user: AsUser) -> None:
    user = factories.make_user()
    client = as_user(staff)
    assert change(client, user, may_create_projects=True)["project_right"] is True
    assert as_user(user).get("/api/v1/me").json()["may_create_projects"] is True
    assert change(client, user, may_create_projects=False)["project_right"] is False
    assert Record.objects.filter(verb="account.project_right", actor=staff).count() == 2


@pytest.mark.parametrize("path", ["accounts", "acts", "health", "queues", "failed-jobs", "storage"])
def test_only_administrators_see_the_site(path: str, staff: User, as_user: AsUser) -> None:
    project = factories.make_project()
    address = f"/api/v1/site/{path}"
    assert as_user(project.created_by).get(address).json()["code"] == "no_administrator"
    _, text = create_token(user=staff, name="script", scope="manage")
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {text}").get(address).status_code == 403
    assert as_user(staff).get(address).status_code == 200


def failed(kind: str, **fields: Any) -> Job:
    return Job.objects.create(kind=kind, state=JobState.FAILED, error="Disk full.", attempts=3, **fields)


def listed(client: APIClient) -> set[str]:
    return {row["kind"] for row in client.get("/api/v1/site/failed-jobs").json()["results"]}


def test_failed_jobs_of_all_projects_but_those_where_one_rates(staff: User, as_user: AsUser) -> None:
    here, there = factories.make_project(), factories.make_project()
    failed("consensus.compare", project_id_ref=here.pk)
    failed("releases.freeze", project_id_ref=there.pk)
    failed("workflow.score_exercise")  # quiet: of a hidden case
    failed("audit.check")
    Job.objects.create(kind="imaging.ingest", state=JobState.SUCCEEDED, project_id_ref=here.pk)
    client = as_user(staff)
    assert listed(client) == {
        "consensus.compare",
        "releases.freeze",
        "workflow.score_exercise",
        "audit.check",
    }
    (named,) = [
        row
        for row in client.get("/api/v1/site/failed-jobs").json()["results"]
        if row["kind"] == "releases.freeze"
    ]
    assert (named["project"], named["retryable"], named["error"]) == (there.name, False, "Disk full.")
    factories.make_member(here, Role.RATER, user=staff)
    assert listed(client) == {"releases.freeze", "audit.check"}
    compared = Job.objects.get(kind="consensus.compare")
    assert client.post(f"/api/v1/site/failed-jobs/{compared.pk}/retry").status_code == 404
    factories.make_member(there, Role.MANAGER, user=staff)
    assert listed(client) == {"releases.freeze", "audit.check"}


def test_a_failed_job_goes_back_with_all_its_attempts(
    staff: User, as_user: AsUser, django_capture_on_commit_callbacks: Any
) -> None:
    ran: list[str] = []
    try:

        @background_task(kind="tests.again", queue="cpu", time_limit=10)
        def again(job: Any, what: str) -> None:
            ran.append(what)

        @background_task(kind="tests.noted", queue="cpu", time_limit=10, on_end=lambda job: None)
        def noted(job: Any) -> None:
            ran.append("never")

        job, other = failed("tests.again", arguments={"what": "once"}), failed("tests.noted")
        client = as_user(staff)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"/api/v1/site/failed-jobs/{job.pk}/retry")
        assert answer.status_code == 200
        assert ran == ["once"]
        job.refresh_from_db()
        assert (job.state, job.error, job.attempts) == (JobState.SUCCEEDED, "", 1)
        assert Record.objects.get(verb="job.retried").detail == {"kind": "tests.again"}
        refused = client.post(f"/api/v1/site/failed-jobs/{other.pk}/retry")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_to_retry")
        assert client.post(f"/api/v1/site/failed-jobs/{job.pk}/retry").status_code == 404, "it failed no more"
    finally:
        for kind in ("tests.again", "tests.noted"):
            _registry.pop(kind, None)


def test_a_queue_that_nobody_serves_is_stuck(staff: User, as_user: AsUser) -> None:
    now, client = timezone.now(), as_user(staff)

    def states() -> dict[str, str]:
        return {row["queue"]: row["state"] for row in client.get("/api/v1/site/queues").json()}

    assert set(states().values()) == {"idle"}
    waits = Job.objects.create(kind="pipeline.run", queue="gpu")
    assert states()["gpu"] == "working", "it may be taken any moment"
    Job.objects.filter(pk=waits.pk).update(updated_at=now - timedelta(minutes=3))
    assert states()["gpu"] == "stuck"
    lost = Job.objects.create(
        kind="pipeline.run", queue="gpu", state=JobState.RUNNING, lease_expires_at=now - timedelta(seconds=1)
    )
    assert states()["gpu"] == "stuck", "its worker has died"
    Job.objects.filter(pk=lost.pk).update(lease_expires_at=now + timedelta(minutes=1))
    assert states() == {"cpu": "idle", "gpu": "working", "io": "idle", "train": "idle"}
