"""Who may see which release, which of its files are open, and the archives made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.selectors import cases_rated_now_by
from backend.common.errors import NotFound
from backend.pipeline.jobs.subjects import JobSubject
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import has_role, projects_with_role
from backend.releases.embargo import is_sealed, locked_until, still_sealed_q
from backend.releases.errors import Embargoed
from backend.releases.manifest import MANIFEST_PATH
from backend.releases.models import (
    AccessRequest,
    Custodian,
    CustodianState,
    Layout,
    Release,
    ReleaseFile,
    ReleaseItem,
    ReleaseState,
    RequestState,
    Split,
    TermsAcceptance,
)
from backend.releases.published import Standing, out_q, standing_of, withdrawn_q
from backend.releases.zipping import ArchiveEntry, ArchivePlan

ALL = "all"
ARCHIVES = (ALL, *Split.values)
RATING_ROLES = (Role.RATER.value, Role.RADIOLOGIST.value)
# All that is open, laid out for another tool.
OTHER_LAYOUTS = tuple(layout.value for layout in Layout if layout != Layout.VERSE)


def releases_visible_to(user: User, project: Project | None = None) -> QuerySet[Release]:
    """All releases of projects one manages; of what is published that of projects where one is a researcher,
    and what one was granted. A custodian sees the release whose sealed part they keep, or are asked to keep.

    Raters see none: a released mask is somebody's work. One that was withdrawn is still seen, without files.
    """
    managed = projects_with_role(user, Role.MANAGER).values("pk")
    open_to = projects_with_role(user, Role.RESEARCHER).values("pk")
    granted = granted_to(user).values("release")
    out = out_q() & Q(state=ReleaseState.FROZEN)
    kept = custody_of(user).values("release")
    rows = Release.objects.filter(
        Q(project__in=managed) | Q(pk__in=kept) | out & (Q(project__in=open_to) | Q(pk__in=granted))
    )
    if project is not None:
        rows = rows.filter(project=project)
    return rows.select_related("project", "job", "created_by", "publication", "opening")


def granted_to(user: User) -> QuerySet[AccessRequest]:
    """What this account was granted, while that holds; to raters of the project nothing."""
    return granted_now().filter(user_id=user.pk).exclude(release__project__in=_rated_projects(user))


def custody_of(user: User) -> QuerySet[Custodian]:
    """The places that this person has, or is asked to take, as a custodian; to raters of the project none."""
    rows = Custodian.objects.filter(
        user_id=user.pk,
        state__in=(CustodianState.ASKED, CustodianState.ACCEPTED),
        release__state=ReleaseState.FROZEN,
    )
    return rows.exclude(release__project__in=_rated_projects(user))


def _rated_projects(user: User) -> QuerySet[Any, Any]:
    rates = Membership.objects.filter(user_id=user.pk, active=True, role__in=RATING_ROLES)
    return rates.values("project")


def granted_now() -> QuerySet[AccessRequest]:
    """Requests that were granted, and whose time is not over."""
    return AccessRequest.objects.filter(state=RequestState.GRANTED, expires_at__gt=timezone.now())


def is_manager(user: User, release: Release) -> bool:
    return has_role(user, release.project, Role.MANAGER)


def in_custody(release: Release) -> bool:
    """Whether a custodian has ever accepted: from then on the sealed part is theirs, not the managers'."""
    return Custodian.objects.filter(release=release, accepted_at__isnull=False).exists()


def reads_custody(user: User, release: Release) -> bool:
    """Whether somebody reads who keeps a part that is, or was, sealed: managers, and whom it concerns."""
    if release.embargo_until is None or release.state != ReleaseState.FROZEN:
        return False
    return is_manager(user, release) or custody_of(user).filter(release=release).exists()


def sees_sealed(user: User, release: Release) -> bool:
    """Whether somebody reads a part while it is sealed: its custodians; managers where it never had one."""
    if in_custody(release):
        return custody_of(user).filter(release=release, state=CustodianState.ACCEPTED).exists()
    return is_manager(user, release)


