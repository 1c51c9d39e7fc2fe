"""What happened in a project, asked for: the same as webhooks are told, from where one left off."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from backend.annotation.models import Case, CasePurpose
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.notices.webhooks import following
from backend.projects.models import Role
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db


def accepted(case: Case) -> None:
    audit.record(
        actor=None, act=case_acts.CaseAccepted(mask=uuid4()), subject=case, project_id=case.project_id
    )


@pytest.fixture
def case() -> Case:
    return rows.case_in(factories.make_project())


def asked(case: Case, after: str = "", **headers: str) -> Any:
    client = Client()
    client.force_login(factories.make_member(case.project, Role.MANAGER))
    return client.get(
        f"/api/v1/projects/{case.project.slug}/events", {"after": after} if after else {}, headers=headers
    )


def test_one_goes_on_after_the_last_that_is_known(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(case)
    first = asked(case).json()
    (event,) = first["events"]
    assert (event["event"], event["subject"]) == (
        "case.accepted",
        {"kind": "case", "id": str(case.pk), "name": case.alias},
    )
    assert set(event) == {"id", "event", "at", "project", "subject"}, "nobody is named"
    assert (first["cursor"], first["more"]) == (event["id"], False)
    assert asked(case, "now").json() == {"events": [], "cursor": event["id"], "more": False}
    assert asked(case, event["id"]).json()["events"] == []
    monkeypatch.setattr(following, "AT_ONCE", 1)
    accepted(case)
    accepted(case)
    second = asked(case, event["id"]).json()
    assert (len(second["events"]), second["more"]) == (1, True)
    third = asked(case, second["cursor"]).json()
    assert (len(third["events"]), third["more"]) == (1, False)
    assert third["events"][0]["id"] != second["events"][0]["id"]


def test_copies_made_to_train_or_to_measure_are_not_told(case: Case) -> None:
    Case.every.filter(pk=case.pk).update(purpose=CasePurpose.GOLD)
    accepted(case)
    told = asked(case).json()
    assert told["events"] == []
    assert asked(case, told["cursor"]).status_code == 200, "one goes on behind them"


def test_an_event_of_another_project_is_unknown(case: Case) -> None:
    other = rows.case_in(factories.make_project())
    accepted(other)
    theirs = asked(other).json()["cursor"]
    refused = asked(case, theirs)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_event")
    assert asked(case).json()["events"] == []


def test_an_event_source_reads_them_and_resumes(case: Case) -> None:
    accepted(case)
    answer = asked(case, accept="text/event-stream")
    assert answer["Content-Type"].startswith("text/event-stream")
    lines = answer.content.decode().splitlines()
    assert lines[0] == "retry: 5000"
    (last,) = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
    assert "event: case.accepted" in lines
    again = asked(case, accept="text/event-stream", **{"last-event-id": last}).content.decode()
    assert "event:" not in again
    assert f"id: {last}" in again
