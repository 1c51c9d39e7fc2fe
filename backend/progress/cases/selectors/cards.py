"""Cases as cards: where each stands and what is the matter with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    CaseTag,
    Exclusion,
    NamingState,
    Task,
)
from backend.annotation.selectors import cases_managed_by
from backend.annotation.work.selectors.details import thumbnail_url
from backend.common.models import JobState
from backend.consensus.models import Comparison
from backend.pipeline.runs.selectors import case_uncertainty
from backend.projects.models import Project
from backend.projects.selectors import protocol_of

MOST_AT_ONCE = 5000  # ids in an answer of 200 KB

WAITING_KEY, ACCEPTED_KEY = "waiting", "accepted"

ORDERINGS: dict[str, tuple[Any, ...]] = {
    "priority": ("-priority", "created_at"),
    "due_on": (F("due_on").asc(nulls_last=True), "-priority"),
    "updated_at": ("-updated_at",),
    "alias": ("alias",),
    "uncertainty": (case_uncertainty("volume").desc(nulls_last=True),),  # what the engine doubted most
}


def with_card_data(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with all that a card shows."""
    given = Assignment.objects.exclude(state=AssignmentState.CANCELLED)
    comparisons = Comparison.objects.only("task_id", "state")
    tasks = Task.objects.order_by("-round").prefetch_related(
        Prefetch("assignments", queryset=given), Prefetch("comparisons", queryset=comparisons)
    )
    told = Assignment.objects.filter(task__case=OuterRef("pk"), concern_at__isnull=False)
    standing = Exclusion.objects.filter(case=OuterRef("pk"), put_back_at__isnull=True).order_by()
    rows = cases.select_related("project", "volume__series__patient").annotate(
        told=Exists(told), excluded_for=Subquery(standing.values("reason")[:1])
    )
    return rows.prefetch_related(Prefetch("tasks", queryset=tasks), "volume__runs", "tags")


def column_of(case: Case) -> str:
    """The board's column: waiting for the engine, a stage of the protocol, or accepted."""
    if case.state == CaseState.WAITING:
        return WAITING_KEY
    return ACCEPTED_KEY if case.state == CaseState.ACCEPTED else case.stage_key


def case_card(case: Case, titles: dict[str, str]) -> dict[str, Any]:
    """A case from `with_card_data` as a card; no rater is named on it."""
    task = next((task for task in case.tasks.all() if task.stage_key == case.stage_key), None)
    assignments = list(task.assignments.all()) if task is not None else []
    series = case.volume.series
    return {
        "id": case.pk,
        "alias": case.alias,
        "state": case.state,
        "stage_key": case.stage_key,
        "stage_title": titles.get(column_of(case), case.stage_key),
        "priority": case.priority,
        "due_on": case.due_on,
        "series": {"id": series.pk, "pseudonym": series.patient.pseudonym, "number": series.number},
        "thumbnail_url": thumbnail_url(case.volume),
        "excluded_for": getattr(case, "excluded_for", None),
        "progress": {
            "submitted": sum(a.state == AssignmentState.SUBMITTED for a in assignments),
            "overlap": task.overlap if task is not None else 0,
        },
        "flags": _flags(case, assignments),
        "tags": [tag.name for tag in case.tags.all()],
        "updated_at": case.updated_at,
    }


def _flags(case: Case, assignments: list[Assignment]) -> list[str]:
    open_case = case.state in (CaseState.WAITING, CaseState.IN_PROGRESS)
    runs = list(case.volume.runs.all())
    comparisons = [c for task in case.tasks.all() for c in task.comparisons.all()]
    checks = {
        "concern": bool(getattr(case, "told", False)),
        "overdue": open_case and case.due_on is not None and case.due_on < timezone.localdate(),
        "returned": any(a.state == AssignmentState.RETURNED for a in assignments),
        "blank_start": any(a.blank_start for a in assignments),
        "engine_failed": case.state == CaseState.WAITING
        and bool(runs)
        and all(run.state in (JobState.FAILED, JobState.CANCELLED) for run in runs),
        "comparison_failed": open_case
        and bool(comparisons)
        and all(c.state == JobState.FAILED for c in comparisons),
        "naming_open": case.state != CaseState.EXCLUDED and case.naming_state == NamingState.OPEN,
        "naming_unknown": case.naming_state == NamingState.UNKNOWN,
        "adjudication": open_case and any(t.kind == "adjudicate" for t in case.tasks.all()),
    }
    return [name for name, raised in checks.items() if raised]


def stage_titles(project: Project) -> dict[str, str]:
    """Titles of the board's columns by key, in the order of the protocol."""
    stages = {stage.key: stage.title for stage in protocol_of(project).stages}
    return {WAITING_KEY: "Waiting for the engine", **stages, ACCEPTED_KEY: "Accepted"}


def case_cards(cases: Iterable[Case], project: Project) -> list[dict[str, Any]]:
    titles = stage_titles(project)
    return [case_card(case, titles) for case in cases]


def filtered_cases(
    *,
    user: User,
    project: Project,
    state: str = "",
    stage: str = "",
    search: str = "",
    tag: str = "",
    ordering: str = "priority",
) -> QuerySet[Case]:
    """The project's cases that the user manages, as the page asks for them."""
    cases = cases_managed_by(user).filter(project=project)
    if state:
        cases = cases.filter(state=state)
    if stage:
        cases = cases.filter(stage_key=stage)
    if tag:
        cases = cases.filter(Exists(CaseTag.objects.filter(case=OuterRef("pk"), name=tag.lower())))
    if search:
        cases = cases.filter(
            Q(alias__icontains=search) | Q(volume__series__patient__pseudonym__icontains=search)
        )
    return with_card_data(cases).order_by(*ORDERINGS[ordering], "pk")


def matching_ids(**asked: Any) -> dict[str, Any]:
    """Ids of what `filtered_cases` finds, in its order: the first `MOST_AT_ONCE`, and of how many."""
    ids = list(filtered_cases(**asked).values_list("pk", flat=True))
    return {"count": len(ids), "ids": ids[:MOST_AT_ONCE]}


def tags_in(user: User, project: Project) -> list[dict[str, Any]]:
    """The tags on cases that the user manages, by name, with how many have each."""
    rows = CaseTag.objects.filter(case__in=cases_managed_by(user).filter(project=project).order_by())
    counted = rows.order_by("name").values_list("name").annotate(n=Count("pk"))
    return [{"name": name, "cases": cases} for name, cases in counted]


def case_counts(project_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Cases and accepted cases of each project."""
    rows = (
        Case.objects.filter(project__in=list(project_ids))
        .order_by()
        .values("project")
        .annotate(cases=Count("pk"), accepted=Count("pk", filter=Q(state=CaseState.ACCEPTED)))
    )
    return {row["project"]: {"cases": row["cases"], "accepted": row["accepted"]} for row in rows}
