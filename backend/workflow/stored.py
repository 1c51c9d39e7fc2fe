"""Which stored files of a project are of which kind: what takes room on the disk, for `projects.storage`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.challenge.models import Submission
from backend.common.models import Blob
from backend.imaging.models import VolumeBlob
from backend.masks.models import EditSession, MaskVersion
from backend.pipeline.models import ModelFile, Run
from backend.releases.models import FaultReport, ReleaseFile


def _scans(project_id: UUID) -> QuerySet[Blob]:
    return _blobs(VolumeBlob.objects.filter(volume__series__project=project_id).values("blob"))


def _masks(project_id: UUID) -> QuerySet[Blob]:
    """Masks, the states that edits are kept from, and the engine's maps of its doubt."""
    masks = MaskVersion.objects.filter(volume__series__project=project_id)
    edits = EditSession.objects.filter(base__volume__series__project=project_id, snapshot__isnull=False)
    runs = Run.objects.filter(volume__series__project=project_id, entropy__isnull=False)
    return Blob.objects.filter(
        Q(pk__in=masks.values("voxels"))
        | Q(pk__in=edits.values("snapshot"))
        | Q(pk__in=runs.values("entropy"))
    )


def _releases(project_id: UUID) -> QuerySet[Blob]:
    """What stands in a release beside the scans, which are stored once, and pictures of faults in it."""
    scans = VolumeBlob.objects.filter(volume__series__project=project_id)
    files = ReleaseFile.objects.filter(release__project=project_id)
    shown = FaultReport.objects.filter(item__release__project=project_id, picture__isnull=False)
    found = Blob.objects.filter(Q(pk__in=files.values("blob")) | Q(pk__in=shown.values("picture")))
    return found.exclude(pk__in=scans.values("blob"))


def _models(project_id: UUID) -> QuerySet[Blob]:
    return _blobs(ModelFile.objects.filter(model__project=project_id).values("blob"))


def _submissions(project_id: UUID) -> QuerySet[Blob]:
    sent = Submission.objects.filter(phase__challenge__release__project=project_id)
    return _blobs(sent.values("archive"))


def _blobs(ids: QuerySet[Any, Any]) -> QuerySet[Blob]:
    return Blob.objects.filter(pk__in=ids)


STORED: dict[str, Callable[[UUID], QuerySet[Blob]]] = {
    "scans": _scans,
    "masks": _masks,
    "models": _models,
    "releases": _releases,
    "submissions": _submissions,
}
