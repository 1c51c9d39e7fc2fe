"""A case that came back: what was asked, what has changed, what is open again; and ticks per vertebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, TaskKind
from backend.annotation.work.services import gradings
from backend.annotation.work.services.working import open_assignment
from backend.consensus.models import AdjudicationItem, VertebraDecision
from backend.consensus.services.adjudicating import Choice, apply_choice
from backend.review import services as review
from backend.review.looked import looked_levels
from backend.review.models import PinnedComment
from backend.review.rounds import second_round
from backend.review.ticking import tick_level
from backend.science.volume import MaskArray
from tests.backend import flow, rows
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[[User | None], APIClient]


@replayable
def adjudicated() -> flow.Team:
    """L1 was taken from rater C, L2 painted; L1 and L2 were both in dispute. It waits for its review."""
    team = flow.make_team()
    flow.start_case(team.project)

    def both(mask: MaskArray) -> None:
        flow.erase(20)(mask)
        flow.erase(21)(mask)

    flow.rate(team, changes=[None, None, both], grades=[{20: 1}, {20: 1}, {20: 1}])
    expert = team.radiologists[0]
    work = flow.take(expert, team.project)
    open_assignment(assignment_id=work.pk, actor=expert)
    for choice in (Choice(20, "rater", "C", "body only"), Choice(21, "painted")):
        apply_choice(assignment_id=work.pk, choice=choice, actor=expert)
    flow.hand_in(work)
    return team


def send_back(team: flow.Team, comment: str, *, notes: dict[int, str] | None = None) -> Assignment:
    """The reviewer returns the case; gives the adjudicator's second round, opened."""
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    open_assignment(assignment_id=looked.pk, actor=reviewer)
    for label, text in (notes or {}).items():
        review.add_comment(assignment_id=looked.pk, actor=reviewer, pin=review.Pin(text, label))
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=False, comment=comment)
    again = flow.take(team.radiologists[0], team.project)
    open_assignment(assignment_id=again.pk, actor=again.rater)
    return flow.reload(again)


def states(assignment: Assignment) -> dict[int, str]:
    found = second_round(flow.reload(assignment), assignment.rater)
    assert found is not None
    return {row.label: row.state for row in found.vertebrae}


def test_a_first_round_was_asked_for_nothing() -> None:
    team = adjudicated()
    assert second_round(flow.take(team.radiologists[1], team.project), team.radiologists[1]) is None


def test_only_what_was_returned_is_open_again_and_says_what_was_asked() -> None:
    team = adjudicated()
    elsewhere = rows.held(
        rows.task_on(rows.case_in(team.project), TaskKind.ADJUDICATE, 1), team.radiologists[0], "submitted"
    )
    VertebraDecision.objects.create(task=elsewhere.task, assignment=elsewhere, label=20, choice="painted")
    again = send_back(team, "See my note", notes={21: "The arch is cut"})
    found = second_round(again, again.rater)
    assert found is not None
    assert not found.everything
    said = [(row.text, row.label) for row in found.asked]
    assert said == [("See my note", None), ("The arch is cut", 21)]
    assert {row.by for row in found.asked} == {again.task.case.review_decisions.get().reviewer.name}
    assert {row.label: row.state for row in found.vertebrae} == {20: "settled", 21: "returned"}
    assert {(row.added, row.removed, row.grade) for row in found.vertebrae} == {(0, 0, None)}
    kept = VertebraDecision.objects.get(task=again.task)
    assert (kept.label, kept.choice, kept.chosen_slot, kept.reason) == (20, "rater", 2, "body only")
    reasons = {item.label: item.reasons for item in AdjudicationItem.objects.filter(task=again.task)}
    assert "returned" in reasons[21]
    assert "returned" not in reasons[20]


def test_a_return_that_names_no_vertebra_opens_all_of_them() -> None:
    again = send_back(adjudicated(), "Look at it once more")
    found = second_round(again, again.rater)
    assert found is not None
    assert found.everything
    assert set(states(again).values()) == {"returned"}
    assert not VertebraDecision.objects.filter(task=again.task).exists()


