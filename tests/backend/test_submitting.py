"""Editing, grading and handing in over REST, as the browser does it."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client

from backend.annotation.models import Assignment, Grading, Submission, TaskState
from backend.masks import services as masks
from backend.masks.models import EditSession, MaskSource
from backend.masks.selectors import load_mask
from backend.science import edits
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


class Browser:
    """One rater with an opened assignment."""

    def __init__(self, team: flow.Team, number: int = 0) -> None:
        self.user = team.raters[number]
        self.client = Client()
        self.client.force_login(self.user)
        answer = self.client.post(f"/api/v1/projects/{team.project.slug}/next-assignment")
        self.url = f"/api/v1/assignments/{answer.json()['id']}"
        self.opened = self.client.post(f"{self.url}/open").json()
        response = self.client.get(f"{self.url}/mask")
        self.mask = edits.decode_mask(response.content)
        self.revision = int(response["X-Vertebase-Revision"])
        self.digest = response["X-Vertebase-Digest"]

    def stroke(self, label: int = 20, *, operation_id: Any = None, base: int | None = None) -> Any:
        after = self.mask.copy(order="F")
        after[0, 0, 4] = label
        response = self.client.post(
            f"{self.url}/operations",
            edits.encode_slices(after, [4]),
            content_type="application/octet-stream",
            headers={
                "X-Operation-Id": str(operation_id or uuid4()),
                "X-Base-Revision": str(self.revision if base is None else base),
                "X-Operation-Kind": "brush",
                "X-Operation-Label": str(label),
            },
        )
        if response.status_code == 200:
            self.mask, self.revision = after, response.json()["revision"]
            self.digest = response.json()["digest"]
        return response

    def send(self, method: str, address: str, body: dict[str, Any]) -> Any:
        return getattr(self.client, method)(f"{self.url}{address}", body, content_type="application/json")

    def submit(self, digest: str | None = None) -> Any:
        return self.send("post", "/submit", {"digest": digest or self.digest, "active_seconds": 30})

    def grade_all(self) -> None:
        self.send("post", "/gradings/normal-rest", {"labels": self.opened["gradable"]})


@pytest.fixture
def team() -> flow.Team:
    team = flow.make_team()
    flow.start_case(team.project, factories.block_mask(labels=(5, 20, 21)))
    return team


@pytest.fixture
def browser(team: flow.Team) -> Browser:
    return Browser(team)


def test_opening_tells_all_that_the_workstation_needs(browser: Browser) -> None:
    told = browser.opened
    assert told["gradable"] == [20, 21]
    assert [level["label"] for level in told["levels"]] == [5, 20, 21]
    assert told["start"]["source"] == "import"
    assert (told["needs_grades"], told["can_edit"], told["adjudication"]) == (True, True, None)
    assert told["session"]["digest"] == browser.digest == edits.mask_digest(browser.mask)


def test_a_saved_stroke_is_there_when_one_comes_back(browser: Browser) -> None:
    saved = browser.stroke().json()
    again = browser.client.get(f"{browser.url}/mask")
    assert np.array_equal(edits.decode_mask(again.content), browser.mask)
    assert again["X-Vertebase-Digest"] == saved["digest"] == edits.mask_digest(browser.mask)
    listed = browser.client.get(f"{browser.url}/operations?after=0").json()
    assert [row["kind"] for row in listed] == ["brush"]
    delta = edits.decode(base64.b64decode(listed[0]["payload_b64"]))
    assert delta.ks == [4]


def test_a_retry_is_acknowledged_once_and_a_stale_base_is_refused(browser: Browser) -> None:
    operation = uuid4()
    first = browser.stroke(operation_id=operation).json()
    assert browser.stroke(operation_id=operation, base=0).json() == first
    stale = browser.stroke(label=21, base=0)
    assert stale.status_code == 409
    assert stale.json()["code"] == "stale_base"
    assert stale.json()["extra"] == {"revision": 1, "digest": first["digest"]}


@pytest.mark.parametrize("payload", [b"", b"no mask", edits.encode_mask(np.zeros((2, 2, 2), np.uint8))])
def test_bytes_that_are_no_delta_of_this_mask_are_refused(browser: Browser, payload: bytes) -> None:
    response = browser.client.post(
        f"{browser.url}/operations",
        payload,
        content_type="application/octet-stream",
        headers={
            "X-Operation-Id": str(uuid4()),
            "X-Base-Revision": "0",
            "X-Operation-Kind": "brush",
        },
    )
    assert response.status_code == 400
    assert response.json()["code"] in {"bad_slices", "other_grid"}


def test_missing_headers_are_named(browser: Browser) -> None:
    response = browser.client.post(f"{browser.url}/operations", b"x", content_type="application/octet-stream")
    assert response.status_code == 400
    assert "operation_id" in response.json()["message"]


def test_the_server_takes_only_the_mask_that_the_rater_sees(browser: Browser) -> None:
    browser.stroke()
    browser.grade_all()
    refused = browser.submit("0" * 64)
    assert (refused.status_code, refused.json()["code"]) == (409, "digest_mismatch")
    assert refused.json()["extra"] == {"revision": 1, "digest": browser.digest}
    assert browser.submit().status_code == 200
    submission = Submission.objects.get()
    assert submission.vertebrae == len(np.unique(browser.mask)) - 1
    assert submission.mask is not None
    assert np.array_equal(load_mask(submission.mask).array, browser.mask)
    assert submission.edited_voxels == 1


def test_vertebrae_without_a_grade_are_named(browser: Browser) -> None:
    browser.send("put", "/gradings/20", {"grade": 1, "fracture_type": "wedge"})
    refused = browser.submit()
    assert (refused.status_code, refused.json()["code"]) == (400, "gradings_missing")
    assert refused.json()["extra"] == {"labels": [21]}
    assert "L2" in refused.json()["message"]


def test_an_answer_on_a_vertebra_that_is_not_in_the_mask_is_kept_but_not_handed_in(browser: Browser) -> None:
    assert browser.send("put", "/gradings/22", {"grade": 2}).status_code == 200
    browser.grade_all()
    assert browser.submit().status_code == 200
    assert sorted(row["label"] for row in Submission.objects.get().gradings) == [20, 21]
    assert Grading.objects.filter(label=22, grade=2, current=True).exists()


def test_handed_in_work_is_closed(browser: Browser) -> None:
    browser.grade_all()
    first = browser.submit()
    assert first.status_code == 200
    again = browser.submit()  # its first answer may have been lost on the way
    assert (again.status_code, again.json()) == (200, first.json())
    assert Submission.objects.count() == 1
    assert browser.submit(digest="0" * 64).json()["code"] == "assignment_closed"
    assert browser.stroke().json()["code"] == "assignment_closed"
    assert browser.send("put", "/gradings/20", {"grade": 2}).json()["code"] == "assignment_closed"


def test_a_session_that_ended_first_closes_the_assignment_for_the_browser(browser: Browser) -> None:
    masks.close_session(session=EditSession.objects.get(), source=MaskSource.RATER)
    assert browser.stroke().json()["code"] == "assignment_closed"


def test_every_answer_is_kept(browser: Browser) -> None:
    for grade in (0, 2, 2, 1):
        browser.send("put", "/gradings/20", {"grade": grade})
    rows = Grading.objects.filter(label=20).order_by("revision").values_list("revision", "grade", "current")
    assert list(rows) == [(1, 0, False), (2, 2, False), (3, 1, True)]


def test_all_others_normal_leaves_answers_alone(browser: Browser) -> None:
    browser.send("put", "/gradings/20", {"grade": 3, "fracture_type": "crush"})
    rows = browser.send("post", "/gradings/normal-rest", {"labels": [20, 21]}).json()
    assert {row["label"]: row["grade"] for row in rows} == {20: 3, 21: 0}


@pytest.mark.parametrize(
    ("label", "answer", "code"),
    [
        (5, {"grade": 0}, "not_gradable_level"),
        (26, {"grade": 0}, "not_gradable_level"),
        (20, {"grade": 0, "fracture_type": "wedge"}, "type_without_fracture"),
        (20, {"grade": None}, "reason_missing"),
        (20, {"grade": 4}, "invalid"),
    ],
)
def test_answers_that_nobody_can_mean_are_refused(
    browser: Browser, label: int, answer: dict[str, Any], code: str
) -> None:
    response = browser.send("put", f"/gradings/{label}", answer)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_not_gradable_with_a_reason_counts_as_answered(browser: Browser) -> None:
    browser.send("put", "/gradings/20", {"grade": None, "not_gradable_reason": "metal"})
    browser.grade_all()
    assert browser.submit().status_code == 200


def test_the_task_is_complete_with_the_last_of_three(team: flow.Team) -> None:
    for number in range(3):
        rater = Browser(team, number)
        task = Assignment.objects.get(pk=rater.opened["id"]).task
        assert task.state == TaskState.OPEN
        rater.grade_all()
        rater.submit()
    task.refresh_from_db()
    assert task.state == TaskState.COMPLETE


def test_findings_name_what_looks_wrong(browser: Browser) -> None:
    codes = {row["code"] for row in browser.client.get(f"{browser.url}/findings").json()}
    assert {"missing_level", "orientation"} <= codes


def test_what_the_project_insists_on_is_mended_or_answered_before_the_work_is_taken(
    team: flow.Team, browser: Browser
) -> None:
    team.project.finding_rules = {"orientation": "block", "missing_level": "off"}
    team.project.save()
    browser.grade_all()
    found = browser.client.get(f"{browser.url}/findings").json()
    assert "missing_level" not in {row["code"] for row in found}
    blocking = [row for row in found if row["rule"] == "block"]
    assert [(row["code"], row["label"]) for row in blocking] == [("orientation", None)]
    refused = browser.submit()
    assert refused.status_code == 409
    assert refused.json()["code"] == "findings_unanswered"
    open_rows = refused.json()["extra"]["findings"]
    assert open_rows == [{"code": row["code"], "label": row["label"]} for row in blocking]
    body = {"digest": browser.digest, "active_seconds": 30}
    empty = [{**row, "reason": " "} for row in open_rows]
    assert browser.send("post", "/submit", {**body, "answers": empty}).status_code in (400, 409)
    answers = [{**row, "reason": "The patient lay head down."} for row in open_rows]
    assert browser.send("post", "/submit", {**body, "answers": answers}).status_code == 200
    kept = Submission.objects.get().mask
    assert kept is not None
    assert kept.provenance["findings_answered"] == answers
    shown = browser.client.get(f"{browser.url}/findings").json()
    assert {row["answer"] for row in shown if row["rule"] == "block"} == {"The patient lay head down."}
