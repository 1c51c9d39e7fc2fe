"""Who may see which case, task and assignment: the blinding, in one place.

The rule: until a person has handed in, and after it unless the protocol opens up, they can reach no other
person's mask, grade, comment, presence or name. Every endpoint, socket and file of the layers above starts
from a queryset made here; what is not in it does not exist for that person (404).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    Exercise,
    Grading,
    Sighting,
    Submission,
    Task,
    TaskKind,
    TaskState,
)
from backend.pipeline.jobs.subjects import JobSubject
from backend.projects.models import Membership, Project, Role

WORKING_STATES = (AssignmentState.OPEN, AssignmentState.RETURNED)

BLINDED_KINDS = (TaskKind.CORRECT, TaskKind.GRADE)  # done by people who must not see each other

COMPARING_KINDS = (TaskKind.ADJUDICATE, TaskKind.REVIEW)  # done by people who see all that was handed in


def managed_projects(user: User) -> QuerySet[Project]:
    """Projects that the user manages."""
    return Project.objects.filter(
        memberships__user_id=user.pk, memberships__role=Role.MANAGER, memberships__active=True
    ).distinct()


def _blinded_cases(user: User) -> QuerySet[Assignment]:
    """The user's own unfinished independent work on the case of the outer query."""
    return Assignment.objects.filter(
        task__case=OuterRef("pk"), rater_id=user.pk, task__kind__in=BLINDED_KINDS, state__in=WORKING_STATES
    )


def cases_managed_by(user: User) -> QuerySet[Case]:
    """Cases whose progress the user follows. Says nothing yet of what was handed in."""
    return Case.objects.filter(project__in=managed_projects(user))


def cases_of(project: Project) -> QuerySet[Case]:
    """All cases of a project, for those who manage it; copies are none."""
    return Case.objects.filter(project=project).select_related("project", "volume", "start_mask")


def projects_with_copies() -> QuerySet[Project]:
    """Projects that mix gold cases or repeats into the work, or have done so.

    A share of 0 does not end it: copies made before may be in somebody's hands or history.
    """
    made = Case.every.filter(purpose__in=(CasePurpose.GOLD, CasePurpose.REPEAT)).values("project_id")
    return Project.objects.filter(
        Q(protocol__quality__gold_share__gt=0) | Q(protocol__quality__repeat_share__gt=0) | Q(pk__in=made)
    )


def cases_open_to(user: User) -> QuerySet[Case]:
    """Cases where the user may see everybody's work.

    That is: managers of the project, whoever adjudicates or reviews the case, and, where the protocol opens
    up, those who have handed in; not while gold cases or repeats are among what they hand in, for which
    nothing could open, and which would be told by that (`projects_with_copies`). Never somebody with
    unfinished independent work of their own on the case, whatever other role they have.
    """
    compares = Assignment.objects.filter(
        task__case=OuterRef("pk"), rater_id=user.pk, task__kind__in=COMPARING_KINDS
    ).exclude(state=AssignmentState.CANCELLED)
    handed_in = Assignment.objects.filter(
        task__case=OuterRef("pk"),
        rater_id=user.pk,
        task__kind__in=BLINDED_KINDS,
        task__state=TaskState.COMPLETE,
        state=AssignmentState.SUBMITTED,
    )
    member = Membership.objects.filter(project=OuterRef("project"), user_id=user.pk, active=True)
    return (
        Case.objects.filter(Exists(member))
        .filter(
            Q(project__in=managed_projects(user))
            | Exists(compares)
            | (
                Q(project__protocol__open_after_submission=True)
                & ~Q(project__in=projects_with_copies())
                & Exists(handed_in)
            )
        )
        .filter(~Exists(_blinded_cases(user)))
    )


def cases_rated_now_by(user: User) -> QuerySet[Case]:
    """Cases on which the user has unfinished independent work: others' is closed to them there."""
    rows = Assignment.objects.filter(rater_id=user.pk, task__kind__in=BLINDED_KINDS, state__in=WORKING_STATES)
    return Case.every.filter(pk__in=rows.values("task__case"))


