"""Rows for tests, made through the services wherever there is one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.accounts.models import User
from backend.accounts.services import allow_projects, create_user
from backend.common.models import Job, JobState
from backend.common.storage import put_blob
from backend.common.tasks import JobContext
from backend.imaging.models import Patient, Series, Volume, VolumeBlob
from backend.projects.models import Membership, Project, Role
from backend.projects.services import ProjectDraft, create_project
from backend.science import edits
from backend.science.formats.nifti import volume_bytes
from backend.science.formats.slabs import build_slabs
from backend.science.volume import MaskArray, VolumeGeometry
from backend.science.volume import Volume as Voxels

PASSWORD = "correct-horse-battery"
_numbers = itertools.count(1)


def make_user(name: str = "person", **fields: Any) -> User:
    return create_user(email=f"{name}{next(_numbers)}@x.test", password=PASSWORD, **fields)


def make_project(manager: User | None = None, *, protocol_key: str = "multi_rater") -> Project:
    draft = ProjectDraft(name=f"Project {next(_numbers)}", protocol_key=protocol_key)
    actor = manager or make_user("manager")
    if not actor.may_create_projects:
        allow_projects(user=actor, allowed=True)
        actor.refresh_from_db()
    project = create_project(actor=actor, draft=draft)
    # The vertebrae of `block_mask` stand on their heads.
    project.finding_rules = {"order": "warn", "orientation": "warn"}
    project.save(update_fields=["finding_rules"])
    return project


def make_member(project: Project, role: Role, name: str | None = None, *, user: User | None = None) -> User:
    user = user or make_user(name or role.value)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def at_work(kind: str) -> JobContext:
    """What the body of a task of that kind is given, of a job that a worker has in hand."""
    job = Job.objects.create(kind=kind, state=JobState.RUNNING, worker="test")
    return JobContext(job, job.worker)


def block_mask(shape: tuple[int, int, int] = (12, 10, 8), labels: tuple[int, ...] = (20, 21)) -> MaskArray:
    """A box of each label, one above the other along the third axis."""
    mask = np.zeros(shape, np.uint8, order="F")
    height = shape[2] // (len(labels) + 1)
    for position, label in enumerate(labels):
        mask[3:9, 2:8, 1 + position * height : 1 + (position + 1) * height] = label
    return mask


def hounsfield(shape: tuple[int, int, int], number: int) -> NDArray[np.int16]:
    """Soft tissue to bone, never metal, whatever the number; the corner voxel tells the volumes apart."""
    voxels: NDArray[np.int16] = (np.indices(shape).sum(axis=0) % 40 * 10).astype(np.int16)
    voxels[0, 0, 0] = number % 1000
    return voxels


def make_volume(
    project: Project, *, shape: tuple[int, int, int] = (12, 10, 8), mask: MaskArray | None = None
) -> Volume:
    """A series of a patient of its own with a small volume, as ingest leaves it."""
    number = next(_numbers)
    voxels = hounsfield(shape, number)
    science = Voxels(VolumeGeometry(shape, np.diag([1.0, 1.0, 2.0, 1.0])), voxels)
    patient = Patient.objects.create(
        project=project, pseudonym=f"sub-{number:04d}", identity_hmac=f"{number}"
    )
    series = Series.objects.create(
        project=project, patient=patient, number=1, uid_hmac=f"{number}", source_format="nifti"
    )
    index, slabs = build_slabs(science)
    nifti = put_blob(data=volume_bytes(science), media_type="application/gzip")
    volume = Volume.objects.create(
        series=series,
        **science.geometry.to_json(),
        hu_min=int(voxels.min()),
        hu_max=int(voxels.max()),
        voxels_sha256="0" * 64,
        nifti=nifti,
        slab_index=index,
    )
    blobs = [(put_blob(data=content), "slab") for content in slabs.values()] + [(nifti, "nifti")]
    if mask is not None:
        blobs.append((put_blob(data=edits.encode_mask(mask)), "import_mask"))
    for blob, role in blobs:
        VolumeBlob.objects.create(volume=volume, blob=blob, role=role)
    return volume
