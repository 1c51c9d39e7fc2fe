"""How a project stands: against figures counted by hand, on a clock that the test turns."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.cases.services.cases import accept_case, move_case
from backend.annotation.models import Assignment, Case, CaseState
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.common.models import Job
from backend.masks.services import add_version
from backend.pipeline.models import EditEffort, ModelVersion, Run
from backend.progress.managing.selectors.forecast import HORIZON_WEEKS, forecast
from backend.progress.managing.selectors.weeks import WEEK, Week
from backend.projects.models import Membership, Project, Role
from tests.backend import factories, rows
from tests.backend.clock import Clock

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday


class World:
    """A project of a few cases whose every moment is known."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.at("2026-02-02T00:00:00")  # a Monday, on the stroke
        self.project = factories.make_project()
        self.manager = User.objects.get(memberships__project=self.project)
        self.raters = [factories.make_member(self.project, Role.RATER, name) for name in ("anna", "bert")]

    def at(self, moment: str) -> None:
        self.clock.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def case(self, moment: str, **fields: Any) -> Case:
        self.at(moment)
        case = rows.case_in(self.project, **{"state": CaseState.IN_PROGRESS} | fields)
        case.start_mask = rows.mask_of(case)
        case.save()
        return case

    def move(self, case: Case, stage: str, moment: str) -> None:
        self.at(moment)
        move_case(case_id=case.pk, stage_key=stage)

    def accept(self, case: Case, moment: str) -> None:
        self.at(moment)
        assert case.start_mask is not None
        accept_case(case_id=case.pk, mask=case.start_mask, actor=None)

    def told(self) -> dict[str, Any]:
        self.clock.now = NOW
        client = APIClient()
        client.force_authenticate(self.manager)
        answer = client.get(f"/api/v1/projects/{self.project.slug}/course")
        assert answer.status_code == 200
        return dict(answer.json())


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, db: None) -> World:
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    return World(clock)


def test_weeks_and_stays_are_those_counted_by_hand(world: World) -> None:
    first = world.case("2026-02-02T00:00:00")
    world.move(first, "rate", "2026-02-03T08:00:00")
    rows.task_on(first, start_mask=first.start_mask)
    world.move(first, "review", "2026-02-03T09:00:01")
    world.move(first, "rate", "2026-02-03T10:00:00")  # sent back: stays anew
    world.move(first, "review", "2026-02-03T10:00:10")
    world.accept(first, "2026-02-08T23:59:59")
    second = world.case("2026-02-08T23:59:59")
    world.accept(second, "2026-02-09T00:00:00")  # on the stroke: of the week that begins
    third = world.case("2026-02-10T06:00:00")
    world.move(third, "rate", "2026-02-11T12:00:00")
    rows.task_on(third)
    rows.held(rows.task_on(third), world.raters[0])
    rows.handed_in(Assignment.objects.get())
    world.case("2026-02-04T00:00:00", state=CaseState.EXCLUDED)
    world.case("2026-02-04T00:00:00", purpose="gold")
    world.case("2026-03-11T11:59:59", state=CaseState.WAITING)
    told = world.told()
    columns = ("begins", "total", "begun", "accepted", "newly_accepted", "submitted", "complete")
    assert [tuple(week[name] for name in columns) for week in told["weeks"]] == [
        ("2026-02-02", 2, 1, 1, 1, 0, True),
        ("2026-02-09", 3, 3, 2, 1, 1, True),
        ("2026-02-16", 3, 3, 2, 0, 0, True),
        ("2026-02-23", 3, 3, 2, 0, 0, True),
        ("2026-03-02", 3, 3, 2, 0, 0, True),
        ("2026-03-09", 4, 3, 2, 0, 0, False),
    ]
    stages = {stage["key"]: stage for stage in told["stages"]}
    spread = ("stays", "quartile_low_s", "median_s", "quartile_high_s", "cases")
    # 10 s and 3601 s: a quarter, half and three quarters of the way
    assert [stages["rate"][name] for name in spread] == [2, 908, 1806, 2703, 1]
    review = [3599, 5 * 86400 + 13 * 3600 + 59 * 60 + 49]
    assert stages["review"]["median_s"] == round(sum(review) / 2)
    assert stages["fuse"]["median_s"] is None
    forecast = told["forecast"]
    assert (forecast["state"], forecast["remaining"]) == ("too_little", 2)
    assert (forecast["weeks"], forecast["accepted"]) == (5, 2)
    (old,) = told["ageing"]
    assert (old["alias"], old["since"], old["usual_s"]) == (third.alias, "2026-02-11T12:00:00Z", 1806)


