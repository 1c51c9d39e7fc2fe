"""An accepted case under review once more, since somebody found a fault in it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import TaskSpec, case_changed, open_task
from backend.annotation.models import Case, CaseState, Task, TaskKind
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict
from backend.projects.selectors import protocol_of


class NotAccepted(Conflict):
    code = "case_not_accepted"
    message = "This case is not accepted now, so it is being worked on or was taken out already."


@transaction.atomic
def review_again(*, case_id: UUID, actor: User, note: str) -> Task:
    """A new review of an accepted case: who takes it accepts the case anew, or returns it as ever.

    The mask stays that of the releases that have it. Until the case is accepted again no new release has it.

    Raises
    ------
    NotAccepted
    """
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("project", "volume__series")
        .get(pk=case_id)
    )
    mask = case.accepted_mask
    if case.state != CaseState.ACCEPTED or mask is None or case.volume.series.held:
        raise NotAccepted
    stage_key = protocol_of(case.project).stages[-1].key  # always a review
    former = case.tasks.filter(stage_key=stage_key).order_by("-round").first()
    case.state, case.stage_key, case.entered_stage_at = CaseState.IN_PROGRESS, stage_key, timezone.now()
    case.save(update_fields=["state", "stage_key", "entered_stage_at", "updated_at"])
    audit.record(
        actor=actor,
        act=case_acts.CaseUnderReviewAgain(stage=stage_key),
        subject=case,
        project_id=case.project_id,
    )
    spec = TaskSpec(
        stage_key=stage_key,
        kind=TaskKind.REVIEW,
        overlap=1,
        start_mask=mask,
        note=note,
        round=former.round + 1 if former is not None else 1,
    )
    task = open_task(case_id=case.pk, spec=spec)
    case_changed(case)
    return task
