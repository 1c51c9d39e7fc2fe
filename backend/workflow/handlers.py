"""The event -> task table: how lower work wakes higher work.

Each row says which task an event starts, and on what. An event is only a nudge: the tasks look at what the
database says, do nothing twice, and the sweep starts them for rows whose event was lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.annotation.events import AssignmentChanged, ExerciseHandedIn, TaskCompleted
from backend.annotation.models import AssignmentState, Case
from backend.common.events import Event, JobFailed, subscribe
from backend.common.tasks import enqueue
from backend.consensus.events import ComparisonFinished, FusionChosen, FusionFinished
from backend.imaging.events import InclusionChanged, VolumeReady
from backend.masks.events import MaskAdded
from backend.masks.models import MaskSource
from backend.measurements.services import MEASURE_KIND
from backend.pipeline.events import RunFinished
from backend.pipeline.services.effort import EFFORT
from backend.projects.events import ProtocolChanged
from backend.releases.services import building
from backend.review.events import CaseReviewed
from backend.workflow import tasks


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    event: type[Event]
    task: str  # the kind of background work
    subject: Callable[[Any], UUID]  # whom the work is about
    when: Callable[[Any], bool] = lambda event: True
    quiet: bool = False  # no news to the project: nobody is to notice that this work is done


TABLE = (
    Row(VolumeReady, tasks.OPEN_CASE, lambda event: event.volume_id),
    Row(RunFinished, tasks.START_CASE, lambda event: event.run_id),
    Row(MaskAdded, MEASURE_KIND, lambda event: event.mask_id, lambda event: event.source != MaskSource.EMPTY),
    Row(MaskAdded, EFFORT, lambda event: event.mask_id, lambda event: event.source == MaskSource.RATER),
    Row(TaskCompleted, tasks.ADVANCE_CASE, lambda event: event.case_id),
    Row(ComparisonFinished, tasks.ADVANCE_CASE, lambda event: event.case_id),
    Row(FusionFinished, tasks.ADVANCE_CASE, lambda event: event.case_id),
    Row(FusionChosen, tasks.ADVANCE_CASE, lambda event: event.case_id),
    Row(CaseReviewed, tasks.ADVANCE_CASE, lambda event: event.case_id),
    Row(CaseReviewed, tasks.HOLD_AGAINST_FINAL, lambda event: event.case_id, lambda event: event.accepted),
    Row(ProtocolChanged, tasks.APPLY_OVERLAPS, lambda event: event.project_id),
    Row(ExerciseHandedIn, tasks.SCORE_EXERCISE, lambda event: event.case_id, quiet=True),
    Row(
        AssignmentChanged,
        tasks.PREPARE_EXERCISES,
        lambda event: event.assignment_id,
        lambda event: event.state == AssignmentState.SUBMITTED,
        quiet=True,
    ),
)


def _connect(row: Row) -> None:
    def start_task(event: Event) -> None:
        if not row.when(event):
            return
        enqueue(
            row.task,
            subject_id=row.subject(event),
            project_id=None if row.quiet else getattr(event, "project_id", None),
            requested_by=None,
            subject=str(row.subject(event)),
        )

    start_task.__qualname__ = f"{row.event.__name__} -> {row.task}"
    subscribe(row.event)(start_task)


for _row in TABLE:
    _connect(_row)


@subscribe(InclusionChanged)
def go_on_with_series(event: InclusionChanged) -> None:
    """A series is let in again: its case goes on where it stood."""
    case = Case.objects.filter(volume=event.volume_id).first()
    if case is None or event.held:
        return
    enqueue(
        tasks.ADVANCE_CASE,
        subject_id=case.pk,
        project_id=case.project_id,
        requested_by=None,
        subject=str(case.pk),
    )


@subscribe(JobFailed)
def note_failure(event: JobFailed) -> None:
    """Let the row that a job worked on say why it came to nothing."""
    if event.subject_id is None:
        return
    note = FAILURES.get(event.kind)
    if note is not None:
        note(event.subject_id, event.error)


FAILURES: dict[str, Callable[[UUID, str], None]] = {
    **tasks.FAILURES,
    building.FREEZE_KIND: lambda release_id, error: building.fail_release(release_id=release_id, error=error),
}
