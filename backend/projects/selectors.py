"""Reads of projects: who sees which, and who does what in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.common.errors import Forbidden, NotFound
from backend.projects.models import Membership, Project, Role
from backend.projects.protocols import Protocol, parse


def projects_visible_to(user: User) -> QuerySet[Project]:
    """Projects in which the user holds an active role."""
    mine = Membership.objects.filter(user=user, active=True).values("project_id")
    return Project.objects.filter(pk__in=mine)


def project_visible_to(user: User, slug: str) -> Project:
    """The project of that slug.

    Raises
    ------
    NotFound
        it does not exist, or the user has no part in it.
    """
    project = projects_visible_to(user).filter(slug=slug).first()
    if project is None:
        raise NotFound
    return project


def projects_with_role(user: User, *roles: str) -> QuerySet[Project]:
    """Projects in which the user holds one of ``roles``."""
    held = Membership.objects.filter(user=user, active=True, role__in=roles).values("project_id")
    return Project.objects.filter(pk__in=held)


def roles_of(user: User, project: Project) -> set[str]:
    """The user's active roles in the project."""
    return set(
        Membership.objects.filter(user=user, project=project, active=True).values_list("role", flat=True)
    )


def has_role(user: User, project: Project, *roles: str) -> bool:
    """Whether the user holds at least one of ``roles`` (any role at all where none is named)."""
    held = roles_of(user, project)
    return bool(held & set(roles)) if roles else bool(held)


def require_role(user: User, project: Project, *roles: str) -> None:
    """Refuse anyone without one of ``roles``.

    Raises
    ------
    NotFound
        the user has no part in the project. `Forbidden`: a part, but another role.
    """
    held = roles_of(user, project)
    if not held:
        raise NotFound
    if not held & set(roles):
        raise Forbidden(message=f"Only a {' or '.join(roles)} of the project may do this.")


def protocol_of(project: Project) -> Protocol:
    """The project's protocol as a data class."""
    return parse(project.protocol)


def members_of(project: Project) -> QuerySet[Membership]:
    """Everybody in the project, with their accounts."""
    return (
        Membership.objects.filter(project=project)
        .select_related("user")
        .order_by("user__display_name", "user__email", "role")
    )


def roles_by_project(user: User, project_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The user's roles in each of several projects, in one query."""
    held: dict[UUID, list[str]] = {}
    rows = Membership.objects.filter(user=user, active=True, project_id__in=list(project_ids)).order_by(
        "role"
    )
    for project_id, role in rows.values_list("project_id", "role"):
        held.setdefault(project_id, []).append(role)
    return held


MANAGERS_AND_EXPERTS = (Role.MANAGER.value, Role.RADIOLOGIST.value)

Counts = Callable[[Iterable[UUID]], Mapping[UUID, Mapping[str, int]]]
_counts: list[Counts] = []


def register_project_counts(counts: Counts) -> None:
    """Let a higher layer add to a project's counts: ``counts(project_ids)`` gives numbers by project."""
    if counts not in _counts:
        _counts.append(counts)


def project_counts(project_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """How many series, cases, accepted cases and quarantined files each project has."""
    ids = list(project_ids)
    totals = {pk: {"series": 0, "cases": 0, "accepted": 0, "quarantined": 0} for pk in ids}
    for counts in _counts:
        for pk, numbers in counts(ids).items():
            totals[pk].update(numbers)
    return totals


def people_in(project: Project, *, with_account: bool = False) -> QuerySet[User]:
    """Everybody who has or had a role in the project; ``with_account`` leaves out closed accounts."""
    people = User.objects.filter(memberships__project=project).distinct()
    return people.filter(is_active=True) if with_account else people


def person_in(project: Project, user_id: UUID) -> User:
    """One of the project's people.

    Raises
    ------
    NotFound
        ``no_such_member``
    """
    person = people_in(project).filter(pk=user_id).first()
    if person is None:
        raise NotFound("no_such_member", "This person is not in the project.")
    return person
