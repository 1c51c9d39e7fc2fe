"""Drift of raters: charts that leave their band become alarms, which managers settle or train upon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.annotation.models import AssignmentState, Exercise, Submission
from backend.annotation.quality.selectors.training import has_to_train, training_of, untrained_in
from backend.annotation.quality.services.exercises import set_answer_key
from backend.annotation.quality.services.training import qualify, send_to_train_again
from backend.annotation.work.services.readiness import make_ready
from backend.common.errors import Conflict, Invalid
from backend.progress.models import DriftAlarm, DriftFigure, DriftState
from backend.progress.raters import drifting
from backend.progress.raters.selectors.drift import Key, Point, those_that_left
from tests.backend import factories, flow
from tests.permissions.asking import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

BEGIN = timezone.now() - timedelta(days=90)
STEADY = (4.0, 5.0, 4.5, 5.5, 6.0)  # minutes per vertebra


def chart(values: list[float]) -> list[Point]:
    return [Point(uuid4(), BEGIN + timedelta(hours=n), value) for n, value in enumerate(values)]


def test_of_all_that_is_watched_what_left_its_band_is_named() -> None:
    rater, other = UUID(int=1), UUID(int=2)
    good = [0.95, 0.93, 0.92, 0.94, 0.96] * 6
    charts: dict[Key, list[Point]] = {
        (rater, DriftFigure.LEVEL_DICE, 20): chart([*good, *[0.80] * 15]),
        (rater, DriftFigure.LEVEL_DICE, 21): chart(good),
        (rater, DriftFigure.DICE, 0): chart([0.5, *good, *[0.99] * 15]),  # better is no alarm
        (other, DriftFigure.MINUTES, 0): chart([*STEADY * 6, *[1.0] * 15]),
        (other, DriftFigure.EDITED, 0): chart([*[0.15, 0.2, 0.1] * 10, *[0.9] * 15]),
        (other, DriftFigure.GOLD_DICE, 0): chart([0.9, 0.2]),
    }
    found = {left.key: left.shift for left in those_that_left(charts)}
    assert {key: shift.side for key, shift in found.items()} == {
        (rater, DriftFigure.LEVEL_DICE, 20): "down",
        (other, DriftFigure.MINUTES, 0): "down",
        (other, DriftFigure.EDITED, 0): "up",
    }
    assert {shift.since for shift in found.values()} == {30}


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=2, radiologists=0)


def hand_ins(team: flow.Team, minutes: list[float]) -> None:
    """A series of hand-ins of one rater, an hour apart, as the rows that the figures are read from."""
    flow.start_case(team.project)
    work = flow.take(team.raters[0], team.project)
    made = Submission.objects.bulk_create(
        Submission(assignment=work, gradings=[{"label": 20}], vertebrae=1, active_seconds=round(value * 60))
        for value in minutes
    )
    for n, row in enumerate(made):
        row.created_at = BEGIN + timedelta(hours=n)
    Submission.objects.bulk_update(made, ["created_at"])
    work.state = AssignmentState.SUBMITTED
    work.save()


def report(team: flow.Team, method: str = "get") -> dict[str, Any]:
    answer = getattr(signed_in(team.manager), method)(f"/api/v1/projects/{team.project.slug}/drift")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_who_hurries_all_at_once_is_told_with_the_cases_and_once(team: flow.Team) -> None:
    hand_ins(team, [*STEADY * 6, *[1.0] * 15])
    told = report(team)
    assert told["as_of"]["state"] == "ready"
    [alarm] = told["alarms"]
    assert (alarm["rater"]["id"], alarm["figure"], alarm["side"]) == (
        str(team.raters[0].pk),
        "minutes",
        "down",
    )
    assert (alarm["values_before"], alarm["submissions"], len(alarm["cases"])) == (30, 15, 15)
    assert (alarm["mean_before"], alarm["mean_since"]) == (pytest.approx(5.0), pytest.approx(1.0))
    assert report(team, "post")["alarms"] == [alarm]  # looked over again: the same, not another
    assert drifting.watch_all() == 0  # and today is done


def test_behind_an_alarm_no_case_is_named_that_names_must_not_stand_beside(team: flow.Team) -> None:
    hand_ins(team, [*STEADY * 6, *[1.0] * 15])
    factories.make_member(team.project, "rater", user=team.manager)  # type: ignore[arg-type]
    flow.take(team.manager, team.project)  # rates the very case now
    assert [row["cases"] for row in report(team)["alarms"]] == [[]]


def test_in_a_double_blind_project_an_alarm_names_no_case(team: flow.Team) -> None:
    hand_ins(team, [*STEADY * 6, *[1.0] * 15])
    team.project.protocol["double_blind"] = True
    team.project.save()
    assert [(row["submissions"], row["cases"]) for row in report(team)["alarms"]] == [(15, [])]


def test_what_was_dismissed_for_a_reason_stays_so_and_the_chart_begins_anew(team: flow.Team) -> None:
    hand_ins(team, [*STEADY * 6, *[1.0] * 15])
    report(team)
    alarm = DriftAlarm.objects.get()
    project, actor = team.project, team.manager
    with pytest.raises(Invalid):
        drifting.dismiss(alarm_id=alarm.pk, project=project, actor=actor, reason=" ")
    drifting.dismiss(alarm_id=alarm.pk, project=project, actor=actor, reason="Easy cases")
    with pytest.raises(drifting.DriftSettled):
        drifting.dismiss(alarm_id=alarm.pk, project=project, actor=actor, reason="Again")
    [told] = report(team, "post")["alarms"]
    assert (told["state"], told["reason"], told["settled_by"]) == ("dismissed", "Easy cases", actor.name)


def test_who_is_sent_to_train_again_gets_the_training_and_no_other_work(team: flow.Team) -> None:
    rater, project = team.raters[0], team.project
    hand_ins(team, [*STEADY * 6, *[1.0] * 15])
    report(team)
    alarm = DriftAlarm.objects.get()
    with pytest.raises(Conflict):  # there is no training yet
        drifting.retrain(alarm_id=alarm.pk, project=project, actor=team.manager, reason="Hurries")
    case = flow.start_case(project)
    set_answer_key(case=case, purpose="training", actor=team.manager, mask=case.start_mask, exclude=True)
    quality = {**project.protocol["quality"], "training_cases": 1, "training_dice": 0, "training_grades": 0}
    project.protocol = {**project.protocol, "quality": quality}
    project.save()
    make_ready(user=rater, project=project)
    flow.hand_in(flow.take(rater, project))
    qualify(project=project, user=rater, actor=team.manager, reason="An old hand")
    assert not has_to_train(project, rater)

    drifting.retrain(alarm_id=alarm.pk, project=project, actor=team.manager, reason="Hurries")
    alarm.refresh_from_db()
    assert (alarm.state, alarm.reason) == (DriftState.RETRAINED, "Hurries")
    assert has_to_train(project, rater)
    assert untrained_in(rater, [project]) == {project.pk}
    assert training_of(project, [rater.pk])[rater.pk].handed_in == 0
    make_ready(user=rater, project=project)
    again = flow.take(rater, project)
    assert Exercise.objects.get(case=again.task.case_id).turn == 1
    flow.hand_in(again)
    assert not has_to_train(project, rater)
    with pytest.raises(Invalid):
        send_to_train_again(project=project, user=rater, actor=team.manager, reason="")
