"""What each app adds to those below it, in one place.

A lower app asks ("who else may see this volume?", "what is this job about?") without knowing who answers;
here the answers of the apps above are hooked up.
"""

from __future__ import annotations

from backend.annotation.cases.selectors.training_source import (
    ACCEPTED,
    accepted_cases,
    accepted_choices,
    patients_who_measure,
    undrawn_cases,
)
from backend.annotation.quality.services.exercises import register_agreed_grades
from backend.annotation.selectors import cases_by_volume, cases_of_job_subjects, volumes_through_assignments_q
from backend.annotation.work.selectors.details import register_adjudication
from backend.annotation.work.services.protocol_edits import apply_stage_plans
from backend.annotation.work.services.questions import note_answered
from backend.annotation.work.services.submitting import register_hand_in_check
from backend.consensus.selectors import adjudication_view, cases_of_comparisons
from backend.consensus.services.naming import require_settled
from backend.imaging.selectors import (
    bytes_on_their_way,
    imaging_counts,
    register_day_settler,
    register_series_facts,
    register_volume_access,
)
from backend.imaging.services.inclusion import LEVELS
from backend.measurements.calibrations import settle_periods
from backend.measurements.levels import levels_of
from backend.pipeline.jobs.subjects import register_job_subjects
from backend.pipeline.registry.training_cases import (
    register_barred_patients,
    register_training_source,
    register_undrawn_cases,
)
from backend.pipeline.runs.selectors import latest_runs
from backend.progress.cases.selectors.cards import case_counts
from backend.progress.raters.selectors.evidence import answer_grades
from backend.projects.guidelines import register_on_publish
from backend.projects.selectors import register_project_counts
from backend.projects.services import register_stage_edit
from backend.projects.storage import register_stored, register_waiting
from backend.releases.selectors import releases_of_job_subjects, volumes_through_releases_q
from backend.releases.training_source import (
    RELEASE,
    patients_of_test_parts,
    release_cases,
    release_choices,
)
from backend.workflow.stored import STORED


def connect() -> None:
    """Hook everything up; again does nothing."""
    # who sees a volume, what a listed series says of itself, what is settled while its day is known
    register_volume_access(volumes_through_assignments_q)
    register_volume_access(volumes_through_releases_q)
    register_series_facts("run", latest_runs)
    register_series_facts("case_id", cases_by_volume)
    register_series_facts(LEVELS, levels_of)
    register_day_settler(settle_periods)
    # the numbers on a project's card
    register_project_counts(imaging_counts)
    register_project_counts(case_counts)
    # what a job works on, and what a network can be trained on
    register_job_subjects(cases_of_job_subjects)
    register_job_subjects(cases_of_comparisons)
    register_job_subjects(releases_of_job_subjects)
    register_training_source(ACCEPTED, accepted_cases, accepted_choices)
    register_training_source(RELEASE, release_cases, release_choices)
    register_undrawn_cases(undrawn_cases)
    register_barred_patients(patients_who_measure)
    register_barred_patients(patients_of_test_parts)
    # what an adjudicator sees, and the grades that an exercise is held against
    register_adjudication(adjudication_view)
    register_agreed_grades(answer_grades)
    # what may keep a hand-in back, and what becomes of open work when the protocol changes
    register_hand_in_check(require_settled)
    register_stage_edit(apply_stage_plans)
    # what takes room on the disk
    for kind, blobs_of in STORED.items():
        register_stored(kind, blobs_of)
    register_waiting(bytes_on_their_way)
    # which questions a version of the guidelines answers
    register_on_publish(note_answered)
