"""A case and its masks shown to whoever may look: all to those who may see everybody's work, else one's own.

What is shown of others is noted (`show_case`); one's own work is no sighting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.cases.services.sightings import show_case
from backend.annotation.measuring.rulers import rulers_to_show
from backend.annotation.models import Case, SightKind
from backend.annotation.selectors import blind_work_of, cases_open_to
from backend.annotation.work.selectors.details import mask_origin
from backend.annotation.work.selectors.own_masks import ShownMask, own_masks
from backend.common.errors import NotFound
from backend.common.selectors import one_of
from backend.consensus.models import Comparison
from backend.consensus.selectors import latest_comparison, standing_mask, versions_of
from backend.masks.models import MaskVersion
from backend.masks.selectors import versions_of as mask_versions_of


@dataclass(frozen=True, slots=True)
class ShownCase:
    """What one person may look at of a case. ``first`` is the mask that is shown at first."""

    case: Case
    masks: list[ShownMask] = field(default_factory=list)
    first: UUID | None = None
    comparison: Comparison | None = None
    own_only: bool = False
    rulers: list[dict[str, Any]] = field(default_factory=list)


def case_to_look_at(*, case_id: UUID, user: User) -> ShownCase:
    """The case with every mask, or, for somebody who rates it blindly, with their own.

    Raises
    ------
    NotFound
        The person has no part in it.
    """
    if cases_open_to(user).filter(pk=case_id).exists():
        case = show_case(case_id=case_id, user=user, kind=SightKind.MASK)
        standing = standing_mask(case)
        masks = list(_all_masks(case))
        return ShownCase(
            case,
            masks,
            standing.pk if standing else None,
            latest_comparison(case),
            rulers=rulers_to_show(case, user, everybody=True),
        )
    work = blind_work_of(user).filter(task__case=case_id).first()
    if work is None:
        raise NotFound
    case, masks = work.task.case, own_masks(user, case_id)
    rulers = rulers_to_show(case, user, everybody=False)
    return ShownCase(case, masks, masks[-1].version.pk if masks else None, own_only=True, rulers=rulers)


def mask_to_look_at(*, case_id: UUID, mask_id: UUID, user: User) -> MaskVersion:
    """One mask of a case: a person's own, or any for those who may see everybody's work.

    Raises
    ------
    NotFound
        It is not for this person.
    """
    for mask in own_masks(user, case_id):
        if mask.version.pk == mask_id:
            return mask.version
    case = show_case(case_id=case_id, user=user, kind=SightKind.MASK)
    return one_of(mask_versions_of(case.volume), mask_id)


def _all_masks(case: Case) -> Iterator[ShownMask]:
    """Every mask version by its number; those that the consensus names under that name, raters by letter."""
    named = {row["id"]: row for row in versions_of(case)}
    for version in mask_versions_of(case.volume).order_by("number"):
        row = named.get(version.pk)
        title = row["title"] if row else mask_origin(version)["text"]
        yield ShownMask(version, f"{version.number} \u00b7 {title}", row["kind"] if row else "other")
