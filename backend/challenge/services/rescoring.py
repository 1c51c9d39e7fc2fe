"""Scoring earlier submissions again after an erratum: on the corrected version, beside the first scores."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.challenge.board import Scored, make_board
from backend.challenge.errors import NotACorrection
from backend.challenge.models import CaseRescore, CaseScore, Challenge, ChallengeTask, Rescoring, Submission
from backend.challenge.reports import CaseReport
from backend.challenge.selectors import counted_submissions
from backend.challenge.services.evaluating import evaluated, graded
from backend.challenge.services.references import grades_of, items_by_name
from backend.common.storage import own_copy
from backend.common.tasks import JobContext, enqueue, finish_job
from backend.releases.models import Release, ReleaseItem, ReleaseState
from backend.releases.planning.rules import agreement_by_case
from backend.science.submission import list_contents, predicted_grades

RESCORE_KIND = "challenge.rescore"


@transaction.atomic
def start_rescoring(*, challenge: Challenge, actor: User, release: Release) -> list[Rescoring]:
    """Score each team's counted submission to every phase on a corrected version, in the background.

    Asked again, what was sent since is scored as well.

    Raises
    ------
    NotACorrection
        It is no later frozen version of the same project's release.
    """
    first = challenge.release
    later = (
        release.frozen_at is not None and first.frozen_at is not None and release.frozen_at > first.frozen_at
    )
    if release.state != ReleaseState.FROZEN or release.project_id != first.project_id or not later:
        raise NotACorrection
    made = []
    for phase in challenge.phases.all():
        row, _ = Rescoring.objects.get_or_create(phase=phase, release=release, defaults={"created_by": actor})
        row.job = enqueue(
            RESCORE_KIND,
            subject_id=row.pk,
            project_id=first.project_id,
            requested_by=actor,
            rescoring_id=str(row.pk),
        )
        row.save(update_fields=["job", "updated_at"])
        made.append(row)
    audit.record(
        actor=actor,
        act=acts.ChallengeRescored(release=release.pk),
        subject=challenge,
        project_id=first.project_id,
    )
    return made


def run_rescoring(*, job: JobContext, rescoring_id: UUID) -> None:
    """Score what has no score on the corrected version yet, and make its leaderboard.

    A case of which neither mask nor grades were changed keeps its scores; one that is not in the corrected
    version is left out for all teams alike. So is a team whose counted submission was evaluated elsewhere.
    """
    row = Rescoring.objects.select_related("phase__challenge__release", "release").get(pk=rescoring_id)
    named = items_by_name(row.phase)
    corrected = {
        item.case_id: item
        for item in row.release.items.select_related("release_patient", "mask__volume", "case__volume")
    }
    pairs = {
        name: (item, corrected[item.case_id]) for name, item in named.items() if item.case_id in corrected
    }
    # of what was evaluated elsewhere the site has no masks to score again
    submissions = [one for one in counted_submissions(row.phase).values() if not one.evaluated_by]
    for number, submission in enumerate(submissions):
        job.check_cancelled()
        job.progress(number / len(submissions), f"Team {number + 1} of {len(submissions)}")
        _score(job, row, submission, named, pairs)
    _finish(job, row, submissions, [new for _, new in pairs.values()])


def _score(
    job: JobContext,
    row: Rescoring,
    submission: Submission,
    named: Mapping[str, ReleaseItem],
    pairs: Mapping[str, tuple[ReleaseItem, ReleaseItem]],
) -> None:
    before = {score.item_id: score for score in submission.scores.all()}
    done = set(row.scores.filter(submission=submission).values_list("item_id", flat=True))
    changed: dict[str, ReleaseItem] = {}
    grading = ChallengeTask.GRADING in row.phase.challenge.tasks
    wanted = grades_of({name: new for name, (_, new) in pairs.items()}) if grading else {}
    for name, (old, new) in pairs.items():
        if new.pk in done:
            continue
        first = before.get(old.pk)
        if first is None or old.mask.digest != new.mask.digest or _regraded(first, wanted.get(name, {})):
            changed[name] = new
            continue
        _keep(row, submission, new, first.report, absent=first.absent)
    if not changed:
        return
    with own_copy(submission.archive, suffix=".zip") as path:
        contents = list_contents(path, named)
        with zipfile.ZipFile(path) as opened:
            told = predicted_grades(opened, contents.grades, named) if wanted and contents.grades else {}
            for name, item in changed.items():
                job.check_cancelled()
                entry = contents.entries.get(name)
                grades = graded(wanted.get(name, {}), told.get(name, {}))
                report = evaluated(opened, entry, item, grades).to_json()
                _keep(row, submission, item, report, absent=entry is None and name not in told)


def _regraded(first: CaseScore, wanted: Mapping[int, int]) -> bool:
    before = {grade.label: grade.wanted for grade in CaseReport.read(first.report).grades}
    return before != dict(wanted)


def _keep(row: Rescoring, submission: Submission, item: ReleaseItem, report: object, *, absent: bool) -> None:
    CaseRescore.objects.get_or_create(
        rescoring=row, submission=submission, item=item, defaults={"report": report, "absent": absent}
    )


@transaction.atomic
def _finish(job: JobContext, row: Rescoring, submissions: list[Submission], items: list[ReleaseItem]) -> None:
    finish_job(job)
    locked = (
        Rescoring.objects.select_for_update(of=("self",)).select_related("phase__challenge").get(pk=row.pk)
    )
    scores: dict[UUID, list[Scored]] = {submission.pk: [] for submission in submissions}
    rows = locked.scores.filter(submission__in=submissions).select_related("item__release_patient")
    for one in rows.order_by("item__release_patient__subject", "item_id"):
        scores[one.submission_id].append(
            Scored(
                str(one.item_id), one.item.release_patient.subject, CaseReport.read(one.report), one.absent
            )
        )
    by_case = {item.case_id: str(item.pk) for item in items}
    human = {by_case[case_id]: dice for case_id, dice in agreement_by_case(by_case).items()}
    entries = [(submission, scores[submission.pk]) for submission in submissions]
    locked.board = make_board(entries, locked.phase.challenge.tasks, human).to_json()
    locked.board_at = timezone.now()
    locked.save(update_fields=["board", "board_at", "updated_at"])