def cases_unblinded_by(user: User) -> QuerySet[Case]:
    """Cases whose names the user may ask for: managed, and with no unfinished work of their own."""
    return cases_open_to(user).filter(pk__in=cases_managed_by(user).values("pk")).select_related("project")


def assignments_visible_to(user: User) -> QuerySet[Assignment]:
    """The user's own assignments, in projects where they still work."""
    member = Membership.objects.filter(project=OuterRef("task__case__project"), user_id=user.pk, active=True)
    return (
        Assignment.objects.filter(Exists(member), rater_id=user.pk)
        .exclude(state=AssignmentState.CANCELLED)
        .select_related("task__case__project", "task__case__volume", "session", "rater")
    )


def blind_work_of(user: User) -> QuerySet[Assignment]:
    """The user's own work that others do beside them, in hand or handed in; copies made for quality too."""
    return assignments_visible_to(user).filter(task__kind__in=BLINDED_KINDS)


def comparing_work_of(user: User) -> QuerySet[Assignment]:
    """The user's own adjudications and reviews, in hand or done."""
    return assignments_visible_to(user).filter(task__kind__in=COMPARING_KINDS)


def assignments_managed_by(user: User) -> QuerySet[Assignment]:
    """Assignments of all people in the projects that the user manages (to take work back)."""
    return Assignment.objects.filter(task__case__project__in=managed_projects(user)).select_related(
        "task__case__project"
    )


def open_concerns_managed_by(user: User) -> QuerySet[Assignment]:
    """Tasks of which somebody told the user, who manages the project, and that nobody has answered yet.

    None of a copy made for training or quality: it would tell the manager who works on which.
    """
    told = Assignment.objects.filter(concern_at__isnull=False).values("pk")  # few, and indexed: asked first
    return assignments_managed_by(user).filter(pk__in=told, task__case__purpose=CasePurpose.WORK)


def assignments_releasable_by(user: User) -> QuerySet[Assignment]:
    """One's own assignments, and all in the projects that one manages."""
    own = assignments_visible_to(user).values("pk")
    managed = assignments_managed_by(user).values("pk")
    return Assignment.objects.filter(Q(pk__in=own) | Q(pk__in=managed)).select_related("task__case__project")


def tasks_managed_by(user: User) -> QuerySet[Task]:
    return Task.objects.filter(case__project__in=managed_projects(user)).select_related("case__project")


def gradings_of(assignment: Assignment) -> QuerySet[Grading]:
    """The standing answers of one assignment; its former answers are kept beside them."""
    return assignment.gradings.filter(current=True).order_by("label")


def volumes_through_assignments_q(user: User) -> Q:
    """Volumes that the user works on, or has worked on, and may therefore look at."""
    mine = assignments_visible_to(user).values("task__case__volume_id")
    return Q(pk__in=mine)


def case_of_volume(volume_id: UUID) -> UUID | None:
    """The case that becomes data from a volume."""
    return Case.objects.filter(volume=volume_id).values_list("pk", flat=True).first()