def test_a_settled_vertebra_that_is_painted_is_open_and_counted(as_user: AsUser) -> None:
    again = send_back(adjudicated(), "Mend L2")
    client = as_user(again.rater)
    address = f"/api/v1/assignments/{again.pk}"
    before = {row["label"]: row["decision"] for row in client.get(address).json()["adjudication"]["items"]}
    assert (before[20]["carried"], before[21]) == (True, None)
    flow.paint(again, flow.erase(20, 0.25))
    changes = client.get(f"{address}/second-round").json()["second_round"]["vertebrae"]
    first = next(row for row in changes if row["label"] == 20)
    assert (first["state"], first["added"], first["gone"], first["renamed_from"]) == (
        "changed",
        0,
        False,
        None,
    )
    assert first["removed"] > 0
    flow.hand_in(again)
    kept = VertebraDecision.objects.get(task=again.task, label=20)
    assert (kept.choice, kept.assignment_id, kept.chosen_slot) == ("painted", again.pk, None)


def test_a_renamed_vertebra_and_another_grade_are_told_to_the_reviewer() -> None:
    team = adjudicated()
    again = send_back(team, "L2 is L3, and see its grade")

    def rename(mask: MaskArray) -> None:
        mask[mask == 21] = 22

    flow.paint(again, rename)
    again.task.required_labels = [22]
    again.task.save(update_fields=["required_labels"])
    gradings.grade(assignment_id=again.pk, label=22, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    flow.hand_in(again, grades={22: 2})
    looked = flow.take(team.radiologists[1], team.project)
    found = second_round(looked, looked.rater)
    assert found is not None
    assert found.asked[0].by == "You"
    told = {row.label: row for row in found.vertebrae}
    assert (told[22].renamed_from, told[22].state, told[21].gone) == (21, "returned", True)
    change = told[22].grade
    assert change is not None
    assert change.after is not None
    assert (change.after["grade"], change.after["fracture_type"]) == (2, "wedge")
    assert told[20].state == "settled"


def test_a_note_that_was_resolved_says_so_and_leaves_its_vertebra_settled() -> None:
    again = send_back(adjudicated(), "See L2", notes={20: "The arch is cut"})
    found = second_round(again, again.rater)
    assert found is not None
    assert [row.resolved for row in found.asked] == [False, False]
    assert states(again) == {20: "returned", 21: "returned"}
    note = PinnedComment.objects.get()
    review.resolve_comment(assignment_id=again.pk, comment_id=note.pk, actor=again.rater, resolved=True)
    found = second_round(again, again.rater)
    assert found is not None
    assert [row.resolved for row in found.asked] == [False, True]
    assert states(again) == {20: "settled", 21: "returned"}


def test_an_adjudicator_reads_their_own_new_grade_before_it_is_submitted() -> None:
    again = send_back(adjudicated(), "See the grade of L2")
    again.task.required_labels = [21]
    again.task.save(update_fields=["required_labels"])
    gradings.grade(assignment_id=again.pk, label=21, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    found = second_round(flow.reload(again), again.rater)
    assert found is not None
    changes = {row.label: row.grade for row in found.vertebrae}
    assert changes[20] is None
    assert changes[21] is not None
    assert changes[21].after is not None
    assert changes[21].after["grade"] == 2


def ticked(assignment: Assignment) -> dict[int, tuple[bool, bool, bool]]:
    levels = looked_levels(flow.reload(assignment))
    return {row.label: (row.looked, row.changed, row.before) for row in levels}


def test_a_tick_is_kept_taken_back_and_lost_with_a_change(as_user: AsUser) -> None:
    again = send_back(adjudicated(), "Mend L2")
    client = as_user(again.rater)
    address = f"/api/v1/assignments/{again.pk}/levels-looked"

    def tick(label: int, *, looked: bool) -> Any:
        return client.put(f"{address}/{label}", {"looked": looked}, format="json")

    assert [row["looked"] for row in client.get(address).json()] == [False, False]
    assert tick(20, looked=True).status_code == 200
    assert tick(21, looked=True).status_code == 200
    flow.paint(again, flow.erase(21, 0.1))
    assert ticked(again) == {20: (True, False, False), 21: (False, True, False)}
    assert tick(21, looked=True).json() == client.get(address).json()
    assert tick(20, looked=False).status_code == 200
    assert ticked(again) == {20: (False, False, False), 21: (True, False, False)}
    assert tick(25, looked=True).json()["code"] == "level_not_drawn"
    flow.hand_in(again)
    assert tick(21, looked=False).json()["code"] == "assignment_closed"


def test_the_reviewer_has_to_look_again_at_what_was_returned_alone() -> None:
    team = adjudicated()
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    for label in (20, 21):
        tick_level(assignment_id=looked.pk, label=label, looked=True)
    again = send_back(team, "Mend L2")
    flow.hand_in(again, change=flow.erase(21, 0.2))
    second = flow.take(reviewer, team.project)
    assert ticked(second) == {20: (True, False, True), 21: (False, False, False)}
    tick_level(assignment_id=second.pk, label=20, looked=False)
    assert ticked(second)[20] == (False, False, False)


def test_a_tick_taken_back_in_the_round_before_does_not_come_back_from_an_older_one() -> None:
    team = adjudicated()
    reviewer = team.radiologists[1]
    tick_level(assignment_id=flow.take(reviewer, team.project).pk, label=20, looked=True)
    flow.hand_in(send_back(team, "Mend L2"))
    second = flow.take(reviewer, team.project)
    assert ticked(second)[20] == (True, False, True)
    tick_level(assignment_id=second.pk, label=20, looked=False)
    flow.hand_in(send_back(team, "Mend L2"))
    assert ticked(flow.take(reviewer, team.project))[20] == (False, False, False)


def test_a_third_round_takes_over_ticks_of_the_first_that_the_second_took_from_it() -> None:
    team = adjudicated()
    reviewer = team.radiologists[1]
    tick_level(assignment_id=flow.take(reviewer, team.project).pk, label=20, looked=True)
    flow.hand_in(send_back(team, "Mend L2"))
    tick_level(assignment_id=flow.take(reviewer, team.project).pk, label=21, looked=True)
    flow.hand_in(send_back(team, "Mend L2"))
    assert ticked(flow.take(reviewer, team.project)) == {20: (True, False, True), 21: (False, False, False)}


def test_a_settled_vertebra_that_changed_has_lost_its_former_tick() -> None:
    team = adjudicated()
    reviewer = team.radiologists[1]
    tick_level(assignment_id=flow.take(reviewer, team.project).pk, label=20, looked=True)
    flow.hand_in(send_back(team, "Mend L2"), change=flow.erase(20, 0.2))
    second = flow.take(reviewer, team.project)
    assert states(second)[20] == "changed"
    assert ticked(second)[20] == (False, True, True)


def test_the_manager_reads_what_had_been_ticked_in_what_was_submitted(as_user: AsUser) -> None:
    team = adjudicated()
    looked = flow.take(team.radiologists[1], team.project)
    for label in (20, 21):
        tick_level(assignment_id=looked.pk, label=label, looked=True)
    again = send_back(team, "Mend L2")
    for label in (20, 21):
        tick_level(assignment_id=again.pk, label=label, looked=True)
    flow.paint(again, flow.erase(21, 0.2))  # its tick no longer stands
    place = {"kind": "leak", "label": 21, "voxel": [1, 2, 3]}
    client, page = as_user(again.rater), f"/api/v1/cases/{again.task.case_id}/looked"
    client.put(f"/api/v1/assignments/{again.pk}/places/looked", place, format="json")
    listed = len(client.get(f"/api/v1/assignments/{again.pk}/places").json())

    def told() -> list[tuple[str, dict[int, bool] | None, list[Any]]]:
        return [
            (
                row["assignment"],
                row["vertebrae"] and {one["label"]: one["looked"] for one in row["vertebrae"]},
                row["places"],
            )
            for row in as_user(team.manager).get(page).json()
        ]

    assert str(again.pk) not in [pk for pk, *_ in told()], "it is in hand"
    assert (str(looked.pk), {20: True, 21: True}, []) in told()
    assert sum(levels is None for _, levels, _ in told()) == 3, "raters tick no vertebrae"
    flow.hand_in(again)
    assert (str(again.pk), {20: True, 21: False}, [place]) in told()
    found = {row["assignment"]: row["places_found"] for row in as_user(team.manager).get(page).json()}
    assert found[str(looked.pk)] is None, "a review has no such list on record"
    assert found[str(again.pk)] == listed
    assert client.get(page).status_code == 404, "an adjudicator is no manager"
