"""What the charts of drift are drawn from, when they alarm, and what managers are told: rows, no work."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case, CasePurpose, ExerciseResult, Submission, TaskKind
from backend.audit.models import Record
from backend.common.models import Job, JobState
from backend.consensus.models import FinalAgreement
from backend.progress.models import DriftAlarm, DriftFigure, DriftState, DriftWatch
from backend.progress.raters import drifting
from backend.progress.raters.selectors import drift
from backend.progress.raters.selectors.drift import Key, Point
from backend.projects.models import Project, Role
from backend.science.agreement.drift import Shift, Side
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db

BEGIN = timezone.now() - timedelta(days=90)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def rater(project: Project) -> User:
    return factories.make_member(project, Role.RATER)


def handed_in(
    project: Project,
    rater: User,
    hour: int,
    *,
    kind: TaskKind = TaskKind.CORRECT,
    purpose: str = CasePurpose.WORK,
    **fields: Any,
) -> Submission:
    work = rows.held(rows.task_on(rows.case_in(project, purpose=purpose), kind), rater, "submitted")
    made = rows.handed_in(work, **fields)
    Submission.objects.filter(pk=made.pk).update(created_at=BEGIN + timedelta(hours=hour))
    return made


def grades(*labels: int) -> list[dict[str, int]]:
    return [{"label": label} for label in labels]


def values(charts: dict[Key, list[Point]]) -> dict[tuple[str, int], list[float]]:
    return {(key[1], key[2]): [point.value for point in points] for key, points in charts.items()}


def test_minutes_are_of_each_vertebra_in_the_order_of_handing_in(project: Project, rater: User) -> None:
    handed_in(project, rater, 2, gradings=grades(20), active_seconds=180)
    handed_in(project, rater, 1, gradings=grades(20, 21), active_seconds=480)
    handed_in(project, rater, 3, gradings=grades(20), active_seconds=0)  # elsewhere: not known
    handed_in(project, rater, 4, gradings=[], active_seconds=60)
    assert values(drift.charts_of(project)) == {(DriftFigure.MINUTES, 0): [4.0, 3.0]}


def test_only_independent_work_on_real_cases_is_watched(project: Project, rater: User) -> None:
    for kind in (TaskKind.ADJUDICATE, TaskKind.REVIEW):
        handed_in(project, rater, 1, kind=kind, gradings=grades(20), active_seconds=60)
    for purpose in (CasePurpose.TRAINING, CasePurpose.GOLD, CasePurpose.REPEAT):
        handed_in(project, rater, 2, purpose=purpose, gradings=grades(20), active_seconds=60)
    handed_in(factories.make_project(), rater, 3, gradings=grades(20), active_seconds=60)
    assert drift.charts_of(project) == {}
    handed_in(project, rater, 4, kind=TaskKind.GRADE, gradings=grades(20), active_seconds=60)
    assert values(drift.charts_of(project)) == {(DriftFigure.MINUTES, 0): [1.0]}


def test_a_mask_is_watched_by_its_edits_and_by_the_accepted_one(project: Project, rater: User) -> None:
    case = rows.case_in(project)
    mask = rows.mask_of(case)
    voxels = sum(mask.label_voxels.values())
    work = rows.held(rows.task_on(case), rater, "submitted")
    made = rows.handed_in(work, mask=mask, edited_voxels=voxels // 4, active_seconds=120)
    found = values(drift.charts_of(project))
    assert found == {
        (DriftFigure.EDITED, 0): [pytest.approx(0.25, abs=0.01)],
        (DriftFigure.MINUTES, 0): [1.0],  # of two vertebrae
    }
    report = {"labels": {"20": 0.9, "21": 0.8}, "mean_dice": 0.85}
    FinalAgreement.objects.create(submission=made, final=mask, report=report)
    found = values(drift.charts_of(project))
    assert found[DriftFigure.DICE, 0] == [0.85]
    assert (found[DriftFigure.LEVEL_DICE, 20], found[DriftFigure.LEVEL_DICE, 21]) == ([0.9], [0.8])


def test_gold_cases_alone_tell_how_near_the_known_answer_somebody_is(project: Project, rater: User) -> None:
    for hour, (purpose, dice) in enumerate([("gold", 0.9), ("training", 0.2), ("gold", 0.8), ("gold", None)]):
        exercise = rows.copy_for(rater, rows.case_in(project), purpose)
        work = rows.held(rows.task_on(exercise.case), rater, "submitted")
        made = rows.handed_in(work)
        Submission.objects.filter(pk=made.pk).update(created_at=BEGIN - timedelta(hours=hour))
        ExerciseResult.objects.create(exercise=exercise, submission=made, mean_dice=dice)
    assert values(drift.charts_of(project)) == {(DriftFigure.GOLD_DICE, 0): [0.8, 0.9]}


def alarm_of(project: Project, rater: User, until: datetime, **fields: Any) -> DriftAlarm:
    usual = {"figure": DriftFigure.MINUTES, "label": 0, "side": "down", "state": DriftState.OPEN}
    means = {"values_before": 30, "mean_before": 5.0, "mean_since": 1.0, "submissions": []}
    return DriftAlarm.objects.create(
        project=project, rater=rater, since=until, until=until, **usual | means | fields
    )


def test_a_chart_begins_anew_after_what_was_settled_and_goes_on_while_it_is_open(
    project: Project, rater: User
) -> None:
    for hour in range(4):
        handed_in(project, rater, hour, gradings=grades(20), active_seconds=60 * (hour + 1))
    alarm = alarm_of(project, rater, BEGIN + timedelta(hours=1))
    assert values(drift.charts_of(project))[DriftFigure.MINUTES, 0] == [1.0, 2.0, 3.0, 4.0]
    DriftAlarm.objects.filter(pk=alarm.pk).update(state="dismissed", reason="Easy", settled_at=timezone.now())
    assert values(drift.charts_of(project))[DriftFigure.MINUTES, 0] == [3.0, 4.0]
    other = factories.make_member(project, Role.RATER)
    alarm_of(project, other, BEGIN + timedelta(hours=9), state="dismissed", reason="Easy")
    assert values(drift.charts_of(project))[DriftFigure.MINUTES, 0] == [3.0, 4.0], "another's"


def test_values_are_held_against_each_other_on_scales_on_which_they_spread_evenly() -> None:
    assert drift.charted(DriftFigure.MINUTES, 5.0) == pytest.approx(math.log(5))
    assert drift.charted(DriftFigure.EDITED, 0.0) == pytest.approx(-4.0)
    assert drift.charted(DriftFigure.EDITED, 0.0999) == pytest.approx(-1.0)
    for figure in (DriftFigure.DICE, DriftFigure.LEVEL_DICE, DriftFigure.GOLD_DICE):
        assert drift.charted(figure, 0.9) == pytest.approx(math.log(9))
        assert drift.charted(figure, 1.0) == pytest.approx(math.log(999))
        assert drift.charted(figure, 0.0) == pytest.approx(-math.log(99))


def chart(numbers: list[float]) -> list[Point]:
    return [Point(uuid4(), BEGIN + timedelta(hours=n), value) for n, value in enumerate(numbers)]


STEADY = [4.0, 5.0, 4.5, 5.5, 6.0] * 6


def test_the_more_is_watched_of_somebody_the_further_out_is_the_limit() -> None:
    rater, other = UUID(int=1), UUID(int=2)
    # so short a run passes the limit of one chart, and not that of a hundred
    run = next(
        n
        for n in range(1, 15)
        if drift.those_that_left({(rater, DriftFigure.MINUTES, 0): chart([*STEADY, *[3.4] * n])})
    )
    charts: dict[Key, list[Point]] = {(rater, DriftFigure.MINUTES, 0): chart([*STEADY, *[3.4] * run])}
    of_others: dict[Key, list[Point]] = {
        (other, DriftFigure.LEVEL_DICE, label): chart([0.9, 0.92, 0.91] * 10) for label in range(100)
    }
    of_theirs: dict[Key, list[Point]] = {(rater, key[1], key[2]): at for key, at in of_others.items()}
    assert len(drift.those_that_left(charts | of_others)) == 1
    assert drift.those_that_left(charts | of_theirs) == []


def test_the_first_of_two_sides_is_told_and_nothing_of_a_short_chart() -> None:
    key = (UUID(int=1), DriftFigure.MINUTES, 0)
    [left] = drift.those_that_left({key: chart([*STEADY, *[1.0] * 12, *[40.0] * 12])})
    assert (left.shift.side, left.shift.since) == ("down", 30)
    short = chart([4.0, 5.0] * 6 + [0.01] * (drift.LEAST - 13))
    assert len(short) == drift.LEAST - 1
    assert drift.those_that_left({key: short}) == []


def test_alarms_that_wait_come_first_and_say_where_and_on_what(
    project: Project, rater: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, day = project.created_by, timedelta(days=1)
    done = {"state": "dismissed", "reason": "Easy", "settled_at": timezone.now(), "settled_by": manager}
    settled = alarm_of(project, rater, BEGIN + 9 * day, **done)
    made = handed_in(project, rater, 1)
    level = {"label": 20, "figure": DriftFigure.LEVEL_DICE}
    older = alarm_of(project, rater, BEGIN, submissions=[str(made.pk)], **level)
    newer = alarm_of(project, rater, BEGIN + day, figure=DriftFigure.EDITED, side="up")
    alarm_of(factories.make_project(), rater, BEGIN)
    told = drift.alarm_rows(project, manager)
    assert [row["id"] for row in told] == [newer.pk, older.pk, settled.pk]
    assert [row["label"] for row in told] == [None, 20, None]
    assert [row["side"] for row in told] == ["up", "down", "down"]
    assert [[case["alias"] for case in row["cases"]] for row in told] == [
        [],
        [made.assignment.task.case.alias],
        [],
    ]
    assert not any(row["trains"] for row in told)
    monkeypatch.setattr(drift, "not_yet_trained", lambda project, people: set(people))
    assert all(row["trains"] for row in drift.alarm_rows(project, manager))
    monkeypatch.setattr(drift, "cases_managed_by", lambda user: Case.objects.none())
    assert not any(row["cases"] for row in drift.alarm_rows(project, manager))


def test_kept_are_the_side_the_level_and_the_means_of_both_parts(project: Project, rater: User) -> None:
    key = (rater.pk, DriftFigure.LEVEL_DICE.value, 21)
    points = tuple(chart([1.0, 2.0, 3.0, 5.0]))
    sides: tuple[Side, ...] = ("up", "down")
    for side in sides:
        left = drift.Left(key, Shift(side=side, since=2, at=3), points)
        drifting._keep(project, left)
        kept = DriftAlarm.objects.get()
        assert (kept.label, kept.side, kept.mean_before, kept.mean_since) == (21, side, 1.5, 4.0)


def test_who_settled_it_how_and_why_is_on_record(project: Project, rater: User) -> None:
    manager = factories.make_member(project, Role.MANAGER)
    alarm = alarm_of(project, rater, BEGIN)
    drifting.dismiss(alarm_id=alarm.pk, project=project, actor=manager, reason=" Easy cases ")
    alarm.refresh_from_db()
    assert (alarm.reason, alarm.settled_by, alarm.settled_at is not None) == ("Easy cases", manager, True)
    said = Record.objects.filter(verb="drift.settled").get()
    assert (said.actor_id, said.detail["how"], said.detail["reason"], said.detail["user"]) == (
        manager.pk,
        "dismissed",
        "Easy cases",
        str(rater.pk),
    )


def watched(project: Project, **fields: Any) -> DriftWatch:
    return DriftWatch.objects.create(project=project, **fields)


def test_a_look_says_how_far_it_is_and_what_went_wrong(project: Project) -> None:
    job = Job.objects.create(kind="progress.drift", state=JobState.RUNNING, progress=0.4)
    row = watched(project, job=job)
    now = drifting.watch_of(project, again=True)
    assert (now.state, now.progress, now.outdated) == ("computing", 0.4, True)
    row.refresh_from_db()
    assert row.job == job, "one is under way: no other begins"
    assert drifting._start(row).job == job
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="No room")
    failed = drifting.watch_of(project)
    assert (failed.state, failed.error, failed.progress) == ("failed", "No room", 1.0)


def test_after_a_look_nothing_is_outdated_until_something_changes(project: Project, rater: User) -> None:
    row = watched(project)
    drifting.look(watch_id=row.pk)
    now = drifting.watch_of(project)
    assert (now.state, now.outdated, now.error) == ("ready", False, "")
    factories.make_member(project, Role.RATER)
    drifting.dismiss(
        alarm_id=alarm_of(project, rater, BEGIN).pk, project=project, actor=project.created_by, reason="Easy"
    )
    assert drifting.watch_of(project).outdated
