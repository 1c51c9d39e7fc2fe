"""Who did and who saw what, as a project's managers read it; and what is held back from them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.accounts.services import create_user
from backend.annotation.cases.services.unblinding import unblind
from backend.annotation.measuring import rulers
from backend.annotation.models import Case, Sighting
from backend.annotation.quality.services import training
from backend.annotation.work.services import excluding, giving
from backend.audit import checking
from backend.audit.acts.people_acts import TokenRevoked
from backend.audit.models import ChainCheck, Record
from backend.audit.services import look_at_chain, record, verify_chain
from backend.common.models import Job, JobState
from backend.measurements.rulers import Drawn
from backend.progress.auditing import services
from backend.progress.auditing.selectors import CASE_OF, SHOWN
from backend.projects.models import Role
from tests.backend import factories, flow
from tests.permissions.world import hidden
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[..., APIClient]


@replayable
def rated_team() -> flow.Team:
    """A case that two have rated; a manager who rates as well has a place on it."""
    team = flow.make_team(raters=2)
    factories.make_member(team.project, Role.RATER, user=team.manager)
    flow.start_case(team.project)
    flow.rate(team, changes=[flow.erase(20), None])
    return team


@pytest.fixture
def team() -> flow.Team:
    return rated_team()


def listed(client: APIClient, team: flow.Team, status: int = 200, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/projects/{team.project.slug}/audit", query)
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def texts(page: dict[str, Any]) -> list[str]:
    return [row["text"] for row in page["results"]]


def test_pages_follow_on_each_other_newest_first(team: flow.Team, as_user: AsUser) -> None:
    client = as_user(team.manager)
    whole = listed(client, team, page_size=200)
    assert whole["older"] is None
    assert [row["at"] for row in whole["results"]] == sorted(
        (row["at"] for row in whole["results"]), reverse=True
    )
    read, older = [], None
    while True:
        page = listed(client, team, page_size=7, **({"before": older} if older else {}))
        read += page["results"]
        older = page["older"]
        assert len(page["results"]) == 7 or older is None
        if older is None:
            break
    assert read == whole["results"]
    assert listed(client, team, 400, before="0" * 64)["code"] == "unknown_entry"
    submitted = next(row for row in read if row["verb"] == "assignment.submitted")
    case = Case.objects.get()
    assert submitted["text"].startswith("Submitted, ")
    assert submitted["actor"] == team.raters[1].name
    assert submitted["subject"] == {"kind": "case", "id": str(case.pk), "name": case.alias}


def test_what_is_asked_for_is_found(team: flow.Team, as_user: AsUser) -> None:
    client, rater = as_user(team.manager), team.raters[0]
    case = Case.objects.get()
    by_rater = listed(client, team, person=str(rater.pk))["results"]
    assert by_rater
    assert {row["actor"] for row in by_rater} == {rater.name}
    assert set(texts(listed(client, team, verb="case.opened"))) == {"Case opened"}
    assert {row["verb"] for row in listed(client, team, said="VOXELS submitted")["results"]} == {
        "assignment.submitted"
    }
    assert listed(client, team, said="nobody ever said so")["results"] == []
    excluding.exclude(case_id=case.pk, actor=team.manager, reason="image_quality", note="")
    assert texts(listed(client, team, said="image quality")) == ["Excluded: image quality"]
    assert texts(listed(client, team, said="excluded wrong")) == [], "a reason that is another"
    of_case = listed(client, team, case=case.alias, page_size=200)["results"]
    assert {row["subject"]["name"] for row in of_case} == {case.alias}
    assert {"case.excluded", "mask.added", "assignment.submitted"} <= {row["verb"] for row in of_case}
    assert listed(client, team, 404, case="case-none")["code"] == "no_such_case"
    assert listed(client, team, 400, verb="case.flown")["code"] == "invalid"


def test_days_are_found_with_their_ends(team: flow.Team, as_user: AsUser) -> None:
    client = as_user(team.manager)
    midnight = datetime(2031, 5, 4, tzinfo=UTC)
    first, second, third = Record.objects.filter(project_id_ref=team.project.pk).order_by("-sequence")[:3]
    for row, at in ((first, midnight + timedelta(days=1)), (second, midnight), (third, midnight)):
        Record.objects.filter(pk=row.pk).update(at=at)
    Record.objects.filter(pk=third.pk).update(at=midnight - timedelta(microseconds=1))
    found = listed(client, team, since="2031-05-04", until="2031-05-04")["results"]
    assert [row["entry"] for row in found] == [second.digest]
    assert listed(client, team, 400, since="2031-05-04", until="2031-05-03")["code"] == "invalid"


def test_all_acts_on_one_case_are_a_look_at_others_work(team: flow.Team, as_user: AsUser) -> None:
    client, case = as_user(team.manager), Case.objects.get()
    listed(client, team)
    assert not Sighting.objects.filter(user=team.manager).exists()
    listed(client, team, case=case.alias)
    assert Sighting.objects.filter(user=team.manager, case=case).exists()
    assert texts(listed(client, team, seen="true")) == ["Saw others' work: the page of the case"]


def saved(client: APIClient, team: flow.Team, **query: Any) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/projects/{team.project.slug}/audit/table.csv", query)
    assert answer.status_code == 200
    assert answer.streaming
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_who_rates_a_case_reads_nothing_of_it(team: flow.Team, as_user: AsUser) -> None:
    client, closed = as_user(team.manager), Case.objects.get()
    other_manager = factories.make_member(team.project, Role.MANAGER)
    other = flow.start_case(team.project)
    peer = flow.take(team.raters[0], team.project)
    assert peer.task.case_id == other.pk
    rulers.keep_ruler(
        assignment=peer,
        ruler_id=peer.pk,
        drawn=Drawn("length", "sagittal", "", [[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]]),
    )
    flow.hand_in(peer)
    before = listed(client, team, page_size=200)
    assert not before["held_back"]
    assert {"ruler.drawn", "mask.added"} <= {row["verb"] for row in before["results"]}
    mine = [
        giving.assign(task_id=case.tasks.get().pk, user=team.manager, actor=other_manager)
        for case in (closed, other)
    ]
    during = listed(client, team, page_size=200)
    assert during["held_back"]
    aliases = set(Case.objects.values_list("alias", flat=True))
    told = str(during["results"]) + str(saved(client, team))
    assert not [alias for alias in aliases if alias in told]
    shown = {row["verb"] for row in during["results"]}
    assert not shown & {
        "ruler.drawn",
        "mask.added",
        "assignment.submitted",
        "assignment.taken",
        "case.opened",
    }
    answers = [listed(client, team, 404, case=name) for name in (closed.alias, "case-none")]
    assert answers[0]["message"].replace(closed.alias, "case-none") == answers[1]["message"]
    assert not Sighting.objects.filter(user=team.manager).exists()
    for one in mine:
        flow.hand_in(one)
    assert aliases <= {
        (row["subject"] or {}).get("name") for row in listed(client, team, page_size=200)["results"]
    }


def test_copies_made_to_measure_are_on_no_list(team: flow.Team, as_user: AsUser) -> None:
    rater = team.raters[0]
    flow.known_case(team)
    gold = hidden(team.project, rater, "gold")
    flow.hand_in(gold)
    assert Record.objects.filter(subject_id=str(gold.task.case_id), actor=rater).exists()
    kinds = set(Record.objects.filter(project_id_ref=team.project.pk).values_list("subject_kind", flat=True))
    assert kinds - set(SHOWN) == {"annotation.exercise"}, "say of a new kind whether it is part of a case"
    client, copy = as_user(team.manager), Case.every.get(pk=gold.task.case_id)
    page = listed(client, team, page_size=200)
    told = str(page) + str(saved(client, team))
    assert copy.alias not in told
    digests = set(
        Record.objects.filter(subject_id__in=[str(copy.pk), str(copy.exercise.pk)]).values_list(
            "digest", flat=True
        )
    )
    masks = Record.objects.filter(
        subject_id__in=[str(pk) for pk in copy.volume.masks.values_list("pk", flat=True)]
    )
    digests |= set(masks.values_list("digest", flat=True))
    assert digests
    assert not digests & {row["entry"] for row in page["results"]}
    assert listed(client, team, 404, case=copy.alias)["code"] == "no_such_case"


def test_every_kind_of_thing_is_one() -> None:
    for kind in SHOWN:
        apps.get_model(kind)
    for kind, (model, _) in CASE_OF.items():
        assert model._meta.label_lower == kind


def test_double_blind_acts_are_under_letters_and_not_found_by_name(team: flow.Team, as_user: AsUser) -> None:
    client, rater, case = as_user(team.manager), team.raters[0], Case.objects.get()
    training.qualify(project=team.project, user=rater, actor=team.manager, reason="An old hand")
    (trusted,) = listed(client, team, verb="rater.qualified")["results"]
    assert trusted["subject"] == {"kind": "person", "id": str(rater.pk), "name": rater.name}
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    page = listed(client, team, case=case.alias, page_size=200)
    assert page["names_hidden"]
    assert {"Rater A", "Rater B"} <= {row["actor"] for row in page["results"]}
    assert not {one.name for one in team.raters} & {row["actor"] for row in page["results"]}
    assert {row["actor_id"] for row in page["results"]} <= {None, str(team.manager.pk)}
    assert rater.name not in {row["person"] for row in saved(client, team, case=case.alias)}
    assert listed(client, team, person=str(rater.pk))["results"] == []
    assert "Qualified after training" in texts(listed(client, team, person=str(team.manager.pk)))
    unblind(case=case, actor=team.manager, reason="To know")
    found = listed(client, team, person=str(rater.pk))["results"]
    assert {row["actor"] for row in found} == {rater.name}
    other = factories.make_member(team.project, Role.MANAGER)
    assert listed(as_user(other), team, person=str(rater.pk))["results"] == [], "who asked was another"
    asked = [row["actor"] for row in listed(as_user(other), team, verb="case.unblinded")["results"]]
    assert asked == [team.manager.name], "who asks for names is named"


def test_a_page_takes_the_same_number_of_queries_however_long(team: flow.Team, as_user: AsUser) -> None:
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    client = as_user(team.manager)
    taken = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            listed(client, team, page_size=200)
        taken.append(len(queries))
        for _ in range(2):
            flow.start_case(team.project)
            flow.rate(team)
    assert taken[0] == taken[1]
    assert taken[0] <= 24


def test_the_file_is_made_a_few_at_a_time_and_on_record(
    team: flow.Team, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "CHUNK", 5)
    client, rater = as_user(team.manager), team.raters[0]
    User.objects.filter(pk=rater.pk).update(display_name="=HYPERLINK(1)")
    rows = saved(client, team)
    page = listed(client, team, page_size=200)["results"]
    assert page[0]["text"] == "Saved the list of acts as a file"
    assert [row["entry"] for row in rows] == [row["entry"] for row in page]
    assert "'=HYPERLINK(1)" in {row["person"] for row in rows}
    assert {row["entry"] for row in saved(client, team, verb="case.opened")} == {
        row["entry"] for row in page if row["verb"] == "case.opened"
    }


def checked(client: APIClient, team: flow.Team, method: str = "get") -> dict[str, Any]:
    answer = getattr(client, method)(f"/api/v1/projects/{team.project.slug}/audit/check")
    assert answer.status_code == (200 if method == "get" else 202)
    return dict(answer.json())


def test_the_chain_is_checked_as_a_job_and_its_result_stands(team: flow.Team, as_user: AsUser) -> None:
    client = as_user(team.manager)
    assert checked(client, team)["state"] == "never"
    checked(client, team, "post")
    held = checked(client, team)
    assert (held["state"], held["length"]) == ("unbroken", Record.objects.count())
    assert Job.objects.get(kind=checking.CHECK_KIND).project_id_ref is None, "the chain is the site's"
    broken = Record.objects.order_by("sequence")[4]
    Record.objects.filter(pk=broken.pk).update(verb="case.flown")
    checked(client, team, "post")
    found = checked(client, team)
    assert (found["state"], found["broken_at"]) == ("broken", broken.pk)
    assert found["reason"] == "was changed after it was written"
    flow.take(team.manager, team.project)
    assert checked(client, team)["length"] is None, "how many entries there are would tell of others' work"


def test_a_check_under_way_is_not_started_twice_and_one_that_failed_says_why(
    team: flow.Team, as_user: AsUser
) -> None:
    client = as_user(team.manager)
    job = Job.objects.create(kind=checking.CHECK_KIND, state=JobState.RUNNING, progress=0.5)
    ChainCheck.objects.create(job=job)
    told = checked(client, team, "post")
    assert (told["state"], told["progress"]) == ("checking", 0.5)
    assert ChainCheck.objects.count() == 1
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="The worker was lost too often.")
    told = checked(client, team)
    assert (told["state"], told["error"]) == ("failed", "The worker was lost too often.")


def test_what_is_written_while_the_chain_is_read_is_no_fault(team: flow.Team) -> None:
    user = create_user(email="late@x.test", password=None)
    written: list[Record] = []

    def write(length: int) -> None:
        if len(written) < 2:
            written.append(record(actor=user, act=TokenRevoked(), subject=user))

    look = look_at_chain(write)
    assert look.fault is None
    assert look.length == Record.objects.count()
    written.clear()
    Record.objects.latest("sequence").delete()
    assert verify_chain(write) is not None
