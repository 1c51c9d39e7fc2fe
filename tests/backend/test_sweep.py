"""The table of events and the sweep: every row finds what it missed, and looks only at what can be stuck."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.annotation.models import Case, CaseState, Task, TaskState
from backend.annotation.work.services.working import open_assignment
from backend.common import events
from backend.common.events import publish
from backend.common.models import Job, JobState
from backend.consensus.models import Comparison, Fusion
from backend.imaging.events import VolumeReady
from backend.imaging.models import InclusionRules, RuleVerdict, Series
from backend.masks.models import MaskSource
from backend.masks.services import add_version
from backend.measurements.models import CalibrationRecord
from backend.pipeline.models import EditEffort, Run
from backend.projects.models import Project
from backend.review import services as review
from backend.science.inclusion import CATALOGUE
from backend.workflow import handlers, missed, tasks
from backend.workflow.sweep import keep_up, sweep
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@contextmanager
def deaf() -> Iterator[None]:
    """A stretch in which every event is lost, as where a process dies after its transaction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.workflow.handlers.start", lambda *args: None)
        yield


def a_job() -> Job:
    return Job.objects.create(kind="pipeline.run", state=JobState.SUCCEEDED)


def found(query: Callable[[], missed.Missed]) -> set[UUID]:
    return {subject for subject, _ in query()}


# The table itself


def test_each_row_has_a_query_of_its_own_that_gives_subjects_and_projects() -> None:
    for row in handlers.TABLE:
        assert row.missed.__module__ == missed.__name__, row
        assert list(row.missed()) == [], row.missed.__name__


def test_each_row_is_connected_once() -> None:
    for event in {row.event for row in handlers.TABLE}:
        names = [handler.__qualname__ for handler in events.subscribers_of(event)]
        rows = [row for row in handlers.TABLE if row.event is event]
        mine = [name for name in names if " -> " in name]
        assert len(mine) == len(set(mine)) == len(rows)


def test_nothing_else_hears_an_event_but_what_tells_open_pages() -> None:
    """What happens after something happened stands in one file."""
    for event in {row.event for row in handlers.TABLE}:
        others = {
            handler.__module__
            for handler in events.subscribers_of(event)
            if handler.__module__ not in (handlers.__name__, "backend.realtime.forward")
        }
        assert others == set(), event


# Each row's query finds what was lost, and nothing once it is done


def test_a_lost_volume(team: flow.Team) -> None:
    with deaf():
        volume = factories.make_volume(team.project, mask=factories.block_mask())
        publish(VolumeReady(volume.pk))
    assert found(missed.volumes_without_case) == {volume.pk}
    sweep()
    assert found(missed.volumes_without_case) == set()
    assert Case.objects.get().stage_key == "rate"


def test_a_lost_run(team: flow.Team) -> None:
    volume = factories.make_volume(team.project, mask=factories.block_mask())
    with deaf():
        tasks.open_case_of_volume(None, subject=str(volume.pk))
    run = Run.objects.get()
    assert run.state == JobState.SUCCEEDED
    assert found(missed.runs_without_follow_up) == {run.pk}
    sweep()
    assert found(missed.runs_without_follow_up) == set()
    assert Case.objects.get().state == CaseState.IN_PROGRESS


