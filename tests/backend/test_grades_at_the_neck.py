"""Names in dispute between C7, which has no grade, and T1, which has one: nobody is stuck."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from django.apps import apps
from django.core.cache import cache

from backend.annotation.errors import GradingsMissing
from backend.annotation.models import Assignment, Case
from backend.annotation.work.selectors.details import assignment_detail
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import gradings, submitting
from backend.annotation.work.services.working import open_assignment
from backend.consensus.models import AgreedGrade
from backend.consensus.services import naming
from backend.science.volume import MaskArray
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

C7, T1, T2 = 7, 8, 9


def one_lower(mask: MaskArray) -> None:
    """Count one level lower: C7 and T1 become T1 and T2."""
    table = np.arange(256, dtype=np.uint8)
    table[C7:T2] += 1
    mask[:] = table[mask]


@pytest.fixture
def team() -> flow.Team:
    cache.clear()
    return flow.make_team()


def adjudicated(team: flow.Team) -> tuple[Case, Assignment]:
    """C7 above T1; one of three raters counts one lower and calls the C7 a broken T1."""
    case = flow.start_case(team.project, factories.block_mask(labels=(T1, C7)))
    flow.rate(team, changes=[None, one_lower, None], grades=[{T1: 0}, {T1: 2, T2: 0}, {T1: 0}])
    expert = team.radiologists[0]
    assignment = flow.take(expert, team.project)
    open_assignment(assignment_id=assignment.pk, actor=expert)
    return case, flow.reload(assignment)


def name(assignment: Assignment, *labels: int) -> None:
    naming.settle_names(
        assignment_id=assignment.pk, naming=naming.Naming(list(labels)), actor=assignment.rater
    )


def submit(assignment: Assignment) -> None:
    submitting.submit(
        assignment_id=assignment.pk,
        actor=assignment.rater,
        hand_in=submitting.HandIn(digest=mask_state(flow.reload(assignment)).digest, active_seconds=60),
    )


def test_a_neck_is_never_asked_for_a_grade_and_gets_none(team: flow.Team) -> None:
    case, assignment = adjudicated(team)
    name(assignment, C7, T1)
    told = assignment_detail(flow.reload(assignment))
    assert told["gradable"] == []
    assert {row["label"]: row["reason"] for row in told["adjudication"]["items"]} == {
        C7: "naming",
        T1: "naming",
    }
    submit(assignment)
    standing = dict(AgreedGrade.objects.filter(case=case, current=True).values_list("label", "grade"))
    assert standing == {T1: 0}


def test_what_becomes_a_chest_is_graded_by_the_expert(team: flow.Team) -> None:
    case, assignment = adjudicated(team)
    name(assignment, T1, T2)
    assert assignment_detail(flow.reload(assignment))["gradable"] == [T1]
    with pytest.raises(GradingsMissing, match="T1"):
        submit(assignment)
    gradings.grade(
        assignment_id=assignment.pk, label=T1, answer=gradings.Answer(grade=1, fracture_type="wedge")
    )
    submit(assignment)
    standing = dict(AgreedGrade.objects.filter(case=case, current=True).values_list("label", "grade"))
    assert standing == {T1: 1, T2: 0}


def test_what_stood_on_a_neck_before_stands_no_more(team: flow.Team) -> None:
    case, _ = adjudicated(team)
    old = [AgreedGrade.objects.create(case=case, label=label, grade=2, method="single") for label in (C7, T1)]
    import_module("backend.consensus.migrations.0005_no_grades_of_a_neck").take_back(apps, None)
    standing = AgreedGrade.objects.filter(pk__in=[row.pk for row in old], current=True)
    assert [row.label for row in standing] == [T1]
