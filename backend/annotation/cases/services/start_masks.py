"""A corrected engine mask in place of the one that a case starts from, as long as nobody has begun."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.cases.services.cases import case_changed, take_doubt
from backend.annotation.models import Assignment, AssignmentState, Case, CaseState, TaskState
from backend.audit import services as audit
from backend.masks.models import MaskVersion


@transaction.atomic
def use_corrected_mask(*, case_id: UUID, mask: MaskVersion) -> bool:
    """Start the case's open tasks from ``mask`` where they start from its parent; whether that was done.

    A case on which somebody has begun keeps its mask: what people edited stands on the old one.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    begun = Assignment.objects.filter(task__case=case, opened_at__isnull=False)
    if (
        case.state != CaseState.IN_PROGRESS
        or mask.parent_id is None
        or case.start_mask_id != mask.parent_id
        or begun.exclude(state=AssignmentState.CANCELLED).exists()
    ):
        return False
    case.start_mask = mask
    take_doubt(case, mask)
    case.save(update_fields=["start_mask", "naming_state", "naming_doubt", "updated_at"])
    case.tasks.filter(state=TaskState.OPEN, start_mask_id=mask.parent_id).update(start_mask=mask)
    audit.record(
        actor=None,
        verb="case.start_mask_corrected",
        subject=case,
        project_id=case.project_id,
        mask=str(mask.pk),
        parent=str(mask.parent_id),
    )
    case_changed(case)
    return True
