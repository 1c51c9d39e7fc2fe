"""A challenge on a small frozen release, with people who may take part, and archives of predictions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.models import Challenge, EvaluationKey, Phase, Team
from backend.challenge.services import organising, teams
from backend.challenge.services.references import items_by_name
from backend.masks.selectors import load_mask
from backend.projects.models import Project, Role
from backend.releases.models import Release, ReleaseItem, ReleasePatient, ReleaseState
from backend.science.formats.nifti import mask_bytes
from backend.science.signed_results import FORMAT
from backend.science.volume import Mask, MaskArray, VolumeGeometry
from tests.backend import factories, rows
from tests.backend.out import publish

Files = Mapping[str, bytes]


def frozen_release(project: Project, splits: list[str], version: str = "1.0", **fields: Any) -> Release:
    """A frozen release with a patient in each of these parts; its files are not built."""
    said = {"title": "Spines", "terms": "Cite us.", "created_by": project.created_by} | fields
    release = Release.objects.create(project=project, version=version, **said)
    for number, split in enumerate(splits):
        case = rows.case_in(project)
        patient = ReleasePatient.objects.create(
            release=release,
            patient=case.volume.series.patient,
            split=split,
            subject=f"sub-verse{number:03d}",
        )
        ReleaseItem.objects.create(
            release=release, release_patient=patient, case=case, mask=rows.mask_of(case)
        )
    Release.objects.filter(pk=release.pk).update(
        state=ReleaseState.FROZEN, manifest_sha256="0" * 64, frozen_at=timezone.now()
    )
    return publish(Release.objects.get(pk=release.pk))


@dataclass
class Contest:
    """An open challenge with both phases open; of the test part the masks are sealed."""

    project: Project
    manager: User
    release: Release
    challenge: Challenge
    public: Phase
    secret: Phase

    @property
    def root(self) -> str:
        return f"/api/v1/challenges/{self.challenge.pk}"

    def researcher(self) -> User:
        return factories.make_member(self.project, Role.RESEARCHER)

    def team(self, name: str, captain: User | None = None) -> Team:
        return teams.make_team(
            challenge=self.challenge, actor=captain or self.researcher(), name=name, accepts_rules=True
        )

    def send(self, user: User, archive: bytes, split: str = "validation") -> Any:
        return self.client(user).post(
            f"{self.root}/phases/{split}/submissions", archive, content_type="application/zip"
        )

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


def make_contest(
    splits: tuple[str, ...] = ("validation", "validation", "test"), *, daily_limit: int = 3
) -> Contest:
    manager = factories.make_user("manager")
    project = factories.make_project(manager)
    day = timezone.localdate() + timedelta(days=30)
    release = frozen_release(project, list(splits), embargo_until=day, open_test_images=True)
    challenge = organising.draft_challenge(
        release=release, actor=manager, draft=organising.Draft(title="Spine challenge", rules="Be fair.")
    )
    now = timezone.now()
    times = organising.Times(now - timedelta(hours=1), now + timedelta(days=1), daily_limit)
    public, secret = (
        organising.set_phase(challenge=challenge, actor=manager, split=split, times=times)
        for split in ("validation", "test")
    )
    challenge = organising.open_challenge(challenge=challenge, actor=manager)
    return Contest(project, manager, release, challenge, public, secret)


def end(phase: Phase) -> None:
    """Let a phase's deadline have passed."""
    now = timezone.now()
    Phase.objects.filter(pk=phase.pk).update(
        opens_at=now - timedelta(hours=1), closes_at=now - timedelta(seconds=1)
    )


def predictions(phase: Phase, change: Callable[[MaskArray], None] | None = None) -> dict[str, bytes]:
    """The answers of a phase as files, each changed."""
    files = {}
    for name, item in items_by_name(phase).items():
        mask = load_mask(item.mask)
        voxels = mask.array.copy(order="F")
        if change is not None:
            change(voxels)
        files[f"{name}_seg-vert_msk.nii.gz"] = mask_bytes(Mask(mask.geometry, voxels))
    return files


def signed_figures(key: EvaluationKey, *, team: str, nonce: str) -> dict[str, Any]:
    """A result as `vertebase evaluate` makes it, of predictions that are nearly right."""
    release = key.phase.challenge.release
    figures = {"identified": True, "dice": 0.8, "distance_mm": 2.0, "hausdorff_mm": 4.0}
    cases = {
        name: {
            "mask_digest": item.mask.digest,
            "absent": False,
            "levels": [{"label": int(label), **figures} for label in item.mask.label_voxels],
            "extra": [],
            "grades": [],
        }
        for name, item in items_by_name(key.phase).items()
    }
    return {
        "format": FORMAT,
        "key": str(key.pk),
        "challenge": str(key.phase.challenge_id),
        "split": key.phase.split,
        "version": release.version,
        "manifest_sha256": release.manifest_sha256,
        "team": team,
        "nonce": nonce,
        "signed_at": timezone.now().isoformat(),
        "program": "docker run x",
        "cases": cases,
    }


def zipped(files: Files, *extra: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for info, content in extra:
            archive.writestr(info, content)
    return made.getvalue()


def elsewhere(mask: MaskArray) -> bytes:
    """The same voxels 5 mm away."""
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[0, 3] = 5.0
    return mask_bytes(Mask(VolumeGeometry(mask.shape, affine), mask))
