"""A protocol that is changed while cases are on their way: no work lost, nothing skipped."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from backend.annotation.errors import AssignmentClosed, StageGone
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    Submission,
    Task,
    TaskState,
)
from backend.annotation.work.selectors.in_hand import mask_state, start_mask_of
from backend.annotation.work.services import giving
from backend.annotation.work.services.protocol_edits import StageInUse, StagesReordered
from backend.annotation.work.services.working import Edit, edit, open_assignment
from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.consensus.models import AdjudicationItem
from backend.projects.models import Project
from backend.projects.protocols import parse
from backend.projects.services import StagePlan, update_project
from backend.review.services import decide
from backend.workflow.advance import advance_case
from tests.backend import flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

Stages = list[dict[str, Any]]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def stages_of(team: flow.Team) -> Stages:
    return deepcopy(Project.objects.get(pk=team.project.pk).protocol["stages"])


def change(team: flow.Team, stages: Stages, *plans: StagePlan) -> None:
    protocol = {**team.project.protocol, "stages": stages}
    update_project(
        actor=team.manager, project=team.project, changes={"protocol": protocol}, stage_plans=plans
    )
    team.project.refresh_from_db()


def renamed(team: flow.Team, key: str, to: str) -> Stages:
    return [{**stage, "key": to} if stage["key"] == key else stage for stage in stages_of(team)]


def behind_our_back(team: flow.Team, stages: Stages) -> None:
    """A protocol that lost a stage without anybody's plan, as projects of before may have."""
    team.project.protocol = parse({**team.project.protocol, "stages": stages}).to_json()
    team.project.save()


def differing(team: flow.Team) -> Case:
    """A case that all have rated, and whose L1 waits for an expert."""
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    return Case.objects.get(pk=case.pk)


# Refused without a plan


def test_a_stage_with_work_does_not_go_without_a_plan(team: flow.Team) -> None:
    flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    flow.take(team.raters[1], team.project)
    before = stages_of(team)
    with pytest.raises(StageInUse) as refused:
        change(team, renamed(team, "rate", "reading"))
    assert refused.value.extra["stages"] == [
        {
            "key": "rate",
            "title": "Rating",
            "kind": "correct",
            "cases": 1,
            "in_hand": 1,
            "handed_in": 1,
            "free": 1,
            "move_to": ["reading"],
            "may_withdraw": True,
        }
    ]
    assert "Rating: 1 case, 1 in somebody's hands, 1 submitted" in refused.value.message
    assert stages_of(team) == before
    assert Task.objects.get().stage_key == "rate"


def test_the_counts_reach_the_page(team: flow.Team) -> None:
    flow.start_case(team.project)
    client = Client()
    client.force_login(team.manager)
    path = f"/api/v1/projects/{team.project.slug}"
    body: dict[str, Any] = {"protocol": {**team.project.protocol, "stages": renamed(team, "rate", "reading")}}
    answer = client.patch(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "stage_in_use")
    assert answer.json()["extra"]["stages"][0]["cases"] == 1
    body["stage_plans"] = [{"stage": "rate", "how": "move", "to": "reading"}]
    assert client.patch(path, body, content_type="application/json").status_code == 200
    assert Task.objects.get().stage_key == "reading"


def test_a_stage_without_work_goes_without_a_word(team: flow.Team) -> None:
    change(team, renamed(team, "rate", "reading"))
    assert stages_of(team)[0]["key"] == "reading"
    case = flow.start_case(team.project)
    assert case.tasks.get().stage_key == "reading"


def test_titles_overlaps_and_thresholds_need_no_plan(team: flow.Team) -> None:
    flow.start_case(team.project)
    stages = stages_of(team)
    stages[0] |= {"title": "Reading", "overlap": 2, "grade": False}
    stages[2]["thresholds"]["dice_below"] = 0.9
    change(team, stages)
    assert Task.objects.get().overlap == 2


