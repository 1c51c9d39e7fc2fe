"""A submission checked and evaluated in the background, case by case: taken up where it was left."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.audit.acts.act import Act
from backend.challenge.board import make_board, scored
from backend.challenge.models import CaseScore, ChallengeTask, Phase, Submission, SubmissionState
from backend.challenge.reports import CaseReport, ChallengeGrade, Checked, Fault
from backend.challenge.selectors import counted_submissions, scores_by_submission
from backend.challenge.services.references import grades_of, grids_of, items_by_name
from backend.common.storage import own_copy
from backend.common.tasks import JobContext, finish_job
from backend.masks.selectors import load_mask
from backend.releases.content import released_centroids
from backend.releases.models import ReleaseItem
from backend.releases.planning.rules import agreement_by_case
from backend.science.errors import BadInput
from backend.science.predicted_grades import PredictedGrade
from backend.science.submission import (
    Contents,
    Entry,
    check_submission,
    list_contents,
    predicted_grades,
    score_entry,
)

OPEN = (SubmissionState.WAITING, SubmissionState.EVALUATING)


def run_evaluation(*, job: JobContext, submission_id: UUID) -> None:
    """Check every file of a submission, score its cases, and make the phase's leaderboard anew.

    Run again, it goes on with the cases that have no score yet; one that has ended stays as it is.
    """
    submission = Submission.objects.select_related("phase__challenge__release", "archive").get(
        pk=submission_id
    )
    if submission.state not in OPEN:
        return
    items = items_by_name(submission.phase)
    if submission.evaluated_by:  # its scores came signed
        _finish(job, submission, len(items))
        return
    with own_copy(submission.archive, suffix=".zip") as archive:
        contents = _checked(job, submission, archive, items)
        if contents is None:
            return
        _score_cases(job, submission, archive, contents, items)
    _finish(job, submission, len(items))


def _checked(
    job: JobContext, submission: Submission, archive: Path, items: Mapping[str, ReleaseItem]
) -> Contents | None:
    """What the archive holds; None where it was refused. Checked once, it is not read through again."""
    if submission.state == SubmissionState.EVALUATING:
        return list_contents(archive, items)
    job.progress(0.0, "Checking the files")
    try:
        contents = check_submission(archive, grids_of(items))
    except BadInput as error:
        fault = Fault(file="", code=error.code, message=error.message)
        _refuse(job, submission, Checked(missing=tuple(items), faults=(fault,), faults_count=1))
        return None
    report = Checked.of(contents)
    if not contents.ok:
        _refuse(job, submission, report)
        return None
    submission.state = SubmissionState.EVALUATING
    submission.check_report = report.to_json()
    submission.save(update_fields=["state", "check_report", "updated_at"])
    return contents


@transaction.atomic
def _refuse(job: JobContext, submission: Submission, report: Checked) -> None:
    finish_job(job)
    submission.state = SubmissionState.REFUSED
    submission.check_report = report.to_json()
    submission.save(update_fields=["state", "check_report", "updated_at"])
    _record(acts.SubmissionRefused(faults=report.faults_count), submission)


def _score_cases(
    job: JobContext,
    submission: Submission,
    archive: Path,
    contents: Contents,
    items: Mapping[str, ReleaseItem],
) -> None:
    done = set(submission.scores.values_list("item_id", flat=True))
    tasks = submission.phase.challenge.tasks
    wanted = grades_of(items) if ChallengeTask.GRADING in tasks else {}
    with zipfile.ZipFile(archive) as opened:
        told = predicted_grades(opened, contents.grades, items) if wanted and contents.grades else {}
        for number, (name, item) in enumerate(items.items()):
            job.check_cancelled()
            job.progress(number / len(items), f"Case {number + 1} of {len(items)}")
            if item.pk in done:
                continue
            entry = contents.entries.get(name)
            report = evaluated(opened, entry, item, graded(wanted.get(name, {}), told.get(name, {})))
            CaseScore.objects.get_or_create(
                submission=submission,
                item=item,
                defaults={"absent": entry is None and name not in told, "report": report.to_json()},
            )


def graded(wanted: Mapping[int, int], told: Mapping[int, PredictedGrade]) -> tuple[ChallengeGrade, ...]:
    """The release's grades of a case beside the predicted ones."""
    return tuple(
        ChallengeGrade(
            label=label,
            wanted=grade,
            told=told[label].grade if label in told else None,
            probability=told[label].probability if label in told else None,
        )
        for label, grade in wanted.items()
    )


def evaluated(
    archive: zipfile.ZipFile, entry: Entry | None, item: ReleaseItem, grades: tuple[ChallengeGrade, ...] = ()
) -> CaseReport:
    """One case's scores; without a prediction every vertebra is missed."""
    return _by_mask(archive, entry, item).model_copy(update={"grades": grades})


def _by_mask(archive: zipfile.ZipFile, entry: Entry | None, item: ReleaseItem) -> CaseReport:
    reference = load_mask(item.mask)
    points = released_centroids(item.mask, reference)
    return CaseReport.of(score_entry(archive, entry, reference, points))


@transaction.atomic
def _finish(job: JobContext, submission: Submission, cases: int) -> None:
    finish_job(job)
    phase = (
        Phase.objects.select_for_update(of=("self",)).select_related("challenge").get(pk=submission.phase_id)
    )
    submission.state = SubmissionState.EVALUATED
    submission.evaluated_at = timezone.now()
    submission.save(update_fields=["state", "evaluated_at", "updated_at"])
    _record(acts.SubmissionEvaluated(cases=cases), submission)
    remake_board(phase)


def remake_board(phase: Phase) -> None:
    """Compute a phase's leaderboard from what is evaluated now; the caller holds the phase's lock."""
    counted = list(counted_submissions(phase).values())
    scores = scores_by_submission(counted)
    entries = [(row, [scored(score) for score in scores[row.pk]]) for row in counted]
    phase.board = make_board(entries, phase.challenge.tasks, _human_dice(phase)).to_json()
    phase.board_at = timezone.now()
    phase.save(update_fields=["board", "board_at", "updated_at"])


def _human_dice(phase: Phase) -> dict[str, float]:
    """By item the raters' mean Dice with each other, of the cases on which masks were compared."""
    items = phase.challenge.release.items.filter(release_patient__split=phase.split)
    by_case = {case_id: str(pk) for pk, case_id in items.values_list("pk", "case_id")}
    return {by_case[case_id]: dice for case_id, dice in agreement_by_case(by_case).items()}


@transaction.atomic
def fail_submission(*, submission_id: UUID) -> None:
    """Note that an evaluation came to nothing by no fault of the team: it does not count."""
    submission = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("phase__challenge__release")
        .filter(pk=submission_id, state__in=OPEN)
        .first()
    )
    if submission is None:
        return
    submission.state = SubmissionState.FAILED
    submission.save(update_fields=["state", "updated_at"])
    _record(acts.SubmissionFailed(), submission)


def _record(act: Act, submission: Submission) -> None:
    project_id = submission.phase.challenge.release.project_id
    audit.record(actor=None, act=act, subject=submission, project_id=project_id)
