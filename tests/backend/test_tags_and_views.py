"""Tags on cases, release rules that know them, and saved views of the list of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.annotation.work.services import tagging
from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.projects.models import Project, Role
from backend.releases.planning.rules import Rules, apply_rules
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db
AsUser = Callable[..., APIClient]


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def root(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}"


def test_many_cases_are_tagged_found_and_freed_again(project: Project, as_user: AsUser) -> None:
    client = as_user(project.created_by)
    one, two, three = (rows.case_in(project) for _ in range(3))

    def act(action: str, *cases: Any, tags: list[str]) -> list[str]:
        body = {"action": action, "case_ids": [str(case.pk) for case in cases], "tags": tags}
        return [
            row["message"] for row in client.post(f"{root(project)}/cases/bulk", body, format="json").json()
        ]

    def found(tag: str) -> set[str]:
        rows = client.get(f"{root(project)}/cases", {"tag": tag}).json()["results"]
        return {row["alias"] for row in rows}

    assert act("tag", one, two, tags=["Hard  Case", "hard case"]) == ["Tagged hard case"] * 2
    assert act("tag", two, three, tags=["hard case"]) == ["Has the tag already", "Tagged hard case"]
    assert found("Hard case") == {one.alias, two.alias, three.alias}
    assert act("untag", one, tags=["hard case"]) == ["No longer tagged hard case"]
    assert found("hard case") == {two.alias, three.alias}
    assert client.get(f"{root(project)}/cases/tags").json() == [{"name": "hard case", "cases": 2}]
    card = client.get(f"{root(project)}/cases", {"search": two.alias}).json()["results"][0]
    assert card["tags"] == ["hard case"]
    assert Record.objects.filter(verb="case.tagged").count() == 3


@pytest.mark.parametrize("names", [[], ["  "], ["a,b"], ["x" * 41], [f"t{n}" for n in range(21)]])
def test_tags_that_cannot_be_kept_are_refused(names: list[str], project: Project) -> None:
    case = rows.case_in(project)
    with pytest.raises(Invalid):
        tagging.tag(case=case, names=names, actor=project.created_by)
    assert not case.tags.exists()


def test_a_release_can_ask_for_tags_and_leave_tags_out(project: Project) -> None:
    plain, wanted, barred = (rows.case_in(project) for _ in range(3))
    for case, names in ((wanted, ["good"]), (barred, ["good", "metal"])):
        tagging.tag(case=case, names=names, actor=project.created_by)
    rules = Rules.read({"tags": ["Good"], "without_tags": ["metal"]})
    kept, left = apply_rules(rules, [plain, wanted, barred])
    assert kept == [wanted]
    assert [(one.case, one.rule, one.why) for one in left] == [
        (plain, "tags", "It has no tag 'good'."),
        (barred, "tags", "It has the tag 'metal'."),
    ]


def test_a_view_is_ones_own_until_it_is_shared(project: Project, as_user: AsUser) -> None:
    other = factories.make_member(project, Role.MANAGER)
    mine, theirs, address = as_user(project.created_by), as_user(other), f"{root(project)}/case-views"

    def save(**body: Any) -> dict[str, Any]:
        answer = mine.post(address, {"name": "Late  ones", **body}, format="json")
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    view = save(filters={"state": "in_progress", "ordering": "due_on", "tag": "hard"})
    assert (view["name"], view["filters"]["ordering"], view["mine"]) == ("Late ones", "due_on", True)
    assert theirs.get(address).json()["count"] == 0
    assert save(filters={"state": "accepted"}, shared=True)["id"] == view["id"], "the name is the view"
    (seen,) = theirs.get(address).json()["results"]
    assert (seen["filters"]["state"], seen["mine"]) == ("accepted", False)
    assert theirs.delete(f"{address}/{view['id']}").json()["code"] == "not_your_view"
    assert mine.delete(f"{address}/{view['id']}").status_code == 204
    assert theirs.delete(f"{address}/{view['id']}").status_code == 404