def terms_sha256(release: Release) -> str:
    return hashlib.sha256(release.terms.encode()).hexdigest()


def has_accepted(user: User, release: Release) -> bool:
    """Whether the person has accepted the terms as they stand."""
    return TermsAcceptance.objects.filter(
        release=release, user_id=user.pk, terms_sha256=terms_sha256(release)
    ).exists()


def open_files(release: Release, user: User | None) -> QuerySet[ReleaseFile]:
    """The files that this person may have now: those of an embargoed test split for `sees_sealed` alone.

    ``user`` None: somebody outside the project.
    """
    files = release.files.all()
    if locked_until(release) is None or (user is not None and sees_sealed(user, release)):
        return files
    if release.open_test_images:
        return files.exclude(split=Split.TEST, image=False)
    return files.exclude(split=Split.TEST)


def items_open_to(user: User, release: Release) -> QuerySet[ReleaseItem]:
    """The cases of a release that this person may look at, in the order of its files.

    As `open_files`: who does not read the sealed part sees none of which the CT is sealed. Nobody a case
    that they rate blindly now, whatever other role they have.
    """
    items = release.items.exclude(case__in=cases_rated_now_by(user))
    if is_sealed(release, Split.TEST, image=True) and not sees_sealed(user, release):
        items = items.exclude(_image_sealed())
    folder = Case(*(When(release_patient__split=split, then=n) for n, split in enumerate(Split.values)))
    return items.select_related("release_patient", "case__volume__series", "mask__volume").order_by(
        folder, "release_patient__subject", "case__volume__series__number"
    )


def mask_is_open(user: User, item: ReleaseItem) -> bool:
    """Whether this person may see the item's mask now, of which they may see the CT."""
    return not is_sealed(item.release, item.release_patient.split) or sees_sealed(user, item.release)


def volumes_through_releases_q(user: User) -> Q:
    """Volumes of released cases, to whoever has accepted the release's terms; sealed ones to custodians."""
    accepted = [
        row.release_id
        for row in TermsAcceptance.objects.filter(
            user_id=user.pk, release__in=releases_visible_to(user)
        ).select_related("release")
        if row.terms_sha256 == terms_sha256(row.release)
    ]
    frozen = ReleaseItem.objects.filter(release__in=accepted, release__state=ReleaseState.FROZEN)
    frozen = frozen.exclude(withdrawn_q("release__"))
    kept = custody_of(user).filter(state=CustodianState.ACCEPTED).values("release")
    return Q(pk__in=frozen.exclude(_image_sealed() & ~Q(release__in=kept)).values("case__volume_id"))


def _image_sealed() -> Q:
    """Items whose CT is kept back now (`embargo.is_sealed`)."""
    sealed = still_sealed_q("release__") & Q(release__open_test_images=False)
    return sealed & Q(release_patient__split=Split.TEST)


@dataclass(frozen=True)
class Archive:
    """One download: its layout, and an ETag that stands for exactly these bytes."""

    name: str
    plan: ArchivePlan
    etag: str
    sealed: bool = False  # something in it is kept back from others now


def file_open_to(user: User, release: Release, path: str) -> ReleaseFile:
    """One file in the release's own layout, where this person may have it now.

    Raises
    ------
    NotFound
        There is none, or it is sealed: which of the two is not told.
    """
    rows = open_files(release, user).filter(layout=Layout.VERSE, path=path)
    file = rows.select_related("blob").first()
    if file is None:
        raise NotFound
    return file


def archive_files(release: Release, user: User | None, name: str) -> list[ReleaseFile]:
    """The files of an archive in their order: a split's with what stands in every archive, or all.

    An archive for another tool is named after its layout.
    """
    if name not in (*ARCHIVES, *OTHER_LAYOUTS):
        raise NotFound
    files = open_files(release, user).filter(layout=name if name in OTHER_LAYOUTS else Layout.VERSE)
    if name in Split.values:
        files = files.filter(split__in=("", name))
    return list(files.order_by("path").only("path", "size_bytes", "crc32", "blob_id", "split", "image"))