def cases_by_volume(volume_ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    """The case of each volume that has one (for the list of series, which managers read)."""
    rows = Case.objects.filter(volume_id__in=list(volume_ids)).values_list("volume_id", "pk")
    return dict(rows)


def cases_of_job_subjects(ids: Collection[UUID]) -> Mapping[UUID, JobSubject]:
    """The cases behind jobs that work on a case, its volume or one of its masks. Copies have none."""
    found: dict[UUID, JobSubject] = {}
    for path in ("pk", "volume", "volume__masks"):
        rows = Case.objects.filter(**{f"{path}__in": ids}).values_list(path, "pk", "alias")
        found |= {subject: JobSubject(kind="case", id=pk, name=alias) for subject, pk, alias in rows}
    return found


def latest_submissions(task: Task) -> QuerySet[Submission]:
    """What stands of each person's work on the task: the last hand-in of each assignment, by slot."""
    newer = Submission.objects.filter(
        assignment=OuterRef("assignment"), created_at__gt=OuterRef("created_at")
    )
    return (
        Submission.objects.filter(assignment__task=task, assignment__state=AssignmentState.SUBMITTED)
        .filter(~Exists(newer))
        .select_related("assignment__rater", "mask")
        .order_by("assignment__slot")
    )


def has_worked_on(user_id: UUID, case: Case) -> bool:
    """Whether the person's own masks or grades are part of the case (so they may not judge it)."""
    return (
        Assignment.objects.filter(task__case=case, rater_id=user_id)
        .exclude(state=AssignmentState.CANCELLED)
        .exclude(task__kind=TaskKind.REVIEW)
        .exists()
    )


def is_blind(task: Task) -> bool:
    """Whether the task is done by several people who must not know of each other's work."""
    return task.kind in BLINDED_KINDS and task.overlap > 1


def who_have_seen(case: Case) -> set[UUID]:
    """People who know others' work on the case: from a page, or from adjudicating or reviewing it."""
    compared = Assignment.objects.filter(
        task__case=case, task__kind__in=COMPARING_KINDS, opened_at__isnull=False
    )
    seen = Sighting.objects.filter(case=case)
    return {*seen.values_list("user_id", flat=True), *compared.values_list("rater_id", flat=True)}


def _given_copies() -> QuerySet[Exercise]:
    """Copies with a known answer (training, gold) that came into somebody's hands.

    Those people never get the case itself as work: they know what is right from the feedback, or would see by
    the same CT coming twice that one of the two was no work.
    """
    return Exercise.objects.filter(key__isnull=False, case__tasks__assignments__isnull=False)


def who_know_the_answer(case: Case) -> set[UUID]:
    """People who were given a copy of the case whose answer is known."""
    return set(_given_copies().filter(source=case).values_list("rater_id", flat=True))


def free_tasks(
    *, user: User, project: Project, stage_keys: list[str], uncertain_first: bool = False
) -> QuerySet[Task]:
    """Open tasks of the given stages with a free place that this person may take, best first.

    Cases with the highest priority come first, then the earliest due date, then (where asked for) those of
    which the engine was least sure, then tasks that others have begun, so that cases get finished. The caller
    breaks remaining ties by the person's share and the project's seeded order.
    """
    doubt = [F("case__difficulty").desc(nulls_last=True)] if uncertain_first else []
    tasks = free_places(user, {project.pk: stage_keys})
    return tasks.order_by(
        "-case__priority", F("case__due_on").asc(nulls_last=True), *doubt, F("taken").desc(), "created_at"
    )


def free_places(user: User, stage_keys: Mapping[UUID, Collection[str]]) -> QuerySet[Task]:
    """Open tasks with a free place that this person may take, of these stages of several projects."""
    stages = Q(pk__in=())
    for project_id, keys in stage_keys.items():
        stages |= Q(case__project=project_id, stage_key__in=list(keys))
    mine = Assignment.objects.filter(task=OuterRef("pk"), rater_id=user.pk)
    known = _given_copies().filter(source=OuterRef("case"), rater_id=user.pk)
    seen = Sighting.objects.filter(case=OuterRef("case"), user_id=user.pk)
    # Of both the person's cases are listed once: asked task by task, SQLite walks all their work each time.
    worked = Assignment.objects.filter(rater_id=user.pk).order_by()
    compared = worked.filter(task__kind__in=COMPARING_KINDS, opened_at__isnull=False).values("task__case")
    own_case_work = (
        worked.exclude(state=AssignmentState.CANCELLED)
        .exclude(task__kind=TaskKind.REVIEW)
        .values("task__case")
    )
    return (
        Task.objects.filter(stages, case__purpose=CasePurpose.WORK, state=TaskState.OPEN, overlap__gt=0)
        .annotate(taken=Count("assignments", filter=~Q(assignments__state=AssignmentState.CANCELLED)))
        .filter(taken__lt=F("overlap"))
        .filter(~Exists(mine), ~Exists(known))
        .exclude(Q(kind__in=BLINDED_KINDS, overlap__gt=1) & (Exists(seen) | Q(case__in=compared)))
        .exclude(Q(kind__in=COMPARING_KINDS, case__in=own_case_work))
    )
