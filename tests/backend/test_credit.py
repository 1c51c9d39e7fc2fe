"""What each person did, for authorship and pay, against work that was counted by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case, CasePurpose, Submission, TaskKind
from backend.masks.models import MaskVersion
from backend.masks.services import add_version
from backend.progress.raters.selectors.credit import credit_table
from backend.projects.models import Membership, Project, Role
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db
AsUser = Callable[[User | None], APIClient]


def hand_in(held: Assignment, seconds: int, labels: int = 0, grades: int = 0) -> Submission:
    mask: MaskVersion | None = None
    if labels:
        block = factories.block_mask(labels=tuple(range(20, 20 + labels)))
        mask = add_version(volume=held.task.case.volume, mask=block, source="rater")
    gradings = [{"label": 20 + n} for n in range(grades)]
    return rows.handed_in(held, active_seconds=seconds, mask=mask, gradings=gradings)


def work_on(case: Case, rater: User, kind: TaskKind, *handed_in: dict[str, Any]) -> None:
    for one in handed_in:
        hand_in(rows.held(rows.task_on(case, kind), rater), **one)


def lines(project: Project) -> dict[str, dict[str, Any]]:
    head, *rest = credit_table(project)
    return {str(line[0]): dict(zip(map(str, head), line, strict=True)) for line in rest}


def test_hours_cases_and_vertebrae_are_counted_once() -> None:
    project = factories.make_project()
    rater, expert, idle = (
        factories.make_member(project, role) for role in (Role.RATER, Role.RADIOLOGIST, Role.RATER)
    )
    first, second = rows.case_in(project), rows.case_in(project)
    two_rounds = ({"seconds": 3600, "labels": 5}, {"seconds": 900, "labels": 4})
    work_on(first, rater, TaskKind.CORRECT, *two_rounds)
    work_on(second, rater, TaskKind.GRADE, {"seconds": 900, "grades": 2})
    copy = rows.case_in(project, purpose=CasePurpose.GOLD)
    work_on(copy, rater, TaskKind.CORRECT, {"seconds": 1800, "labels": 3})
    work_on(first, expert, TaskKind.ADJUDICATE, {"seconds": 60, "labels": 2})
    work_on(first, expert, TaskKind.REVIEW, {"seconds": 30})
    elsewhere = rows.case_in(factories.make_project())
    work_on(elsewhere, rater, TaskKind.CORRECT, {"seconds": 7200, "labels": 1})
    Membership.objects.filter(user=idle).update(active=False)
    found = lines(project)
    assert found[rater.name] | {"first_day": "", "last_day": ""} == {
        "name": rater.name,
        "email": rater.email,
        "roles": "rater",
        "active_member": "yes",
        "first_day": "",
        "last_day": "",
        "active_hours": 2.0,
        "submissions": 3,
        "cases": 2,
        "cases_segmented": 1,
        "cases_graded_only": 1,
        "cases_adjudicated": 0,
        "cases_reviewed": 0,
        "vertebrae": 6,
    }
    told = found[expert.name]
    assert (told["cases"], told["cases_adjudicated"], told["cases_reviewed"]) == (1, 1, 1)
    assert (told["vertebrae"], told["active_hours"]) == (2, 0.03)
    gone = found[idle.name]
    assert (gone["active_member"], gone["submissions"], gone["first_day"]) == ("no", 0, None)


def test_of_several_hand_ins_on_a_case_the_last_with_vertebrae_counts() -> None:
    project = factories.make_project()
    rater, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    case, second = rows.case_in(project), rows.case_in(project)
    for labels in (5, 3, 4):
        work_on(case, rater, TaskKind.CORRECT, {"seconds": 60, "labels": labels})
    work_on(case, rater, TaskKind.REVIEW, {"seconds": 60})  # draws nothing and grades nothing
    work_on(case, other, TaskKind.CORRECT, {"seconds": 60, "labels": 2})
    work_on(second, rater, TaskKind.CORRECT, {"seconds": 60, "labels": 1})
    found = lines(project)
    assert (found[rater.name]["vertebrae"], found[other.name]["vertebrae"]) == (4 + 1, 2)


def test_the_table_takes_the_same_queries_however_much_was_done() -> None:
    project = factories.make_project()
    counts = []
    for _ in range(2):
        rater = factories.make_member(project, Role.RATER)
        work_on(rows.case_in(project), rater, TaskKind.CORRECT, {"seconds": 60, "labels": 1})
        with CaptureQueriesContext(connection) as asked:
            list(credit_table(project))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_manager_saves_it_and_a_name_is_no_formula(as_user: AsUser) -> None:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    rater.display_name = "=HYPERLINK(1)"
    rater.save()
    answer = as_user(project.created_by).get(f"/api/v1/projects/{project.slug}/credit.csv")
    assert answer["Content-Disposition"] == f'attachment; filename="{project.slug}-credit.csv"'
    names = [row["name"] for row in csv.DictReader(io.StringIO(answer.content.decode()))]
    assert "'=HYPERLINK(1)" in names
    assert as_user(rater).get(f"/api/v1/projects/{project.slug}/credit.csv").status_code == 403


def test_the_table_does_not_look_into_masks_again() -> None:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    work_on(rows.case_in(project), rater, TaskKind.CORRECT, {"seconds": 60, "labels": 3})
    MaskVersion.objects.update(label_voxels={})  # as a fault that only a second look at the mask would show
    assert lines(project)[rater.name]["vertebrae"] == 3
