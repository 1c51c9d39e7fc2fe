"""Which work somebody is given, and in which place of it: rows that differ in one thing alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from math import nextafter
from typing import Any

import pytest

from backend.accounts.models import User
from backend.annotation.cases.selectors.balance import Share
from backend.annotation.events import AssignmentChanged
from backend.annotation.models import Assignment, Case, Exercise, Sighting, SightKind, Task, TaskKind
from backend.annotation.work.services.taking import claim_place, next_assignment, seeded, starts_blank
from backend.audit.models import Record
from backend.common import events
from backend.projects.models import Project, Role
from tests.backend import factories
from tests.backend.rows import case_in, copy_for, held, mask_of, task_on

pytestmark = pytest.mark.django_db
ADJUDICATE = TaskKind.ADJUDICATE


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def rater(project: Project) -> User:
    return factories.make_member(project, Role.RATER)


def new_task(project: Project, kind: TaskKind = TaskKind.CORRECT, overlap: int = 3, **fields: Any) -> Task:
    return task_on(case_in(project), kind, overlap, **fields)


def change(project: Project, **protocol: Any) -> None:
    project.protocol = {**project.protocol, **protocol}
    project.save()


def taken_acts(assignment: Assignment) -> list[dict[str, Any]]:
    rows = Record.objects.filter(verb="assignment.taken", subject_id=str(assignment.task.case_id))
    return [row.detail for row in rows]


# Places


def test_the_first_free_place_is_taken_until_none_is_left(project: Project, rater: User) -> None:
    task = new_task(project, note="L5 is cut")
    Case.objects.filter(pk=task.case_id).update(due_on=date(2030, 1, 2))
    new_task(project)
    held(task, factories.make_user(), slot=1)
    held(task, factories.make_user(), "cancelled", slot=0)
    first = claim_place(task_id=task.pk, user=rater)
    assert first is not None
    assert (first.task, first.rater, first.slot, first.state) == (task, rater, 0, "open")
    assert (first.return_comment, first.due_on, first.blank_start) == ("L5 is cut", date(2030, 1, 2), False)
    assert taken_acts(first) == [{"assignment": str(first.pk), "stage": "rate", "slot": 0}]
    assert claim_place(task_id=task.pk, user=rater) is None, "nobody has two places"
    third = claim_place(task_id=task.pk, user=factories.make_user())
    assert third is not None
    assert third.slot == 2
    assert [row["slot"] for row in taken_acts(third)] == [0, 2]
    assert claim_place(task_id=task.pk, user=factories.make_user()) is None
    assert task.assignments.exclude(state="cancelled").count() == 3


@pytest.mark.parametrize("hidden", [False, True])
def test_who_waits_for_news_of_a_case_is_told_that_it_was_taken(
    project: Project,
    rater: User,
    hidden: bool,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    heard: list[events.Event] = []
    new_task(project)
    if hidden:
        hide_one(project, rater)
    events.subscribe(AssignmentChanged)(heard.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            given = next_assignment(user=rater, project=project)
    finally:
        events.unsubscribe(AssignmentChanged, heard.append)
    assert given is not None
    assert heard == [AssignmentChanged(given.pk, given.task.case_id, project.pk, rater.pk, "open")]


def test_of_a_closed_task_there_is_no_place(project: Project, rater: User) -> None:
    new_task(project)
    for state in ("complete", "cancelled"):
        assert claim_place(task_id=new_task(project, state=state).pk, user=rater) is None
    assert not Assignment.objects.exists()


def test_more_people_than_places_leave_none(project: Project, rater: User) -> None:
    """After places were taken away, those kept may be the later ones."""
    task = new_task(project, overlap=2)
    for slot in (1, 2):
        held(task, factories.make_user(), slot=slot)
    assert claim_place(task_id=task.pk, user=rater) is None
    Task.objects.filter(pk=task.pk).update(overlap=4)
    found = claim_place(task_id=task.pk, user=rater)
    assert found is not None
    assert found.slot == 0


def test_who_has_seen_others_work_has_no_place_in_blinded_work(project: Project, rater: User) -> None:
    seen, new = new_task(project), new_task(project)
    expert = new_task(project, ADJUDICATE, 1)
    for task in (seen, expert):
        Sighting.objects.create(case=task.case, user=rater, kind=SightKind.CASE)
    assert claim_place(task_id=seen.pk, user=rater) is None
    assert claim_place(task_id=seen.pk, user=factories.make_user()) is not None
    assert claim_place(task_id=new.pk, user=rater) is not None
    assert claim_place(task_id=expert.pk, user=rater) is not None


@pytest.mark.parametrize("stage", ["rate", "gone"])
def test_a_case_starts_blank_by_the_share_and_the_secret_alone(project: Project, stage: str) -> None:
    """The first 8 bytes of the digest as a share of 2 to the 64th, below that of the stage."""
    task = new_task(project, stage_key=stage)
    text = f"{project.pseudonym_secret}:blank:{task.case_id}:{stage}"
    drawn = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) / 2**64
    for share, blank in ((0.0, False), (drawn, False), (nextafter(drawn, 1), True), (1.0, True)):
        stages = [
            {**one, "blank_share": share if one["key"] == "rate" else 0} for one in project.protocol["stages"]
        ]
        change(project, stages=stages)
        assert starts_blank(Task.objects.get(pk=task.pk)) is (blank and stage == "rate")


# Order


def ranked(project: Project, *tasks: Task, share: Share | None = None) -> list[Task]:
    return seeded(tasks, project, share=share)


def with_case(task: Task, **fields: Any) -> Task:
    Case.objects.filter(pk=task.case_id).update(**fields)
    return Task.objects.select_related("case__start_mask").get(pk=task.pk)


def test_each_reason_comes_before_those_after_it(project: Project) -> None:
    """Urgency, the day, doubt, begun; each task is worse in all that comes later."""
    change(project, next_task="uncertain_first")
    tasks = [
        with_case(new_task(project), priority=priority, due_on=due, difficulty=doubt)
        for priority, due, doubt in (
            (2, None, None),
            (1, date(2030, 1, 1), 0.1),
            (1, date(2030, 1, 2), 0.2),
            (1, None, 0.9),
            (1, None, 0.3),
            (1, None, None),
            (0, date(2030, 1, 1), 0.9),
        )
    ]
    assert ranked(project, *reversed(tasks)) == tasks
    change(project, next_task="begun_first")
    certain, doubtful = tasks[4], tasks[3]
    by_digest = ranked(project, certain, doubtful)
    for task, doubt in ((certain, 0.9), (doubtful, 0.3)):
        task.case.difficulty = doubt
    assert ranked(project, certain, doubtful) == by_digest, "doubt counts only where the protocol says so"


def test_begun_tasks_come_before_others_and_then_what_one_has_had_least_of(project: Project) -> None:
    none, one, two = (new_task(project) for _ in range(3))
    for task, taken in ((one, 1), (two, 2)):
        task.taken = taken  # type: ignore[attr-defined]
    assert ranked(project, none, one, two) == [two, one, none]
    lumbar, thoracic, unknown = (new_task(project) for _ in range(3))
    for task, labels in ((lumbar, {"20": 9, "21": 9}), (thoracic, {"10": 9})):
        mask = mask_of(task.case)
        mask.label_voxels = labels
        task.case.start_mask = mask
    had = Share()
    had.kinds.update({("unknown", "lumbar"): 2, ("unknown", "thoracic"): 1, ("unknown", "unknown"): 3})
    assert ranked(project, unknown, lumbar, thoracic, share=had) == [thoracic, lumbar, unknown]
    digests = {
        task: hashlib.sha256(f"{project.pk}:{task.pk}".encode()).hexdigest()
        for task in (lumbar, thoracic, unknown)
    }
    assert ranked(project, unknown, lumbar, thoracic) == sorted(digests, key=lambda task: digests[task])


# The next one


def test_work_in_hand_comes_first_and_what_was_returned_before_it(project: Project, rater: User) -> None:
    other = factories.make_project()
    factories.make_member(other, Role.RATER, user=rater)
    held(new_task(other), rater, "returned")
    new_task(project)
    held(new_task(project), factories.make_member(project, Role.RATER), "returned")
    held(new_task(project), rater, "submitted")
    first, second = (held(new_task(project), rater) for _ in range(2))
    assert next_assignment(user=rater, project=project) == first
    back = held(new_task(project), rater, "returned")
    later = held(new_task(project), rater, "returned")
    assert next_assignment(user=rater, project=project) == back
    Assignment.objects.filter(pk__in=[back.pk, later.pk, first.pk]).update(state="submitted")
    assert next_assignment(user=rater, project=project) == second


def test_a_free_task_is_given_to_whose_role_it_is(project: Project, rater: User) -> None:
    task = new_task(project)
    for role in (Role.RESEARCHER, Role.RADIOLOGIST):
        assert next_assignment(user=factories.make_member(project, role), project=project) is None
    given = next_assignment(user=rater, project=project)
    assert given is not None
    assert (given.task, given.rater, given.slot) == (task, rater, 0)
    assert next_assignment(user=factories.make_member(project, Role.RATER), project=project) is not None
    Task.objects.filter(pk=task.pk).update(overlap=2)
    assert next_assignment(user=factories.make_member(project, Role.RATER), project=project) is None


def test_the_kind_one_has_had_least_of_is_given(project: Project, rater: User) -> None:
    """Whichever of two the digests would put first: each kind once as the one that was had before."""
    for label, other in ((20, 10), (10, 20)):
        user = factories.make_member(project, Role.RATER)
        tasks = {}
        for one in (label, other):
            task = new_task(project, overlap=1)
            mask = mask_of(task.case)
            type(mask).objects.filter(pk=mask.pk).update(label_voxels={str(one): 5})
            Case.objects.filter(pk=task.case_id).update(start_mask=mask)
            tasks[one] = task
        had = new_task(project, overlap=1)
        mask = mask_of(had.case)
        type(mask).objects.filter(pk=mask.pk).update(label_voxels={str(label): 5})
        Case.objects.filter(pk=had.case_id).update(start_mask=mask)
        held(had, user, "submitted")
        given = next_assignment(user=user, project=project)
        assert given is not None
        assert given.task == tasks[other]
        Task.objects.update(state="complete")


def hide_one(project: Project, rater: User) -> Task:
    """A gold case among the work, due at once: half of all, after one that was none."""
    held(new_task(project), rater, "submitted")
    change(project, quality={**project.protocol.get("quality", {}), "gold_share": 0.5})
    return task_on(copy_for(rater, case_in(project), "gold").case, overlap=1)


def test_a_hidden_case_is_as_urgent_as_the_work_in_its_place(project: Project, rater: User) -> None:
    new_task(project)
    with_case(new_task(project), priority=2, due_on=date(2030, 1, 2))
    gold = hide_one(project, rater)
    given = next_assignment(user=rater, project=project)
    assert given is not None
    assert (given.task, given.due_on) == (gold, date(2030, 1, 2))
    gold.case.refresh_from_db()
    assert (gold.case.priority, gold.case.due_on) == (2, date(2030, 1, 2))


def test_training_comes_before_work(project: Project, rater: User) -> None:
    change(project, quality={**project.protocol.get("quality", {}), "training_cases": 1})
    exercise = copy_for(rater, case_in(project))
    copied = task_on(exercise.case, overlap=1)
    new_task(project)
    assert Exercise.objects.get().case.purpose == "training"
    given = next_assignment(user=rater, project=project)
    assert given is not None
    assert (given.task, given.slot) == (copied, 0)
    assert taken_acts(given) == [{"assignment": str(given.pk), "stage": "rate", "slot": 0}]
