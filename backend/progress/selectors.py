"""Boards, cards and timelines. Reads only, in a number of queries that does not grow with the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.selectors.stages import stage_title
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    NamingState,
    Submission,
    Task,
    Unblinding,
)
from backend.annotation.selectors import cases_managed_by
from backend.annotation.work.selectors.details import thumbnail_url
from backend.audit.models import Record
from backend.common.models import JobState
from backend.consensus.models import Comparison
from backend.masks.models import MaskVersion
from backend.pipeline.selectors import case_uncertainty
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role, protocol_of
from backend.science.labels import name_of

CARDS_PER_STAGE = 50
THROUGHPUT_DAYS = 30
WAITING_KEY, ACCEPTED_KEY = "waiting", "accepted"
WORKING_ROLES = (Role.RATER, Role.RADIOLOGIST)
ORDERINGS: dict[str, tuple[Any, ...]] = {
    "priority": ("-priority", "created_at"),
    "due_on": (F("due_on").asc(nulls_last=True), "-priority"),
    "updated_at": ("-updated_at",),
    "alias": ("alias",),
    "uncertainty": (case_uncertainty("volume").desc(nulls_last=True),),  # what the engine doubted most
}


def with_card_data(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with all that a card shows."""
    held = Assignment.objects.exclude(state=AssignmentState.CANCELLED)
    comparisons = Comparison.objects.only("task_id", "state")
    tasks = Task.objects.order_by("-round").prefetch_related(
        Prefetch("assignments", queryset=held), Prefetch("comparisons", queryset=comparisons)
    )
    return cases.select_related("project", "volume__series__patient").prefetch_related(
        Prefetch("tasks", queryset=tasks), "volume__runs"
    )


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
        "progress": {
            "submitted": sum(a.state == AssignmentState.SUBMITTED for a in assignments),
            "overlap": task.overlap if task is not None else 0,
        },
        "flags": _flags(case, assignments),
        "updated_at": case.updated_at,
    }


