"""Writes of masks: versions are only ever added; edits are slice deltas with a base revision and an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.errors import Conflict, Invalid, TooLarge
from backend.common.events import publish
from backend.common.storage import put_blob
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.masks import selectors
from backend.masks.events import MaskAdded
from backend.masks.models import EditOperation, EditSession, MaskSource, MaskVersion
from backend.masks.recent import recent
from backend.masks.reports import Provenance
from backend.masks.selectors import load_mask
from backend.science import edits
from backend.science.labels import ANATOMICAL_ORDER
from backend.science.volume import Mask, MaskArray, label_voxels, mask_centroids

__all__ = [
    "add_version",
    "append_operation",
    "close_session",
    "load_mask",
    "start_session",
]

VBD1_MEDIA_TYPE = "application/vnd.vertebase.vbd1"
SNAPSHOT_EVERY = 64  # operations; bounds what a reload must replay
MAX_PAYLOAD_BYTES = 16 << 20
KNOWN_LABELS = frozenset({0, *ANATOMICAL_ORDER})

Point = tuple[float, float, float]


class StaleBase(Conflict):
    code = "stale_base"
    message = "The mask was changed elsewhere since this edit was made."


class SessionClosed(Conflict):
    code = "session_closed"
    message = "This edit session is closed."


class OperationReused(Conflict):
    code = "operation_reused"
    message = "Another edit was saved under this operation id before."


class OtherGrid(Invalid):
    code = "other_grid"
    message = "The mask is on another grid than the volume."


class UnknownLabels(Invalid):
    code = "unknown_labels"


def _check_array(array: Any, volume: Volume) -> MaskArray:
    if tuple(array.shape) != tuple(volume.shape):
        raise OtherGrid(extra={"mask": list(array.shape), "volume": volume.shape})
    if array.dtype != np.uint8:
        raise Invalid("not_uint8", "A mask holds unsigned bytes.")
    return np.asfortranarray(array)


def _check_labels(labels: set[int]) -> None:
    unknown = sorted(labels - KNOWN_LABELS)
    if unknown:
        raise UnknownLabels(
            message=f"These labels name no vertebra: {', '.join(map(str, unknown))}.",
            extra={"labels": unknown},
        )


def _centroids_json(mask: Mask, body: Mapping[int, Point]) -> dict[str, Any]:
    """Both definitions side by side: the vertebral body's centroid where known, the whole mask's always."""
    return {
        str(label): {
            "body": [round(float(x), 3) for x in body[label]] if label in body else None,
            "mask": [round(float(x), 3) for x in centre],
        }
        for label, centre in mask_centroids(mask).items()
    }


def add_version(
    *,
    volume: Volume,
    mask: Mask | MaskArray,
    source: str,
    author: User | None = None,
    parent: MaskVersion | None = None,
    provenance: Mapping[str, Any] | None = None,
    centroids: Mapping[int, Point] | None = None,
) -> MaskVersion:
    """Add a version on the volume's grid. ``centroids``: body centroids in RAS mm by label.

    Raises
    ------
    OtherGrid, UnknownLabels
        the mask does not fit the volume; it holds numbers that name no vertebra.
    """
    array = _check_array(mask.array if isinstance(mask, Mask) else mask, volume)
    counts = label_voxels(array)
    _check_labels(set(counts))
    if parent is not None and parent.volume_id != volume.pk:
        raise Invalid("other_volume", "A version's parent belongs to the same volume.")
    origin = Provenance.read(provenance or {})
    with transaction.atomic(savepoint=False):
        return _add(volume, array, counts, MaskSource(source), author, parent, origin, centroids or {})


def _add(
    volume: Volume,
    array: MaskArray,
    counts: Mapping[int, int],
    source: MaskSource,
    author: User | None,
    parent: MaskVersion | None,
    provenance: Provenance,
    centroids: Mapping[int, Point],
) -> MaskVersion:
    Volume.objects.select_for_update().get(pk=volume.pk)  # numbers are given out one at a time
    last = MaskVersion.objects.filter(volume=volume).aggregate(n=Max("number"))["n"] or 0
    version = MaskVersion.objects.create(
        volume=volume,
        parent=parent,
        number=last + 1,
        source=source,
        author=author,
        digest=edits.mask_digest(array),
        voxels=put_blob(data=edits.encode_mask(array), media_type=VBD1_MEDIA_TYPE),
        label_voxels={str(label): count for label, count in counts.items() if label},
        centroids_ras_mm=_centroids_json(Mask(geometry_of(volume), array), centroids),
        provenance=provenance.kept(),
    )
    audit.record(
        actor=author,
        act=scan_acts.MaskAdded(number=version.number, source=version.source, digest=version.digest),
        subject=version,
        project_id=volume.series.project_id,
    )
    publish(MaskAdded(version.pk, volume.pk, version.source))
    return version


def start_session(*, base: MaskVersion, author: User) -> EditSession:
    """Begin editing on top of ``base``; revision 0 is the base itself."""
    digests = edits.slice_digests(selectors.mask_array(base))
    return EditSession.objects.create(
        base=base, author=author, digest=edits.tree_digest(digests), slice_digests=digests
    )


@transaction.atomic
def append_operation(
    *,
    session: EditSession,
    operation_id: UUID,
    base_revision: int,
    payload: bytes,
    kind: str,
    label: int | None = None,
) -> EditOperation:
    """Acknowledge one delta. Sent again with the same id it is acknowledged again and changes nothing.

    Raises
    ------
    StaleBase
        ``base_revision`` is not the session's; ``extra`` holds the present revision and digest.
    OperationReused
        the id was given to another edit before.
    SessionClosed, TooLarge, BadInput, UnknownLabels
        the session has ended; the payload is too big, is not VBD1 of this grid, or names no vertebra.
    """
    row = (
        EditSession.objects.select_for_update(of=("self",)).select_related("base__volume").get(pk=session.pk)
    )
    before = EditOperation.objects.filter(session=row, operation_id=operation_id).first()
    if before is not None:
        if not _is_same_edit(before, row, payload=payload, kind=kind, label=label):
            raise OperationReused(extra={"revision": before.revision})
        return before
    if row.closed_at is not None:
        raise SessionClosed
    if base_revision != row.revision:
        raise StaleBase(extra={"revision": row.revision, "digest": row.digest})
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise TooLarge(message="An edit may take at most 16 MB.")
    delta = edits.decode(payload, shape=row.base.volume.shape)
    _check_labels(delta.labels)
    known = recent.take(row)
    array = known if known is not None else selectors.replayed_mask(row)
    changed = edits.apply(array, delta)
    row.slice_digests = edits.update_slice_digests(bytes(row.slice_digests), array, delta.ks)
    row.digest = edits.tree_digest(bytes(row.slice_digests))
    row.revision += 1
    row.saved_at = timezone.now()
    if row.revision - row.snapshot_revision >= SNAPSHOT_EVERY:
        row.snapshot = put_blob(data=edits.encode_mask(array), media_type=VBD1_MEDIA_TYPE)
        row.snapshot_revision = row.revision
    row.save()
    operation = EditOperation.objects.create(
        session=row,
        operation_id=operation_id,
        revision=row.revision,
        kind=kind[:40],
        label=label,
        payload=payload,
        changed_voxels=changed,
        digest=row.digest,
    )
    transaction.on_commit(lambda: recent.keep(row, array))
    return operation


def _is_same_edit(
    saved: EditOperation, session: EditSession, *, payload: bytes, kind: str, label: int | None
) -> bool:
    """Whether a delta is the saved one. Another version of a browser may pack the same voxels otherwise."""
    if (saved.kind, saved.label) != (kind[:40], label):
        return False
    stored = bytes(saved.payload)
    if stored == payload:
        return True
    if len(payload) > MAX_PAYLOAD_BYTES:
        return False
    shape = session.base.volume.shape
    ours, theirs = edits.decode(stored, shape=shape), edits.decode(payload, shape=shape)
    return ours.ks == theirs.ks and all(
        np.array_equal(mine.lengths, other.lengths) and np.array_equal(mine.labels, other.labels)
        for mine, other in zip(ours.slices, theirs.slices, strict=True)
    )


@transaction.atomic(savepoint=False)
def close_session(
    *, session: EditSession, source: str, provenance: Mapping[str, Any] | None = None
) -> MaskVersion:
    """End the session and add its mask as a version; closing again gives the same version.

    ``provenance`` is kept with the version beside what is known of the session.

    Raises
    ------
    Conflict
        ``session_damaged``: the replayed operations do not give the digest that was acknowledged.
    """
    row = (
        EditSession.objects.select_for_update(of=("self",))
        .select_related("base__volume__series", "author", "result")
        .get(pk=session.pk)
    )
    if row.result is not None:
        return row.result
    array = selectors.replayed_mask(row)  # what is stored, not what is remembered
    if edits.mask_digest(array) != row.digest:
        raise Conflict("session_damaged", "The saved edits do not give the mask that was acknowledged.")
    version = add_version(
        volume=row.base.volume,
        mask=array,
        source=source,
        author=row.author,
        parent=row.base,
        provenance={
            **(provenance or {}),
            "session": str(row.pk),
            "base": str(row.base_id),
            "operations": row.revision,
            "edited_voxels": selectors.edited_voxels(row),
            "desktop_edits": selectors.desktop_edits(row),
        },
    )
    row.result = version
    row.closed_at = timezone.now()
    row.save()
    return version
