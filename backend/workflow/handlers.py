"""What happens after something happened: the one table of events, what each causes, how a lost one is found.

Each row says what an event starts, and on what: a kind of background work, or something short that is done at
once. An event is only a nudge. Whatever it starts looks at what the database says and does nothing twice, and
each row has the query by which the sweep finds the subjects whose event was lost.

Who is told of what, on open pages, is another table: ``realtime/forward.py``. What becomes of the rows that a
job worked on when it fails stands beside the job (``background_task(..., on_end=...)``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.annotation.events import AssignmentChanged, CasePutBack, ExerciseHandedIn, TaskCompleted
from backend.annotation.models import AssignmentState
from backend.annotation.quality.selectors.exercises import mixes_exercises
from backend.annotation.selectors import case_of_volume
from backend.common.events import Event, subscribe
from backend.common.tasks import enqueue
from backend.consensus.events import ComparisonFinished, FusionChosen
from backend.imaging.events import InclusionChanged, VolumeReady
from backend.imaging.services.inclusion import check_new_series
from backend.masks.events import MaskAdded
from backend.masks.models import MaskSource
from backend.measurements.calibrations import note_header_line
from backend.measurements.levels import FIRST_SOURCES, check_levels
from backend.measurements.measuring import MEASURE_KIND
from backend.pipeline.events import RunFinished
from backend.pipeline.runs.services.effort import EFFORT
from backend.projects.events import ProtocolChanged
from backend.review.events import CaseReviewed
from backend.workflow import missed, tasks
from backend.workflow.missed import Missed


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    event: type[Event]
    does: str | Callable[..., None]  # a kind of background work, or what is done at once
    subject: Callable[[Any], UUID | None]  # whom it is about; nobody: nothing is done
    missed: Callable[[], Missed]  # the subjects (and their projects) whose event was lost
    when: Callable[[Any], bool] = lambda event: True
    quiet: bool = False  # no news to the project: nobody is to notice that this work is done


TABLE = (
    Row(VolumeReady, check_new_series, lambda event: event.volume_id, missed.unchecked_series),
    Row(VolumeReady, note_header_line, lambda event: event.volume_id, missed.unnoted_header_lines),
    Row(VolumeReady, tasks.OPEN_CASE, lambda event: event.volume_id, missed.volumes_without_case),
    Row(RunFinished, tasks.START_CASE, lambda event: event.run_id, missed.runs_without_follow_up),
    Row(
        MaskAdded,
        check_levels,
        lambda event: event.volume_id,
        missed.masks_with_unchecked_levels,
        when=lambda event: event.source in FIRST_SOURCES,
    ),
    Row(
        MaskAdded,
        MEASURE_KIND,
        lambda event: event.mask_id,
        missed.unmeasured_masks,
        when=lambda event: event.source != MaskSource.EMPTY,
    ),
    Row(
        MaskAdded,
        EFFORT,
        lambda event: event.mask_id,
        missed.masks_without_effort,
        when=lambda event: event.source == MaskSource.RATER,
    ),
    Row(TaskCompleted, tasks.ADVANCE_CASE, lambda event: event.case_id, missed.idle_cases),
    Row(ComparisonFinished, tasks.ADVANCE_CASE, lambda event: event.case_id, missed.idle_cases),
    Row(FusionChosen, tasks.ADVANCE_CASE, lambda event: event.case_id, missed.idle_cases),
    Row(CaseReviewed, tasks.ADVANCE_CASE, lambda event: event.case_id, missed.idle_cases),
    Row(CasePutBack, tasks.ADVANCE_CASE, lambda event: event.case_id, missed.idle_cases),
    Row(  # a series is let in again: its case goes on where it stood
        InclusionChanged,
        tasks.ADVANCE_CASE,
        lambda event: case_of_volume(event.volume_id),
        missed.idle_cases,
        when=lambda event: not event.held,
    ),
    Row(
        CaseReviewed,
        tasks.COMPARE_WITH_FINAL,
        lambda event: event.case_id,
        missed.uncompared_cases,
        when=lambda event: event.accepted,
    ),
    Row(ProtocolChanged, tasks.APPLY_OVERLAPS, lambda event: event.project_id, missed.ill_fitting_projects),
    Row(
        ExerciseHandedIn,
        tasks.SCORE_EXERCISE,
        lambda event: event.case_id,
        missed.unscored_copies,
        quiet=True,
    ),
    Row(
        AssignmentChanged,
        tasks.PREPARE_EXERCISES,
        lambda event: event.assignment_id,
        missed.raters_without_exercises,
        when=lambda event: event.state == AssignmentState.SUBMITTED and mixes_exercises(event.project_id),
        quiet=True,
    ),
)


def start(row: Row, subject_id: UUID, project_id: UUID | None) -> None:
    """Do what a row says for one subject."""
    if not isinstance(row.does, str):
        row.does(volume_id=subject_id)
        return
    enqueue(
        row.does,
        subject_id=subject_id,
        project_id=None if row.quiet else project_id,
        requested_by=None,
        subject=str(subject_id),
    )


def connect() -> None:
    """Subscribe the table; again does nothing."""
    for row in TABLE:
        _connect(row)


def _connect(row: Row) -> None:
    def on_event(event: Event) -> None:
        subject_id = row.subject(event) if row.when(event) else None
        if subject_id is not None:
            start(row, subject_id, getattr(event, "project_id", None))

    done = row.does if isinstance(row.does, str) else row.does.__name__
    on_event.__qualname__ = f"{row.event.__name__} -> {done}"
    subscribe(row.event)(on_event)