def test_minutes_are_counted_by_stage_and_vertebra_and_work_by_person(world: World) -> None:
    case = world.case("2026-03-01T00:00:00", due_on=date(2026, 3, 10))
    task = rows.task_on(case, start_mask=case.start_mask)  # L1 and L2
    drawn = factories.block_mask(labels=(19, 20, 21, 26))
    own = add_version(volume=case.volume, mask=drawn, source="rater")
    anna, bert = world.raters
    handed = rows.held(task, anna, "submitted", active_seconds=600)
    rows.handed_in(handed, mask=case.start_mask)
    world.at("2026-03-01T01:00:00")
    rows.handed_in(handed, mask=own)  # the newest counts: three vertebrae, a sacrum
    rows.held(task, bert, "submitted", active_seconds=300)  # no mask of their own: two
    rows.held(task, world.manager, "cancelled", active_seconds=30)
    rows.held(rows.task_on(case), anna, "returned", active_seconds=60)  # due with its case: overdue
    rows.held(rows.task_on(case), anna, due_on=date(2026, 3, 11))  # due today: not yet
    copy = world.case("2026-03-01T00:00:00", purpose="gold")
    rows.held(rows.task_on(copy), bert, "submitted", active_seconds=9000)
    Membership.objects.filter(user=bert).update(away_until=date(2026, 3, 11))
    told = world.told()
    stage = next(stage for stage in told["stages"] if stage["key"] == "rate")
    assert (stage["active_minutes"], stage["hand_ins"], stage["vertebrae"]) == (16.5, 2, 5)
    assert (stage["minutes_per_hand_in"], stage["minutes_per_vertebra"]) == (7.5, 3.0)
    people = {row["user"]["id"]: row for row in told["people"]}
    assert told["people"][0]["user"]["id"] == str(anna.pk), "most in hand first"
    of_anna, of_bert = people[str(anna.pk)], people[str(bert.pk)]
    assert (of_anna["open"], of_anna["overdue"], of_anna["away_until"]) == (2, 1, None)
    assert (of_bert["open"], of_bert["overdue"], of_bert["away_until"]) == (0, 0, "2026-03-11")


def test_what_accepted_cases_cost_is_told_by_model(world: World) -> None:
    model = ModelVersion.objects.create(project=world.project, number=1, name="tuned", digest="0")
    costs = (  # of whose masks, voxels that each rater changed, seconds of all, accepted
        (None, (100, 300), 600, "2026-02-03T00:00:00"),
        (None, (400,), 1200, "2026-02-05T00:00:00"),
        (model, (50,), 300, "2026-02-04T00:00:00"),
        (model, (999,), 9999, None),  # not accepted
    )
    for which, changes, seconds, accepted in costs:
        case = world.case("2026-02-02T00:00:00")
        job = Job.objects.create(kind="pipeline.run")
        run = Run.objects.create(
            volume=case.volume, job=job, engine="builtin", model=which, result=case.start_mask
        )
        for changed in changes:
            mask = add_version(volume=case.volume, mask=factories.block_mask(), source="rater")
            EditEffort.objects.create(
                mask=mask, run=run, changed_voxels=changed, changed_mm3=0, engine_voxels=1000
            )
        rows.held(rows.task_on(case), world.raters[0], "submitted", active_seconds=seconds)
        if accepted is not None:
            world.accept(case, accepted)
    world.accept(world.case("2026-02-02T00:00:00"), "2026-02-02T01:00:00")  # its mask came with the CT
    shipped, tuned = world.told()["models"]
    assert (shipped["name"], shipped["number"], shipped["accepted"]) == ("builtin", None, 2)
    assert (shipped["changed_voxels"], shipped["minutes"]) == (300.0, 15.0)
    assert (tuned["name"], tuned["number"], tuned["accepted"]) == ("tuned", 1, 1)
    assert (tuned["changed_voxels"], tuned["minutes"]) == (50.0, 5.0)
    assert shipped["last_accepted_at"] == "2026-02-05T00:00:00Z"


