"""Finding what was left behind: rows whose event was lost, jobs whose worker died, work of the absent.

The row in the database is the truth, so the sweep only compares rows with what should follow from them. It
changes nothing where all is well and may run at any time, in several processes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from backend.annotation.models import Case, CaseState
from backend.annotation.services.assigning import prepare_all, return_work_of_absent
from backend.annotation.services.cases import open_case, start_case
from backend.annotation.services.scoring import unscored_exercises
from backend.common.models import Job, JobState
from backend.common.reaper import requeue_expired
from backend.common.tasks import enqueue
from backend.consensus.services.finals import cases_to_hold
from backend.consensus.services.retrying import retry_failed
from backend.imaging.models import Volume
from backend.measurements.selectors import unmeasured_versions
from backend.measurements.services import ask_to_measure
from backend.pipeline.models import Run
from backend.pipeline.services import RunOpen, start_run
from backend.releases.services.building import resume_lost_builds
from backend.workflow import tasks
from backend.workflow.advance import advance_case, stuck_cases

EXERCISES_AT_ONCE = 4  # copies that one sweep makes; each takes seconds
HELD_AT_ONCE = 20  # jobs of comparing with the final mask that one sweep starts


@dataclass(frozen=True)
class Swept:
    """What one sweep repaired."""

    jobs: int
    cases_opened: int
    cases_started: int
    cases_moved: int
    places_freed: int
    releases_resumed: int
    masks_to_measure: int
    cases_held: int
    exercises_scored: int
    exercises_made: int
    comparisons_retried: int


def sweep() -> Swept:
    """Repair all that can be found."""
    return Swept(
        jobs=requeue_expired(),
        cases_opened=_open_cases(),
        cases_started=_start_cases(),
        cases_moved=_advance_cases(),
        places_freed=return_work_of_absent(today=timezone.localdate()),
        releases_resumed=resume_lost_builds(),
        masks_to_measure=_measure_masks(),
        cases_held=_hold_against_final(),
        exercises_scored=_score_exercises(),
        exercises_made=prepare_all(at_most=EXERCISES_AT_ONCE),
        comparisons_retried=retry_failed(now=timezone.now()),
    )


def _open_cases() -> int:
    """Volumes that came in without anybody hearing of it."""
    forgotten = list(Volume.objects.filter(case__isnull=True).select_related("series__project"))
    for volume in forgotten:
        open_case(volume=volume)
    idle = Volume.objects.filter(case__state=CaseState.WAITING, runs__isnull=True)
    for volume in idle.select_related("series__project"):
        with suppress(RunOpen):  # the event came through at this very moment
            start_run(volume=volume)
    return len(forgotten)


def _start_cases() -> int:
    """Cases that wait although an engine has finished."""
    started = 0
    waiting = Case.objects.filter(state=CaseState.WAITING, volume__runs__state=JobState.SUCCEEDED)
    for case in waiting.distinct():
        run = (
            Run.objects.filter(volume_id=case.volume_id, state=JobState.SUCCEEDED, result__isnull=False)
            .select_related("result")
            .order_by("created_at")
            .first()
        )
        if run is not None and run.result is not None:
            start_case(
                case_id=case.pk, start_mask=run.result, difficulty=run.report.get("uncertainty_overall")
            )
            started += 1
    return started


def _advance_cases() -> int:
    """Cases whose next step nobody made."""
    moved = 0
    for case_id in stuck_cases():
        before = Case.objects.values_list("stage_key", "state").get(pk=case_id)
        case = advance_case(case_id=case_id)
        moved += (case.stage_key, case.state) != before
    return moved


def _measure_masks() -> int:
    """Masks that were added without anybody hearing of it."""
    forgotten = list(unmeasured_versions().values_list("pk", flat=True))
    for mask_id in forgotten:
        ask_to_measure(mask_id=mask_id)
    return len(forgotten)


def _score_exercises() -> int:
    """Copies that were handed in without anybody hearing of it. A failure is not repeated."""
    asked = Job.objects.filter(kind=tasks.SCORE_EXERCISE, subject_id=OuterRef("case"))
    forgotten = unscored_exercises().exclude(Exists(asked))
    started = list(forgotten.values_list("case", flat=True)[:HELD_AT_ONCE])
    for case_id in started:
        enqueue(
            tasks.SCORE_EXERCISE,
            subject_id=case_id,
            project_id=None,
            requested_by=None,
            subject=str(case_id),
        )
    return len(started)


def _hold_against_final() -> int:
    """Accepted cases whose raters' masks nobody held against the accepted one. A failure is not repeated."""
    asked = Job.objects.filter(kind=tasks.HOLD_AGAINST_FINAL, subject_id=OuterRef("pk"))
    forgotten = cases_to_hold().exclude(Exists(asked.filter(created_at__gte=OuterRef("accepted_at"))))
    started = list(forgotten.values_list("pk", "project_id")[:HELD_AT_ONCE])
    for case_id, project_id in started:
        enqueue(
            tasks.HOLD_AGAINST_FINAL,
            subject_id=case_id,
            project_id=project_id,
            requested_by=None,
            subject=str(case_id),
        )
    return len(started)
