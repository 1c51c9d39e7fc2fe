"""Acts on many cases taken back: each says what undoes it, and that brings back what was, and no more."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, TaskKind
from backend.annotation.work.services import giving, tagging, working
from backend.projects.models import Project, Role
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def act(project: Project, cases: list[Case], **said: Any) -> list[dict[str, Any]]:
    client = Client()
    client.force_login(project.created_by)
    body = {"case_ids": [str(case.pk) for case in cases], **said}
    answer = client.post(f"/api/v1/projects/{project.slug}/cases/bulk", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


def undo(project: Project, outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the page does it: each way back for its case."""
    undone = []
    for outcome in outcomes:
        for way in outcome["back"]:
            (one,) = act(project, [Case.every.get(pk=outcome["case_id"])], **way)
            undone.append(one)
    return undone


def test_each_case_gets_its_own_priority_and_day_back(project: Project) -> None:
    cases = [rows.case_in(project) for _ in range(2)]
    first = {"priority": 3, "due_on": date(2030, 1, 2)}
    Case.objects.filter(pk=cases[0].pk).update(**first)
    done = act(project, cases, action="prioritise", priority=7)
    assert [one["back"] for one in done] == [
        [{"action": "prioritise", "priority": 3}],
        [{"action": "prioritise", "priority": 0}],
    ]
    for day in ("2031-05-06", None):
        undo(project, act(project, cases, action="prioritise", due_on=day))
    undo(project, done)
    found = {case.pk: (case.priority, case.due_on) for case in Case.objects.all()}
    assert found == {cases[0].pk: (3, date(2030, 1, 2)), cases[1].pk: (0, None)}


def test_only_tags_that_were_put_or_taken_go_back(project: Project) -> None:
    had, had_not = rows.case_in(project), rows.case_in(project)
    tagging.tag(case=had, names=["metal"], actor=project.created_by)
    done = act(project, [had, had_not], action="tag", tags=["metal", "urgent"])
    undo(project, done)
    assert [sorted(case.tags.values_list("name", flat=True)) for case in (had, had_not)] == [["metal"], []]
    gone = act(project, [had, had_not], action="untag", tags=["metal", "never put"])
    assert gone[1]["back"] == []
    undo(project, gone)
    assert list(had.tags.values_list("name", flat=True)) == ["metal"]


