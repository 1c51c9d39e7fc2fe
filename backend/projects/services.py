"""Writes of projects and memberships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Forbidden, Invalid, NotFound
from backend.common.events import publish
from backend.projects.events import MembershipChanged, ProtocolChanged
from backend.projects.finding_rules import parse_rules
from backend.projects.groups import unknown_groups
from backend.projects.guidelines import publish_text
from backend.projects.models import Membership, Project, Role
from backend.projects.protocols import PROTOCOLS, Protocol, parse
from backend.projects.selectors import require_role
from backend.projects.shipped_rules import shipped_rules

MAX_SPACING_MM = 5.0


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "There is a project with this address."


class LastManager(Conflict):
    code = "last_manager"
    message = "A project keeps at least one manager."


class NotAMember(Conflict):
    code = "not_a_member"
    message = "Nobody in the project has this e-mail address. Invite them: they join when they accept."


class NoProjectRight(Forbidden):
    code = "no_project_right"
    message = "Your account may not create projects. Ask whoever administers this site for the right."


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What a new project starts from: a shipped protocol by key, or one of its own; the rules likewise.

    ``guidelines`` None: the rules of annotation that ship with the product.
    """

    name: str
    slug: str = ""
    description: str = ""
    protocol_key: str = ""
    protocol: dict[str, Any] | None = None
    guidelines: str | None = None
    working_spacing_mm: float = 1.0


def _protocol_json(draft: ProjectDraft) -> dict[str, Any]:
    if draft.protocol is not None:
        return parse(draft.protocol).without_groups().to_json()  # groups are those of another project
    shipped = PROTOCOLS.get(draft.protocol_key)
    if shipped is None:
        raise Invalid("unknown_protocol", f"There is no protocol {draft.protocol_key!r}.")
    return shipped.to_json()


def _check_spacing(spacing_mm: float) -> None:
    if not 0.2 <= spacing_mm <= MAX_SPACING_MM:
        raise Invalid("invalid_spacing", f"The working spacing must lie between 0.2 and {MAX_SPACING_MM} mm.")


