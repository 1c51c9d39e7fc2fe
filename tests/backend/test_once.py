"""A write that is sent again under its client's id is answered again and not done again."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, Grading, NamingAnswer, Submission, TaskKind
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import open_assignment
from backend.audit.models import Record
from backend.common import once
from backend.common.models import AnsweredWrite
from backend.masks.models import EditOperation
from backend.measurements.models import Adjustment
from backend.projects.models import Project
from backend.review.models import PinnedComment, ReviewDecision
from backend.science import edits
from backend.workflow.sweep import keep_up
from tests.backend import factories, flow
from tests.backend.test_adjustments import longer
from tests.backend.test_measurements import column
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


class Sender:
    """A person at one assignment, who sends each write under an id."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.client = Client()
        self.client.force_login(assignment.rater)

    def send(self, method: str, rest: str, body: Any, *, key: Any = None, user: Any = None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": str(key)}
        if user is not None:
            headers["X-Acting-User"] = str(user.pk)
        address = f"/api/v1/assignments/{self.assignment.pk}{rest}"
        return getattr(self.client, method)(address, body, content_type="application/json", headers=headers)


@pytest.fixture
def team() -> flow.Team:
    team = flow.make_team(raters=3, radiologists=2)
    flow.start_case(team.project, factories.block_mask(labels=(20, 21, 22)))
    return team


@replayable
def begun_by(person: User, project: Project) -> Assignment:
    assignment = flow.take(person, project)
    open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


@pytest.fixture
def rater(team: flow.Team) -> Sender:
    return Sender(begun_by(team.raters[0], team.project))


def adjudicator(team: flow.Team) -> Sender:
    flow.rate(team, changes=[None, None, flow.erase(20)])
    assignment = begun_by(team.radiologists[0], team.project)
    assert assignment.task.kind == TaskKind.ADJUDICATE
    return Sender(assignment)


def reviewer(team: flow.Team) -> Sender:
    flow.rate(team)
    assignment = flow.take(team.radiologists[0], team.project)
    assert assignment.task.kind == TaskKind.REVIEW
    return Sender(assignment)


def rows() -> dict[str, int]:
    kinds = (
        Grading,
        NamingAnswer,
        Adjustment,
        PinnedComment,
        EditOperation,
        ReviewDecision,
        Submission,
        Record,
    )
    return {kind.__name__: kind.objects.count() for kind in kinds}


CRUSHED = {"grade": 2, "fracture_type": "crush"}
Write = tuple[str, str, Any]
OF_RATER: dict[str, Write] = {
    "grade": ("put", "/gradings/20", {"grade": 1, "fracture_type": "wedge"}),
    "rest": ("post", "/gradings/normal-rest", {"labels": [20, 21, 22]}),
    "note": ("post", "/comments", {"text": "Facet?", "label": 20}),
    "looked": ("put", "/places/looked", {"kind": "leak", "label": 20, "voxel": [1, 2, 3]}),
    "time": ("post", "/active-time", {"seconds": 40}),
}


@pytest.mark.parametrize("kind", OF_RATER)
def test_a_rater_s_write_is_done_once(rater: Sender, kind: str) -> None:
    key = uuid4()
    first = rater.send(*OF_RATER[kind], key=key)
    before = rows()
    again = rater.send(*OF_RATER[kind], key=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.status_code in (200, 201)
    assert rows() == before
    assert flow.reload(rater.assignment).active_seconds == (40 if kind == "time" else 0)


def test_an_old_answer_that_comes_late_again_does_not_undo_a_newer_one(rater: Sender) -> None:
    key = uuid4()
    assert rater.send("put", "/gradings/20", CRUSHED, key=key).status_code == 200
    assert rater.send("put", "/gradings/20", {"grade": 0}, key=uuid4()).status_code == 200
    rater.send("put", "/gradings/20", CRUSHED, key=key)
    assert Grading.objects.get(label=20, current=True).grade == 0


@pytest.mark.parametrize("choice", [{"choice": "rater", "slot": "C"}, {"choice": "painted"}])
def test_a_choice_is_done_once_and_gives_its_delta_again(team: flow.Team, choice: dict[str, Any]) -> None:
    expert = adjudicator(team)
    body = {"label": 20, "reason": "seen", **choice}
    key = uuid4()
    first = expert.send("post", "/choices", body, key=key)
    before = rows()
    other = expert.send("post", "/choices", {"label": 20, "choice": "fused"}, key=uuid4())
    assert other.status_code == 200
    again = expert.send("post", "/choices", body, key=key)
    assert first.status_code == 200
    assert again.json() == first.json()
    decision = expert.assignment.task.vertebra_decisions.get(label=20)
    assert decision.choice == "fused", "a choice that comes late again does not undo a newer one"
    added = EditOperation.objects.count() - before["EditOperation"]
    assert added == (1 if choice["choice"] == "rater" else 0)


def test_a_decision_is_taken_once(team: flow.Team) -> None:
    sender = reviewer(team)
    key, body = uuid4(), {"accept": True, "comment": "", "active_seconds": 0}
    first = sender.send("post", "/decision", body, key=key)
    before = rows()
    again = sender.send("post", "/decision", body, key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert rows() == before
    assert sender.send("post", "/decision", body, key=uuid4()).status_code == 409


def test_work_is_handed_in_once_with_the_time_that_was_reported(rater: Sender) -> None:
    for _ in range(2):
        rater.send("post", "/active-time", {"seconds": 30}, key=uuid4())
    flow.grade_all(rater.assignment, {})
    digest = mask_state(rater.assignment).digest
    key, body = uuid4(), {"digest": digest, "active_seconds": 5, "comment": "done"}
    first = rater.send("post", "/submit", body, key=key)
    again = rater.send("post", "/submit", body, key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert Submission.objects.get().active_seconds == 65
    assert flow.reload(rater.assignment).active_seconds == 65
    late = rater.send("post", "/active-time", {"seconds": 9}, key=uuid4())
    assert (late.status_code, late.json()["code"]) == (409, "assignment_closed")


@replayable
def measuring() -> Assignment:
    team = flow.make_team()
    flow.doubt_names(flow.start_case(team.project, column(heights={})))
    return begun_by(team.raters[0], team.project)


@pytest.fixture
def measurer() -> Sender:
    """Somebody with a column whose lines and regions can be moved, and whose names are a guess."""
    return Sender(measuring())


def wider(scale: float) -> Write:
    return ("put", "/measurements/22/region", {"shift_ras_mm": [0, 0, 0], "scale": scale})


def lines_of(measurer: Sender, factor: float) -> Write:
    row = measurer.send("get", "/measurements?label=22", None).json()[0]
    return ("put", "/measurements/22/lines", {"lines_ras_mm": longer(row["lines_ras_mm"], 0, factor)})


def said(answer: str) -> Write:
    return ("put", "/naming-answer", {"answer": answer})


@pytest.mark.parametrize("kind", ["lines", "region", "naming"])
def test_what_is_moved_or_said_late_again_does_not_undo_what_came_after(measurer: Sender, kind: str) -> None:
    old, new = {
        "lines": lambda: (lines_of(measurer, 1.2), lines_of(measurer, 0.8)),
        "region": lambda: (wider(0.8), wider(1.2)),
        "naming": lambda: (said("confirmed"), said("unknown")),
    }[kind]()
    key = uuid4()
    first = measurer.send(*old, key=key)
    assert first.status_code == 200
    assert measurer.send(*new, key=uuid4()).status_code == 200
    before = rows()
    again = measurer.send(*old, key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert rows() == before


@pytest.mark.parametrize("kind", ["lines", "region"])
def test_going_back_to_what_was_measured_is_done_once(measurer: Sender, kind: str) -> None:
    move = lines_of(measurer, 1.2) if kind == "lines" else wider(0.8)
    key, reset = uuid4(), ("delete", f"/measurements/22/{kind}", "")
    assert measurer.send(*move, key=uuid4()).status_code == 200
    assert measurer.send(*reset, key=key).json()[f"own_{kind}"] is None
    assert measurer.send(*move, key=uuid4()).status_code == 200
    assert measurer.send(*reset, key=key).status_code == 200
    assert Adjustment.objects.filter(current=True).count() == 1


def test_one_id_stands_for_one_request(rater: Sender) -> None:
    key = uuid4()
    rater.send("put", "/gradings/20", {"grade": 0}, key=key)
    for method, rest, body in [
        ("put", "/gradings/20", {"grade": 3, "fracture_type": "crush"}),
        ("put", "/gradings/21", {"grade": 0}),
        ("post", "/comments", {"text": "Facet?"}),
    ]:
        refused = rater.send(method, rest, body, key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")
    assert Grading.objects.filter(current=True).count() == 1
    assert rater.send("put", "/gradings/20", {"grade": 0}, key="no uuid").json()["code"] == "bad_key"


def test_people_s_ids_do_not_meet(team: flow.Team, rater: Sender) -> None:
    key = uuid4()
    rater.send("put", "/gradings/20", {"grade": 0}, key=key)
    other = Sender(flow.take(team.raters[1], team.project))
    open_assignment(assignment_id=other.assignment.pk, actor=other.assignment.rater)
    assert other.send("put", "/gradings/20", CRUSHED, key=key).status_code == 200
    assert Grading.objects.filter(current=True).count() == 2


def test_a_refused_write_may_be_sent_again_under_its_id(rater: Sender) -> None:
    key, body = uuid4(), {"label": 20, "text": "   "}
    assert rater.send("post", "/comments", body, key=key).status_code == 400
    assert not AnsweredWrite.objects.exists()
    assert rater.send("post", "/comments", {**body, "text": "Facet?"}, key=key).status_code == 201


def test_nothing_is_taken_under_another_account(team: flow.Team, rater: Sender) -> None:
    mine, other = rater.assignment.rater, team.raters[1]
    refused = rater.send("put", "/gradings/20", {"grade": 0}, key=uuid4(), user=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "other_account")
    assert not Grading.objects.exists()
    assert rater.send("put", "/gradings/20", {"grade": 0}, key=uuid4(), user=mine).status_code == 200


def test_two_at_the_same_moment_are_one(rater: Sender) -> None:
    """A client that lost its patience sends again while the first is still at work."""
    key, start = uuid4(), Barrier(2)
    answers: list[Any] = []

    def send() -> None:
        start.wait()
        answers.append(rater.send("post", "/comments", {"text": "Facet?"}, key=key))
        connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert PinnedComment.objects.count() == 1


def deflated(payload: bytes, level: int) -> bytes:
    return zlib.compress(zlib.decompress(payload), level)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda body, headers: (body, headers), 200),
        (lambda body, headers: (deflated(body, 0), headers), 200),
        (lambda body, headers: (body, {**headers, "X-Operation-Kind": "erase"}), 409),
        (lambda body, headers: (body, {**headers, "X-Operation-Label": "21"}), 409),
        (lambda body, headers: (None, headers), 409),
    ],
    ids=["as before", "packed otherwise", "another kind", "another label", "other voxels"],
)
def test_an_edit_s_id_stands_for_one_edit(
    rater: Sender, change: Callable[[Any, dict[str, str]], tuple[Any, dict[str, str]]], expected: int
) -> None:
    mask = mask_state(rater.assignment).array.copy(order="F")
    mask[0, 0, 4] = 20
    payload = edits.encode_slices(mask, [4])
    headers = {
        "X-Operation-Id": str(uuid4()),
        "X-Base-Revision": "0",
        "X-Operation-Kind": "brush",
        "X-Operation-Label": "20",
    }

    def post(body: bytes, sent: dict[str, str]) -> Any:
        address = f"/api/v1/assignments/{rater.assignment.pk}/operations"
        return rater.client.post(address, body, content_type="application/octet-stream", headers=sent)

    first = post(payload, headers)
    assert first.status_code == 200
    body, again = change(payload, headers)
    if body is None:
        mask[1, 0, 4] = 20
        body = edits.encode_slices(mask, [4])
    answer = post(body, again)
    assert answer.status_code == expected
    if expected == 409:
        assert answer.json()["code"] == "operation_reused"
    assert EditOperation.objects.count() == 1


def test_answers_are_kept_for_thirty_days_and_then_cleared(rater: Sender) -> None:
    old, fresh = uuid4(), uuid4()
    for key in (old, fresh):
        assert rater.send("post", "/active-time", {"seconds": 5}, key=key).status_code == 200
    now = timezone.now()
    AnsweredWrite.objects.filter(key=old).update(created_at=now - timedelta(days=30, seconds=1))
    AnsweredWrite.objects.filter(key=fresh).update(created_at=now - timedelta(days=30, seconds=-60))
    kept = keep_up()
    assert (kept.answers_cleared, kept.failed) == (1, [])
    assert AnsweredWrite.objects.get().key == fresh


def test_many_answers_are_cleared_some_at_a_time(rater: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "CLEARED_AT_ONCE", 2)
    for _ in range(3):
        rater.send("post", "/active-time", {"seconds": 5}, key=uuid4())
    late = timezone.now() + timedelta(days=once.KEPT_DAYS, seconds=1)
    assert [once.clear_answers(now=late) for _ in range(3)] == [2, 1, 0]
