"""What managers want of their project."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.progress.models import CoverageTarget
from backend.projects.models import Project


@transaction.atomic
def set_targets(*, project: Project, actor: User, wanted: Mapping[str, int]) -> None:
    """Say how many accepted vertebrae are wanted of each part; parts that are not named have no target."""
    Project.objects.select_for_update().get(pk=project.pk)
    CoverageTarget.objects.filter(project=project).delete()
    CoverageTarget.objects.bulk_create(
        [CoverageTarget(project=project, part=part, wanted=n) for part, n in wanted.items()]
    )
    act = people_acts.TargetsSet(targets=dict(wanted))
    audit.record(actor=actor, act=act, subject=project, project_id=project.pk)