@transaction.atomic
def create_project(*, actor: User, draft: ProjectDraft) -> Project:
    """Make a project; ``actor`` becomes its manager.

    Raises
    ------
    NoProjectRight
        the site does not let this person create projects.
    SlugTaken, Invalid
        the address is in use; the protocol or the spacing is not valid.
    """
    if not actor.may_create_projects:
        raise NoProjectRight
    _check_spacing(draft.working_spacing_mm)
    slug = slugify(draft.slug or draft.name)[:60]
    if not slug:
        raise Invalid("invalid_slug", "The project's name must hold a letter or a digit.")
    try:
        with transaction.atomic():
            project = Project.objects.create(
                slug=slug,
                name=draft.name,
                description=draft.description,
                protocol=_protocol_json(draft),
                working_spacing_mm=draft.working_spacing_mm,
                created_by=actor,
            )
    except IntegrityError as exc:
        raise SlugTaken from exc
    Membership.objects.create(project=project, user=actor, role=Role.MANAGER)
    audit.record(actor=actor, act=people_acts.ProjectCreated(), subject=project, project_id=project.pk)
    rules = shipped_rules() if draft.guidelines is None else draft.guidelines
    if rules:
        publish_text(actor=actor, project=project, text=rules)
    return project


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What becomes of the work in a stage that a new protocol does not have any more.

    ``move``: it goes on, as it is, in the stage ``to`` of the new protocol; ``withdraw``: tasks in hand are
    taken back, edits kept on record, and each case goes on at the first stage that it has not done.
    """

    stage: str
    how: str
    to: str = ""


StageEdit = Callable[[User, Project, Protocol, Protocol, Sequence[StagePlan]], None]
_stage_edits: list[StageEdit] = []


def register_stage_edit(edit: StageEdit) -> StageEdit:
    """Let the layer that knows the work carry out, or refuse, a change of stages; twice does nothing."""
    if edit not in _stage_edits:
        _stage_edits.append(edit)
    return edit


def _check_groups(project: Project, protocol: Protocol) -> None:
    unknown = unknown_groups(project, protocol.groups)
    for stage in protocol.stages:
        if stage.group in unknown:
            raise Invalid(
                "stage_group_unknown",
                f"The stage {stage.title} is for a group that is not in the project. Choose another.",
            )


EDITABLE = (
    "name",
    "description",
    "guidelines",
    "protocol",
    "finding_rules",
    "working_spacing_mm",
    "dicomweb",
)


@transaction.atomic
def update_project(
    *, actor: User, project: Project, changes: dict[str, Any], stage_plans: Sequence[StagePlan] = ()
) -> Project:
    """Change a project's text, protocol or working spacing; the audit record names the fields.

    Other guidelines are published at once, as a version without a word on what is new. A new protocol holds
    for tasks opened from now on; only a stage's overlap reaches its open tasks. The
    spacing can change only while there is no series, since masks of one project share a resolution.

    Raises
    ------
    Conflict
        ``stage_in_use``: a stage with work in it is not in the new protocol, and ``stage_plans`` does not say
        what becomes of that work; ``extra.stages`` has the counts. ``stages_reordered``: the order of stages
        changes while cases are on their way.
    """
    require_role(actor, project, Role.MANAGER)
    row = Project.objects.select_for_update().get(pk=project.pk)
    changes = {key: value for key, value in changes.items() if key in EDITABLE}
    if "protocol" in changes:
        protocol = parse(changes["protocol"])
        _check_groups(row, protocol)
        for edit in _stage_edits:
            edit(actor, row, parse(row.protocol), protocol, stage_plans)
        changes["protocol"] = protocol.to_json()
    if "finding_rules" in changes:
        changes["finding_rules"] = parse_rules(changes["finding_rules"])
    spacing = changes.get("working_spacing_mm")
    if spacing is not None and spacing != row.working_spacing_mm:
        _check_spacing(spacing)
        if row.patients.exists():
            raise Conflict("spacing_fixed", "The working spacing is fixed once a series is in the project.")
    for key, value in changes.items():
        if key == "guidelines":
            continue
        setattr(row, key, value)
    row.save()
    if "guidelines" in changes and changes["guidelines"] != row.guidelines:
        publish_text(actor=actor, project=row, text=changes["guidelines"])
    audit.record(
        actor=actor, act=people_acts.ProjectChanged(fields=sorted(changes)), subject=row, project_id=row.pk
    )
    if "protocol" in changes:
        publish(ProtocolChanged(row.pk))
    return row


@transaction.atomic
def add_role(*, actor: User, project: Project, email: str, role: str) -> Membership:
    """Give somebody who works in the project another role; one they held before is made active again.

    Whoever is not in the project is invited instead (`invitations.invite`), and joins by their own yes.

    Raises
    ------
    NotAMember, Conflict, Invalid
        no active member has the address, whether there is such an account or not; they hold the role already;
        no such role.
    """
    require_role(actor, project, Role.MANAGER)
    if role not in Role.values:
        raise Invalid("unknown_role", f"There is no role {role!r}.")
    held = Membership.objects.filter(project=project, active=True, user__email__iexact=email.strip())
    member = held.select_related("user").first()
    if member is None:
        raise NotAMember
    if held.filter(role=role).exists():
        raise Conflict("already_member", "This person holds the role already.")
    return grant(actor=actor, project=project, user=member.user, role=role)


def grant(*, actor: User, project: Project, user: User, role: str) -> Membership:
    """Make ``user`` a member, in the caller's transaction; ``actor`` answers for it, checked before."""
    held = Membership.objects.filter(project=project, user=user, active=True).first()
    limits = {"max_open": held.max_open, "max_weekly_hours": held.max_weekly_hours} if held else {}
    membership, _ = Membership.objects.select_for_update().update_or_create(
        project=project, user=user, role=role, defaults={"active": True, **limits}
    )
    audit.record(
        actor=actor,
        act=people_acts.MemberAdded(user=user.pk, role=role),
        subject=membership,
        project_id=project.pk,
    )
    publish(MembershipChanged(project.pk, user.pk))
    return membership