def test_what_was_given_is_taken_back_unless_it_was_opened(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    cases = [rows.case_in(project, stage_key="rate") for _ in range(3)]
    for case in cases:
        rows.task_on(case, TaskKind.CORRECT, start_mask=rows.mask_of(case))
    done = act(project, cases, action="give", user_id=str(rater.pk))
    assert [one["message"] for one in done] == [f"Given to {rater.name}"] * 3
    opened = Assignment.objects.get(task__case=cases[0])
    working.open_assignment(assignment_id=opened.pk, actor=rater)
    undone = undo(project, done)
    assert [one["done"] for one in undone] == [False, True, True]
    assert undone[0]["message"] == "It was opened, or taken back, in the meantime."
    states = dict(Assignment.objects.values_list("task__case", "state"))
    assert states == {
        cases[0].pk: AssignmentState.OPEN,
        cases[1].pk: AssignmentState.CANCELLED,
        cases[2].pk: AssignmentState.CANCELLED,
    }


def test_who_opens_a_task_in_the_moment_that_its_giving_is_undone_keeps_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rater = factories.make_member(project, Role.RATER)
    case = rows.case_in(project, stage_key="rate")
    rows.task_on(case, TaskKind.CORRECT, start_mask=rows.mask_of(case))
    done = act(project, [case], action="give", user_id=str(rater.pk))
    cancel = giving.cancel_assignment

    def opened_first(*, assignment_id: UUID, **said: Any) -> Assignment:
        working.open_assignment(assignment_id=assignment_id, actor=rater)
        return cancel(assignment_id=assignment_id, **said)

    monkeypatch.setattr(giving, "cancel_assignment", opened_first)
    (undone,) = undo(project, done)
    assert (undone["done"], undone["message"]) == (False, "It was opened, or taken back, in the meantime.")
    assert Assignment.objects.get().state == AssignmentState.OPEN
    monkeypatch.undo()
    (taken,) = act(project, [case], action="take_back")
    assert taken["done"], "what was opened is taken back where a manager says so"


def test_what_was_taken_back_is_not_begun_by_opening_it_in_the_same_moment(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    case = rows.case_in(project, stage_key="rate")
    rows.task_on(case, TaskKind.CORRECT, start_mask=rows.mask_of(case))
    done = act(project, [case], action="give", user_id=str(rater.pk))
    undo(project, done)
    held = working.open_assignment(assignment_id=Assignment.objects.get().pk, actor=rater)
    assert (held.state, held.opened_at, held.session) == (AssignmentState.CANCELLED, None, None)


def test_undoing_a_gift_leaves_what_others_were_given(project: Project) -> None:
    one, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    case = rows.case_in(project, stage_key="rate")
    rows.task_on(case, TaskKind.CORRECT, overlap=2)
    act(project, [case], action="give", user_id=str(other.pk))
    undo(project, act(project, [case], action="give", user_id=str(one.pk)))
    held = Assignment.objects.filter(state=AssignmentState.OPEN)
    assert [row.rater for row in held] == [other]


def test_excluding_goes_back_and_a_preview_or_what_failed_has_no_way_back(project: Project) -> None:
    case = rows.case_in(project)
    why = {"reason": "image_quality", "note": ""}
    assert act(project, [case], action="exclude", exclusion=why, preview=True)[0]["back"] == []
    undo(project, act(project, [case], action="exclude", exclusion=why))
    assert Case.objects.filter(pk=case.pk).exists()
    assert act(project, [case], action="put_back")[0]["back"] == []


def in_hand_of(project: Project, rater: User, *, overlap: int = 1) -> Case:
    case = rows.case_in(project, stage_key="rate")
    task = rows.task_on(case, TaskKind.CORRECT, overlap=overlap, start_mask=rows.mask_of(case))
    giving.assign(task_id=task.pk, user=rater, actor=project.created_by)
    return case


def holders(case: Case) -> list[User]:
    held = Assignment.objects.filter(task__case=case, state=AssignmentState.OPEN).order_by("created_at")
    return [row.rater for row in held]


def test_work_goes_from_one_person_to_another_and_back(project: Project) -> None:
    one, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    case = in_hand_of(project, one)
    done = act(project, [case], action="reassign", user_id=str(other.pk))
    assert done[0]["message"] == f"From {one.name} to {other.name}"
    assert holders(case) == [other]
    assert [row["done"] for row in undo(project, done)] == [True]
    assert holders(case) == [one]


def test_reassigning_what_was_opened_has_no_way_back(project: Project) -> None:
    one, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    case = in_hand_of(project, one)
    working.open_assignment(assignment_id=Assignment.objects.get().pk, actor=one)
    (done,) = act(project, [case], action="reassign", user_id=str(other.pk))
    assert (done["done"], done["back"]) == (True, [])


def test_who_may_not_have_it_leaves_it_where_it_is(project: Project) -> None:
    one = factories.make_member(project, Role.RATER)
    stranger = factories.make_member(project, Role.RESEARCHER)
    case = in_hand_of(project, one)
    (refused,) = act(project, [case], action="reassign", user_id=str(stranger.pk))
    assert (refused["done"], holders(case)) == (False, [one])
    (same,) = act(project, [case], action="reassign", user_id=str(one.pk), preview=True)
    assert (same["done"], same["message"]) == (False, "They have it in hand already.")


def test_where_several_have_it_somebody_says_from_whom(project: Project) -> None:
    one, other, third = (factories.make_member(project, Role.RATER) for _ in range(3))
    case = in_hand_of(project, one, overlap=2)
    giving.assign(task_id=case.tasks.get().pk, user=other, actor=project.created_by)
    (asked,) = act(project, [case], action="reassign", user_id=str(third.pk))
    assert asked["message"] == "Several people have it in hand: choose from whom it is taken."
    (done,) = act(project, [case], action="reassign", user_id=str(third.pk), from_user_id=str(one.pk))
    assert (done["done"], set(holders(case))) == (True, {other, third})
    idle = rows.case_in(project, stage_key="rate")
    rows.task_on(idle, TaskKind.CORRECT)
    (nobody,) = act(project, [idle], action="reassign", user_id=str(third.pk))
    assert nobody["message"] == "Nobody has it in hand."
