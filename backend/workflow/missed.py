"""What the rows of the event table should have caused and did not: one query each, for the sweep.

Each gives pairs of a subject's id and its project's, of what can be stuck only: where all is well there is
nothing to look at, however many cases are open.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, RowNumber

from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    CaseState,
    Task,
    TaskState,
)
from backend.annotation.quality.selectors.exercises import mixing
from backend.annotation.quality.selectors.scores import unscored_exercises
from backend.annotation.selectors import BLINDED_KINDS
from backend.common.models import Job, JobState
from backend.consensus.models import Comparison, Fusion
from backend.consensus.services.finals import cases_to_compare
from backend.consensus.services.fusing import FUSE_KIND
from backend.imaging.models import (
    COPY_FORMAT,
    HeldMask,
    HeldState,
    InclusionRules,
    RuleState,
    RuleVerdict,
    Series,
    Volume,
)
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.calibrations import HEADER_LINE
from backend.measurements.levels import FIRST_SOURCES
from backend.measurements.models import CalibrationRecord
from backend.measurements.selectors import unmeasured_versions
from backend.pipeline.engines.finding import AUTO, IMPORTED
from backend.pipeline.jobs.selectors import OPEN_STATES
from backend.pipeline.models import Run
from backend.pipeline.runs.selectors import versions_without_effort
from backend.pipeline.runs.services.effort import EFFORT
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.inclusion import parse_rules
from backend.workflow import tasks

Missed = Iterable[tuple[UUID, UUID | None]]


def _asked(kind: str, subject: str = "pk") -> QuerySet[Job]:
    """Jobs of a kind on the row's subject, whatever came of them: a failure is not repeated."""
    return Job.objects.filter(kind=kind, subject_id=OuterRef(subject))


def unchecked_series() -> Missed:
    """Volumes whose series was never held against the rules that its project asks."""
    asking = [
        row.project_id
        for row in InclusionRules.objects.all()
        if any(rule.enabled for rule in parse_rules(row.rules))
    ]
    rows = Series.objects.filter(project__in=asking, volume__isnull=False, verdicts__isnull=True)
    return rows.exclude(source_format=COPY_FORMAT).values_list("volume", "project")


def unnoted_header_lines() -> Missed:
    """Volumes whose header holds a line from HU to density that stands among no project's candidates."""
    line = KeyTransform(HEADER_LINE, "facts")
    noted = CalibrationRecord.objects.filter(
        project=OuterRef("project"), from_header=True, slope=OuterRef("line_slope")
    )
    rows = Series.objects.filter(
        volume__isnull=False, facts__has_keys=[HEADER_LINE, "model"], facts__kvp__gt=0
    ).annotate(line_slope=Cast(KeyTextTransform("slope", line), FloatField()))
    return rows.exclude(Exists(noted)).exclude(facts__model="").values_list("volume", "project")


def masks_with_unchecked_levels() -> Missed:
    """Volumes of series with an open rule that was last checked before a first mask of the patient came."""
    newer = MaskVersion.objects.filter(
        volume__series__patient=OuterRef("series__patient"),
        source__in=FIRST_SOURCES,
        created_at__gt=OuterRef("updated_at"),
    )
    rows = RuleVerdict.objects.filter(
        state=RuleState.UNKNOWN, stated_by__isnull=True, series__volume__isnull=False
    )
    return rows.filter(Exists(newer)).values_list("series__volume", "series__project").distinct()


def volumes_without_case() -> Missed:
    """Volumes without a case, or whose case waits for an engine that nobody started.

    A mask whose numbers nobody has read yet is waited for; one read late is taken by a run of its own.
    """
    held = HeldMask.objects.filter(series=OuterRef("series"), state=HeldState.WAITING)
    idle = Q(case__state=CaseState.WAITING, runs__isnull=True) & ~Exists(held)
    read = HeldMask.objects.filter(series=OuterRef("series"), state=HeldState.CONFIRMED)
    at_work = Run.objects.filter(Q(engine=IMPORTED) | Q(state__in=OPEN_STATES), volume=OuterRef("pk"))
    left = Q(series__project__protocol__engine=AUTO) & Exists(read) & ~Exists(at_work)
    return Volume.objects.filter(Q(case__isnull=True) | idle | left).values_list("pk", "series__project")


def runs_without_follow_up() -> Missed:
    """Finished runs whose case still waits; finished corrections of a mask that nobody has begun to edit, and
    masks read late in its place."""
    begun = Assignment.objects.filter(task__case=OuterRef("volume__case"), opened_at__isnull=False)
    waits = Q(volume__case__state=CaseState.WAITING)
    untouched = Q(volume__case__state=CaseState.IN_PROGRESS) & ~Exists(
        begun.exclude(state=AssignmentState.CANCELLED)
    )
    corrects = ~Q(correction={}) & Q(result__parent=F("volume__case__start_mask")) & untouched
    read = HeldMask.objects.filter(series=OuterRef("volume__series"), state=HeldState.CONFIRMED)
    late = Q(engine=IMPORTED, volume__case__start_mask__source=MaskSource.ENGINE) & Exists(read) & untouched
    runs = Run.objects.filter(waits | corrects | late, state=JobState.SUCCEEDED, result__isnull=False)
    return runs.order_by("created_at").values_list("pk", "volume__series__project")


