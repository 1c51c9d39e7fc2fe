"""The broker is killed and comes back: reads and saves go on, nothing is lost, and work goes on by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from backend.annotation.models import Assignment, Case, Submission
from backend.annotation.work.selectors import in_hand as working
from backend.common import reaper, tasks
from backend.common.cache import count_up
from backend.common.embedded import celery_url
from backend.common.events import JobChanged, deliver
from backend.common.models import Job, JobState
from backend.common.queues import QUEUES
from backend.common.tasks import enqueue, send
from backend.config.settings import base
from backend.config.urls import api_patterns
from backend.projects.models import Role
from backend.realtime.streams import MANAGERS, project_stream, send_to_project, sequence_of
from backend.workflow.sweep import sweep
from tests.backend import factories, flow
from tests.faults.test_killed_worker import ENVIRONMENT, Hands
from tests.support.person import Person
from tests.support.site import Site, running_site
from tests.support.valkey import MortalValkey, mortal_valkey, redis_url


@pytest.fixture
def valkey(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MortalValkey]:
    """A real server behind cache, news and messages of this process, set up as on a site."""
    with mortal_valkey() as server:
        url = redis_url(server.socket)
        settings.CACHES = {"default": {**base.CACHES["default"], "LOCATION": url}}
        layer = base.CHANNEL_LAYERS["default"]
        hosts = [{**layer["CONFIG"]["hosts"][0], "address": url}]
        settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": {**layer["CONFIG"], "hosts": hosts}}}
        settings.VERTEBASE_JOBS_INLINE = False
        app = Celery("broker-gone", set_as_current=False)
        app.conf.update(
            broker_url=celery_url(url),
            broker_transport_options=base.CELERY_BROKER_TRANSPORT_OPTIONS,
            task_publish_retry_policy=base.CELERY_TASK_PUBLISH_RETRY_POLICY,
        )
        for module in (tasks, reaper):
            monkeypatch.setattr(module, "current_app", app)
        monkeypatch.setattr(APIView, "throttle_classes", [AnonRateThrottle, UserRateThrottle])
        yield server


def reads(team: flow.Team, case: Case, assignment_id: str) -> list[str]:
    """Every address of the API that can be read, with ids of things that are there where we have them."""
    ids = {
        "cases": case.pk,
        "volumes": case.volume_id,
        "assignments": assignment_id,
        "projects": team.project.pk,
    }

    def fill(match: re.Match[str]) -> str:
        kind, name = match["kind"], match["name"]
        if kind == "slug":
            return str(team.project.slug)
        if kind == "uuid":
            return str(ids.get(match["before"] or "", team.project.pk))
        return "20" if kind == "int" else name

    found = []
    for pattern in api_patterns:
        route = str(pattern.pattern)
        view = getattr(pattern.callback, "cls", None)
        if view is not None and hasattr(view, "get"):
            path = re.sub(
                r"(?:(?<=/)|^)(?P<before>[a-z-]+)/<(?P<kind>\w+):(?P<name>\w+)>", _keep(fill), route
            )
            path = re.sub(r"<(?P<kind>\w+):(?P<name>\w+)>(?P<before>)", fill, path)
            found.append(f"/api/v1/{path}")
    return found


def _keep(fill: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match['before']}/{fill(match)}"


def broken(people: list[Client], addresses: list[str]) -> dict[str, int]:
    """Addresses that answer with an error of the server."""
    answers = {address: client.get(address).status_code for client in people for address in addresses}
    assert sum(status == 200 for status in answers.values()) > 20
    return {address: status for address, status in answers.items() if status >= 500}


@pytest.mark.django_db(transaction=True)
def test_reads_saves_and_hand_ins_go_on(valkey: MortalValkey, settings: Any) -> None:
    settings.VERTEBASE_JOBS_INLINE = True
    team = flow.make_team()
    case = flow.start_case(team.project)
    settings.VERTEBASE_JOBS_INLINE = False
    manager, rater = Client(raise_request_exception=False), Client(raise_request_exception=False)
    manager.force_login(team.manager)
    rater.force_login(team.raters[0])
    valkey.kill()
    taken = rater.post(f"/api/v1/projects/{team.project.slug}/next-assignment")
    assert taken.status_code == 200, taken.content
    own = f"/api/v1/assignments/{taken.json()['id']}"
    assert rater.post(f"{own}/open").status_code == 200
    every = reads(team, case, taken.json()["id"])
    assert broken([rater, manager], every) == {}
    for label in (20, 21):
        graded = rater.put(f"{own}/gradings/{label}", {"grade": 0}, content_type="application/json")
        assert graded.status_code == 200, graded.content
    digest = working.mask_state(flow.reload(Assignment.objects.get(pk=taken.json()["id"]))).digest
    submission = {"digest": digest, "active_seconds": 5}
    first = rater.post(f"{own}/submit", submission, content_type="application/json")
    assert first.status_code == 200, first.content
    again = rater.post(f"{own}/submit", submission, content_type="application/json")
    assert (again.status_code, again.json()) == (200, first.json())
    assert Submission.objects.count() == 1
    waiting = Job.objects.filter(state=JobState.QUEUED)
    assert waiting.exists()  # what the hand-in caused waits in its rows
    assert not sweep().failed
    valkey.start()
    assert broken([rater, manager], every) == {}
    waiting.update(updated_at=timezone.now() - timedelta(seconds=reaper.RESEND_SECONDS + 60))
    assert sweep().jobs == waiting.count()
    assert sum(reaper.queue_length(queue) for queue in QUEUES) == waiting.count()


@pytest.mark.django_db(transaction=True)
def test_the_cache_answers_as_an_empty_one_and_holds_again_afterwards(valkey: MortalValkey) -> None:
    cache.set("kept", 7)
    assert (cache.get("kept"), cache.add("kept", 8)) == (7, False)
    valkey.kill()
    assert cache.get("kept", "nothing") == "nothing"
    assert cache.get_many(["kept"]) == {}
    assert cache.add("first", 1) is True
    assert cache.set_many({"a": 1, "b": 2}) == ["a", "b"]
    assert (cache.has_key("kept"), cache.delete("kept"), cache.touch("kept")) == (False, False, False)
    cache.delete_many(["kept"])
    valkey.start()
    assert cache.get("kept") == 7
    assert cache.add("kept", 8) is False


@pytest.mark.django_db(transaction=True)
def test_news_are_dropped_with_a_line_and_leave_a_gap_that_listeners_see(
    valkey: MortalValkey, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.realtime.streams._time_to_tell", lambda: True)
    project = factories.make_project()
    job = Job.objects.create(kind="pipeline.run", project_id_ref=project.pk)
    stream = project_stream(project.pk, project.created_by_id)

    def tell() -> None:
        deliver(JobChanged(job.pk, job.kind, None, project.pk, "running", 0.5, "half"))

    tell()
    assert sequence_of(stream) == 1
    valkey.kill()
    caplog.clear()
    tell()
    lines = [record for record in caplog.records if "news" in record.getMessage()]
    assert [record.levelname for record in lines] == ["WARNING"]
    assert not [record for record in caplog.records if record.exc_info]
    valkey.start()
    tell()
    assert sequence_of(stream) == 3  # 2 never came: whoever listens asks for all anew
    tell()
    assert sequence_of(stream) == 4


@pytest.mark.django_db(transaction=True)
def test_counters_of_a_real_cache_stand_where_those_of_any_other_do(
    valkey: MortalValkey, settings: Any
) -> None:
    steps = [("first", 1), ("second", 2), ("first", 1)]
    here = (count_up(steps, 60), count_up(steps, 60), cache.get("first"))
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    assert here == (count_up(steps, 60), count_up(steps, 60), cache.get("first"))
    assert here == ([1, 2, 2], [3, 4, 4], 4)


@pytest.mark.django_db(transaction=True)
def test_what_many_managers_hear_is_numbered_in_one_exchange(
    valkey: MortalValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = factories.make_project()
    managers = [project.created_by, *(factories.make_member(project, Role.MANAGER) for _ in range(3))]
    asked: list[Any] = []

    def counting(steps: Any, timeout: int) -> list[int]:
        asked.append(steps)
        return count_up(steps, timeout)

    monkeypatch.setattr("backend.realtime.streams.count_up", counting)
    send_to_project(project.pk, MANAGERS, {"type": "case", "id": str(project.pk), "state": ""})
    assert [len(steps) for steps in asked] == [4]
    assert {sequence_of(project_stream(project.pk, user.pk)) for user in managers} == {1}
    valkey.kill()
    send_to_project(project.pk, MANAGERS, {"type": "case", "id": str(project.pk), "state": ""})
    valkey.start()
    send_to_project(project.pk, MANAGERS, {"type": "case", "id": str(project.pk), "state": ""})
    assert {sequence_of(project_stream(project.pk, user.pk)) for user in managers} == {3}


@pytest.mark.django_db(transaction=True)
def test_a_job_that_cannot_be_sent_is_kept_and_its_caller_does_not_wait(valkey: MortalValkey) -> None:
    valkey.kill()
    job = enqueue("workflow.advance_case", subject_id=None, project_id=None, requested_by=None)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert send(job.pk) is False
    assert reaper.requeue_expired() == 0
    valkey.start()
    assert send(job.pk) is True
    assert reaper.queue_length("io") == 1


@pytest.fixture(scope="module")
def broker() -> Iterator[MortalValkey]:
    with mortal_valkey() as server:
        yield server


@pytest.fixture(scope="module")
def site(broker: MortalValkey) -> Iterator[Site]:
    with running_site(environment=ENVIRONMENT | {"REDIS_URL": redis_url(broker.socket)}) as running:
        yield running


@pytest.mark.slow
@pytest.mark.story
def test_a_site_outlives_its_broker(site: Site, broker: MortalValkey) -> None:
    hands = Hands(site, {"REDIS_URL": redis_url(broker.socket)})
    try:
        hands.wait(hands.start("quick"), "succeeded")
        made = hands.do("person")
        person = Person(site.url, made["email"], factories.PASSWORD)
        broker.kill()
        for path in ("/healthz", "/api/v1/me", "/api/v1/projects", "/api/v1/config"):
            assert person.send("GET", path).status_code == 200
        waiting = hands.start("quick")
        assert hands.state(waiting) == "queued"
        assert person.send("GET", "/api/v1/projects").status_code == 200
        broker.start()
        hands.wait(waiting, "succeeded", seconds=300)
        assert person.send("GET", "/api/v1/me").status_code == 200
        os.kill(site.process.pid, 0)  # the supervisor is there
        assert "web ended" not in site.log.read_text()
    finally:
        hands.end()
