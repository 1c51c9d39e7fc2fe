"""The vertebrae's surfaces for the viewer's 3D pane: after an edit, only what changed is made and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from backend.annotation.models import Assignment
from backend.annotation.work.in_hand import current_digest, mask_state
from backend.imaging.selectors import geometry_of
from backend.science.surfaces import build_surfaces, encode_surface, pack_surfaces, shape_digests
from backend.science.volume import Mask

CACHE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SurfaceAnswer:
    """VBS1 of the surfaces asked for, less those the reader has; all of the mask's shapes by digest."""

    content: bytes
    mask_digest: str
    shapes: Mapping[int, str]


def surfaces_of(
    assignment: Assignment, *, labels: list[int] | None = None, have: Mapping[int, str] | None = None
) -> SurfaceAnswer:
    """The surfaces of the mask as it stands, of some labels or all, without those of a digest in ``have``.

    A surface is kept by the digest of its label's voxels, so that an edit costs the making of one.
    """
    mask_digest = current_digest(assignment)
    volume = assignment.task.case.volume
    known_shapes = f"shapes:{volume.pk}:{mask_digest}"
    shapes: dict[int, str] | None = cache.get(known_shapes)
    mask: Mask | None = None
    if shapes is None:
        mask = Mask(geometry_of(volume), mask_state(assignment).array)
        shapes = shape_digests(mask)
        cache.set(known_shapes, shapes, CACHE_SECONDS)
    held = have or {}
    asked = [label for label in shapes if labels is None or label in labels]
    wanted = {label: shapes[label] for label in asked if held.get(label) != shapes[label]}
    keys = {label: _key(volume.pk, label, digest) for label, digest in wanted.items()}
    parts: dict[str, bytes] = cache.get_many(list(keys.values()))
    missing = [label for label, key in keys.items() if key not in parts]
    if missing:
        if mask is None:
            mask = Mask(geometry_of(volume), mask_state(assignment).array)
        built = build_surfaces(mask, labels=missing)
        # nothing, for a crumb too small to have a surface
        made = {keys[k]: encode_surface(k, built[k]) if k in built else b"" for k in missing}
        cache.set_many(made, CACHE_SECONDS)
        parts = {**parts, **made}
    content = pack_surfaces([parts[key] for key in keys.values() if parts[key]])
    return SurfaceAnswer(content, mask_digest, shapes)


def _key(volume: UUID, label: int, digest: str) -> str:
    return f"surface:{volume}:{label}:{digest}"