def unmeasured_masks() -> Missed:
    """Versions without measurements that nobody was asked to measure."""
    return unmeasured_versions().values_list("pk", "volume__series__project")


def masks_without_effort() -> Missed:
    """Raters' versions of an engine's mask whose changes nobody was asked to count."""
    rows = versions_without_effort().exclude(Exists(_asked(EFFORT)))
    return rows.values_list("pk", "volume__series__project")


def idle_cases() -> Missed:
    """Cases under way that nobody and nothing works on.

    A case stands rightly while a task is open to people, while its raters are compared or their masks fused,
    and where that has failed: then a manager, or the sweep after a while, starts it again.
    """
    people = Task.objects.filter(case=OuterRef("pk"), state=TaskState.OPEN)
    comparisons = Comparison.objects.filter(task__case=OuterRef("pk")).order_by("-created_at")
    compared = Comparison.objects.filter(pk=OuterRef("latest"), state__in=(*OPEN_STATES, JobState.FAILED))
    chosen = Fusion.objects.filter(task__comparisons=OuterRef("subject_id"), chosen=True)
    fused = Job.objects.filter(~Exists(chosen), kind=FUSE_KIND, subject_id=OuterRef("latest"))
    return (
        Case.objects.filter(state=CaseState.IN_PROGRESS, volume__series__held=False)
        .annotate(latest=Subquery(comparisons.values("pk")[:1]))
        .filter(~Exists(people), ~Exists(compared), ~Exists(fused.exclude(state=JobState.SUCCEEDED)))
        .order_by("created_at")
        .values_list("pk", "project")
    )


def uncompared_cases() -> Missed:
    """Accepted cases whose raters' masks nobody was asked to compare with the accepted one."""
    asked = _asked(tasks.COMPARE_WITH_FINAL).filter(created_at__gte=OuterRef("accepted_at"))
    return cases_to_compare().exclude(Exists(asked)).values_list("pk", "project")


def ill_fitting_projects() -> Missed:
    """Projects with open tasks that ask for another number of people than their stage does.

    Only a first round counts: one that was sent back is for those who had it.
    """
    given = Q(assignments__isnull=False) & ~Q(assignments__state=AssignmentState.CANCELLED)
    rows = (
        Task.objects.filter(
            state=TaskState.OPEN, round=1, kind__in=BLINDED_KINDS, case__purpose=CasePurpose.WORK
        )
        .order_by()
        .annotate(taken=Count("assignments", filter=given))
        .values_list("case__project", "stage_key", "overlap", "taken")
    )
    by_project: dict[UUID, set[tuple[str, int, int]]] = {}
    for project_id, key, overlap, taken in rows.distinct():
        by_project.setdefault(project_id, set()).add((key, overlap, taken))
    return [
        (project.pk, project.pk)
        for project in Project.objects.filter(pk__in=by_project)
        if _misfits(project, by_project[project.pk])
    ]


def _misfits(project: Project, tasks: set[tuple[str, int, int]]) -> bool:
    asked_for = {stage.key: stage.overlap for stage in protocol_of(project).stages}
    return any(key in asked_for and overlap != max(asked_for[key], taken, 1) for key, overlap, taken in tasks)


def unscored_copies() -> Missed:
    """Copies handed in that nobody was asked to score."""
    rows = unscored_exercises().exclude(Exists(_asked(tasks.SCORE_EXERCISE, "case")))
    return rows.values_list("case", "source__project")


def raters_without_exercises() -> Missed:
    """The last hand-in of each person, where nobody was asked to have their next exercises ready."""
    mixed = Project.objects.filter(mixing()).values_list("pk", flat=True)
    newest_first = Window(
        RowNumber(),
        partition_by=[F("rater"), F("task__case__project")],
        order_by=F("submitted_at").desc(),
    )
    handed_in = Assignment.objects.filter(
        state=AssignmentState.SUBMITTED, task__case__project__in=list(mixed)
    ).order_by()
    last = dict(
        handed_in.annotate(place=newest_first).filter(place=1).values_list("pk", "task__case__project")
    )
    jobs = Job.objects.filter(kind=tasks.PREPARE_EXERCISES, subject_id__in=list(last))
    asked = set(jobs.values_list("subject_id", flat=True))
    return [(pk, project) for pk, project in last.items() if pk not in asked]