def _flags(case: Case, assignments: list[Assignment]) -> list[str]:
    open_case = case.state in (CaseState.WAITING, CaseState.IN_PROGRESS)
    runs = list(case.volume.runs.all())
    comparisons = [c for task in case.tasks.all() for c in task.comparisons.all()]
    checks = {
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


def board(*, project: Project, user: User) -> dict[str, Any]:
    """The project at a glance: cases by stage, people, and what was done on each day.

    Managers see all of it, everybody else their own line alone: any number over the project's cases moves
    when somebody hands in work and stays when they hand in a gold case or a repeat, which would tell it.
    """
    if not has_role(user, project, Role.MANAGER):
        return {"stages": [], "raters": people(project, user), "throughput": []}
    return {
        "stages": _columns(project, cases_managed_by(user).filter(project=project)),
        "raters": people(project),
        "throughput": throughput(project),
    }


def _columns(project: Project, visible: QuerySet[Case]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    rows = Case.objects.filter(project=project).order_by().values("state", "stage_key")
    for row in rows.annotate(n=Count("pk")):
        key = column_of(Case(state=row["state"], stage_key=row["stage_key"]))
        if row["state"] != CaseState.EXCLUDED:
            counts[key] = counts.get(key, 0) + row["n"]
    place = Window(
        RowNumber(), partition_by=[F("state"), F("stage_key")], order_by=["-priority", "created_at"]
    )
    shown = with_card_data(visible.annotate(place=place).filter(place__lte=CARDS_PER_STAGE))
    titles = stage_titles(project)
    cards: dict[str, list[dict[str, Any]]] = {}
    for case in shown.order_by("-priority", "created_at"):
        cards.setdefault(column_of(case), []).append(case_card(case, titles))
    kinds = {WAITING_KEY: "engine", ACCEPTED_KEY: "accepted"}
    kinds |= {stage.key: stage.kind for stage in protocol_of(project).stages}
    return [
        {
            "key": key,
            "title": title,
            "kind": kinds[key],
            "count": counts.get(key, 0),
            "cases": cards.get(key, []),
        }
        for key, title in titles.items()
    ]


def people(project: Project, only: User | None = None) -> list[dict[str, Any]]:
    """What each rater and radiologist has in hand and has handed in."""
    members = User.objects.filter(
        memberships__project=project, memberships__role__in=WORKING_ROLES, memberships__active=True
    ).distinct()
    if only is not None:
        members = members.filter(pk=only.pk)
    work = {
        row["rater"]: row
        for row in Assignment.objects.filter(task__case__project=project)
        .order_by()
        .values("rater")
        .annotate(
            open=Count("pk", filter=Q(state=AssignmentState.OPEN)),
            submitted=Count("pk", filter=Q(state=AssignmentState.SUBMITTED)),
            returned=Count("pk", filter=Q(state=AssignmentState.RETURNED)),
            seconds=Sum("active_seconds"),
            last=Max("updated_at"),
        )
    }
    rows = []
    for user in members.order_by("display_name", "email"):
        row: Mapping[str, Any] = work.get(user.pk, {})
        rows.append(
            {
                "user": {"id": user.pk, "name": user.name},
                "open": row.get("open", 0),
                "submitted": row.get("submitted", 0),
                "returned": row.get("returned", 0),
                "active_minutes": round((row.get("seconds") or 0) / 60, 1),
                "last_activity": row.get("last"),
            }
        )
    return rows


def throughput(project: Project) -> list[dict[str, Any]]:
    """Hand-ins and accepted cases of each of the last days, oldest first."""
    today = timezone.localdate()
    since = today - timedelta(days=THROUGHPUT_DAYS - 1)
    accepted = _per_day(Case.objects.filter(project=project, accepted_at__date__gte=since), "accepted_at")
    submitted = _per_day(
        Submission.objects.filter(
            assignment__task__case__in=Case.objects.filter(project=project), created_at__date__gte=since
        ),
        "created_at",
    )
    days = [since + timedelta(days=offset) for offset in range(THROUGHPUT_DAYS)]
    return [
        {"date": day, "accepted": accepted.get(day, 0), "submitted": submitted.get(day, 0)} for day in days
    ]


def _per_day(rows: QuerySet[Any], field: str) -> dict[date, int]:
    counted = rows.order_by().annotate(day=TruncDate(field)).values("day").annotate(n=Count("pk"))
    return {row["day"]: row["n"] for row in counted}


def filtered_cases(
    *, cases: QuerySet[Case], state: str = "", stage: str = "", search: str = "", ordering: str = "priority"
) -> QuerySet[Case]:
    """The list of cases as the page asks for it."""
    if state:
        cases = cases.filter(state=state)
    if stage:
        cases = cases.filter(stage_key=stage)
    if search:
        cases = cases.filter(
            Q(alias__icontains=search) | Q(volume__series__patient__pseudonym__icontains=search)
        )
    return with_card_data(cases).order_by(*ORDERINGS[ordering], "pk")


def mask_rows(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """Every mask version of the case, oldest first."""
    versions = MaskVersion.objects.filter(volume_id=case.volume_id).select_related("author")
    return [
        {
            "id": version.pk,
            "number": version.number,
            "source": version.source,
            "author": names.name_of(version.author) if version.author is not None else None,
            "created_at": version.created_at,
            "provenance": version.provenance,
            "label_voxels": version.label_voxels,
        }
        for version in versions.order_by("number")
    ]


def task_rows(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """The tasks of the case with the people on them (for those who may see everybody's work)."""
    held = Assignment.objects.exclude(state=AssignmentState.CANCELLED).select_related("rater")
    tasks = (
        Task.objects.filter(case_id=case.pk)
        .order_by("created_at")
        .prefetch_related(
            Prefetch("assignments", queryset=held.order_by("slot").prefetch_related("submissions"))
        )
    )
    return [
        {
            "id": task.pk,
            "kind": task.kind,
            "stage_key": task.stage_key,
            "stage_title": stage_title(case.project, task.stage_key),
            "round": task.round,
            "state": task.state,
            "overlap": task.overlap,
            "assignments": [
                {
                    "id": assignment.pk,
                    "slot": assignment.slot,
                    "rater": {
                        "id": names.id_of(assignment.rater_id),
                        "name": names.name_of(assignment.rater),
                    },
                    "state": assignment.state,
                    "submitted_at": assignment.submitted_at,
                    "active_seconds": assignment.active_seconds,
                    **_reading(assignment),
                }
                for assignment in task.assignments.all()
            ],
        }
        for task in tasks
    ]


def _reading(assignment: Assignment) -> dict[str, Any]:
    """How fast it was handed in, and what was never looked at."""
    last = max(assignment.submissions.all(), key=lambda row: row.created_at, default=None)
    return {
        "pace": last.pace if last is not None else None,
        "never_in_view": last.never_in_view if last is not None else None,
    }


def timeline(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """What happened to the case, oldest first, from the audit chain. Who asked for names is named."""
    records = Record.objects.filter(subject_id=str(case.pk)).select_related("actor").order_by("sequence")
    titles = stage_titles(case.project)
    return [
        {
            "at": record.at,
            "actor": _actor(record, names),
            "verb": record.verb,
            "text": sentence(record.verb, record.detail, titles),
        }
        for record in records
    ]


def _actor(record: Record, names: PeopleNames) -> str | None:
    if record.actor is None:
        return None
    return record.actor.name if record.verb == "case.unblinded" else names.name_of(record.actor)


def unblinding_rows(case: Case) -> list[dict[str, Any]]:
    """Who has seen the names of a double-blind case, when and why."""
    rows = Unblinding.objects.filter(case_id=case.pk).select_related("user")
    return [{"name": row.user.name, "reason": row.reason, "at": row.created_at} for row in rows]


_SENTENCES = {
    "case.opened": "Case opened",
    "case.started": "First mask is there",
    "case.moved": "Moved to {stage}",
    "case.accepted": "Case accepted",
    "case.prioritised": "Priority {priority}",
    "task.opened": "Task opened for {overlap}: {stage}, round {round}",
    "task.overlap_changed": "Now asks for {overlap} people",
    "assignment.taken": "Took a task of {stage}",
    "assignment.given": "Assigned a task",
    "assignment.opened": "Began to work",
    "assignment.submitted": "Handed in, {edited_voxels} voxels changed",
    "assignment.returned": "Work returned",
    "assignment.released": "Gave the task back",
    "comparison.finished": "Raters compared",
    "fusion.made": "Fused by {method}",
    "fusion.chosen": "Chose the {method} mask",
    "names.decided": "Named the vertebrae {names}",
    "comparison.retried": "Compared again",
    "vertebra.decided": "Decided vertebra {label}: {choice}",
    "case.reviewed": "Reviewed",
    "comment.added": "Commented",
    "comment.resolved": "Closed a thread of comments",
    "comment.reopened": "Opened a thread of comments again",
    "case.start_mask_corrected": "Starts from the engine's corrected mask",
    "case.seen": "Saw others' work: {through}",
    "case.unblinded": "Asked for the names: {reason}",
    "naming.answered": "Answered whether the names are right",
    "naming.settled": "Names of the vertebrae: {state}",
    "answer_key.set": "Answer known: used for {purpose}",
    "answer_key.dropped": "Not used for {purpose} any more",
}


SENTENCE_WORDS = (
    "stage",
    "overlap",
    "round",
    "method",
    "label",
    "choice",
    "priority",
    "reason",
    "purpose",
)


def sentence(verb: str, detail: dict[str, Any], titles: Mapping[str, str]) -> str:
    """A record in words; ``titles`` names the stages by key."""
    if verb == "case.reviewed":
        return "Accepted in review" if detail.get("accepted") else "Returned by the reviewer"
    known = dict.fromkeys(
        ("stage", "overlap", "round", "method", "label", "choice", "priority", "reason", "purpose"), ""
    )
    words: dict[str, Any] = {**known, "state": "", "edited_voxels": 0, **detail}
    words["stage"] = titles.get(words["stage"], words["stage"])
    if isinstance(words["label"], int):
        words["label"] = name_of(words["label"])
    return _SENTENCES.get(verb, verb).format_map(words)


def case_counts(project_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Cases and accepted cases of each project."""
    rows = (
        Case.objects.filter(project__in=list(project_ids))
        .order_by()
        .values("project")
        .annotate(cases=Count("pk"), accepted=Count("pk", filter=Q(state=CaseState.ACCEPTED)))
    )
    return {row["project"]: {"cases": row["cases"], "accepted": row["accepted"]} for row in rows}
