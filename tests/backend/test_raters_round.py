"""Work that comes back to raters: what was asked, and what has become of their own; of others' nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case
from backend.annotation.work.selectors.details import start_row
from backend.annotation.work.selectors.in_hand import start_mask_of
from backend.annotation.work.services import giving, gradings
from backend.annotation.work.services.working import open_assignment
from backend.projects.models import Role
from backend.projects.protocols import PROTOCOLS
from backend.review import services as review
from backend.review.rounds import SecondRound, second_round
from tests.backend import factories, flow
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[[User | None], APIClient]
WORDS = "Mend L2"


@replayable
def returned(*, raters: int = 3) -> flow.Team:
    """Raters, then a review that returned the case with a note at L1. All raters drew and graded alike."""
    team = flow.make_team(raters=raters)
    usual = PROTOCOLS["multi_rater"]
    stages = [stage for stage in usual.stages if stage.kind in ("correct", "fuse", "review")]
    if raters == 1:
        stages = [stage for stage in stages if stage.kind != "fuse"]
    stages[0] = stages[0].model_copy(update={"overlap": raters})
    team.project.protocol = usual.model_copy(update={"stages": tuple(stages)}).to_json()
    team.project.save()
    flow.start_case(team.project)
    flow.rate(team, changes=[flow.erase(20, 0.2)] * raters, grades=[{20: 1, 21: 1}] * raters)
    reviewer = team.radiologists[0]
    looked = flow.take(reviewer, team.project)
    open_assignment(assignment_id=looked.pk, actor=reviewer)
    review.add_comment(assignment_id=looked.pk, actor=reviewer, pin=review.Pin("See how B drew it", 20))
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=False, comment=WORDS)
    return team


def again(rater: User) -> Assignment:
    """The rater's returned work, opened."""
    work = Assignment.objects.get(rater=rater, state=AssignmentState.RETURNED)
    open_assignment(assignment_id=work.pk, actor=rater)
    return flow.reload(work)


def round_of(work: Assignment) -> SecondRound:
    found = second_round(flow.reload(work), work.rater)
    assert found is not None
    return found


def test_a_rater_reads_the_words_and_what_they_changed_themselves() -> None:
    team = returned()
    work = again(team.raters[0])
    before = round_of(work)
    assert [(row.text, row.by) for row in before.asked] == [(WORDS, "Reviewer")]
    assert {(row.added, row.removed, row.grade) for row in before.vertebrae} == {(0, 0, None)}
    flow.paint(work, flow.erase(21, 0.1))
    gradings.grade(assignment_id=work.pk, label=21, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    rows = {row.label: row for row in round_of(work).vertebrae}
    assert (rows[21].state, rows[21].added, rows[21].grade is not None) == ("returned", 0, True)
    assert rows[21].removed > 0
    change = rows[21].grade
    assert change is not None
    assert change.before is not None
    assert change.after is not None
    assert (change.before["grade"], change.after["grade"]) == (1, 2)


def test_what_another_rater_does_since_changes_nothing_of_it() -> None:
    team = returned()
    mine, theirs = (again(rater) for rater in team.raters[:2])
    before = round_of(mine)
    flow.paint(theirs, flow.erase(21, 0.5))
    gradings.grade(assignment_id=theirs.pk, label=21, answer=gradings.Answer(grade=3, fracture_type="crush"))
    flow.hand_in(theirs)
    assert round_of(mine) == before


def test_a_note_that_may_speak_of_others_is_not_read_out_but_its_vertebra_is_open() -> None:
    found = round_of(again(returned().raters[0]))
    assert all("how B drew it" not in row.text for row in found.asked)
    assert {row.label: row.state for row in found.vertebrae} == {20: "returned", 21: "returned"}


def test_who_drew_alone_reads_the_notes_too() -> None:
    found = round_of(again(returned(raters=1).raters[0]))
    assert [(row.text, row.label) for row in found.asked] == [(WORDS, None), ("See how B drew it", 20)]


def test_whoever_takes_over_a_place_starts_as_all_did_and_from_nobodys_mask() -> None:
    team = returned()
    work = Assignment.objects.get(rater=team.raters[0], state=AssignmentState.RETURNED)
    assert start_mask_of(work) == work.rater.assignments.get(task__round=1).submissions.get().mask
    assert start_row(work)["text"] == "Your own mask, as you submitted it"
    giving.cancel_assignment(assignment_id=work.pk, actor=team.manager, reason="away")
    newcomer = factories.make_member(team.project, Role.RATER)
    taken = flow.take(newcomer, team.project)
    assert (taken.task.round, taken.slot) == (2, work.slot)
    assert start_mask_of(taken) == Case.objects.get().start_mask
    assert start_row(taken)["text"] == "The mask that came with the CT"
    assert {row.grade for row in round_of(taken).vertebrae} == {None}


def test_a_place_without_colleagues_goes_on_from_what_its_former_owner_handed_in() -> None:
    team = returned(raters=1)
    work = Assignment.objects.get(rater=team.raters[0], state=AssignmentState.RETURNED)
    giving.cancel_assignment(assignment_id=work.pk, actor=team.manager, reason="away")
    taken = flow.take(factories.make_member(team.project, Role.RATER), team.project)
    former = team.raters[0].assignments.get(task__round=1)
    assert start_mask_of(taken) == former.submissions.get().mask
    assert start_row(taken)["text"] == "The mask that was submitted in the round before"


def test_a_first_round_says_nothing_and_others_work_is_not_there(as_user: AsUser) -> None:
    team = flow.make_team()
    flow.start_case(team.project)
    mine = flow.take(team.raters[0], team.project)
    address = f"/api/v1/assignments/{mine.pk}"
    client = as_user(team.raters[0])
    assert client.get(f"{address}/second-round").json() == {"second_round": None}
    assert as_user(team.raters[1]).get(f"{address}/second-round").status_code == 404
    assert client.get(f"{address}/levels-looked").status_code == 404


def test_a_stage_begun_anew_for_another_reason_was_not_returned() -> None:
    team = returned()
    work = again(team.raters[0])
    work.task.note = ""
    work.task.save(update_fields=["note"])
    assert second_round(flow.reload(work), work.rater) is None