def _membership_for_update(project: Project, membership_id: UUID) -> Membership:
    row = Membership.objects.select_for_update().filter(project=project, pk=membership_id).first()
    if row is None:
        raise NotFound
    return row


def _keep_a_manager(membership: Membership) -> None:
    others = Membership.objects.filter(
        project_id=membership.project_id, role=Role.MANAGER, active=True
    ).exclude(pk=membership.pk)
    if membership.role == Role.MANAGER and membership.active and not others.exists():
        raise LastManager


@dataclass(frozen=True, slots=True)
class Absence:
    """First and last day; without a first day it begins now, without a last day there is none.

    ``waits``: work in hand stays with the person. Without it, it goes back for others.
    """

    since: date | None
    until: date | None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a person gets in a project; None: no limit."""

    max_open: int | None
    max_weekly_hours: int | None


@transaction.atomic
def update_member(
    *,
    actor: User,
    project: Project,
    membership_id: UUID,
    role: str | None = None,
    active: bool | None = None,
    absence: Absence | None = None,
    limits: Limits | None = None,
) -> Membership:
    """Change a member's role or limits, switch it off or on, or note an absence (without an end: none).

    Raises
    ------
    Invalid
        ``absence_backwards``: it ends before it begins.
    """
    require_role(actor, project, Role.MANAGER)
    row = _membership_for_update(project, membership_id)
    if (role is not None and role != row.role) or active is False:
        _keep_a_manager(row)
    if role is not None and role != row.role:
        taken = Membership.objects.filter(project=project, user_id=row.user_id, role=role)
        if taken.exists():
            raise Conflict("already_member", "This person holds the role already.")
        row.role = role
    if active is not None:
        row.active = active
    if absence is not None:
        if absence.since is not None and absence.until is not None and absence.until < absence.since:
            raise Invalid("absence_backwards", "The last day of an absence lies after its first.")
        row.away_from = absence.since if absence.until is not None else None
        row.away_until = absence.until
        row.work_waits = absence.waits and absence.until is not None
    if limits is not None:
        row.max_open, row.max_weekly_hours = limits.max_open, limits.max_weekly_hours
        _limit(row, limits, actor)
        if role is None and active is None and absence is None:
            return row
    row.save()
    audit.record(
        actor=actor,
        act=people_acts.MemberChanged(
            role=row.role, active=row.active, away_from=row.away_from, away_until=row.away_until
        ),
        subject=row,
        project_id=project.pk,
    )
    publish(MembershipChanged(project.pk, row.user_id))
    return row


def _limit(membership: Membership, limits: Limits, actor: User) -> None:
    """The same limits in all of the person's roles; work in hand stays with them."""
    theirs = Membership.objects.filter(project=membership.project_id, user=membership.user_id)
    theirs.update(max_open=limits.max_open, max_weekly_hours=limits.max_weekly_hours)
    audit.record(
        actor=actor,
        act=people_acts.MemberCapped(
            user=membership.user_id,
            max_open=_number(limits.max_open),
            max_weekly_hours=_number(limits.max_weekly_hours),
        ),
        subject=membership,
        project_id=membership.project_id,
    )


def _number(limit: int | None) -> str:
    return "any number of" if limit is None else str(limit)


@transaction.atomic
def remove_member(*, actor: User, project: Project, membership_id: UUID) -> None:
    """End a membership. The row stays, switched off, so that past work keeps its author's role."""
    require_role(actor, project, Role.MANAGER)
    row = _membership_for_update(project, membership_id)
    _keep_a_manager(row)
    row.active = False
    row.save()
    audit.record(actor=actor, act=people_acts.MemberRemoved(), subject=row, project_id=project.pk)
    publish(MembershipChanged(project.pk, row.user_id))