@pytest.mark.parametrize(
    "plan",
    [StagePlan("rate", "move", "review"), StagePlan("rate", "move", "nowhere"), StagePlan("rate", "move")],
)
def test_a_plan_to_where_the_work_cannot_go_is_refused(team: flow.Team, plan: StagePlan) -> None:
    flow.start_case(team.project)
    with pytest.raises(StageInUse, match="cannot take this work over"):
        change(team, renamed(team, "rate", "reading"), plan)


def test_a_plan_for_a_stage_that_stays_is_refused(team: flow.Team) -> None:
    with pytest.raises(Invalid, match="rate"):
        change(team, stages_of(team), StagePlan("rate", "withdraw"))


def test_a_stage_keeps_its_kind_while_it_has_work(team: flow.Team) -> None:
    flow.start_case(team.project)
    stages = stages_of(team)
    stages[0] |= {"kind": "grade"}
    with pytest.raises(StageInUse, match="keeps its kind"):
        change(team, stages, StagePlan("rate", "withdraw"))


def test_stages_do_not_change_places_under_a_case() -> None:
    team = flow.make_team("verse_2019")
    flow.start_case(team.project)
    stages = stages_of(team)
    stages[0], stages[1] = stages[1], stages[0]
    with pytest.raises(StagesReordered):
        change(team, stages)
    Case.objects.update(state=CaseState.EXCLUDED)
    change(team, stages)


# Moved