def test_coverage_is_held_against_targets_that_a_manager_sets(world: World) -> None:
    world.accept(world.case("2026-02-02T00:00:00"), "2026-02-03T00:00:00")  # L1 and L2
    world.case("2026-02-02T00:00:00")
    client = APIClient()
    client.force_authenticate(world.manager)
    address = f"/api/v1/projects/{world.project.slug}/coverage-targets"

    def put(*targets: tuple[str, int]) -> Any:
        body = {"targets": [{"part": part, "wanted": wanted} for part, wanted in targets]}
        return client.put(address, body, format="json")

    def named(answer: Any) -> dict[str, tuple[int, int | None]]:
        return {row["part"]: (row["accepted"], row["wanted"]) for row in answer["coverage"]}

    assert put(("cervical", 200), ("L1", 5)).status_code == 200
    covered = named(put(("lumbar", 10), ("L1", 3)).json())
    assert covered["lumbar"] == (2, 10)
    assert (covered["L1"], covered["L2"], covered["C1"]) == ((1, 3), (1, None), (0, None))
    assert covered["cervical"] == (0, None), "what is not named has no target any more"
    assert named(world.told()) == covered
    for refused in ((("L1", 3), ("L1", 4)), (("S", 3),), (("L1", 0),)):
        assert put(*refused).status_code == 400
    act = Record.objects.filter(verb=Verb.TARGETS_SET).order_by("-sequence")[0]
    assert act.detail == {"targets": {"lumbar": 10, "L1": 3}}


def weeks(*accepted: int, total: int) -> list[Week]:
    """Complete weeks with so many accepted cases each, and the one under way with none."""
    found, done = [], 0
    for place, n in enumerate((*accepted, 0)):
        done += n
        begins = date(2026, 1, 5) + place * WEEK
        found.append(Week(begins, total, total, done, n, n, complete=place < len(accepted)))
    return found


def test_the_forecast_of_even_work_is_exact() -> None:
    found = forecast(weeks=weeks(5, 5, 5, 5, total=32), now=NOW, seed="a")
    done = NOW + timedelta(weeks=2, seconds=0.4 * WEEK.total_seconds())
    assert (found.early, found.median, found.late) == (done, done, done)
    assert (found.state, found.remaining, found.weeks, found.accepted) == ("ready", 12, 4, 20)


def test_the_forecast_has_the_range_that_its_weeks_have() -> None:
    # three of four weeks finish it: 75 % after one, 94 % after two, each at the end of its week
    asked: dict[str, Any] = {"weeks": weeks(10, 0, 10, 10, total=40), "now": NOW}
    found = forecast(seed="a", **asked)
    assert (found.early, found.median, found.late) == (NOW + WEEK, NOW + WEEK, NOW + 2 * WEEK)
    assert asdict(forecast(seed="a", **asked)) == asdict(found), "the same question has the same answer"


@pytest.mark.parametrize(
    ("accepted", "total", "state"),
    [
        ((), 5, "too_little"),
        ((9, 9, 9), 50, "too_little"),  # three weeks
        ((0, 0, 3, 3, 3), 50, "too_little"),  # those before the first acceptance are none
        ((3, 2, 2, 2), 50, "too_little"),  # nine cases
        ((3, 3, 2, 2), 50, "ready"),
        ((3, 3, 2, 2), 10, "done"),
        ((30, *[0] * 12), 50, "stalled"),
        ((30, *[0] * 11), 50, "ready"),
    ],
)
def test_a_forecast_needs_enough_work(accepted: tuple[int, ...], total: int, state: str) -> None:
    assert forecast(weeks=weeks(*accepted, total=total), now=NOW, seed="a").state == state


def test_no_date_is_told_beyond_what_was_simulated() -> None:
    found = forecast(weeks=weeks(3, 3, 3, 3, total=12 + 3 * HORIZON_WEEKS + 1), now=NOW, seed="a")
    assert (found.state, found.early, found.late) == ("ready", None, None)


def test_a_project_without_cases_is_told_as_such(world: World) -> None:
    told = world.told()
    assert (told["weeks"], told["ageing"], told["models"]) == ([], [], [])
    assert told["forecast"]["state"] == "too_little"
    assert Project.objects.count() == 1
