"""What somebody new to a project does in their first hour, ticked by what is known of them.

Managers have a list of their own, of what their project needs (`selectors.Managed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, TextChoices

from backend.accounts.models import User
from backend.annotation.models import AnswerKey, Assignment, AssignmentState, CasePurpose, Grading
from backend.annotation.selectors import COMPARING_KINDS
from backend.consensus.models import VertebraDecision
from backend.projects.guideline_selectors import READERS
from backend.projects.models import GuidelineReceipt, GuidelineVersion, Membership, Project, Role
from backend.projects.protocols import Protocol
from backend.projects.selectors import protocol_of
from backend.releases.models import DownloadRecord, Release, TermsAcceptance

AT_HOME = 5  # tasks handed in: whoever has done as many is new no longer
PREFERENCE = "first_hour"
TOUR_OVER = "over"
GRADING_KINDS = ("correct", "grade", "adjudicate")


class Step(TextChoices):
    """In the order in which they are done."""

    GUIDELINES = "guidelines", "Read the guidelines"
    TOUR = "tour", "Take the tour of the workstation"
    TRAINING = "training", "Do a training case"
    SUBMIT = "submit", "Submit a task"
    GRADE = "grade", "Grade a vertebra"
    SETTLE = "settle", "Settle what raters disagree about"
    TERMS = "terms", "Accept the terms of a release"
    LOOK = "look", "Look into it"
    DOWNLOAD = "download", "Download it"
    CHECK = "check", "Check what arrived"


@dataclass(frozen=True, slots=True)
class TickedStep:
    """A step, and whether it is done."""

    key: str
    done: bool


@dataclass(frozen=True, slots=True)
class FirstHour:
    """The steps of one person in one project; ``release`` is the newest that they may look into."""

    project: Project
    steps: list[TickedStep]
    release: UUID | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one person, over all their projects, each as ids of projects."""

    guided: set[UUID]
    read: set[UUID]
    training: set[UUID]
    untrained: set[UUID]
    trained: set[UUID]
    handed_in: Mapping[UUID, int]  # training apart; exercises that nobody may know count as all work does
    graded: set[UUID]
    settled: set[UUID]
    accepted: set[UUID]
    downloaded: set[UUID]
    tour: bool


def first_hours(
    user: User,
    held: Iterable[Membership],
    *,
    untrained: set[UUID],
    groups: set[str],
    frozen: QuerySet[Release],
) -> list[FirstHour]:
    """A list for each project in which somebody is new, without those put away; a fixed number of queries."""
    noted = user.preferences.get(PREFERENCE)
    away, looked, checked = (_slugs(noted, name) for name in ("away", "looked", "checked"))
    roles: dict[Project, set[str]] = {}
    for row in held:
        if row.project.slug not in away:
            roles.setdefault(row.project, set()).add(row.role)
    new = {project: own for project, own in roles.items() if Role.MANAGER not in own}
    if not new:
        return []
    known = _known(user, [project.pk for project in new], untrained)
    releases = _newest(frozen, [project.pk for project, own in new.items() if Role.RESEARCHER in own])
    found = []
    for project, own in new.items():
        release = releases.get(project.pk)
        steps = _work_steps(project, own, groups, known)
        if release is not None:
            steps |= _research_steps(release, known, project.slug in looked, project.slug in checked)
        if known.handed_in.get(project.pk, 0) < AT_HOME and not all(steps.values()):
            ticked = [TickedStep(key, steps[key]) for key in Step.values if key in steps]
            found.append(FirstHour(project, ticked, release.pk if release else None))
    return found


def _work_steps(project: Project, own: set[str], groups: set[str], known: _Known) -> dict[str, bool]:
    if not own & set(READERS):
        return {}
    pk = project.pk
    kinds = _kinds(protocol_of(project), own, groups)
    steps = {Step.GUIDELINES.value: pk in known.read} if pk in known.guided else {}
    steps[Step.TOUR] = known.tour
    if Role.RATER in own:
        if protocol_of(project).quality.training_cases and pk in known.training:
            steps[Step.TRAINING] = pk in known.trained or pk not in known.untrained
        steps[Step.SUBMIT] = known.handed_in.get(pk, 0) > 0
    if Role.RADIOLOGIST in own:
        if kinds & set(GRADING_KINDS):
            steps[Step.GRADE] = pk in known.graded
        if kinds & set(COMPARING_KINDS):
            steps[Step.SETTLE] = pk in known.settled
    return {str(key): done for key, done in steps.items()}


def _research_steps(release: Release, known: _Known, looked: bool, checked: bool) -> dict[str, bool]:
    pk = release.project_id
    steps = {Step.LOOK.value: looked or pk in known.downloaded}
    if release.terms.strip():
        steps[Step.TERMS.value] = pk in known.accepted
    return steps | {Step.DOWNLOAD.value: pk in known.downloaded, Step.CHECK.value: checked}


def _kinds(protocol: Protocol, own: set[str], groups: set[str]) -> set[str]:
    return {str(stage.kind) for stage in protocol.stages if stage.is_for(own, groups)}


def _known(user: User, ids: list[UUID], untrained: set[UUID]) -> _Known:
    own = Assignment.objects.filter(rater=user, task__case__project__in=ids).order_by()
    work = own.filter(state__in=(AssignmentState.SUBMITTED, AssignmentState.RETURNED))
    path = "task__case__project_id"
    training = work.filter(task__case__purpose=CasePurpose.TRAINING)
    real = work.exclude(task__case__purpose=CasePurpose.TRAINING)
    keys = AnswerKey.objects.filter(case__project__in=ids, purpose=CasePurpose.TRAINING, active=True)
    graded = own.filter(Exists(Grading.objects.filter(assignment=OuterRef("pk"))))
    decided = VertebraDecision.objects.filter(assignment__rater=user, task__case__project__in=ids)
    settled = _projects(real.filter(task__kind__in=COMPARING_KINDS), path) | _projects(decided, path)
    mine = {"user": user, "release__project__in": ids}
    receipts = GuidelineReceipt.objects.filter(user=user, version__project__in=ids)
    return _Known(
        guided=_projects(GuidelineVersion.objects.filter(project__in=ids), "project_id"),
        read=_projects(receipts, "version__project_id"),
        training=_projects(keys, "case__project_id"),
        untrained=untrained,
        trained=_projects(training, path),
        handed_in=dict(real.values_list(path).annotate(n=Count("pk"))),
        graded=_projects(graded, path),
        settled=settled,
        accepted=_projects(TermsAcceptance.objects.filter(**mine), "release__project_id"),
        downloaded=_projects(DownloadRecord.objects.filter(**mine), "release__project_id"),
        tour=user.preferences.get("tour") == TOUR_OVER,
    )


def _projects(rows: QuerySet[Any], path: str) -> set[UUID]:
    return set(rows.order_by().values_list(path, flat=True).distinct())


def _newest(frozen: QuerySet[Release], ids: list[UUID]) -> dict[UUID, Release]:
    rows = frozen.filter(project__in=ids).order_by("frozen_at") if ids else Release.objects.none()
    return {row.project_id: row for row in rows}


def _slugs(noted: object, name: str) -> set[str]:
    """What the pages keep with the account; what is not as they write it counts as nothing."""
    kept = noted.get(name) if isinstance(noted, dict) else None
    return {slug for slug in kept if isinstance(slug, str)} if isinstance(kept, list) else set()
