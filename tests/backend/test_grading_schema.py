"""What a project asks of each vertebra, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import open_assignment
from backend.measurements.grading_schema import FULL, GENANT_ONLY, SHIPPED, Schema, SchemaInvalid, lacking
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)

AsUser = Callable[[Any], APIClient]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def work(team: flow.Team) -> Assignment:
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


def set_schema(client: APIClient, team: flow.Team, schema: dict[str, Any]) -> Any:
    return client.put(
        f"/api/v1/projects/{team.project.slug}/grading-schema", {"schema": schema}, format="json"
    )


def grade(client: APIClient, work: Assignment, **answer: Any) -> Any:
    label = max(map(int, work.task.start_mask.label_voxels))  # type: ignore[union-attr]
    return client.put(f"/api/v1/assignments/{work.pk}/gradings/{label}", answer, format="json")


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_schemas_are_their_own_json(key: str) -> None:
    assert Schema.read(SHIPPED[key].to_json()) == SHIPPED[key]


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"fields": {}},
        {"fields": [{"name": "colour"}]},
        {"fields": [{"name": "deformity"}, {"name": "deformity"}]},
        {"fields": [{"name": "fracture_type", "asked": False}]},
        {"fields": [{"name": "comment", "asked": False, "needed": "always"}]},
        {"fields": [{"name": "deformity", "options": []}]},
        {"fields": [{"name": "deformity", "options": [{"code": "A B", "title": "x"}]}]},
        {"fields": [{"name": "foreign_material", "options": [{"code": "gold", "title": "Gold"}]}]},
        {"fields": [{"name": "foreign_material", "options": [{"code": "pmma", "title": "Cement"}]}]},
    ],
)
def test_schemas_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SchemaInvalid):
        Schema.read({"title": "Ours", "fields": [], **change})


def test_what_is_needed_depends_on_the_grade() -> None:
    assert lacking(FULL, {"grade": 2, "fracture_type": ""}) == ["fracture_type"]
    assert lacking(FULL, {"grade": 0, "fracture_type": ""}) == []
    strict = Schema.read({"title": "Strict", "fields": [{"name": "osteoporotic", "needed": "always"}]})
    assert lacking(strict, {"grade": 0, "osteoporotic": None}) == ["osteoporotic"]
    assert lacking(strict, {"grade": 0, "osteoporotic": False}) == []
    assert lacking(strict, {"grade": None, "not_gradable_reason": "motion", "osteoporotic": None}) == []


def test_a_project_asks_what_its_manager_says(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    assert grade(client, work, grade=0, deformity="scheuermann").status_code == 200
    assert set_schema(as_user(team.manager), team, GENANT_ONLY.to_json()).status_code == 200
    refused = grade(client, work, grade=0, deformity="limbus")
    assert (refused.status_code, refused.json()["code"]) == (400, "field_not_asked")
    assert grade(client, work, grade=1, fracture_type="wedge").status_code == 200
    detail = client.get(f"/api/v1/assignments/{work.pk}").json()
    assert detail["grading_schema"] == GENANT_ONLY.to_json()


def test_a_project_has_its_own_answers(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    own = [{"code": "scheuermann", "title": "Scheuermann"}, {"code": "eosinophilic", "title": "Granuloma"}]
    schema = {"title": "Ours", "fields": [{"name": "deformity", "options": own}]}
    assert set_schema(as_user(team.manager), team, schema).status_code == 200
    client = as_user(work.rater)
    assert grade(client, work, grade=0, deformity="eosinophilic").status_code == 200
    assert grade(client, work, grade=0, deformity="limbus").json()["code"] == "unknown_answer"


def test_handing_in_waits_for_what_is_needed(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    assert grade(client, work, grade=2).status_code == 200
    labels = [int(label) for label in work.task.start_mask.label_voxels]  # type: ignore[union-attr]
    client.post(
        f"/api/v1/assignments/{work.pk}/gradings/normal-rest",
        {"labels": [label for label in labels if 8 <= label <= 25]},
        format="json",
    )
    state = mask_state(flow.reload(work))
    answer = client.post(f"/api/v1/assignments/{work.pk}/submit", {"digest": state.digest}, format="json")
    assert answer.json()["code"] == "gradings_missing"
    assert "fracture type" in answer.json()["message"]


def test_only_a_manager_changes_it(team: flow.Team, as_user: AsUser) -> None:
    assert set_schema(as_user(team.raters[0]), team, FULL.to_json()).status_code == 403
    shown = as_user(team.raters[0]).get(f"/api/v1/projects/{team.project.slug}/grading-schema").json()
    assert shown["schema"] == FULL.to_json()
    assert [one["key"] for one in shown["shipped"]] == ["full", "genant"]
