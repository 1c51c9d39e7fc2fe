"""What stands of a case, and what is shown of how it came about: rows that differ in one thing alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case, Submission, Task, TaskKind
from backend.common.errors import NotFound
from backend.common.models import JobState
from backend.consensus import selectors
from backend.consensus.models import (
    AdjudicationItem,
    AdjudicationSource,
    AgreedGrade,
    Comparison,
    DisagreementSpot,
    Fusion,
    NamingDispute,
    VertebraDecision,
)
from backend.masks.models import EditSession, MaskVersion
from backend.projects.models import Project, Role
from backend.projects.selectors import protocol_of
from tests.backend import factories, rows
from tests.backend.rows import case_in, held, mask_of, task_on

pytestmark = pytest.mark.django_db
CORRECT, ADJUDICATE, GRADE, REVIEW = (
    TaskKind.CORRECT,
    TaskKind.ADJUDICATE,
    TaskKind.GRADE,
    TaskKind.REVIEW,
)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def case(project: Project) -> Case:
    case_in(project)
    return case_in(project)


@pytest.fixture
def other(project: Project, case: Case) -> Case:
    return project.cases.exclude(pk=case.pk).get()


def done(case: Case, kind: TaskKind = CORRECT, stage_key: str = "rate", **fields: Any) -> Task:
    return task_on(
        case, kind, stage_key=stage_key, state="complete", **{"completed_at": timezone.now(), **fields}
    )


def handed_in(task: Task, mask: MaskVersion | None = None, **fields: Any) -> Submission:
    assignment = held(task, factories.make_user(), "submitted")
    return rows.handed_in(assignment, mask=mask, **fields)


def compared(task: Task, **fields: Any) -> Comparison:
    return Comparison.objects.create(task=task, **{"state": JobState.SUCCEEDED, **fields})


def fused(task: Task, *, chosen: bool = True, **fields: Any) -> Fusion:
    usual = {"comparison": compared(task), "method": "majority", "result": mask_of(task.case)}
    return Fusion.objects.create(task=task, chosen=chosen, **usual | fields)


# Whose work may be seen


def test_fusions_are_for_those_to_whom_the_case_is_open(project: Project, case: Case) -> None:
    fusion = fused(done(case))
    foreign = fused(done(case_in(factories.make_project())))
    rater = factories.make_member(project, Role.RATER)
    assert list(selectors.fusions_open_to(project.created_by)) == [fusion]
    assert list(selectors.fusions_open_to(foreign.task.case.project.created_by)) == [foreign]
    assert not selectors.fusions_open_to(rater).exists()


def test_adjudications_are_one_s_own(project: Project, case: Case) -> None:
    expert, peer = (factories.make_member(project, Role.RADIOLOGIST) for _ in range(2))
    mine = held(task_on(case, ADJUDICATE), expert)
    held(task_on(case, ADJUDICATE), peer)
    held(task_on(case, REVIEW), expert)
    assert list(selectors.adjudications_of(expert)) == [mine]


# What stands


def test_the_last_finished_round_of_a_stage(case: Case, other: Case) -> None:
    assert selectors.latest_complete(case, "rate") is None
    first, last = done(case, round=1), done(case, round=2)
    task_on(case, round=3)
    done(case, stage_key="review", round=4)
    done(other, round=9)
    assert selectors.latest_complete(case, "rate") == last
    assert first.round == 1


def test_a_fusing_stage_brings_together_that_before_it(case: Case) -> None:
    assert selectors.compared_task(case, "fuse") is None
    former, later = (done(case, stage_key="gone", round=number) for number in (1, 2))
    graded = done(case, GRADE, "gone", round=3)
    for task in (former, later):
        compared(task)
    compared(done(case, ADJUDICATE, "gone too"))
    compared(done(case, stage_key="review"))
    compared(task_on(case, stage_key="gone", round=8))
    done(case, stage_key="gone", round=9)
    assert selectors.compared_task(case, "fuse") == later, "of a stage that is no more, the last compared"
    compared(graded)
    assert selectors.compared_task(case, "fuse") == graded
    now = done(case)
    assert selectors.compared_task(case, "fuse") == now
    assert selectors.compared_task(case, "rate") is None, "nothing comes before the first"


def test_the_comparison_and_the_fusion_that_stand(case: Case, other: Case) -> None:
    task = done(case)
    assert (selectors.comparison_of(task), selectors.chosen_fusion(task)) == (None, None)
    compared(task)
    fused(task, chosen=False)
    chosen = fused(task)
    fused(task, chosen=False)
    fused(done(other))
    last = compared(task)
    assert selectors.comparison_of(task) == last
    assert selectors.chosen_fusion(task) == chosen
    assert set(selectors.fusions_of(task)) == set(Fusion.objects.filter(task=task))
    assert selectors.fusions_of(task).count() == 3
    newest = compared(done(case, stage_key="other"))
    compared(done(other))
    assert selectors.latest_comparison(case) == newest


def test_masks_are_those_of_who_drew(case: Case) -> None:
    task = done(case)
    drawn = handed_in(task, mask_of(case))
    handed_in(task)
    assert selectors.submitted_masks(task) == [drawn]


def test_a_stage_leaves_one_mask_or_none(project: Project, case: Case) -> None:
    stages = {stage.key: stage for stage in protocol_of(project).stages}
    assert [selectors.mask_after(case, stage) for stage in stages.values()] == [None] * 4
    task = done(case)
    one = handed_in(task, mask_of(case))
    assert selectors.mask_after(case, stages["rate"]) == one.mask
    handed_in(task, mask_of(case))
    assert selectors.mask_after(case, stages["rate"]) is None, "of two raters none is the stage's"
    assert selectors.mask_after(case, stages["fuse"]) is None, "not fused yet"
    fusion = fused(task)
    assert selectors.mask_after(case, stages["fuse"]) == fusion.result
    settled = handed_in(done(case, ADJUDICATE, "adjudicate"), mask_of(case))
    assert selectors.mask_after(case, stages["adjudicate"]) == settled.mask
    handed_in(done(case, REVIEW, "review"), mask_of(case))
    assert selectors.mask_after(case, stages["review"]) is None, "a review draws nothing"


def test_the_mask_of_the_last_stage_stands(case: Case) -> None:
    assert selectors.standing_mask(case) is None
    case.start_mask = mask_of(case)
    assert selectors.standing_mask(case) == case.start_mask
    case.accepted_mask = mask_of(case)
    assert selectors.standing_mask(case) == case.accepted_mask
    fusion = fused(done(case))
    assert selectors.standing_mask(case) == fusion.result
    settled = handed_in(done(case, ADJUDICATE, "adjudicate"), mask_of(case))
    assert selectors.standing_mask(case) == settled.mask
    assert selectors.standing_mask(case, before="review") == settled.mask
    assert selectors.standing_mask(case, before="adjudicate") == fusion.result
    assert selectors.standing_mask(case, before="fuse") == case.accepted_mask


# Answers and decisions


def test_readers_are_letters_and_their_answers_by_vertebra(case: Case) -> None:
    task = done(case)
    first = {"label": 20, "grade": 1, "comment": "sharp", "who": "Dr X"}
    handed_in(task, gradings=[first, {"label": 21, "grade": 0}])
    handed_in(task, gradings=[{"label": 20, "grade": 2}])
    handed_in(done(case, stage_key="other"), gradings=[{"label": 22, "grade": 3}])
    found = selectors.answers_by_label(task)
    told = {
        label: [(row["slot"], row["grade"], row["comment"]) for row in rows] for label, rows in found.items()
    }
    assert told == {20: [("A", 1, "sharp"), ("B", 2, None)], 21: [("A", 0, None)]}
    assert "who" not in found[20][0]


def decide(task: Task, label: int, choice: str = "rule", **fields: Any) -> VertebraDecision:
    return VertebraDecision.objects.create(task=task, label=label, choice=choice, **fields)


def test_an_adjudicator_sees_the_sources_the_items_and_the_places(
    project: Project, case: Case, other: Case
) -> None:
    task = task_on(case, ADJUDICATE, 1)
    assignment = held(task, factories.make_user())
    seen = selectors.adjudication_view(assignment)
    assert seen == {"sources": [], "items": [], "naming": None, "spots": [], "spots_total": 0}
    foreign = task_on(other, ADJUDICATE, 1)
    for one, keys, label in ((task, ("fused", "A"), 20), (foreign, ("B",), 21)):
        for key in keys:
            AdjudicationSource.objects.create(task=one, key=key, mask=mask_of(one.case))
        AdjudicationItem.objects.create(
            task=one,
            label=label,
            reasons=["dice", "grade"],
            dice=0.8,
            hd95_mm=3.0,
            grades=[1],
            names={"A": 20},
        )
        NamingDispute.objects.create(
            task=one,
            instances=[{"label": 20, "voxel": [1, 2, 3], "names": {keys[-1]: 21}}],
            candidates=[{"labels": [20], "sources": ["A"]}],
        )
    decide(foreign, 20, "painted")
    decide(task, 20, "rater", chosen_slot=1, reason="sharper")
    comparison = compared(done(case), report={"spots_total": 7})
    spot = DisagreementSpot.objects.create(
        comparison=comparison, label=20, voxel=[1, 2, 3], volume_mm3=9, max_distance_mm=2, kind="boundary"
    )
    compared(done(case, stage_key="other"), state=JobState.FAILED)
    compared(done(other))
    seen = selectors.adjudication_view(assignment)
    assert seen["sources"] == [{"key": "fused", "title": "Fused mask"}, {"key": "A", "title": "Rater A"}]
    # in this test decided in another assignment than the one that looks
    decision = {"choice": "rater", "slot": "B", "reason": "sharper", "carried": True}
    told = {"label": 20, "reason": "dice,grade", "dice": 0.8, "hd95_mm": 3.0, "grades": [1]}
    assert seen["items"] == [{**told, "names": {"A": 20}, "decision": decision}]
    assert seen["naming"] == {
        "instances": [{"label": 20, "names": {"A": 21}}],
        "candidates": [{"labels": [20], "sources": ["A"]}],
        "chosen": None,
        "reason": "",
    }
    assert [row["id"] for row in seen["spots"]] == [spot.pk]
    assert seen["spots_total"] == 7
    Comparison.objects.filter(pk=comparison.pk).update(report={})
    assert selectors.adjudication_view(assignment)["spots_total"] == 1, "older comparisons do not say"


def test_decisions_follow_the_names_that_an_expert_gave(case: Case, other: Case) -> None:
    by_rule, settled = done(case), task_on(case, ADJUDICATE, 1)
    assert (selectors.decisions_of(case), selectors.renamed_in(case)) == ([], {})
    decide(by_rule, 20)
    decide(by_rule, 22)
    decide(settled, 22, "rater", chosen_slot=0)
    decide(done(other), 23)
    plain = {"slot": None, "reason": "", "choice": "rule"}
    expert = {"slot": "A", "reason": "", "choice": "rater"}
    assert selectors.decisions_of(case) == [{"label": 20, **plain}, {"label": 22, **expert}]
    open_dispute = NamingDispute.objects.create(task=settled, instances=[{"first": 20, "label": 24}])
    assert selectors.renamed_in(case) == {}, "not answered yet"
    open_dispute.instances, open_dispute.chosen = [{"first": 20, "label": 21}], [21]
    open_dispute.save()
    NamingDispute.objects.create(
        task=task_on(other, ADJUDICATE), instances=[{"first": 20, "label": 19}], chosen=[19]
    )
    assert selectors.renamed_in(case) == {20: 21}
    assert selectors.decisions_of(case) == [{"label": 21, **plain}, {"label": 22, **expert}]
    again = task_on(case, ADJUDICATE, 1, round=settled.round + 1)
    NamingDispute.objects.create(task=again, instances=[{"first": 20, "label": 25}], chosen=[25])
    assert selectors.renamed_in(case) == {20: 25}, "the last round"


def test_a_source_s_own_names(case: Case) -> None:
    task = task_on(case, ADJUDICATE, 1)
    assert selectors.names_of_source(task, "A") == {}
    rows = [{"label": 20, "names": {"A": 21, "B": 0}}, {"label": 21, "names": {"A": 22, "B": 20}}]
    NamingDispute.objects.create(task=task, instances=rows)
    assert selectors.names_of_source(task, "A") == {21: 20, 22: 21}
    assert selectors.names_of_source(task, "B") == {20: 21}


def test_the_grades_that_stand_and_those_before_them(case: Case, other: Case) -> None:
    first = AgreedGrade.objects.create(case=case, label=21, grade=1, method="median", current=False)
    second = AgreedGrade.objects.create(case=case, label=21, grade=2, method="adjudicated")
    upper = AgreedGrade.objects.create(case=case, label=20, grade=0, method="unanimous")
    AgreedGrade.objects.create(case=other, label=20, grade=3, method="single")
    assert selectors.agreed_grades_of(case) == [upper, second]
    assert selectors.grade_history(case) == [upper, first, second]


# Versions, sources, sessions


def test_the_masks_of_a_case_from_the_first_to_the_accepted(case: Case, other: Case) -> None:
    assert selectors.versions_of(case) == []
    start = case.start_mask = mask_of(case)
    rating, again = done(case, round=1), done(case, round=2)
    drawn = [handed_in(task, mask_of(case)) for task in (rating, rating, again)]
    handed_in(rating)
    handed_in(rating, start)
    handed_in(done(case, GRADE, "read"), mask_of(case))
    handed_in(done(other), mask_of(other))
    fusions = [fused(rating, method="sba"), fused(again, method="staple")]
    fused(done(other, round=3))
    settled = [
        handed_in(done(case, ADJUDICATE, "adjudicate", round=number), mask_of(case)) for number in (1, 2)
    ]
    case.accepted_mask = settled[-1].mask
    found = [(row["id"], row["title"], row["kind"]) for row in selectors.versions_of(case)]
    assert found == [
        (start.pk, "Start", "start"),
        (drawn[0].mask_id, "Rating: rater A", "rater"),
        (drawn[1].mask_id, "Rating: rater B", "rater"),
        (drawn[2].mask_id, "Rating: rater A, round 2", "rater"),
        (fusions[0].result_id, "Fusion 1 (sba)", "fused"),
        (fusions[1].result_id, "Fusion 2 (staple)", "fused"),
        (settled[0].mask_id, "Adjudicated", "adjudicated"),
        (settled[1].mask_id, "Adjudicated, round 2", "adjudicated"),
    ]
    case.accepted_mask = mask_of(case)
    assert selectors.versions_of(case)[-1]["title"] == "Accepted"


def test_jobs_that_compare_lead_to_their_cases_but_never_to_hidden_ones(
    project: Project, case: Case, other: Case
) -> None:
    mine, not_asked = compared(done(case)), compared(done(other))
    hidden = compared(done(case_in(project, purpose="gold")))
    found = selectors.cases_of_comparisons([mine.pk, hidden.pk])
    assert set(found) == {mine.pk}
    assert found[mine.pk] == {"kind": "case", "id": case.pk, "name": case.alias}
    assert not_asked.pk not in found


def test_an_adjudicator_takes_from_the_sources_of_the_own_task(case: Case, other: Case) -> None:
    task, foreign = task_on(case, ADJUDICATE, 1), task_on(other, ADJUDICATE, 1)
    rows = {
        (one.pk, key): AdjudicationSource.objects.create(task=one, key=key, mask=mask_of(one.case))
        for one, key in ((foreign, "A"), (foreign, "C"), (task, "fused"), (task, "A"))
    }
    for key in ("fused", "A"):
        assert selectors.adjudication_source(task, key) == rows[task.pk, key]
    with pytest.raises(NotFound):
        selectors.adjudication_source(task, "C")


def test_a_session_is_read_as_it_is_now(case: Case) -> None:
    def opened(user: User) -> Assignment:
        session = EditSession.objects.create(base=mask_of(case), author=user, slice_digests=b"")
        return held(task_on(case), user, session=session)

    mine, _ = (opened(factories.make_user()) for _ in range(2))
    assert mine.session is not None
    EditSession.objects.filter(pk=mine.session.pk).update(revision=4)
    now = selectors.session_now(mine)
    assert (now.pk, now.revision) == (mine.session_id, 4)
    with pytest.raises(EditSession.DoesNotExist):
        selectors.session_now(Assignment(pk=uuid4()))
