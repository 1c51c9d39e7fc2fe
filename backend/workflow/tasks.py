"""Background work that moves cases. Each task takes an id, is short, and is safe to run twice."""

from __future__ import annotations

from uuid import UUID

from backend.annotation.cases.services.cases import open_case, start_case
from backend.annotation.cases.services.overlap import apply_overlaps
from backend.annotation.cases.services.start_masks import use_corrected_mask, use_imported_mask
from backend.annotation.models import Assignment, Case, CaseState
from backend.annotation.quality.services.scoring import score_exercise
from backend.annotation.work.services.readiness import prepare_next
from backend.common.tasks import JobContext, background_task
from backend.consensus.services.finals import compare_case_with_final
from backend.imaging.models import Volume
from backend.imaging.selectors import numbering_was_read, waits_for_numbering
from backend.masks.reports import EngineReport
from backend.pipeline.engines.finding import IMPORTED, engine_for
from backend.pipeline.models import Run
from backend.pipeline.runs.services.runs import RunOpen, start_run
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.workflow.advance import advance_case

OPEN_CASE = "workflow.open_case"
START_CASE = "workflow.start_case"
ADVANCE_CASE = "workflow.advance_case"
COMPARE_WITH_FINAL = "workflow.hold_against_final"  # as stored jobs have it
APPLY_OVERLAPS = "workflow.apply_overlaps"
SCORE_EXERCISE = "workflow.score_exercise"
PREPARE_EXERCISES = "workflow.prepare_exercises"
TIME_LIMIT_SECONDS = 600


@background_task(kind=OPEN_CASE, queue="io", time_limit=TIME_LIMIT_SECONDS)
def open_case_of_volume(job: JobContext, subject: str) -> None:
    """A volume came in, or its mask's numbers were read: open its case and make the first mask."""
    volume = Volume.objects.select_related("series__project").get(pk=UUID(subject))
    open_case(volume=volume)
    if waits_for_numbering(volume) or (volume.runs.exists() and not import_is_left(volume)):
        return
    _start_engine(volume)


def _start_engine(volume: Volume) -> None:
    try:
        start_run(volume=volume)
    except (
        RunOpen
    ):  # another delivery of the same event was faster, or an engine is at work that is followed up
        return


def import_is_left(volume: Volume) -> bool:
    """Whether a held mask was read after an engine had begun, and no run has taken it yet."""
    return (
        numbering_was_read(volume)
        and engine_for(volume, volume.series.project) == IMPORTED
        and not volume.runs.filter(engine=IMPORTED).exists()
    )


@background_task(kind=START_CASE, queue="io", time_limit=TIME_LIMIT_SECONDS)
def start_case_of_run(job: JobContext, subject: str) -> None:
    """An engine has a result: the waiting case starts from it."""
    run = Run.objects.select_related("volume__series__project", "result").get(pk=UUID(subject))
    if run.result is None:
        return
    case = open_case(volume=run.volume)
    if case.state == CaseState.WAITING:
        case = start_case(
            case_id=case.pk,
            start_mask=run.result,
            difficulty=EngineReport.read(run.report).uncertainty_overall,
        )
    elif run.correction:
        use_corrected_mask(case_id=case.pk, mask=run.result)
    elif run.engine == IMPORTED and numbering_was_read(run.volume):
        use_imported_mask(case_id=case.pk, mask=run.result)
    if import_is_left(run.volume):
        _start_engine(run.volume)
    advance_case(case_id=case.pk)


@background_task(kind=ADVANCE_CASE, queue="io", time_limit=TIME_LIMIT_SECONDS)
def advance(job: JobContext, subject: str) -> None:
    """Something about a case changed: make what its protocol asks for next."""
    advance_case(case_id=UUID(subject))


@background_task(kind=COMPARE_WITH_FINAL, queue="cpu", time_limit=1800)
def compare_accepted_case(job: JobContext, subject: str) -> None:
    """A case was accepted: compare each rater's mask with the accepted one."""
    compare_case_with_final(case_id=UUID(subject))


@background_task(kind=APPLY_OVERLAPS, queue="io", time_limit=TIME_LIMIT_SECONDS)
def apply_new_overlaps(job: JobContext, subject: str) -> None:
    """A protocol changed: open tasks ask for as many people as their stage does now, cases whose stage is no
    more go on in the new one."""
    apply_overlaps(project_id=UUID(subject))
    project = Project.objects.get(pk=UUID(subject))
    keys = [stage.key for stage in protocol_of(project).stages]
    homeless = Case.objects.filter(project=project, state=CaseState.IN_PROGRESS).exclude(stage_key__in=keys)
    for case_id in list(homeless.values_list("pk", flat=True)):
        advance_case(case_id=case_id)


@background_task(kind=SCORE_EXERCISE, queue="cpu", time_limit=TIME_LIMIT_SECONDS)
def score(job: JobContext, subject: str) -> None:
    """A copy was handed in: hold it against its answer."""
    score_exercise(case_id=UUID(subject))


@background_task(kind=PREPARE_EXERCISES, queue="cpu", time_limit=TIME_LIMIT_SECONDS)
def prepare_exercises(job: JobContext, subject: str) -> None:
    """Somebody handed in: have their next gold case and repeat ready before they are due."""
    assignment = Assignment.objects.select_related("rater", "task__case__project").get(pk=UUID(subject))
    prepare_next(user=assignment.rater, project=assignment.task.case.project)
