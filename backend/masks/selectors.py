"""Reads of masks. Who may see a mask is decided above (annotation), never here."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from backend.common.storage import read_digest
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.masks.models import DESKTOP_EDIT, EditOperation, EditSession, MaskSource, MaskVersion
from backend.masks.recent import recent
from backend.masks.reports import Provenance
from backend.science import edits
from backend.science.volume import Mask, MaskArray


def blank_version(volume: Volume) -> MaskVersion | None:
    """The volume's empty mask, where one was made."""
    return MaskVersion.objects.filter(volume=volume, source=MaskSource.EMPTY).first()


def mask_array(version: MaskVersion) -> MaskArray:
    """The version's voxels, Fortran-ordered."""
    return edits.decode_mask(read_digest(version.voxels_id), shape=version.volume.shape)


def origin_of(version: MaskVersion) -> Provenance:
    """Where the version came from."""
    return Provenance.read(version.provenance)


def load_mask(version: MaskVersion) -> Mask:
    """The version as science reads it."""
    return Mask(geometry_of(version.volume), mask_array(version))


def operations_after(session: EditSession, revision: int = 0) -> QuerySet[EditOperation]:
    """The session's operations that came after ``revision``, in order."""
    return EditOperation.objects.filter(session=session, revision__gt=revision).order_by("revision")


def edited_voxels(session: EditSession) -> int:
    """Voxels changed by all operations together; one changed twice counts twice."""
    total = EditOperation.objects.filter(session=session).aggregate(n=Sum("changed_voxels"))["n"]
    return int(total or 0)


def desktop_edits(session: EditSession) -> int:
    """How often a mask was taken in that another program had edited."""
    return EditOperation.objects.filter(session=session, kind=DESKTOP_EDIT).count()


def session_mask(session: EditSession) -> MaskArray:
    """The mask at the session's present revision; not replayed where this process saved the last edit.

    `replayed_mask` gives the same from what is stored; the work is handed in by that one.
    """
    array = recent.copy(session)
    return array if array is not None else replayed_mask(session)


def replayed_mask(session: EditSession) -> MaskArray:
    """The same from what is stored: the session's snapshot and the operations after it."""
    if session.snapshot_id is not None:
        array = edits.decode_mask(read_digest(session.snapshot_id), shape=session.base.volume.shape)
    else:
        array = mask_array(session.base)
    tail = operations_after(session, session.snapshot_revision).filter(revision__lte=session.revision)
    for payload in tail.values_list("payload", flat=True):
        edits.apply(array, edits.decode(bytes(payload), shape=array.shape))
    return array


def versions_of(volume: Volume) -> QuerySet[MaskVersion]:
    """All versions of a volume's mask."""
    return MaskVersion.objects.filter(volume=volume).select_related("volume")