def archive(release: Release, user: User | None, name: str) -> Archive:
    """An archive as this person may have it now.

    Raises
    ------
    NotFound
        No such archive, or nothing in that split.
    Embargoed
        The split is not open yet.
    """
    files = archive_files(release, user, name)
    if not any(file.split for file in files):
        opens = locked_until(release)
        if name == Split.TEST and opens is not None and release.files.filter(split=name).exists():
            raise Embargoed(extra={"locked_until": opens.isoformat()})
        raise NotFound
    sealed = any(is_sealed(release, file.split, image=file.image) for file in files)
    return Archive(name, _plan(release, files, name), _etag(release, files), sealed)


def archive_root(release: Release, name: str) -> str:
    """The folder that an archive unpacks to."""
    root = f"{release.project.slug}-{release.version}"
    return f"{root}-{name}" if name in OTHER_LAYOUTS else root


def _plan(release: Release, files: list[ReleaseFile], name: str) -> ArchivePlan:
    root = archive_root(release, name)
    entries = [
        ArchiveEntry(f"{root}/{file.path}", file.size_bytes, file.crc32, file.blob_id) for file in files
    ]
    return ArchivePlan(entries, modified_at=release.frozen_at or release.created_at)


def _etag(release: Release, files: list[ReleaseFile]) -> str:
    listing = "\n".join(f"{file.path} {file.blob_id}" for file in files)
    digest = hashlib.sha256(f"{release.manifest_sha256}\n{listing}".encode()).hexdigest()
    return f'"{digest}"'


def archive_rows(release: Release, user: User | None, root: str = "") -> list[dict[str, Any]]:
    """The archives on offer, with their exact sizes; a locked one has the day on which it opens.

    ``root`` is the address that they lie under, where it is not the release's own.
    """
    if release.state != ReleaseState.FROZEN or standing_of(release) == Standing.WITHDRAWN:
        return []
    opens = locked_until(release)
    present = {value for pair in release.files.values_list("split", "layout") for value in pair}
    visible = list(open_files(release, user).order_by("path"))
    rows = []
    for name in (*ARCHIVES, *OTHER_LAYOUTS):
        if name != ALL and name not in present:
            continue
        layout = name if name in OTHER_LAYOUTS else Layout.VERSE
        mine = [
            file
            for file in visible
            if file.layout == layout and (name not in Split.values or file.split in ("", name))
        ]
        locked = not any(file.split for file in mine)
        rows.append(
            {
                "name": name,
                "layout": layout,
                "size_bytes": None if locked else _plan(release, mine, name).size_bytes,
                "url": f"{root or f'/api/v1/releases/{release.pk}'}/archives/{name}.zip",
                "locked_until": opens if locked else None,
            }
        )
    return rows


def visible_listing(release: Release, user: User) -> list[ReleaseFile]:
    """The files listed to this person, in VerSe's layout: what they may have now."""
    return list(open_files(release, user).filter(layout=Layout.VERSE).order_by("path"))


def releases_of_job_subjects(ids: Collection[UUID]) -> Mapping[UUID, JobSubject]:
    """The releases that jobs freeze."""
    rows = Release.objects.filter(pk__in=ids).values_list("pk", "title", "version")
    return {pk: JobSubject(kind="release", id=pk, name=f"{title} {version}") for pk, title, version in rows}


def manifest_of(release: Release) -> ReleaseFile:
    """The file that lists all others.

    Raises
    ------
    NotFound
        The release is not built yet.
    """
    file = release.files.select_related("blob").filter(layout=Layout.VERSE, path=MANIFEST_PATH).first()
    if file is None:
        raise NotFound
    return file
