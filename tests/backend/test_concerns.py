"""What a rater tells the manager of a task: kept with the case, answered once, and given back where asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backend.annotation.errors import AssignmentClosed, ConcernUnexplained
from backend.annotation.models import Assignment, AssignmentState, CasePurpose
from backend.annotation.selectors import open_concerns_managed_by
from backend.annotation.work.services.concerns import raise_concern, settle_concern
from backend.annotation.work.services.readiness import prepare_next, waiting_for
from backend.annotation.work.services.taking import next_assignment
from backend.audit.acts.sentences import sentence
from backend.audit.models import Record
from tests.backend import flow
from tests.backend.test_exercises import known_case, newcomer, purpose_of, with_quality
from tests.permissions.asking import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=3)


def case_page(client: Client, assignment: Assignment) -> dict[str, Any]:
    answer = client.get(f"/api/v1/cases/{assignment.task.case_id}")
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json()
    return page


def test_the_manager_reads_what_is_the_matter_until_it_is_dealt_with(team: flow.Team) -> None:
    flow.start_case(team.project)
    work = flow.take(team.raters[0], team.project)
    rater, manager = signed_in(team.raters[0]), signed_in(team.manager)
    address = f"/api/v1/assignments/{work.pk}"
    told = {"concern": "wrong_region", "text": " A knee. "}
    assert rater.post(f"{address}/concern", told, content_type="application/json").status_code == 204
    assert rater.get(address).json()["concern"] == "wrong_region"
    page = case_page(manager, work)
    [concern] = page["concerns"]
    assert (concern["id"], concern["text"], concern["gave_back"]) == (str(work.pk), "A knee.", False)
    assert concern["rater"]["name"] == team.raters[0].name
    assert "concern" in page["flags"]
    told_of = {row["text"]: row["mask_id"] for row in page["timeline"]}
    assert told_of["Told the manager: wrong region"] is None
    assert told_of["First mask is there"] == str(work.task.case.start_mask_id)  # leads to the pictures
    assert flow.reload(work).state == AssignmentState.OPEN

    assert manager.post(f"{address}/concern/settled").status_code == 204
    page = case_page(manager, work)
    assert (page["concerns"], "concern" in page["flags"]) == ([], False)
    assert rater.get(address).json()["concern"] == ""
    assert manager.post(f"{address}/concern/settled").status_code == 404
    settle_concern(assignment_id=work.pk, actor=team.manager)  # repeated: nothing more is noted
    assert Record.objects.filter(verb="concern.settled").count() == 1


def test_a_task_given_back_is_free_and_its_reason_stays(team: flow.Team) -> None:
    flow.start_case(team.project)
    rater = team.raters[0]
    work = flow.take(rater, team.project)
    raise_concern(assignment_id=work.pk, actor=rater, concern="not_for_me", give_back=True)
    assert next_assignment(user=rater, project=team.project) is None
    work.refresh_from_db()
    assert work.state == AssignmentState.CANCELLED
    page = case_page(signed_in(team.manager), work)
    assert [(row["concern"], row["gave_back"]) for row in page["concerns"]] == [("not_for_me", True)]
    assert "concern" in page["flags"]
    with pytest.raises(AssignmentClosed):
        raise_concern(assignment_id=work.pk, actor=rater, concern="discuss")


def test_something_else_needs_words_and_the_words_stay_out_of_the_chain(team: flow.Team) -> None:
    flow.start_case(team.project)
    work = flow.take(team.raters[0], team.project)
    with pytest.raises(ConcernUnexplained):
        raise_concern(assignment_id=work.pk, actor=work.rater, concern="other", text="  ")
    raise_concern(assignment_id=work.pk, actor=work.rater, concern="other", text="Mrs Example is my aunt")
    record = Record.objects.get(verb="concern.raised")
    assert "Example" not in str(record.detail)
    assert sentence(record.verb, record.detail, {}) == "Told the manager: something else"


def test_what_is_told_of_a_gold_case_names_it_to_nobody(team: flow.Team) -> None:
    known_case(team)
    with_quality(team.project, gold_share=0.5)
    flow.start_case(team.project)
    flow.start_case(team.project)
    rater = newcomer(team)
    assert prepare_next(user=rater, project=team.project) == 1
    work = flow.take(rater, team.project)
    while purpose_of(work) != CasePurpose.GOLD:
        flow.hand_in(work)
        work = flow.take(rater, team.project)
    raise_concern(assignment_id=work.pk, actor=rater, concern="discuss", text="Which level is this?")
    assert not open_concerns_managed_by(team.manager).exists()
    cases = signed_in(team.manager).get(f"/api/v1/projects/{team.project.slug}/cases").json()["results"]
    assert not any("concern" in row["flags"] for row in cases)


def test_what_waits_is_told_by_kind_and_never_by_number(team: flow.Team) -> None:
    rater, expert = team.raters[0], team.radiologists[0]
    assert waiting_for(rater) == []
    flow.start_case(team.project)
    flow.start_case(team.project)
    [row] = signed_in(rater).get("/api/v1/assignments/waiting").json()
    assert row == {
        "project": {"slug": team.project.slug, "name": team.project.name},
        "training": False,
        "kinds": ["correct"],
    }
    assert waiting_for(expert) == []
    flow.hand_in(flow.take(rater, team.project))
    assert [found.kinds for found in waiting_for(rater)] == [["correct"]]
    flow.take(rater, team.project)
    assert waiting_for(rater) == []
    outsider = flow.make_team(raters=1)
    assert waiting_for(outsider.raters[0]) == []