def test_a_lost_correction_of_a_mask_that_nobody_has_begun(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    assert case.start_mask is not None
    better = add_version(
        volume=case.volume, mask=factories.block_mask(), source=MaskSource.ENGINE, parent=case.start_mask
    )
    run = Run.objects.create(
        volume=case.volume,
        job=a_job(),
        engine="empty",
        state=JobState.SUCCEEDED,
        result=better,
        correction={"renamed": []},
    )
    assert found(missed.runs_without_follow_up) == {run.pk}
    assignment = flow.take(team.raters[0], team.project)
    open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    assert found(missed.runs_without_follow_up) == set()  # what people edit stands on the old one


def test_a_lost_mask(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    with deaf():
        version = add_version(
            volume=case.volume, mask=factories.block_mask(), source=MaskSource.RATER, parent=engine_mask(case)
        )
    assert version.pk in found(missed.unmeasured_masks)
    assert found(missed.masks_without_effort) == {version.pk}
    sweep()
    assert found(missed.unmeasured_masks) == set()
    assert found(missed.masks_without_effort) == set()
    assert EditEffort.objects.filter(mask=version).exists()


def engine_mask(case: Case) -> Any:
    """A mask by an engine, with the run that made it."""
    made = add_version(volume=case.volume, mask=factories.block_mask(), source=MaskSource.ENGINE)
    Run.objects.create(volume=case.volume, job=a_job(), engine="empty", state=JobState.SUCCEEDED, result=made)
    return made


@pytest.mark.parametrize("lost", ["TaskCompleted", "ComparisonFinished", "FusionChosen"])
def test_a_lost_step_of_a_case(team: flow.Team, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = flow.start_case(team.project)
    start = handlers.start

    def deaf_to_one(row: handlers.Row, *rest: Any) -> None:
        if row.does != tasks.ADVANCE_CASE or row.event.__name__ in heard:
            start(row, *rest)

    every = ["TaskCompleted", "ComparisonFinished", "FusionChosen", "CaseReviewed"]
    heard = every[: every.index(lost)]
    with monkeypatch.context() as patch:
        patch.setattr(handlers, "start", deaf_to_one)
        flow.rate(team)
    case.refresh_from_db()
    assert case.stage_key == ("rate" if lost == "TaskCompleted" else "fuse")
    assert found(missed.idle_cases) == {case.pk}
    swept = sweep()
    assert swept.missed[tasks.ADVANCE_CASE] == 1
    case.refresh_from_db()
    assert case.stage_key == "review"
    assert found(missed.idle_cases) == set()


def test_a_lost_word_that_a_series_is_let_in_again(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    Task.objects.filter(case=case).delete()
    Series.objects.update(held=True)
    assert found(missed.idle_cases) == set()
    Series.objects.update(held=False)
    assert found(missed.idle_cases) == {case.pk}
    sweep()
    assert Task.objects.filter(case=case, state=TaskState.OPEN).exists()


def test_a_case_that_waits_rightly_is_not_looked_at(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    assert found(missed.idle_cases) == set()  # people have a task
    flow.rate(team)
    case.refresh_from_db()
    assert case.stage_key == "review"
    Task.objects.filter(case=case, kind="review").delete()
    assert found(missed.idle_cases) == {case.pk}
    comparison = Comparison.objects.get()
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
        Comparison.objects.update(state=state)
        assert found(missed.idle_cases) == set(), state
    Comparison.objects.update(state=JobState.CANCELLED)
    assert found(missed.idle_cases) == {case.pk}  # another one is made in its place
    Comparison.objects.update(state=JobState.SUCCEEDED)
    Fusion.objects.all().update(chosen=False)
    fusing = Job.objects.filter(kind="consensus.fuse", subject_id=comparison.pk)
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
        fusing.update(state=state)
        assert found(missed.idle_cases) == set(), state
    fusing.update(state=JobState.SUCCEEDED)
    assert found(missed.idle_cases) == {case.pk}


def test_a_lost_acceptance(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.rate(team)
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    with deaf():
        review.decide(assignment_id=looked.pk, actor=reviewer, accept=True)
    assert found(missed.uncompared_cases) == {case.pk}
    sweep()
    assert found(missed.uncompared_cases) == set()


def test_a_lost_change_of_the_protocol(team: flow.Team) -> None:
    flow.start_case(team.project)
    stages = [dict(stage) for stage in team.project.protocol["stages"]]
    stages[0]["overlap"] = 2
    Project.objects.filter(pk=team.project.pk).update(protocol={**team.project.protocol, "stages": stages})
    assert found(missed.ill_fitting_projects) == {team.project.pk}
    sweep()
    assert Task.objects.get().overlap == 2
    assert found(missed.ill_fitting_projects) == set()


def test_more_people_than_asked_for_are_no_misfit(team: flow.Team) -> None:
    flow.start_case(team.project)
    for rater in team.raters:
        flow.take(rater, team.project)
    stages = [dict(stage) for stage in team.project.protocol["stages"]]
    stages[0]["overlap"] = 2
    Project.objects.filter(pk=team.project.pk).update(protocol={**team.project.protocol, "stages": stages})
    assert found(missed.ill_fitting_projects) == set()


def test_of_each_person_the_last_hand_in_counts_in_each_project_that_mixes_copies_in(team: flow.Team) -> None:
    quality = {**team.project.protocol["quality"], "repeat_share": 0.5}
    team.project.protocol = {**team.project.protocol, "quality": quality}
    team.project.save()
    for _ in range(2):
        flow.start_case(team.project)
    with deaf():
        flow.hand_in(flow.take(team.raters[0], team.project))
        last = flow.hand_in(flow.take(team.raters[0], team.project))
        other = flow.hand_in(flow.take(team.raters[1], team.project))
    elsewhere = flow.make_team()
    flow.start_case(elsewhere.project)
    with deaf():
        flow.hand_in(flow.take(elsewhere.raters[0], elsewhere.project))
    expected = {(row.assignment_id, team.project.pk) for row in (last, other)}
    assert set(missed.raters_without_exercises()) == expected


def test_a_lost_hand_in_of_a_copy(team: flow.Team) -> None:
    flow.known_case(team)
    quality = {**team.project.protocol["quality"], "gold_share": 0.5}
    team.project.protocol = {**team.project.protocol, "quality": quality}
    team.project.save()
    flow.start_case(team.project)
    rater = team.raters[0]
    with deaf():
        flow.hand_in(flow.take(rater, team.project))
    assert len(found(missed.raters_without_exercises)) == 1
    sweep()
    assert found(missed.raters_without_exercises) == set()
    copy = Case.every.get(purpose="gold")
    task = copy.tasks.get()
    assignment = task.assignments.create(rater=rater, slot=0)
    with deaf():
        flow.hand_in(assignment)
    assert found(missed.unscored_copies) == {copy.pk}
    sweep()
    assert found(missed.unscored_copies) == set()


def test_a_lost_series_of_a_project_with_rules(team: flow.Team) -> None:
    rule = CATALOGUE[0]
    rules = [{"id": rule.id, "enabled": True, "parameters": dict(rule.parameters)}]
    with deaf():
        volume = factories.make_volume(team.project)
        publish(VolumeReady(volume.pk))
    assert found(missed.unchecked_series) == set()  # nothing is asked of it
    InclusionRules.objects.create(project=team.project, rules=rules, changed_by=team.manager)
    assert found(missed.unchecked_series) == {volume.pk}
    sweep()
    assert found(missed.unchecked_series) == set()
    RuleVerdict.objects.update(state="unknown", updated_at=timezone.now() - timedelta(hours=1))
    with deaf():
        add_version(volume=volume, mask=factories.block_mask(), source=MaskSource.ENGINE)
    assert found(missed.masks_with_unchecked_levels) == {volume.pk}
    sweep()
    assert found(missed.masks_with_unchecked_levels) == set()


def test_a_lost_line_of_a_header(team: flow.Team) -> None:
    facts = {
        "manufacturer": "Maker",
        "model": "CT 1",
        "kvp": 120,
        "osteo_regression_candidate": {"slope": 0.8, "intercept": -3.5, "source": "private elements"},
    }
    with deaf():
        volume = factories.make_volume(team.project)
        Series.objects.filter(volume=volume).update(facts=facts)
        publish(VolumeReady(volume.pk))
    assert found(missed.unnoted_header_lines) == {volume.pk}
    sweep()
    assert CalibrationRecord.objects.get().slope == 0.8
    assert found(missed.unnoted_header_lines) == set()


# The sweep


def test_a_sweep_costs_the_same_with_five_open_cases_and_with_fifty(team: flow.Team) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert not sweep()
        return len(seen)

    def open_cases(number: int) -> None:
        first = flow.start_case(team.project)
        for index in range(number - 1):  # like the first: in hand of people, nothing missing
            volume = factories.make_volume(team.project)
            case = Case.objects.create(
                project=team.project,
                volume=volume,
                alias=f"copy-{number}-{index}",
                state=first.state,
                stage_key=first.stage_key,
                start_mask=first.start_mask,
            )
            Run.objects.create(volume=volume, job=a_job(), engine="empty", state=JobState.SUCCEEDED)
            Task.objects.create(
                case=case, stage_key="rate", kind="correct", overlap=3, start_mask=first.start_mask
            )

    open_cases(5)
    few = queries()
    open_cases(45)
    assert Case.objects.filter(state=CaseState.IN_PROGRESS).count() == 50
    assert queries() == few
    assert few <= 2 * len(handlers.TABLE)


def test_what_waits_or_has_just_failed_is_not_started_again(team: flow.Team, settings: Any) -> None:
    settings.VERTEBASE_JOBS_INLINE = False
    volume = factories.make_volume(team.project)
    jobs = Job.objects.filter(kind=tasks.OPEN_CASE, subject_id=volume.pk)
    assert sweep().missed[tasks.OPEN_CASE] == 1
    assert sweep().missed[tasks.OPEN_CASE] == 0
    assert jobs.count() == 1
    jobs.update(state=JobState.FAILED, finished_at=timezone.now())
    assert sweep().missed[tasks.OPEN_CASE] == 0
    jobs.update(finished_at=timezone.now() - timedelta(hours=2))
    assert sweep().missed[tasks.OPEN_CASE] == 1


def test_what_no_job_helps_is_not_started_for_ever(team: flow.Team, monkeypatch: pytest.MonkeyPatch) -> None:
    case = flow.start_case(team.project)
    Task.objects.filter(case=case).delete()
    monkeypatch.setattr("backend.workflow.tasks.advance_case", lambda case_id: None)
    started = [sweep().missed[tasks.ADVANCE_CASE] for _ in range(12)]
    assert 0 < sum(started) <= 10
    assert started[-1] == 0


def test_a_query_that_fails_stops_no_other(team: flow.Team, monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf():
        volume = factories.make_volume(team.project, mask=factories.block_mask())
        publish(VolumeReady(volume.pk))

    def broken(*args: Any, **rest: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("backend.workflow.sweep.requeue_expired", broken)
    monkeypatch.setattr("backend.workflow.sweep.prepare_all", broken)
    swept, kept = sweep(), keep_up()
    assert swept.failed == ["jobs"]
    assert swept.missed[tasks.OPEN_CASE] == 1
    assert kept.failed == ["exercises"]
