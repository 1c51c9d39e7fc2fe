"""Cases taken out of the data for good, with a reason, and put back: nothing is lost, nothing counts them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from backend.annotation.errors import CaseExcluded
from backend.annotation.models import AnswerKey, Assignment, Case, CaseState, Exclusion, Task, TaskState
from backend.annotation.quality.selectors.exercises import ready_exercises
from backend.annotation.quality.services.exercises import prepare_for, set_answer_key
from backend.annotation.work.services.excluding import exclude, put_back
from backend.annotation.work.services.taking import next_assignment
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.imaging.models import Series
from backend.projects.models import Project
from backend.releases.services.drafting import accepted_cases
from backend.workflow.sweep import sweep
from tests.backend import factories, flow, rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


class Manager:
    """The manager's hands."""

    def __init__(self, team: flow.Team) -> None:
        self.client = APIClient()
        self.client.force_authenticate(team.manager)
        self.root = f"/api/v1/projects/{team.project.slug}"

    def exclude(self, case: Case, reason: str = "image_quality", note: str = "") -> Any:
        return self.client.post(f"/api/v1/cases/{case.pk}/exclusion", {"reason": reason, "note": note})

    def put_back(self, case: Case) -> Any:
        return self.client.delete(f"/api/v1/cases/{case.pk}/exclusion")

    def told(self, path: str) -> Any:
        answer = self.client.get(path if path.startswith("/") else f"{self.root}/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()


def state_of(row: Assignment | Case) -> str:
    row.refresh_from_db()
    return str(row.state)


def test_an_excluded_case_is_nobodys_work_and_goes_on_where_it_stood(team: flow.Team) -> None:
    manager, case = Manager(team), flow.start_case(team.project)
    first, second, third = team.raters
    handed_in, in_hand = flow.take(first, team.project), flow.take(second, team.project)
    flow.hand_in(handed_in)
    assert manager.exclude(case, note="Moved").status_code == 204
    assert [state_of(row) for row in (case, handed_in, in_hand)] == ["excluded", "submitted", "cancelled"]
    assert next_assignment(project=team.project, user=third) is None
    assert manager.told("board")["stages"][1]["count"] == 0
    (card,) = manager.told("cases?state=excluded")["results"]
    assert card["excluded_for"] == "image_quality"
    page = manager.told(f"/api/v1/cases/{case.pk}")
    assert (page["exclusion"]["reason"], page["exclusion"]["note"]) == ("image_quality", "Moved")
    assert page["exclusion"]["by"] == team.manager.name
    assert "Excluded: image quality" in [row["text"] for row in page["timeline"]]
    sweep()
    assert state_of(case) == "excluded", "nothing brings it back but a manager"

    assert manager.put_back(case).status_code == 204
    assert [state_of(row) for row in (case, handed_in, in_hand)] == ["in_progress", "submitted", "open"]
    page = manager.told(f"/api/v1/cases/{case.pk}")
    assert (page["exclusion"], page["excluded_for"]) == (None, None)
    assert "Put back" in [row["text"] for row in page["timeline"]]
    flow.hand_in(in_hand)
    flow.hand_in(flow.take(third, team.project))
    case.refresh_from_db()
    assert case.stage_key == "review"
    assert Task.objects.filter(case=case, stage_key="rate").count() == 1, "no round was lost"
    assert Exclusion.objects.get().put_back_by == team.manager
    said = Record.objects.filter(subject_id=str(case.pk), verb__in=(Verb.CASE_EXCLUDED, Verb.CASE_PUT_BACK))
    assert [row.actor_id for row in said] == [team.manager.pk] * 2


def test_a_case_that_waits_for_nobody_is_brought_on_when_it_is_put_back(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    exclude(case_id=case.pk, actor=team.manager, reason="same_scan")
    Task.objects.filter(case=case).delete()
    put_back(case_id=case.pk, actor=team.manager)
    assert Task.objects.get(case=case).state == TaskState.OPEN, "asked for again by the event alone"


def test_work_of_a_stage_that_is_gone_stays_taken_back(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    in_hand = flow.take(team.raters[0], team.project)
    exclude(case_id=case.pk, actor=team.manager, reason="same_scan")
    protocol = team.project.protocol
    protocol["stages"][0]["key"] = "anew"
    Project.objects.filter(pk=team.project.pk).update(protocol=protocol)
    put_back(case_id=case.pk, actor=team.manager)
    assert state_of(in_hand) == "cancelled"
    case.refresh_from_db()
    assert (case.stage_key, case.tasks.get(state=TaskState.OPEN).stage_key) == ("anew", "anew")


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.ACCEPTED])
def test_waiting_and_accepted_cases_come_back_as_they_were(team: flow.Team, state: str) -> None:
    case = rows.case_in(team.project)
    mask = rows.mask_of(case)
    Case.objects.filter(pk=case.pk).update(state=state, accepted_mask=mask, start_mask=mask)
    key = AnswerKey.objects.create(case=case, purpose="gold", mask=mask, created_by=team.manager)
    in_release = len(accepted_cases(team.project))
    exclude(case_id=case.pk, actor=team.manager, reason="consent")
    assert accepted_cases(team.project) == []
    key.refresh_from_db()
    assert not key.active, "nobody is measured by it any more"
    with pytest.raises(CaseExcluded):
        set_answer_key(case=Case.objects.get(pk=case.pk), purpose="gold", actor=team.manager, mask=mask)
    put_back(case_id=case.pk, actor=team.manager)
    assert (state_of(case), len(accepted_cases(team.project))) == (state, in_release)


def test_nobody_is_measured_by_a_copy_of_an_excluded_case(team: flow.Team) -> None:
    rater, project = team.raters[0], team.project
    source = rows.case_in(project)
    copy = rows.copy_for(rater, source, "gold")
    case = flow.start_case(project)
    flow.rate(team)  # could be repeated
    quality = {**project.protocol["quality"], "repeat_share": 0.5, "repeat_after_days": 0}
    Project.objects.filter(pk=project.pk).update(protocol={**project.protocol, "quality": quality})

    def ready() -> list[UUID]:
        prepare_for(user=rater, project=Project.objects.get(pk=project.pk), stage_keys=["rate"])
        return [one.source_id for one in ready_exercises(rater, project)]

    for one in (source, case):
        exclude(case_id=one.pk, actor=team.manager, reason="consent")
    assert ready() == []
    for one in (source, case):
        put_back(case_id=one.pk, actor=team.manager)
    assert set(ready()) == {copy.source_id, case.pk}


def test_what_is_refused(team: flow.Team) -> None:
    manager, case = Manager(team), rows.case_in(team.project)
    refused = [manager.put_back(case), manager.exclude(case, "other"), manager.exclude(case, "bad")]
    assert [answer.status_code for answer in refused] == [409, 400, 400]
    assert manager.exclude(case, "other", "A dog").status_code == 204
    again = manager.exclude(case)
    assert (again.status_code, again.json()["code"]) == (409, "case_excluded")
    known = flow.known_case(team).case  # gave its answer to measure raters: nobody excluded it
    assert state_of(known) == "excluded"
    assert manager.put_back(known).json()["code"] == "case_not_excluded"
    assert manager.told(f"/api/v1/cases/{known.pk}")["exclusion"] is None


def test_the_flow_of_a_data_set_adds_up(team: flow.Team) -> None:
    def case(state: str = CaseState.IN_PROGRESS, *, held: bool = False, **fields: Any) -> UUID:
        row = rows.case_in(team.project, **fields)
        Case.every.filter(pk=row.pk).update(state=state, accepted_mask=rows.mask_of(row))
        Series.objects.filter(volume=row.volume).update(held=held)
        return row.pk

    case(), case(), case(CaseState.ACCEPTED), case(CaseState.WAITING)
    case(CaseState.ACCEPTED, held=True)
    case(CaseState.EXCLUDED)  # measures raters
    for reason, held in (("consent", False), ("same_scan", False), ("same_scan", False), ("consent", True)):
        exclude(case_id=case(held=held), actor=team.manager, reason=reason)
    factories.make_volume(team.project)  # no case yet
    told = Manager(team).told("course")["flow"]
    assert {name: n for name, n in told.items() if isinstance(n, int)} == {
        "came_in": 11,
        "held": 2,
        "excluded": 4,
        "included": 5,
        "accepted": 1,
        "in_progress": 2,
        "waiting": 2,
    }
    reasons = {row["reason"]: row["count"] for row in told["reasons"]}
    assert reasons == {"same scan as another": 2, "consent withdrawn": 1, "measures raters": 1}


def test_many_are_excluded_and_put_back_and_a_preview_changes_nothing(team: flow.Team) -> None:
    manager = Manager(team)
    fine, worked, out = (rows.case_in(team.project, state=CaseState.IN_PROGRESS) for _ in range(3))
    in_hand = rows.held(rows.task_on(worked), team.raters[0])
    exclude(case_id=out.pk, actor=team.manager, reason="consent")
    asked = {"action": "exclude", "case_ids": [str(case.pk) for case in (fine, worked, out)]}
    before = Record.objects.count()

    def bulk(**more: Any) -> Any:
        return manager.client.post(f"{manager.root}/cases/bulk", {**asked, **more}, format="json")

    why = {"exclusion": {"reason": "other", "note": "A dog"}}
    preview = bulk(preview=True, **why).json()
    told = [(row["done"], row["message"]) for row in preview]
    assert told == [(True, "Excluded"), (True, "Excluded"), (False, "This case is excluded already.")]
    assert [state_of(row) for row in (fine, worked, in_hand)] == ["in_progress", "in_progress", "open"]
    assert (Record.objects.count(), Exclusion.objects.count()) == (before, 1)
    refused = [bulk(), bulk(exclusion={"reason": "other"})]
    assert [answer.status_code for answer in refused] == [400, 400]
    came = [row | {"back": []} for row in bulk(**why).json()]
    assert came == preview, "the act comes to what its preview said"
    assert [state_of(row) for row in (fine, worked, in_hand)] == ["excluded", "excluded", "cancelled"]
    assert [row["message"] for row in bulk(action="put_back").json()] == ["Put back"] * 3
    assert [state_of(row) for row in (worked, in_hand)] == ["in_progress", "open"]


def test_all_that_match_are_named_over_all_pages(team: flow.Team) -> None:
    states = (CaseState.WAITING, CaseState.IN_PROGRESS, CaseState.WAITING)
    made = [rows.case_in(team.project, state=state, priority=n) for n, state in enumerate(states)]
    manager = Manager(team)
    assert manager.told("cases/ids?page_size=1") == {"count": 3, "ids": [str(c.pk) for c in made[::-1]]}
    assert manager.told("cases/ids?state=waiting")["ids"] == [str(made[2].pk), str(made[0].pk)]
