"""The project's agreement report: computed in the background, stored, and truthful about what it is of.

Asking for it starts what is missing. Until that is there, the newest report of comparisons that the reader
may see is shown, with how many of all it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.common.errors import Conflict
from backend.common.models import Job, JobState
from backend.common.tasks import enqueue
from backend.consensus.models import Comparison
from backend.progress.keeping.selectors import AGREEMENT_KIND
from backend.progress.models import AgreementPairLine, AgreementReport
from backend.progress.raters.reports import Agreement, AgreementFigures, Figures, RaterName
from backend.progress.raters.selectors.agreement import Progress, agreement_of
from backend.progress.raters.selectors.pairs import PAGE, PairsAsked, page_of_pairs, pair_lines, pairs_of
from backend.projects.models import Project

FORM = 3  # goes up with the shape of the report
KEPT = 5  # reports of a project; managers who rate blindly have sets of their own
ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)


class NothingToRepeat(Conflict):
    code = "nothing_failed"
    message = "The report did not fail, or somebody has started it again already."


ALL_PAIRS = PairsAsked()


def project_agreement(*, project: Project, user: User, asked: PairsAsked = ALL_PAIRS) -> Agreement:
    """How well the raters of a project agree, for a manager; of many pairs one page of those asked for.

    Cases on which the manager has unfinished independent work of their own are left out: `cases_open_to`
    hides them, and so does this.
    """
    cases = cases_open_to(user).filter(project=project, pk__in=cases_managed_by(user).values("pk"))
    ids = standing_comparisons(cases)
    if not ids:
        return Agreement(state="ready", wanted=0, computed_at=None, error="")
    wanted = _wanted(project, ids)
    shown = wanted if wanted.report is not None else _newest(project, cases)
    figures = AgreementFigures.read(shown.report if shown is not None else {})
    values = {name: getattr(figures, name) for name in Figures.model_fields}
    if shown is not None:
        values["pairs"] = page_of_pairs(shown, asked, usual="dice" if figures.overall.pairs else "kappa")
        values["pair_count"] = pairs_of(shown, asked).count()
    return Agreement(
        **values,
        pairs_are_paged=figures.pair_count > PAGE,
        page_size=PAGE,
        raters=named(figures.raters),
        state=_state(wanted),
        wanted=len(ids),
        computed_at=shown.computed_at if shown is not None else None,
        error=wanted.job.error if wanted.job is not None else "",
    )


def named(ids: Sequence[str]) -> tuple[RaterName, ...]:
    """People by name; names may change while the figures stay."""
    people = User.objects.filter(pk__in=ids).order_by("display_name", "email")
    return tuple(RaterName(id=str(person.pk), name=person.name) for person in people)


def standing_comparisons(cases: QuerySet[Case]) -> list[UUID]:
    """The latest finished comparison of every task of the cases."""
    rows = Comparison.objects.filter(task__case__in=cases, state=JobState.SUCCEEDED).order_by("created_at")
    latest = {task_id: pk for pk, task_id in rows.values_list("pk", "task_id")}
    return list(latest.values())


def _digest(ids: Sequence[UUID]) -> str:
    return hashlib.sha256(b"".join([bytes([FORM]), *sorted(pk.bytes for pk in ids)])).hexdigest()


def _wanted(project: Project, ids: Sequence[UUID]) -> AgreementReport:
    """The report of this set; its computing is started where nobody has asked for it before."""
    digest = _digest(ids)
    found = AgreementReport.objects.select_related("job").filter(project=project, digest=digest).first()
    if found is not None:
        return found
    with transaction.atomic():
        row, created = AgreementReport.objects.get_or_create(
            project=project, digest=digest, defaults={"comparisons": [str(pk) for pk in ids]}
        )
        if created:
            _start(row, requested_by=None)
    return AgreementReport.objects.select_related("job").get(pk=row.pk)


def _start(row: AgreementReport, *, requested_by: User | None) -> Job:
    row.job = enqueue(
        AGREEMENT_KIND,
        subject_id=row.pk,
        project_id=row.project_id,
        requested_by=requested_by,
        report_id=str(row.pk),
    )
    row.save(update_fields=["job", "updated_at"])
    return row.job


def _newest(project: Project, cases: QuerySet[Case]) -> AgreementReport | None:
    """The newest report that holds no comparison of a case that is closed to the reader."""
    # one of an earlier form has its pairs elsewhere
    stored = AgreementReport.objects.filter(project=project, report__has_key="pair_count")
    rows = list(stored.order_by("-computed_at")[:KEPT])
    named_in_them = {pk for row in rows for pk in row.comparisons}
    open_to_reader = Comparison.objects.filter(pk__in=named_in_them, task__case__in=cases)
    seen = {str(pk) for pk in open_to_reader.values_list("pk", flat=True)}
    return next((row for row in rows if seen.issuperset(row.comparisons)), None)


def _state(row: AgreementReport) -> Literal["ready", "computing", "failed"]:
    if row.report is not None:
        return "ready"
    if row.job is None or row.job.state in ENDED_BADLY:
        return "failed"
    return "computing"


def compute_report(*, report_id: UUID, progress: Progress) -> None:
    """Compute and store one report, and drop those that are of no use any more. Safe to run twice."""
    row = AgreementReport.objects.get(pk=report_id)
    if row.report is not None:
        return
    report = agreement_of([UUID(pk) for pk in row.comparisons], progress)
    with transaction.atomic():
        _store(row, report)
    finished = AgreementReport.objects.filter(project=row.project_id, report__isnull=False)
    old = list(finished.order_by("-computed_at").values_list("pk", flat=True)[KEPT:])
    AgreementReport.objects.filter(pk__in=old).delete()


def _store(row: AgreementReport, report: AgreementFigures) -> None:
    """Keep the figures; pairs as lines of their own, so that a page of them is read without the rest."""
    AgreementPairLine.objects.filter(report=row).delete()
    AgreementPairLine.objects.bulk_create(pair_lines(row, report.pairs), batch_size=500)
    whole = report.model_copy(update={"pairs": ()}).to_json()
    AgreementReport.objects.filter(pk=row.pk).update(report=whole, computed_at=timezone.now())


@transaction.atomic
def compute_again(*, project: Project, user: User) -> None:
    """Start the report anew whose computing failed or was cancelled.

    Raises
    ------
    NothingToRepeat
        It did not fail.
    """
    cases = cases_open_to(user).filter(project=project, pk__in=cases_managed_by(user).values("pk"))
    row = (
        AgreementReport.objects.select_for_update(of=("self",))
        .select_related("job")
        .filter(project=project, digest=_digest(standing_comparisons(cases)))
        .first()
    )
    if row is None or _state(row) != "failed":
        raise NothingToRepeat
    _start(row, requested_by=user)
