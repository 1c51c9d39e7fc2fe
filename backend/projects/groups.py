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
from backend.projects.selectors import people_in, protocol_of, require_role


class GroupNameTaken(Conflict):
    code = "group_name_taken"
    message = "The project has a group of this name. Choose another name."


class NoSuchGroup(NotFound):
    code = "no_such_group"
    message = "This group is not in the project; perhaps it was deleted. Choose another one."


class GroupInUse(Conflict):
    code = "group_in_use"
    message = (
        "A stage of the protocol is for this group. Let another group or everybody do that stage, "
        "then delete the group."
    )


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


def groups_holding(user: User, project_ids: Collection[UUID]) -> set[str]:
    """Ids of the groups of these projects that somebody is in: one query."""
    mine = PeopleGroup.objects.filter(project__in=list(project_ids), people=user).order_by()
    return {str(pk) for pk in mine.values_list("pk", flat=True)}


def groups_by_person(project: Project) -> dict[UUID, set[str]]:
    """Ids of the project's groups by who is in them: one query; who is in none is not named."""
    rows = PeopleGroup.people.through.objects.filter(peoplegroup__project=project)
    found: dict[UUID, set[str]] = {}
    for user_id, group_id in rows.values_list("user_id", "peoplegroup_id"):
        found.setdefault(user_id, set()).add(str(group_id))
    return found


def unknown_groups(project: Project, group_ids: Collection[str]) -> set[str]:
    """Those of these ids that are no group of the project."""
    known = PeopleGroup.objects.filter(project=project, pk__in=list(group_ids)).order_by()
    return set(group_ids) - {str(pk) for pk in known.values_list("pk", flat=True)}


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
    """Delete a group. Its people stay in the project, and open invitations to it stay, without a group.

    Raises
    ------
    NoSuchGroup, GroupInUse
        there is no such group; a stage of the protocol is for it.
    """
    require_role(actor, project, Role.MANAGER)
    row = Project.objects.select_for_update().get(pk=project.pk)  # its protocol does not change meanwhile
    group = group_in(row, group_id)
    if str(group.pk) in protocol_of(row).groups:
        raise GroupInUse
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
