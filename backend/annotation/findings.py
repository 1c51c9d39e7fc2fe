"""Plausibility of a rater's mask, as rows for the wire."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from backend.annotation.models import Assignment
from backend.annotation.services.working import mask_state
from backend.imaging.selectors import geometry_of
from backend.science.quality import check_mask
from backend.science.volume import Mask

CACHE_SECONDS = 3600


def findings_of(assignment: Assignment) -> list[dict[str, Any]]:
    """What the checks say of the mask as it stands, from the head down. Kept by the mask's digest."""
    volume = assignment.task.case.volume
    state = mask_state(assignment)
    key = f"findings:{volume.pk}:{state.digest}"
    rows: list[dict[str, Any]] | None = cache.get(key)
    if rows is None:
        found = check_mask(Mask(geometry_of(volume), state.array))
        rows = [finding.to_json() for finding in found]
        cache.set(key, rows, CACHE_SECONDS)
    return rows
