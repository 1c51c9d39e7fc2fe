"""What somebody may take now, and the copies made ready for them before they ask."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import (
    Exercise,
)
from backend.annotation.quality.selectors.exercises import training_in_hand
from backend.annotation.quality.selectors.training import has_to_train
from backend.annotation.quality.services.exercises import (
    prepare_for,
    prepare_training,
)
from backend.annotation.selectors import free_tasks
from backend.projects.groups import groups_holding
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import protocol_of


def roles_today(*, user: User, project: Project) -> set[str]:
    """The person's roles that count now: none while away, not that of a rater before the training."""
    today = timezone.localdate()
    memberships = Membership.objects.filter(project=project, user_id=user.pk, active=True)
    roles = {membership.role for membership in memberships if not membership.is_away(today)}
    if Role.RATER in roles and has_to_train(project, user):
        roles.discard(Role.RATER)
    return roles


@dataclass(frozen=True)
class Waiting:
    """What somebody may take in a project."""

    project: Project
    training: bool
    kinds: list[str]


def waiting_for(user: User) -> list[Waiting]:
    """Of which kind work waits for this person, project by project; never how much.

    A number of free tasks falls when one is taken and stays when the next task is a hidden exercise, which
    would tell it.
    """
    projects = Project.objects.filter(
        archived_at__isnull=True, memberships__user_id=user.pk, memberships__active=True
    ).distinct()
    found = []
    for project in projects.order_by("name"):
        keys = stages_open_to(user=user, project=project)
        tasks = free_tasks(user=user, project=project, stage_keys=keys)
        kinds = sorted(set(tasks.order_by().values_list("kind", flat=True))) if keys else []
        training = open_training(user=user, project=project) is not None
        if kinds or training:
            found.append(Waiting(project=project, training=training, kinds=kinds))
    return found


def open_training(*, user: User, project: Project) -> Exercise | None:
    """The training case made ready for somebody who has to train."""
    if protocol_of(project).quality.training_cases == 0 or not has_to_train(project, user):
        return None
    today = timezone.localdate()
    rater = Membership.objects.filter(project=project, user_id=user.pk, active=True, role=Role.RATER).first()
    if rater is None or rater.is_away(today):
        return None
    return training_in_hand(user=user, project=project)


def make_ready(*, user: User, project: Project) -> None:
    """Before the next task is asked for: the training case of somebody new, whose copy takes a moment."""
    protocol = protocol_of(project)
    if protocol.quality.training_cases == 0 or not has_to_train(project, user):
        return
    stage = next((stage for stage in protocol.stages if stage.kind in ("correct", "grade")), None)
    if stage is not None:
        prepare_training(user=user, project=project, stage=stage)


def prepare_next(*, user: User, project: Project) -> int:
    """Have hidden exercises ready for this person, where the protocol mixes them in; how many were made."""
    quality = protocol_of(project).quality
    if not (quality.gold_share or quality.repeat_share):
        return 0
    keys = stages_open_to(user=user, project=project)
    return prepare_for(user=user, project=project, stage_keys=keys) if keys else 0


def prepare_all(*, at_most: int) -> int:
    """The same for everybody in every project that mixes exercises in, up to a number of copies."""
    made = 0
    for project in Project.objects.filter(archived_at__isnull=True):
        quality = protocol_of(project).quality
        if not (quality.gold_share or quality.repeat_share):
            continue
        working = User.objects.filter(
            is_active=True, memberships__project=project, memberships__active=True
        ).distinct()
        for user in working.filter(memberships__role__in=(Role.RATER, Role.RADIOLOGIST)):
            if made >= at_most:
                return made
            made += prepare_next(user=user, project=project)
    return made


def stages_open_to(*, user: User, project: Project) -> list[str]:
    """Keys of the stages that one of the person's roles may take now, and that are for no other group."""
    roles, protocol = roles_today(user=user, project=project), protocol_of(project)
    groups = groups_holding(user, [project.pk]) if protocol.groups else set()
    return [stage.key for stage in protocol.stages if stage.is_for(roles, groups)]
