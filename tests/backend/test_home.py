"""The first page: what waits for each role, in one request with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    Case,
    CaseState,
    ExerciseResult,
    Grading,
    Task,
    TaskKind,
)
from backend.annotation.quality.selectors.training import not_yet_trained, untrained_in
from backend.annotation.quality.services import training
from backend.annotation.work.services.readiness import waiting_for
from backend.consensus.models import VertebraDecision
from backend.home.first_hour import AT_HOME
from backend.home.selectors import home_of
from backend.projects.models import GuidelineReceipt, GuidelineVersion, Membership, Project, Role
from backend.releases.models import DownloadRecord, Release, TermsAcceptance
from tests.backend import factories, rows
from tests.backend.out import publish
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = (
    (TaskKind.CORRECT, "rate", 3),
    (TaskKind.ADJUDICATE, "adjudicate", 1),
    (TaskKind.REVIEW, "review", 1),
)
AsUser = Callable[[User | None], APIClient]


@pytest.fixture
def frozen_releases() -> Iterator[None]:
    with thawed_afterwards():
        yield


def home(client: APIClient) -> dict[str, Any]:
    answer = client.get("/api/v1/home")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def project_of(manager: User, *, rater: User | None = None, expert: User | None = None) -> Project:
    """With a case to rate, one to adjudicate and one to review; all places are free."""
    project = factories.make_project(manager)
    for person, role in ((rater, Role.RATER), (expert, Role.RADIOLOGIST)):
        if person is not None:
            Membership.objects.create(project=project, user=person, role=role)
    for kind, key, overlap in STAGES:
        rows.task_on(rows.case_in(project, state=CaseState.IN_PROGRESS), kind, overlap, stage_key=key)
    return project


def release(project: Project, version: str, **fields: Any) -> Release:
    usual = {"title": "VerSe", "terms": "", "created_by": Membership.objects.filter(project=project)[0].user}
    made = Release.objects.create(project=project, version=version, **usual | fields)
    return publish(made) if made.state == "frozen" else made


def test_a_rater_finds_what_is_in_hand_and_learns_of_kinds_and_never_how_much(as_user: AsUser) -> None:
    rater = factories.make_user("rater")
    project = project_of(factories.make_user("manager"), rater=rater)
    task = Task.objects.get(kind="correct")
    mine = rows.held(task, rater, "returned", return_comment="Mend L1")
    rows.task_on(rows.case_in(project, state=CaseState.IN_PROGRESS), stage_key="rate")
    page = home(as_user(rater))
    assert [(row["id"], row["return_comment"]) for row in page["tasks"]] == [(str(mine.pk), "Mend L1")]
    assert page["tasks_total"] == 1
    (waiting,) = page["waiting"]
    assert waiting["project"]["slug"] == project.slug
    assert (waiting["kinds"], waiting["to_adjudicate"], waiting["to_review"]) == (["correct"], 0, 0)
    assert "to_correct" not in waiting
    assert (page["managed"], page["releases"], page["challenges"]) == ([], [], [])


def test_an_expert_finds_the_queues_less_the_cases_that_they_worked_on(as_user: AsUser) -> None:
    expert = factories.make_user("expert")
    project = project_of(factories.make_user("manager"), expert=expert)
    own = rows.task_on(
        rows.case_in(project, state=CaseState.IN_PROGRESS), TaskKind.REVIEW, 1, stage_key="review"
    )
    rows.held(rows.task_on(own.case, stage_key="rate"), expert, "submitted")
    (waiting,) = home(as_user(expert))["waiting"]
    assert (waiting["to_adjudicate"], waiting["to_review"]) == (1, 1)
    assert {"adjudicate", "review"} <= set(waiting["kinds"])


def test_it_says_of_every_project_what_the_list_of_waiting_work_says() -> None:
    rater, manager = factories.make_user("rater"), factories.make_user("manager")
    projects = [project_of(manager, rater=rater) for _ in range(3)]
    projects[1].protocol = {**projects[1].protocol, "quality": {"training_cases": 1}}
    projects[1].save()
    source = rows.case_in(projects[1])
    rows.task_on(rows.copy_for(rater, source).case, overlap=1)
    away = Membership.objects.get(project=projects[2], user=rater)
    away.away_until = timezone.localdate()
    away.save()
    told = {row.project: (row.training, row.kinds) for row in waiting_for(rater)}
    assert told == {projects[0]: (False, ["correct"]), projects[1]: (True, [])}
    here = {row.project: (row.training, row.kinds) for row in home_of(rater).waiting}
    assert {project: said for project, said in here.items() if said != (False, [])} == told


def test_who_has_to_train_is_told_alike_of_one_project_and_of_many() -> None:
    rater, manager = factories.make_user("rater"), factories.make_user("manager")
    projects = [project_of(manager, rater=rater) for _ in range(4)]
    for project in projects[:3]:
        project.protocol = {**project.protocol, "quality": {"training_cases": 1, "training_dice": 0.8}}
        project.save()
        made = rows.copy_for(rater, rows.case_in(project))
        work = rows.held(rows.task_on(made.case, overlap=1), rater, "submitted")
        handed = rows.handed_in(work)
        dice = 0.9 if project == projects[0] else 0.5
        ExerciseResult.objects.create(exercise=made, submission=handed, mean_dice=dice)
    training.qualify(project=projects[1], user=rater, actor=manager, reason="known to us")
    single = {project.pk for project in projects if not_yet_trained(project, [rater.pk])}
    assert untrained_in(rater, projects) == single == {projects[2].pk}


def test_a_manager_finds_what_a_new_project_needs_and_what_is_stuck(as_user: AsUser) -> None:
    manager, rater = factories.make_user("manager"), factories.make_user("rater")
    project = project_of(manager, rater=rater)
    client = as_user(manager)
    factories.make_member(project, Role.RESEARCHER)
    Membership.objects.filter(role=Role.RESEARCHER).update(active=False)  # has left
    (new,) = home(client)["managed"]
    assert (new["tried"], new["counts"]["cases"]) == (False, 3)
    assert sorted(new["people"]) == [["manager"], ["rater"]]
    assert set(new["stuck"].values()) == {0}
    yesterday = timezone.localdate() - timedelta(days=1)
    late = rows.held(Task.objects.get(kind="correct"), rater, due_on=yesterday, concern_at=timezone.now())
    Assignment.objects.filter(pk=late.pk).update(updated_at=timezone.now() - timedelta(days=15))
    in_time = rows.task_on(rows.case_in(project), stage_key="rate")
    rows.held(in_time, rater, due_on=timezone.localdate() + timedelta(days=1))
    waits = rows.case_in(project, state=CaseState.WAITING)
    Case.objects.filter(pk=waits.pk).update(created_at=timezone.now() - timedelta(days=2))
    rows.case_in(project, state=CaseState.WAITING)  # came just now
    (stuck,) = (row["stuck"] for row in home(client)["managed"])
    assert stuck == {
        "quarantined": 0,
        "waiting_for_engine": 1,
        "concerns": 1,
        "questions": 0,
        "overdue": 1,
        "idle": 1,
    }
    rows.held(Task.objects.get(kind="review"), factories.make_user(), "submitted")
    assert home(client)["managed"][0]["tried"]


def test_copies_for_exercises_are_no_work_that_is_stuck(as_user: AsUser) -> None:
    manager, rater = factories.make_user("manager"), factories.make_user("rater")
    project = project_of(manager, rater=rater)
    copy = rows.copy_for(rater, rows.case_in(project), "gold")
    rows.held(rows.task_on(copy.case, overlap=1), rater, due_on=timezone.localdate() - timedelta(days=1))
    assert home(as_user(manager))["managed"][0]["stuck"]["overdue"] == 0


@pytest.mark.usefixtures("frozen_releases")
def test_a_researcher_finds_frozen_releases_and_no_drafts(as_user: AsUser) -> None:
    manager, reader = factories.make_user("manager"), factories.make_user("reader")
    project, other = project_of(manager), project_of(manager)
    Membership.objects.create(project=project, user=reader, role=Role.RESEARCHER)
    done = {"state": "frozen", "manifest_sha256": "0" * 64, "frozen_at": timezone.now()}
    release(project, "1.0", **done)
    release(project, "2.0")
    release(other, "1.0", **done)
    page = home(as_user(reader))
    assert [(row["version"], row["project"]["slug"]) for row in page["releases"]] == [("1.0", project.slug)]
    assert home(as_user(manager))["releases"] == [], "they have their projects for that"


def steps_of(client: APIClient) -> dict[str, bool]:
    """Of the only project that this person is new to."""
    (row,) = home(client)["first_hours"]
    return {step["key"]: step["done"] for step in row["steps"]}


def test_the_first_hour_of_a_rater_ticks_itself_and_leaves(as_user: AsUser) -> None:
    manager, rater = factories.make_user("manager"), factories.make_user("rater")
    project = project_of(manager, rater=rater)
    client = as_user(rater)
    version = GuidelineVersion.objects.get(project=project)
    assert steps_of(client) == dict.fromkeys(("guidelines", "tour", "submit"), False), "there is no training"
    project.protocol = {**project.protocol, "quality": {"training_cases": 1, "training_dice": 0.8}}
    project.save()
    trained = rows.task_on(rows.copy_for(rater, rows.case_in(project)).case, overlap=1)
    assert steps_of(client) == dict.fromkeys(("guidelines", "tour", "training", "submit"), False)
    GuidelineReceipt.objects.create(version=version, user=rater, how="end")
    rows.held(trained, rater, "submitted")
    assert steps_of(client) == {"guidelines": True, "tour": False, "training": True, "submit": False}
    hidden = rows.task_on(rows.copy_for(rater, rows.case_in(project), "gold").case, overlap=1)
    rows.held(hidden, rater, "submitted")
    assert steps_of(client)["submit"], "an exercise that nobody may know counts as any task"
    rater.preferences = {"tour": "over"}
    rater.save()
    assert home(client)["first_hours"] == []
    Membership.objects.create(project=project, user=manager, role=Role.RATER)  # to try a case
    assert home(as_user(manager))["first_hours"] == [], "managers have the steps of their project"
    known = factories.make_user("known")
    Membership.objects.create(project=project, user=known, role=Role.RATER)
    assert not steps_of(as_user(known))["training"]
    training.qualify(project=project, user=known, actor=manager, reason="known to us")
    assert steps_of(as_user(known))["training"], "let through without"


def test_a_first_hour_is_put_away_and_over_for_who_has_done_much(as_user: AsUser) -> None:
    rater, other = factories.make_user("rater"), factories.make_user("other")
    project = project_of(factories.make_user("manager"), rater=rater)
    Membership.objects.create(project=project, user=other, role=Role.RATER)
    for _ in range(AT_HOME):
        rows.held(rows.task_on(rows.case_in(project)), other, "submitted")
    assert home(as_user(other))["first_hours"] == []
    for kept, count in (("nonsense", 1), ({"away": "demo"}, 1), ({"away": [project.slug]}, 0)):
        rater.preferences = {"first_hour": kept}
        rater.save()
        assert len(home(as_user(rater))["first_hours"]) == count, kept


def test_the_first_hour_of_an_expert_counts_what_they_did_themselves(as_user: AsUser) -> None:
    expert, other = factories.make_user("expert"), factories.make_user("other")
    project = project_of(factories.make_user("manager"), expert=expert)
    adjudication = Task.objects.get(kind="adjudicate")
    theirs = rows.held(rows.task_on(rows.case_in(project)), other)
    Grading.objects.create(assignment=theirs, label=20, grade=0)
    VertebraDecision.objects.create(task=adjudication, label=20, choice="rule")
    GuidelineVersion.objects.all().delete()  # nobody has written any
    client = as_user(expert)
    assert steps_of(client) == {"tour": False, "grade": False, "settle": False}
    mine = rows.held(adjudication, expert)
    Grading.objects.create(assignment=mine, label=20, grade=0)
    assert steps_of(client) == {"tour": False, "grade": True, "settle": False}
    VertebraDecision.objects.create(task=adjudication, assignment=mine, label=21, choice="fused")
    assert steps_of(client)["settle"]


@pytest.mark.usefixtures("frozen_releases")
def test_the_first_hour_of_a_researcher_goes_from_a_look_to_checked_files(as_user: AsUser) -> None:
    manager, reader = factories.make_user("manager"), factories.make_user("reader")
    project = project_of(manager)
    Membership.objects.create(project=project, user=reader, role=Role.RESEARCHER)
    client = as_user(reader)
    assert home(client)["first_hours"] == [], "nothing was released"
    done = {"state": "frozen", "manifest_sha256": "0" * 64, "frozen_at": timezone.now()}
    made = release(project, "1.0", terms="Cite us.", **done)
    assert home(client)["first_hours"][0]["release"] == str(made.pk)
    assert steps_of(client) == dict.fromkeys(("look", "terms", "download", "check"), False)
    TermsAcceptance.objects.create(release=made, user=manager, terms_sha256="0" * 64)
    assert not steps_of(client)["terms"], "somebody else did"
    TermsAcceptance.objects.create(release=made, user=reader, terms_sha256="0" * 64)
    reader.preferences = {"first_hour": {"looked": [project.slug]}}
    reader.save()
    assert steps_of(client) == {"look": True, "terms": True, "download": False, "check": False}
    DownloadRecord.objects.create(release=made, user=reader, archive="all.zip")
    assert steps_of(client)["download"]
    reader.preferences = {"first_hour": {"checked": [project.slug]}}
    reader.save()
    assert home(client)["first_hours"] == []


@pytest.mark.usefixtures("frozen_releases")
def test_the_queries_do_not_grow_with_projects_tasks_or_releases(as_user: AsUser) -> None:
    person = factories.make_user("all")

    def more() -> None:
        project = project_of(person, rater=person, expert=person)
        Membership.objects.create(project=project, user=person, role=Role.RESEARCHER)
        project.protocol = {**project.protocol, "quality": {"training_cases": 1}}
        project.save()
        rows.task_on(rows.copy_for(person, rows.case_in(project)).case, overlap=1)
        rows.held(rows.task_on(rows.case_in(project), stage_key="rate"), person)
        release(project, "1.0", state="frozen", manifest_sha256="0" * 64, frozen_at=timezone.now())

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            home(client)
        return len(queries)

    client = as_user(person)
    more()
    counted()  # signing in
    few = counted()
    more()
    more()
    assert counted() == few
