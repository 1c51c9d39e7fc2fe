"""When raters are looked over again, and whose alarms a manager settles: rows alone, no job runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.common.errors import NotFound
from backend.common.models import Job, JobState
from backend.progress.keeping.selectors import stamp_of
from backend.progress.models import DriftAlarm, DriftFigure, DriftState, DriftWatch
from backend.progress.raters import drifting
from backend.progress.raters.selectors.drift import Left, Point
from backend.projects.models import Project, Role
from backend.science.agreement.drift import Shift
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """A project in which one thing was handed in."""
    made = factories.make_project()
    task = rows.task_on(rows.case_in(made, state="in_progress", stage_key="rate"))
    rater = factories.make_member(made, Role.RATER)
    rows.handed_in(Assignment.objects.create(task=task, rater=rater, slot=0))
    return made


def looked(project: Project, ago: timedelta, stamp: str = "of old") -> DriftWatch:
    at = timezone.now() - ago
    return DriftWatch.objects.create(project=project, computed_at=at, stamp=stamp)


def test_a_page_asks_for_another_look_only_after_a_rest(project: Project) -> None:
    row = looked(project, drifting.REST - timedelta(minutes=1))
    early = drifting.watch_of(project)
    assert (early.state, early.outdated) == ("ready", True)
    DriftWatch.objects.filter(pk=row.pk).update(computed_at=timezone.now() - drifting.REST)
    assert drifting.watch_of(project).state == "computing"


def test_nothing_is_looked_over_by_itself_within_the_day(project: Project) -> None:
    row = looked(project, drifting.DAILY - timedelta(minutes=1))
    assert drifting.watch_all() == 0
    DriftWatch.objects.filter(pk=row.pk).update(computed_at=timezone.now() - drifting.DAILY)
    assert drifting.watch_all() == 1
    assert drifting.watch_all() == 0, "one is under way"


def test_nothing_is_looked_over_where_nothing_changed_was_handed_in_or_is_kept(project: Project) -> None:
    factories.make_project()
    archived = Project.objects.filter(pk=project.pk)
    archived.update(archived_at=timezone.now())
    assert drifting.watch_all() == 0
    archived.update(archived_at=None)
    looked(project, 2 * drifting.DAILY, stamp_of(project))
    assert drifting.watch_all() == 0


def test_a_look_that_failed_is_made_again_only_where_somebody_asks(project: Project) -> None:
    row = looked(project, 2 * drifting.DAILY)
    drifting.watch_of(project)
    row.refresh_from_db()
    assert row.job_id is not None
    Job.objects.filter(pk=row.job_id).update(state=JobState.FAILED)
    assert (drifting.watch_all(), drifting.watch_of(project).state) == (0, "failed")
    assert drifting.watch_of(project, again=True).state == "computing"


def alarm(project: Project, rater: User, figure: DriftFigure = DriftFigure.MINUTES) -> DriftAlarm:
    drifting._keep(project, left(rater, figure, points=40))
    return DriftAlarm.objects.get(project=project, rater=rater, figure=figure, state=DriftState.OPEN)


def left(rater: User, figure: DriftFigure, points: int, since: int = 5) -> Left:
    at = timezone.now() - timedelta(days=9)
    made = [Point(UUID(int=n + 1), hour(at, n), float(n >= since)) for n in range(points)]
    return Left((rater.pk, figure, 0), Shift(side="up", since=since, at=since + 2), tuple(made))


def hour(begin: datetime, number: int) -> datetime:
    return begin + timedelta(hours=number)


def test_an_alarm_says_since_when_until_when_and_names_the_newest_behind_it(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    kept = alarm(project, rater)
    assert (kept.values_before, kept.mean_before, kept.mean_since) == (5, 0.0, 1.0)
    assert kept.until - kept.since == timedelta(hours=2)
    newest = [str(UUID(int=n)) for n in range(1, 41)][5:][-drifting.MOST_BEHIND :]
    assert kept.submissions == newest


def test_what_was_settled_stays_settled_and_a_new_alarm_stands_beside_it(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    first = alarm(project, rater)
    drifting.dismiss(alarm_id=first.pk, project=project, actor=project.created_by, reason="Easy cases")
    assert alarm(project, rater).pk != first.pk
    first.refresh_from_db()
    assert first.state == DriftState.DISMISSED


def test_training_again_settles_all_alarms_of_that_rater_here_and_no_others(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drifting, "send_to_train_again", lambda **_: None)
    rater, other = (factories.make_member(project, Role.RATER) for _ in range(2))
    elsewhere = factories.make_project()
    mine, too = alarm(project, rater), alarm(project, rater, DriftFigure.DICE)
    spared = [alarm(project, other), alarm(elsewhere, rater)]
    drifting.retrain(alarm_id=mine.pk, project=project, actor=project.created_by, reason="Hurries")
    states = dict(DriftAlarm.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (mine, too)] == [DriftState.RETRAINED] * 2
    assert [states[row.pk] for row in spared] == [DriftState.OPEN] * 2


def test_an_alarm_of_another_project_is_not_there(project: Project) -> None:
    elsewhere = factories.make_project()
    foreign = alarm(elsewhere, factories.make_member(elsewhere, Role.RATER))
    for pk in (foreign.pk, uuid4()):
        with pytest.raises(NotFound):
            drifting.dismiss(alarm_id=pk, project=project, actor=project.created_by, reason="Mine")
