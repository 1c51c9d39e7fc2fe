"""Places of the mask in hand that are worth a look, and which of them were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.doubt import NoDoubt, engine_doubt
from backend.annotation.work.selectors.in_hand import current_digest, mask_state
from backend.imaging.selectors import geometry_of
from backend.science.places import places_to_look_at
from backend.science.volume import Mask, MaskArray

CACHE_SECONDS = 3600
FOUND_SECONDS = 30 * 86_400  # from the last look at the list to the hand-in
# after an edit the same place lies a little elsewhere
_SAME_MM = 10.0


def places_of(assignment: Assignment) -> list[dict[str, Any]]:
    """The short list for the mask as it stands, each with ``looked``: whether this person has ticked it."""
    spacing = assignment.task.case.volume.spacing_mm
    ticks = assignment.places_looked
    return [
        {**row, "looked": any(is_same_place(row, tick, spacing) for tick in ticks)}
        for row in _listed(assignment)
    ]


def places_found(assignment: Assignment) -> int | None:
    """How many places the list had when this person last asked for it; ``None`` where they never did."""
    found: int | None = cache.get(_found_key(assignment))
    return found


def is_same_place(one: dict[str, Any], other: dict[str, Any], spacing_mm: Sequence[float]) -> bool:
    """Of one kind, at one vertebra, and within 10 mm."""
    if (one["kind"], one["label"]) != (other["kind"], other["label"]):
        return False
    steps = zip(one["voxel"], other["voxel"], spacing_mm, strict=True)
    return bool(sum(((a - b) * mm) ** 2 for a, b, mm in steps) <= _SAME_MM**2)


def _found_key(assignment: Assignment) -> str:
    return f"places-found:1:{assignment.pk}"


def _listed(assignment: Assignment) -> list[dict[str, Any]]:
    """Kept by the mask's digest and the start, whose doubt it is."""
    volume = assignment.task.case.volume
    key = f"places:1:{assignment.pk}:{volume.pk}:{current_digest(assignment)}"
    rows: list[dict[str, Any]] | None = cache.get(key)
    if rows is None:
        mask = Mask(geometry_of(volume), mask_state(assignment).array)
        rows = [place.to_json() for place in places_to_look_at(mask, _doubt(assignment))]
        cache.set(key, rows, CACHE_SECONDS)
    cache.set(_found_key(assignment), len(rows), FOUND_SECONDS)
    return rows


def _doubt(assignment: Assignment) -> MaskArray | None:
    try:
        return engine_doubt(assignment)
    except NoDoubt:
        return None
