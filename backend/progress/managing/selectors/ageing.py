"""The cases that have been longest in their stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.accounts.models import User
from backend.annotation.models import CaseState
from backend.annotation.selectors import cases_managed_by
from backend.projects.models import Project

MOST_AGEING = 20


def ageing(project: Project, user: User, stages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cases under way by the time since they came into their stage, longest first, as they are now.

    ``stages`` are the rows of `stages_of`: beside each case stands what is usual for its stage.
    """
    usual = {stage["key"]: stage for stage in stages}
    cases = cases_managed_by(user).filter(
        project=project, state=CaseState.IN_PROGRESS, entered_stage_at__isnull=False
    )
    rows = []
    for case in cases.order_by("entered_stage_at", "pk")[:MOST_AGEING]:
        stage = usual.get(case.stage_key, {})
        rows.append(
            {
                "id": case.pk,
                "alias": case.alias,
                "stage_key": case.stage_key,
                "stage_title": stage.get("title", case.stage_key),
                "since": case.entered_stage_at,
                "usual_s": stage.get("median_s"),
            }
        )
    return rows
