"""The case's way through the protocol, from the engine's mask to the accepted one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.annotation.models import Assignment, AssignmentState, Case, CaseState, Task, TaskState
from backend.annotation.work.services import taking
from backend.annotation.work.services.working import open_assignment
from backend.common.events import publish
from backend.common.models import Job
from backend.consensus.models import AdjudicationItem, AgreedGrade, Comparison, Fusion, VertebraDecision
from backend.consensus.services import adjudicating
from backend.imaging.events import VolumeReady
from backend.masks.selectors import load_mask
from backend.review import services as review
from backend.workflow.advance import advance_case
from backend.workflow.sweep import sweep
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def accept(team: flow.Team, reviewer: int = 1) -> None:
    assignment = flow.take(team.radiologists[reviewer], team.project)
    review.decide(assignment_id=assignment.pk, actor=team.radiologists[reviewer], accept=True)


def test_a_volume_becomes_a_case_with_a_task_for_three(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    task = Task.objects.get(case=case)
    assert (case.state, case.stage_key) == (CaseState.IN_PROGRESS, "rate")
    assert (task.kind, task.overlap, task.start_mask) == ("correct", 3, case.start_mask)


def test_raters_who_agree_need_no_expert(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, grades=[{20: 1}, {20: 1}, {20: 1}])
    case.refresh_from_db()
    assert case.stage_key == "review"
    assert not Task.objects.filter(case=case, kind="adjudicate").exists()
    assert set(VertebraDecision.objects.values_list("label", "choice")) == {(20, "rule"), (21, "rule")}
    agreed = AgreedGrade.objects.get(case=case, label=20, current=True)
    assert (agreed.grade, agreed.fracture_type, agreed.method) == (1, "wedge", "unanimous")
    accept(team)
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED
    start, accepted = case.start_mask, case.accepted_mask
    assert start is not None
    assert accepted is not None
    assert accepted.digest == start.digest


def test_majority_and_staple_are_made_and_majority_is_chosen(team: flow.Team) -> None:
    flow.start_case(team.project)
    flow.rate(team)
    rows = {fusion.method: fusion.chosen for fusion in Fusion.objects.all()}
    assert rows == {"majority": True, "staple": False}


def test_what_differs_goes_to_an_expert_and_only_that(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)], grades=[{21: 0}, {21: 2}, {21: 0}])
    items = {item.label: item for item in AdjudicationItem.objects.all()}
    assert "dice" in items[20].reasons
    assert "grade" not in items[20].reasons
    assert items[21].reasons == ["grade"]
    assert {row["slot"]: row["grade"] for row in items[21].grades} == {"A": 0, "B": 2, "C": 0}
    task = Task.objects.get(case=case, kind="adjudicate")
    assert task.required_labels == [21]
    assert {source.key for source in task.adjudication_sources.all()} == {"fused", "A", "B", "C"}


def test_the_experts_choice_and_grade_stand(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    submissions = flow.rate(team, changes=[None, None, flow.erase(20)], grades=[{21: 0}, {21: 2}, {21: 0}])
    expert = team.radiologists[0]
    assignment = flow.take(expert, team.project)
    open_assignment(assignment_id=assignment.pk, actor=expert)
    operation = adjudicating.apply_choice(
        assignment_id=assignment.pk,
        choice=adjudicating.Choice(label=20, choice="rater", slot="C", reason="body only"),
        actor=expert,
    )
    assert operation is not None
    flow.hand_in(assignment, grades={21: 2})
    case.refresh_from_db()
    assert case.stage_key == "review"
    agreed = AgreedGrade.objects.get(case=case, label=21, current=True)
    assert (agreed.grade, agreed.method, agreed.decided_by) == (2, "adjudicated", expert)
    accept(team)
    case.refresh_from_db()
    assert case.accepted_mask is not None
    assert submissions[2].mask is not None
    final, theirs = load_mask(case.accepted_mask).array, load_mask(submissions[2].mask).array
    assert np.array_equal(final == 20, theirs == 20)
    decision = VertebraDecision.objects.get(task=assignment.task, label=20)
    assert (decision.choice, decision.chosen_slot, decision.reason) == ("rater", 2, "body only")


def test_nobody_reviews_what_they_adjudicated(team: flow.Team) -> None:
    flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    expert = team.radiologists[0]
    flow.hand_in(flow.take(expert, team.project))
    assert taking.next_assignment(user=expert, project=team.project) is None
    assert taking.next_assignment(user=team.radiologists[1], project=team.project) is not None


def test_a_returned_case_gets_a_new_round_and_keeps_the_former(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    first, second = team.radiologists
    former = flow.take(first, team.project)
    flow.hand_in(former)
    looked = flow.take(second, team.project)
    review.decide(assignment_id=looked.pk, actor=second, accept=False, comment="Mend L1")
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
    again = flow.take(first, team.project)
    assert (again.state, again.return_comment, again.task.round) == (AssignmentState.RETURNED, "Mend L1", 2)
    former.refresh_from_db()
    assert former.state == AssignmentState.SUBMITTED
    flow.hand_in(again, change=flow.erase(21, 0.2))
    case.refresh_from_db()
    assert case.stage_key == "review"
    accept(team)
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED
    assert Task.objects.filter(case=case, kind="review").count() == 2


def test_a_return_without_adjudication_asks_an_expert(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team)
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=False, comment="L2 is cut")
    assignment = flow.take(team.radiologists[0], team.project)
    assert (assignment.task.kind, assignment.return_comment) == ("adjudicate", "L2 is cut")
    flow.hand_in(assignment)
    accept(team)
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED


def test_the_list_of_jobs_names_the_case_that_each_works_on(team: flow.Team) -> None:
    client = APIClient()
    client.force_authenticate(team.manager)

    def look() -> tuple[int, list[dict[str, Any]]]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/projects/{team.project.slug}/jobs?page_size=100")
        assert answer.status_code == 200
        return len(queries), answer.json()["results"]

    case = flow.start_case(team.project)
    flow.rate(team)
    for kind, subject_id in (("pipeline.run", case.volume_id), ("measurements.measure", case.start_mask_id)):
        Job.objects.create(kind=kind, subject_id=subject_id, project_id_ref=team.project.pk)
    few, jobs = look()
    named = {job["kind"]: job["subject"] for job in jobs}
    here = {"kind": "case", "id": str(case.pk), "name": case.alias}
    for kind in ("consensus.compare", "consensus.fuse", "measurements.measure", "pipeline.run"):
        assert named[kind] == here, kind
    flow.start_case(team.project)
    flow.rate(team)
    many, jobs = look()
    assert many == few
    assert len({job["subject"]["id"] for job in jobs if job["subject"]}) == 2


def test_advancing_twice_changes_nothing(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    counts = [model.objects.count() for model in (Task, Comparison, Fusion, AdjudicationItem)]
    for _ in range(2):
        advance_case(case_id=case.pk)
    assert [model.objects.count() for model in (Task, Comparison, Fusion, AdjudicationItem)] == counts


def test_the_sweep_repairs_a_case_whose_events_were_lost(
    team: flow.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("backend.workflow.handlers.start", lambda *args, **kwargs: None)
        volume = factories.make_volume(team.project, mask=factories.block_mask())
        publish(VolumeReady(volume.pk))
        assert not Case.objects.exists()
        sweep()  # opens the case and starts the engine, whose event is lost as well
    case = Case.objects.get()
    sweep()
    case.refresh_from_db()
    assert case.stage_key == "rate"
    assert not sweep()


def test_two_readers_differ_in_the_verse_protocol() -> None:
    team = flow.make_team("verse_2019", raters=1, radiologists=5)
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    readers = team.radiologists
    flow.hand_in(flow.take(readers[0], team.project), change=flow.erase(20, 0.1))
    case.refresh_from_db()
    assert case.stage_key == "read"
    refined = Assignment.objects.get(rater=readers[0]).submissions.get().mask
    flow.hand_in(flow.take(readers[1], team.project), grades={20: 1})
    flow.hand_in(flow.take(readers[2], team.project), grades={20: 2})
    case.refresh_from_db()
    assert case.stage_key == "adjudicate"
    assert not Fusion.objects.exists()
    expert = flow.take(readers[3], team.project)
    assert expert.task.start_mask == refined
    flow.hand_in(expert, grades={20: 2})
    assert AgreedGrade.objects.get(case=case, label=20, current=True).grade == 2
    assignment = flow.take(readers[4], team.project)
    review.decide(assignment_id=assignment.pk, actor=readers[4], accept=True)
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED
    assert not Task.objects.filter(case=case, state=TaskState.OPEN).exists()
