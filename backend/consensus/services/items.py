"""What an expert has to look at: every vertebra of the raters, with the reasons why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from backend.consensus.answers import GRADE_REASON, agree, differ, slot_name
from backend.consensus.reports import ComparisonReport, FusionReport, InstanceAgreement
from backend.projects.protocols import Thresholds
from backend.science.labels import sort_labels
from backend.science.tolerances import within_mm

FUSED_KEY = "fused"
NAMING_REASON = "naming"
UNCONFIRMED_REASON = "unconfirmed"  # the engine guessed the names, and not every rater was sure of them
NAME_REASONS = frozenset({NAMING_REASON, UNCONFIRMED_REASON})
# What the fusion's own checks raise, in the words of the items.
FLAG_REASONS = {
    "name_tied": NAMING_REASON,
    "name_invented": NAMING_REASON,
    "half_missing": "missing",
    "empty_result": "missing",
    "staple_volume": "volume",
    "outline_left_out": "size",
    "too_large": "size",
    "sizes_differ": "sizes",
    "methods_differ": "methods",
}
# Of a result that is STAPLE's own only; beside another method it is a number to read.
NOT_CONVERGED, NOT_CONVERGED_REASON = "staple_not_converged", "not_converged"


@dataclass(frozen=True)
class Item:
    """A vertebra for the expert, or (without reasons) one that the rule may sign.

    ``label`` is its name in the fused mask, ``names`` what each source calls it (0: not drawn there).
    """

    label: int
    reasons: tuple[str, ...]
    dice: float | None
    hd95_mm: float | None
    grades: list[dict[str, Any]]
    names: dict[str, int] = field(default_factory=dict)

    @property
    def shape_reasons(self) -> set[str]:
        """The reasons that concern the mask and not the grade."""
        return set(self.reasons) - {GRADE_REASON}


def mask_slots(report: ComparisonReport) -> list[str]:
    """The letters of the raters whose masks a comparison holds, in its order."""
    count, slots = report.raters, list(report.mask_slots)
    return slots if len(slots) == count else [slot_name(number) for number in range(count)]


def find_items(
    *,
    report: ComparisonReport,
    answers: dict[int, list[dict[str, Any]]],
    thresholds: Thresholds,
    fused: FusionReport | None = None,
    unconfirmed: bool = False,
) -> list[Item]:
    """Every vertebra that any rater drew or graded, with the reasons why an expert must look at it.

    ``report`` is the comparison's, ``fused`` the chosen fusion's, whose flags add reasons of their own.
    ``answers`` come under the names that each reader gave; they are brought together by place.
    ``unconfirmed``: nobody may rely on the names of this case, so that each of them goes to the expert.
    """
    slots = mask_slots(report)
    found: dict[int, Item] = {}
    for label, row, flags in _vertebrae(report, fused):
        names = dict(zip(slots, row.names if row else (), strict=False))
        if fused is not None:
            names[FUSED_KEY] = label if str(label) in fused.labels else 0
        reasons = _shape_reasons(row, thresholds) if row else []
        flagged = [FLAG_REASONS.get(flag) for flag in flags]
        if NOT_CONVERGED in flags and fused is not None and fused.method == "staple":
            flagged.append(NOT_CONVERGED_REASON)
        reasons += sorted({reason for reason in flagged if reason and reason not in reasons})
        dice, distance = (row.minimum_dice, row.hd95_mm) if row else (None, None)
        item = Item(label, tuple(reasons), dice, distance, [], names)
        found[label] = _merged(found[label], item) if label in found else item
    readers = len(report.slots)
    given = _by_place(answers, list(found.values()))
    items = []
    for label in sort_labels({*found, *given}):
        item = replace(found.get(label, Item(label, (), None, None, [])), grades=given.get(label, []))
        if item.grades and _for_expert(item.grades, readers, thresholds):
            item = replace(item, reasons=(*item.reasons, GRADE_REASON))
        if unconfirmed:
            item = replace(item, reasons=(*item.reasons, UNCONFIRMED_REASON))
        items.append(item)
    return items


def _for_expert(grades: list[dict[str, Any]], readers: int, thresholds: Thresholds) -> bool:
    """Whether the grades go to an expert: they differ and the protocol asks for it, or nothing wins."""
    return (thresholds.grade_disagreement and differ(grades, readers)) or agree(
        grades, thresholds.grades
    ).tied


def _vertebrae(
    report: ComparisonReport, fused: FusionReport | None
) -> Iterator[tuple[int, InstanceAgreement | None, tuple[str, ...]]]:
    """Each vertebra by place: its label in the fused mask, its row in the comparison, the fusion's flags."""
    by_names = {instance.names: instance for instance in (fused.instances if fused else ())}
    seen: set[tuple[int, ...]] = set()
    for row in (row for entry in report.labels.values() for row in entry.instances):
        instance = by_names.get(row.names)
        seen.add(row.names)
        yield (instance.label if instance else 0) or row.label, row, instance.flags if instance else ()
    for key, entry in (fused.labels if fused else {}).items():
        if entry.names not in seen:
            yield int(key), None, entry.flags


def _merged(first: Item, second: Item) -> Item:
    """Two vertebrae of one name: the better drawn stands for it, and the name is in dispute."""
    reasons = dict.fromkeys((*first.reasons, *second.reasons, NAMING_REASON))
    return replace(first, reasons=tuple(reasons))


def _shape_reasons(row: InstanceAgreement, thresholds: Thresholds) -> list[str]:
    reasons = []
    if row.missing:
        reasons.append("missing")
    if row.naming_disputed:
        reasons.append(NAMING_REASON)
    if not row.missing and row.minimum_dice is not None and row.minimum_dice < thresholds.dice_below:
        reasons.append("dice")
    if row.hd95_mm is not None and not within_mm(row.hd95_mm, thresholds.hd95_mm_above):
        reasons.append("hd95")
    return reasons


def _by_place(answers: dict[int, list[dict[str, Any]]], items: list[Item]) -> dict[int, list[dict[str, Any]]]:
    """The answers under the fused names: who calls it T12 and who calls it L1 graded one vertebra."""
    place = {(slot, name): item.label for item in items for slot, name in item.names.items() if name}
    found: dict[int, list[dict[str, Any]]] = {}
    for name, given in answers.items():
        for answer in given:
            found.setdefault(place.get((str(answer.get("slot")), name), name), []).append(answer)
    for rows in found.values():
        rows.sort(key=lambda answer: str(answer.get("slot")))
    return found