def test_work_that_is_moved_goes_on_as_it_is(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    in_hand = flow.take(team.raters[1], team.project)
    open_assignment(assignment_id=in_hand.pk, actor=in_hand.rater)
    flow.paint(in_hand, flow.erase(20, 0.1))
    change(team, renamed(team, "rate", "reading"), StagePlan("rate", "move", "reading"))
    flow.hand_in(in_hand)
    flow.hand_in(flow.take(team.raters[2], team.project))
    case.refresh_from_db()
    assert Task.objects.get(case=case, kind="correct").state == TaskState.COMPLETE
    assert case.stage_key in ("adjudicate", "review")
    assert Record.objects.filter(verb="stage.taken_out").count() == 1


def test_an_adjudication_that_is_moved_stays_an_adjudication(team: flow.Team) -> None:
    case = differing(team)
    change(team, renamed(team, "adjudicate", "expert"), StagePlan("adjudicate", "move", "expert"))
    case.refresh_from_db()
    assert case.stage_key == "expert"
    assert AdjudicationItem.objects.get(task__stage_key="expert").label == 20
    flow.hand_in(flow.take(team.radiologists[0], team.project))
    case.refresh_from_db()
    assert case.stage_key == "review"


# Withdrawn


def test_withdrawn_work_is_kept_and_the_case_goes_through_the_new_stage(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    handed_in = flow.hand_in(flow.take(team.raters[0], team.project))
    in_hand = flow.take(team.raters[1], team.project)
    open_assignment(assignment_id=in_hand.pk, actor=in_hand.rater)
    flow.paint(in_hand, flow.erase(20, 0.1))
    change(team, renamed(team, "rate", "reading"), StagePlan("rate", "withdraw"))
    in_hand.refresh_from_db()
    assert in_hand.state == AssignmentState.CANCELLED
    assert in_hand.session is not None
    assert in_hand.session.operations.count() == 1
    assert Submission.objects.filter(pk=handed_in.pk).exists()
    assert Task.objects.get(stage_key="rate").state == TaskState.CANCELLED
    stroke = Edit(in_hand.pk, 1, b"", "brush")
    with pytest.raises(AssignmentClosed):
        edit(assignment_id=in_hand.pk, edit=stroke)
    case.refresh_from_db()
    assert case.stage_key == "reading"
    assert Task.objects.get(stage_key="reading").state == TaskState.OPEN


def test_a_stage_that_comes_back_begins_a_round_of_its_own(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project), change=flow.erase(20, 0.3))
    change(team, renamed(team, "rate", "reading"), StagePlan("rate", "withdraw"))
    change(team, renamed(team, "reading", "rate"), StagePlan("reading", "withdraw"))
    task = case.tasks.get(stage_key="rate", state=TaskState.OPEN)
    assert task.round == 2
    assignment = flow.take(team.raters[1], team.project)
    assert assignment.slot == 0
    assert start_mask_of(assignment) == case.start_mask, "nobody begins from a colleague's mask"


def test_nobody_is_let_past_the_expert(team: flow.Team) -> None:
    differing(team)
    without = [stage for stage in stages_of(team) if stage["key"] != "adjudicate"]
    with pytest.raises(StageInUse, match="finish them first"):
        change(team, without, StagePlan("adjudicate", "withdraw"))
    assert Task.objects.get(kind="adjudicate").state == TaskState.OPEN


def test_an_adjudication_that_is_withdrawn_is_opened_anew(team: flow.Team) -> None:
    case = differing(team)
    change(team, renamed(team, "adjudicate", "expert"), StagePlan("adjudicate", "withdraw"))
    case.refresh_from_db()
    assert case.stage_key == "expert"
    assert Task.objects.get(stage_key="expert").state == TaskState.OPEN
    assert AdjudicationItem.objects.get(task__stage_key="expert").label == 20


# Nothing is skipped, whatever became of the protocol


def test_what_was_compared_stays_though_its_stage_is_no_more(team: flow.Team) -> None:
    case = differing(team)
    Task.objects.filter(kind="adjudicate").delete()
    behind_our_back(team, renamed(team, "rate", "reading"))
    advance_case(case_id=case.pk)
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
    assert AdjudicationItem.objects.get(task__kind="adjudicate").label == 20


def test_no_comparison_is_no_agreement(team: flow.Team) -> None:
    case = differing(team)
    Task.objects.filter(kind="adjudicate").delete()
    Task.objects.filter(kind="correct").update(state=TaskState.CANCELLED)
    advance_case(case_id=case.pk)
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
    assert not Task.objects.filter(kind="review").exists()


def test_looser_thresholds_do_not_call_an_expert_off(team: flow.Team) -> None:
    case = differing(team)
    stages = stages_of(team)
    stages[2]["thresholds"] |= {"dice_below": 0.0, "hd95_mm_above": 1000, "grade_disagreement": False}
    change(team, stages)
    advance_case(case_id=case.pk)
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
    assert not Task.objects.filter(kind="review").exists()


# Handing in


@pytest.mark.parametrize("grade", [True, False])
def test_work_is_handed_in_though_its_stage_is_no_more(team: flow.Team, grade: bool) -> None:
    stages = stages_of(team)
    stages[0]["grade"] = grade
    behind_our_back(team, stages)
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    behind_our_back(team, renamed(team, "rate", "reading"))
    assert flow.hand_in(assignment).mask is not None
    assert Assignment.objects.get(pk=assignment.pk).state == AssignmentState.SUBMITTED
    with pytest.raises(StageGone):
        giving.assign(task_id=assignment.task_id, user=team.raters[1], actor=team.manager)


def test_an_open_task_goes_on_asking_for_grades(team: flow.Team) -> None:
    """A stage that asks for no more grades does so from its next task on."""
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    stages = stages_of(team)
    stages[0]["grade"] = False
    change(team, stages)
    open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    digest = mask_state(flow.reload(assignment)).digest
    client = Client()
    client.force_login(assignment.rater)
    path = f"/api/v1/assignments/{assignment.pk}"
    assert client.get(path).json()["needs_grades"] is True
    answer = client.post(f"{path}/submit", {"digest": digest}, content_type="application/json")
    assert answer.json()["code"] == "gradings_missing"
    second = flow.start_case(team.project)
    assert second.tasks.get().asks_grades is False


def test_a_review_whose_stage_is_no_more_can_be_returned(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team)
    review = flow.take(team.radiologists[0], team.project)
    behind_our_back(team, renamed(team, "review", "last_look"))
    decide(assignment_id=review.pk, actor=review.rater, accept=False, comment="Look at L1 again")
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
