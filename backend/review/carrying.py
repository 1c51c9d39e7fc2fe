"""A returned adjudication begins its next round: what was asked for is open, what was settled stays so."""

from __future__ import annotations

from collections.abc import Collection

from backend.annotation.models import Task
from backend.consensus.models import AdjudicationItem, VertebraDecision
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.science.labels import sort_labels
from backend.science.volume import label_voxels

RETURNED = "returned"


def carry_settled(*, former: Task, again: Task, returned: Collection[int], mask: MaskVersion) -> None:
    """Take the items over, and the decisions on those that were not returned; nothing named: all are open.

    A returned vertebra that was accepted by rule becomes an item. One that has another name in ``mask``, the
    one returned, than when it was decided is open: which decision is its own cannot be told.
    """
    drawn = set(label_voxels(load_mask(mask).array))
    decided = {row.label: row for row in VertebraDecision.objects.filter(task=former)}
    items = {item.label: item for item in AdjudicationItem.objects.filter(task=former)}
    for label in sort_labels({*items, *(set(returned) & drawn)}):
        item = items.get(label, AdjudicationItem(label=label))
        is_open = not returned or label in returned or label not in drawn
        reasons = [*item.reasons, *([RETURNED] if is_open and RETURNED not in item.reasons else [])]
        if not is_open:
            reasons = [code for code in reasons if code != RETURNED] or [RETURNED]
        AdjudicationItem.objects.get_or_create(
            task=again,
            label=label,
            defaults={
                "reasons": reasons,
                "dice": item.dice,
                "hd95_mm": item.hd95_mm,
                "grades": item.grades,
                "names": item.names,
            },
        )
        if not is_open and label in decided:
            _carry(decided[label], again)


def _carry(decision: VertebraDecision, again: Task) -> None:
    VertebraDecision.objects.get_or_create(
        task=again,
        label=decision.label,
        defaults={
            "assignment": decision.assignment,
            "choice": decision.choice,
            "chosen_slot": decision.chosen_slot,
            "reason": decision.reason,
        },
    )
