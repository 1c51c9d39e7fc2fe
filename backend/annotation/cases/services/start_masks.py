"""Another mask in place of the engine's that a case starts from, as long as nobody has begun."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.cases.services.cases import case_changed, take_doubt
from backend.annotation.models import Assignment, AssignmentState, Case, CaseState, TaskState
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.masks.models import MaskSource, MaskVersion


@transaction.atomic
def use_corrected_mask(*, case_id: UUID, mask: MaskVersion) -> bool:
    """Start the case's open tasks from ``mask`` where they start from its parent; whether that was done.

    A case on which somebody has begun keeps its mask: what people edited stands on the old one.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if mask.parent_id is None or case.start_mask_id != mask.parent_id or not _may_start_anew(case):
        return False
    _start_from(case, mask, case_acts.CaseStartMaskCorrected)
    return True


@transaction.atomic
def use_imported_mask(*, case_id: UUID, mask: MaskVersion) -> bool:
    """Start the case's open tasks from the mask that came with its CT and whose numbers were read late, in
    place of an engine's; whether that was done. A case on which somebody has begun keeps its mask.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("start_mask").get(pk=case_id)
    former = case.start_mask
    if former is None or former.source != MaskSource.ENGINE or not _may_start_anew(case):
        return False
    _start_from(case, mask, case_acts.CaseStartMaskImported)
    return True


def _may_start_anew(case: Case) -> bool:
    begun = Assignment.objects.filter(task__case=case, opened_at__isnull=False)
    return case.state == CaseState.IN_PROGRESS and not begun.exclude(state=AssignmentState.CANCELLED).exists()


def _start_from(
    case: Case,
    mask: MaskVersion,
    act: type[case_acts.CaseStartMaskCorrected] | type[case_acts.CaseStartMaskImported],
) -> None:
    former, case.start_mask = case.start_mask_id, mask
    take_doubt(case, mask)
    case.save(update_fields=["start_mask", "naming_state", "naming_doubt", "updated_at"])
    case.tasks.filter(state=TaskState.OPEN, start_mask_id=former).update(start_mask=mask)
    audit.record(
        actor=None,
        act=act(mask=mask.pk, parent=former),
        subject=case,
        project_id=case.project_id,
    )
    case_changed(case)
