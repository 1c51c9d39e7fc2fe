"""Reads of a project's guidelines: what is in force, what was before, and who has read what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, QuerySet

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.projects.models import (
    GuidelineDraft,
    GuidelinePicture,
    GuidelineReceipt,
    GuidelineVersion,
    Membership,
    Project,
    Role,
)

READERS = (Role.RATER, Role.RADIOLOGIST)  # who works by the guidelines


def versions_of(project: Project) -> QuerySet[GuidelineVersion]:
    """All versions that were published, the newest first."""
    return GuidelineVersion.objects.filter(project=project).select_related("published_by").order_by("-number")


def version_in_force(project: Project) -> GuidelineVersion | None:
    """The newest version; none where nobody has written guidelines yet."""
    return versions_of(project).first()


def version_of(project: Project, number: int) -> GuidelineVersion:
    """One version by its number.

    Raises
    ------
    NotFound
        There is none of that number.
    """
    found = versions_of(project).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def pictures_of(project: Project) -> QuerySet[GuidelinePicture]:
    return GuidelinePicture.objects.filter(project=project).select_related("blob")


def draft_of(project: Project) -> GuidelineDraft:
    """The draft; where there is none, one that is not kept and says what is in force (revision 0)."""
    kept = GuidelineDraft.objects.filter(project=project).first()
    return kept or GuidelineDraft(project=project, text=project.guidelines, revision=0)


@dataclass(frozen=True, slots=True)
class Read:
    """Which version somebody has read last, and when."""

    number: int
    at: datetime
    how: str


def read_by(user: User, project: Project) -> dict[int, Read]:
    """The versions that a person has read, by number."""
    rows = GuidelineReceipt.objects.filter(version__project=project, user=user)
    found = rows.values_list("version__number", "created_at", "how")
    return {number: Read(number, at, how) for number, at, how in found}


def has_to_read(user: User, project: Project) -> GuidelineVersion | None:
    """The version in force, where a person has to read it before the next task; else none.

    A version that must be read asks for itself or any later one: the newest says all that counts.
    """
    asked = versions_of(project).filter(must_read=True).first()
    if asked is None:
        return None
    receipts = GuidelineReceipt.objects.filter(
        version__project=project, user=user, version__number__gte=asked.number
    )
    return None if receipts.exists() else version_in_force(project)


@dataclass(frozen=True, slots=True)
class Unread:
    """That the guidelines of a project have a version which somebody has not read."""

    project: Project
    number: int
    changes: str
    published_at: datetime
    read: int | None  # the newest version that they have read
    must_read: bool  # before the next task


def unread_by(user: User, projects: Iterable[Project]) -> list[Unread]:
    """Where new guidelines wait for a person: a version after the first, or one that must be read.

    Three queries, however many projects.
    """
    by_id = {project.pk: project for project in projects}
    versions = GuidelineVersion.objects.filter(project__in=by_id).order_by("number")
    newest: dict[UUID, GuidelineVersion] = {row.project_id: row for row in versions.defer("text")}
    asked: dict[UUID, int] = dict(
        versions.filter(must_read=True).order_by().values_list("project_id").annotate(Max("number"))
    )
    receipts = GuidelineReceipt.objects.filter(version__project__in=by_id, user=user)
    read: dict[UUID, int] = dict(
        receipts.order_by().values_list("version__project_id").annotate(Max("version__number"))
    )
    found = []
    for pk, project in by_id.items():
        version, seen = newest.get(pk), read.get(pk)
        must = asked.get(pk, 0) > (seen or 0)
        if version is None or version.number == seen or (version.number == 1 and not must):
            continue
        found.append(Unread(project, version.number, version.changes, version.created_at, seen, must))
    return found


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one person of the project has read last."""

    user: User
    read: Read | None


def receipts_in(project: Project) -> list[Receipt]:
    """Everybody who works by the guidelines, with the newest version that they have read."""
    members = Membership.objects.filter(project=project, active=True, role__in=READERS)
    people = User.objects.filter(pk__in=members.values("user_id")).order_by("display_name", "email")
    rows = GuidelineReceipt.objects.filter(version__project=project).order_by("version__number")
    newest = {
        user_id: Read(number, at, how)
        for user_id, number, at, how in rows.values_list("user_id", "version__number", "created_at", "how")
    }
    return [Receipt(person, newest.get(person.pk)) for person in people]
