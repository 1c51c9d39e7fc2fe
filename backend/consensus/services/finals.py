"""Each rater's mask held against the accepted one, once a case is accepted."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.annotation.models import Case, CaseState, Submission, Task, TaskKind, TaskState
from backend.annotation.selectors import latest_submissions
from backend.consensus.models import FinalAgreement
from backend.consensus.reports import FinalReport
from backend.masks.selectors import load_mask
from backend.science.agreement.final import compare_with_final


def compare_case_with_final(*, case_id: UUID) -> int:
    """Compare and store what is not stored yet; returns how many. Safe to run twice."""
    case = Case.objects.select_related("accepted_mask__volume").get(pk=case_id)
    if case.state != CaseState.ACCEPTED or case.accepted_mask is None:
        return 0
    held = set(
        FinalAgreement.objects.filter(final=case.accepted_mask).values_list("submission_id", flat=True)
    )
    waiting = [submission for submission in _corrections(case) if submission.pk not in held]
    if not waiting:
        return 0
    final = load_mask(case.accepted_mask)
    rows = []
    for submission in waiting:
        session = submission.assignment.session
        if submission.mask is None or session is None:
            continue
        report = compare_with_final(load_mask(session.base), load_mask(submission.mask), final)
        stored = FinalReport.read(report.to_json()).to_json()
        rows.append(FinalAgreement(submission=submission, final=case.accepted_mask, report=stored))
    FinalAgreement.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may have been faster
    return len(waiting)


def _corrections(case: Case) -> list[Submission]:
    """What stands of the raters' masks on the case."""
    tasks = case.tasks.filter(kind=TaskKind.CORRECT, state=TaskState.COMPLETE)
    return [
        submission
        for task in tasks
        for submission in latest_submissions(task).select_related(
            "assignment__session__base__volume", "mask__volume"
        )
        if submission.mask is not None and submission.assignment.session is not None
    ]


def cases_to_compare() -> QuerySet[Case]:
    """Accepted cases with corrected masks, none of which was held against the mask that stands."""
    held = FinalAgreement.objects.filter(
        submission__assignment__task__case=OuterRef("pk"), final=OuterRef("accepted_mask")
    )
    corrected = Task.objects.filter(
        case=OuterRef("pk"),
        kind=TaskKind.CORRECT,
        state=TaskState.COMPLETE,
        assignments__submissions__mask__isnull=False,
        assignments__session__isnull=False,
    )
    return Case.objects.filter(Exists(corrected), ~Exists(held), state=CaseState.ACCEPTED)
