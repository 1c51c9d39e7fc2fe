"""The vertebrae's surfaces for the viewer's 3D pane: after an edit, only what changed is made and sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import current_digest, mask_state
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.masks.selectors import mask_array
from backend.science.surfaces import build_surfaces, encode_surface, pack_surfaces, shape_digests
from backend.science.volume import Mask, MaskArray

CACHE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SurfaceSource:
    """A mask to make surfaces of; ``load`` is called at need."""

    volume: Volume
    digest: str
    load: Callable[[], MaskArray]


@dataclass(frozen=True, slots=True)
class SurfaceAnswer:
    """VBS1 of the surfaces asked for, less those the reader has; all of the mask's shapes by digest."""

    content: bytes
    mask_digest: str
    shapes: Mapping[int, str]


def surfaces_of(
    assignment: Assignment, *, labels: list[int] | None = None, have: Mapping[int, str] | None = None
) -> SurfaceAnswer:
    """The surfaces of the mask as it stands for this person."""
    source = SurfaceSource(
        assignment.task.case.volume, current_digest(assignment), lambda: mask_state(assignment).array
    )
    return surfaces_from(source, labels=labels, have=have)


def surfaces_of_version(
    version: MaskVersion, *, labels: list[int] | None = None, have: Mapping[int, str] | None = None
) -> SurfaceAnswer:
    """The surfaces of a mask version."""
    source = SurfaceSource(version.volume, version.digest, lambda: mask_array(version))
    return surfaces_from(source, labels=labels, have=have)


def surfaces_from(
    source: SurfaceSource, *, labels: list[int] | None = None, have: Mapping[int, str] | None = None
) -> SurfaceAnswer:
    """The surfaces of a mask, of some labels or all, without those of a digest in ``have``.

    A surface is kept by the digest of its label's voxels, so that an edit costs the making of one.
    """
    volume = source.volume
    known_shapes = f"shapes:{volume.pk}:{source.digest}"
    shapes: dict[int, str] | None = cache.get(known_shapes)
    mask: Mask | None = None
    if shapes is None:
        mask = Mask(geometry_of(volume), source.load())
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
            mask = Mask(geometry_of(volume), source.load())
        built = build_surfaces(mask, labels=missing)
        # nothing, for a crumb too small to have a surface
        made = {keys[k]: encode_surface(k, built[k]) if k in built else b"" for k in missing}
        cache.set_many(made, CACHE_SECONDS)
        parts = {**parts, **made}
    content = pack_surfaces([parts[key] for key in keys.values() if parts[key]])
    return SurfaceAnswer(content, source.digest, shapes)


def _key(volume: UUID, label: int, digest: str) -> str:
    return f"surface:{volume}:{label}:{digest}"
