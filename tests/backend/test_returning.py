"""Cases that a manager returns, many at once: one step back, with words, and none out of somebody's hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, CaseState, Task, TaskKind, TaskState
from backend.annotation.work.services.working import open_assignment
from backend.audit.models import Record
from backend.review import services as review
from backend.review.models import PinnedComment, ReviewDecision
from backend.review.rounds import second_round
from tests.backend import flow
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[[User | None], APIClient]


@replayable
def waiting_for_review() -> flow.Team:
    """Three raters of one mind: their fusion waits for its review."""
    team = flow.make_team()
    flow.start_case(team.project)
    flow.rate(team)
    return team


def send_back(
    client: APIClient, team: flow.Team, *cases: Case, comment: str = "L1 leaks", **said: Any
) -> list[dict[str, Any]]:
    body = {"case_ids": [str(case.pk) for case in cases], "comment": comment, **said}
    answer = client.post(f"/api/v1/projects/{team.project.slug}/cases/return", body, format="json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


def accept(team: flow.Team) -> None:
    looked = flow.take(team.radiologists[1], team.project)
    open_assignment(assignment_id=looked.pk, actor=looked.rater)
    review.decide(assignment_id=looked.pk, actor=looked.rater, accept=True)


def test_what_waits_for_its_review_goes_to_an_expert_with_the_managers_words(as_user: AsUser) -> None:
    team, client = waiting_for_review(), as_user
    case = Case.objects.get()
    unopened = flow.take(team.radiologists[1], team.project)
    (outcome,) = send_back(client(team.manager), team, case, comment="  L1 leaks  ")
    assert (outcome["done"], outcome["message"], outcome["back"]) == (
        True,
        "Returned to whoever did the work",
        [],
    )
    unopened.refresh_from_db()
    assert unopened.state == AssignmentState.CANCELLED
    assert Task.objects.get(kind=TaskKind.REVIEW).state == TaskState.CANCELLED
    decision = ReviewDecision.objects.get()
    assert (decision.assignment, decision.reviewer, decision.comment) == (None, team.manager, "L1 leaks")
    again = flow.take(team.radiologists[0], team.project)
    assert (again.task.kind, again.task.note) == (TaskKind.ADJUDICATE, "L1 leaks")
    assert Record.objects.filter(verb="case.returned", project_id_ref=team.project.pk).count() == 1


def test_after_the_second_round_it_is_reviewed_again_and_the_reviewer_reads_what_was_asked(
    as_user: AsUser,
) -> None:
    team = waiting_for_review()
    elsewhere = PinnedComment.objects.create(
        case=Case.objects.get(), author=team.manager, text="not of this return"
    )
    send_back(as_user(team.manager), team, Case.objects.get())
    flow.hand_in(flow.take(team.radiologists[0], team.project))
    looked = flow.take(team.radiologists[1], team.project)
    assert (looked.task.kind, looked.task.round, looked.task.note) == (TaskKind.REVIEW, 2, "L1 leaks")
    told = second_round(looked, looked.rater)
    assert told is not None
    assert [asked.text for asked in told.asked] == ["L1 leaks"], elsewhere.text
    review.decide(assignment_id=looked.pk, actor=looked.rater, accept=True)
    assert Case.objects.get().state == CaseState.ACCEPTED


def test_what_is_accepted_gets_a_new_review(as_user: AsUser) -> None:
    team = waiting_for_review()
    accept(team)
    mask = Case.objects.get().accepted_mask
    (outcome,) = send_back(as_user(team.manager), team, Case.objects.get())
    assert outcome["message"] == "Under review again"
    case = Case.objects.get()
    assert (case.state, case.accepted_mask) == (CaseState.IN_PROGRESS, mask)
    again = flow.take(team.radiologists[1], team.project)
    assert (again.task.kind, again.task.round, again.task.note) == (TaskKind.REVIEW, 2, "L1 leaks")


def test_a_review_that_somebody_has_opened_is_theirs_to_decide(as_user: AsUser) -> None:
    team = waiting_for_review()
    looked = flow.take(team.radiologists[1], team.project)
    open_assignment(assignment_id=looked.pk, actor=looked.rater)
    (outcome,) = send_back(as_user(team.manager), team, Case.objects.get())
    assert (outcome["done"], outcome["message"]) == (
        False,
        "Somebody has opened its review: they decide, or take the review back first.",
    )
    assert flow.reload(looked).state == AssignmentState.OPEN
    assert not ReviewDecision.objects.exists()


def test_what_is_being_rated_stays_and_the_others_go(as_user: AsUser) -> None:
    team = waiting_for_review()
    rated = flow.start_case(team.project)
    outcomes = send_back(as_user(team.manager), team, rated, Case.objects.exclude(pk=rated.pk).get())
    assert [outcome["done"] for outcome in outcomes] == [False, True]
    assert outcomes[0]["message"].startswith("Only what is accepted or waits for its review")


def test_a_preview_changes_nothing_and_words_are_needed(as_user: AsUser) -> None:
    team = waiting_for_review()
    (outcome,) = send_back(as_user(team.manager), team, Case.objects.get(), preview=True)
    assert outcome["done"]
    assert not ReviewDecision.objects.exists()
    assert Assignment.objects.filter(state=AssignmentState.RETURNED).count() == 0
    address = f"/api/v1/projects/{team.project.slug}/cases/return"
    body = {"case_ids": [str(Case.objects.get().pk)], "comment": " "}
    assert as_user(team.manager).post(address, body, format="json").status_code == 400
    assert as_user(team.raters[0]).post(address, body, format="json").status_code == 403
