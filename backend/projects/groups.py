"""Groups of people in a project: a name for several, to filter lists by and to spread work over.

Managers alone read and write them, so that nobody learns by a group who else works in the project.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid, NotFound
from backend.projects.models import PeopleGroup, Project, Role
from backend.projects.selectors import people_in, require_role


class GroupNameTaken(Conflict):
    code = "group_name_taken"
    message = "The project has a group of this name. Choose another name."


class NoSuchGroup(NotFound):
    code = "no_such_group"
    message = "This group is not in the project; perhaps it was deleted. Choose another one."


class NotInProject(NotFound):
    code = "people_not_in_project"
    message = "Somebody of these people is not in the project. Invite them first; nobody was put in."


def groups_of(project: Project) -> QuerySet[PeopleGroup]:
    """The project's groups by name, with who is in each: two queries, however many there are."""
    return PeopleGroup.objects.filter(project=project).prefetch_related("people")


def group_in(project: Project, group_id: UUID) -> PeopleGroup:
    """One of the project's groups.

    Raises
    ------
    NoSuchGroup
    """
    group = PeopleGroup.objects.filter(project=project, pk=group_id).first()
    if group is None:
        raise NoSuchGroup
    return group


def ids_in(project: Project, group_id: UUID) -> set[UUID]:
    """Who is in one of the project's groups; `NoSuchGroup`."""
    return set(group_in(project, group_id).people.values_list("pk", flat=True))


@transaction.atomic
def make_group(*, actor: User, project: Project, name: str) -> PeopleGroup:
    """Make a group with nobody in it.

    Raises
    ------
    GroupNameTaken, Invalid
        a group has that name, in capitals or not; it has no letters.
    """
    require_role(actor, project, Role.MANAGER)
    group = PeopleGroup(project=project)
    _name(group, name)
    audit.record(
        actor=actor, act=people_acts.GroupMade(name=group.name), subject=group, project_id=project.pk
    )
    return group


@transaction.atomic
def rename_group(*, actor: User, project: Project, group_id: UUID, name: str) -> PeopleGroup:
    """Give a group another name; `GroupNameTaken`, `Invalid`, `NoSuchGroup`."""
    require_role(actor, project, Role.MANAGER)
    group = group_in(project, group_id)
    was = group.name
    _name(group, name)
    if group.name != was:
        audit.record(
            actor=actor,
            act=people_acts.GroupRenamed(was=was, name=group.name),
            subject=group,
            project_id=project.pk,
        )
    return group


def _name(group: PeopleGroup, name: str) -> None:
    group.name = " ".join(name.split())
    if not group.name:
        raise Invalid("group_unnamed", "Give the group a name.")
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as exc:
        raise GroupNameTaken from exc


@transaction.atomic
def delete_group(*, actor: User, project: Project, group_id: UUID) -> None:
    """Delete a group. Its people stay in the project, and open invitations to it stay, without a group."""
    require_role(actor, project, Role.MANAGER)
    group = group_in(project, group_id)
    people = sorted(group.people.values_list("pk", flat=True))
    audit.record(
        actor=actor,
        act=people_acts.GroupDeleted(name=group.name, people=people),
        subject=group,
        project_id=project.pk,
    )
    group.delete()


@transaction.atomic
def change_people(
    *,
    actor: User,
    project: Project,
    group_id: UUID,
    put_in: Collection[UUID] = (),
    take_out: Collection[UUID] = (),
) -> PeopleGroup:
    """Put people of the project into a group, and take people out of it; who is in, or out, stays so.

    Raises
    ------
    NoSuchGroup, NotInProject
        there is no such group; somebody who is to be put in has never been in the project.
    """
    require_role(actor, project, Role.MANAGER)
    group = group_in(project, group_id)
    wanted = set(put_in)
    if people_in(project).filter(pk__in=wanted).count() < len(wanted):
        raise NotInProject
    _change(actor, group, wanted, set(take_out))
    return group


def join(*, actor: User, group: PeopleGroup, user: User) -> None:
    """Put a new member into a group, in the caller's transaction; ``actor`` was checked before."""
    _change(actor, group, {user.pk}, set())


def _change(actor: User, group: PeopleGroup, put_in: Iterable[UUID], take_out: Iterable[UUID]) -> None:
    held = set(group.people.values_list("pk", flat=True))
    joined, left = sorted(set(put_in) - held), sorted(set(take_out) & held)
    if not joined and not left:
        return
    group.people.add(*User.objects.filter(pk__in=joined))
    group.people.remove(*User.objects.filter(pk__in=left))
    audit.record(
        actor=actor,
        act=people_acts.GroupChanged(
            name=group.name, joined=len(joined), left=len(left), put_in=joined, taken_out=left
        ),
        subject=group,
        project_id=group.project_id,
    )
