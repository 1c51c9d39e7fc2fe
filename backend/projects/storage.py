"""How much of the disk projects take, how much they may take, and whether there is room for more.

What is kept is counted as a job and stands with the time of the count: a large project has hundreds of
thousands of files. Files that wait to be read are few and are looked up each time. A file that two projects
share counts in both. Where a limit is set, a count that is too old is made anew before anybody is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from backend.accounts.administration import require_administrator
from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Invalid, NotFound, TooLarge
from backend.common.models import Blob
from backend.common.tasks import enqueue
from backend.projects.models import Project, StorageUse

COUNT_KIND = "projects.count_storage"
SITE_ROW = UUID(int=0)  # the row of the whole site
FRESH = timedelta(minutes=10)  # an older count refuses nobody
GB = 1000**3

BlobsOf = Callable[[UUID], QuerySet[Blob]]
Waiting = Callable[[Collection[UUID] | None], Mapping[UUID, int]]
_kinds: dict[str, BlobsOf] = {}
_waiting: list[Waiting] = []


class OverQuota(TooLarge):
    code = "over_quota"
    message = "There is no room for this upload."


def register_stored(kind: str, blobs_of: BlobsOf) -> None:
    """Let a higher layer say which stored files of a project are of its kind."""
    _kinds[kind] = blobs_of


def register_waiting(waiting: Waiting) -> None:
    """Let a higher layer say how many bytes wait to be read, by project; None: of all projects."""
    if waiting not in _waiting:
        _waiting.append(waiting)


def waiting_bytes(project_ids: Collection[UUID] | None) -> dict[UUID, int]:
    """Bytes that were announced and are not read yet, by project."""
    found: dict[UUID, int] = {}
    for waiting in _waiting:
        for project_id, size in waiting(project_ids).items():
            found[project_id] = found.get(project_id, 0) + size
    return found


def _size(blobs: QuerySet[Blob]) -> int:
    return blobs.aggregate(size=Sum("size_bytes"))["size"] or 0


def count_project(project_id: UUID) -> StorageUse:
    """Count what a project keeps, by kind."""
    kept = {kind: _size(blobs_of(project_id)) for kind, blobs_of in _kinds.items()}
    row, _ = StorageUse.objects.update_or_create(
        project_id=project_id, defaults={"kept_bytes": kept, "counted_at": timezone.now()}
    )
    return row


def count_site() -> StorageUse:
    """Count what the whole site keeps; each file once."""
    row, _ = StorageUse.objects.update_or_create(
        pk=SITE_ROW,
        defaults={"kept_bytes": {"all": _size(Blob.objects.all())}, "counted_at": timezone.now()},
    )
    return row


def start_count(*, actor: User) -> None:
    """Have all projects counted, as a job (administrators of the site)."""
    require_administrator(actor)
    enqueue(COUNT_KIND, subject_id=SITE_ROW, project_id=None, requested_by=actor)


def site_use() -> StorageUse:
    """The site as last counted; an empty row where it never was."""
    return StorageUse.objects.filter(pk=SITE_ROW).first() or StorageUse(pk=SITE_ROW)


def projects_by_name(user: User) -> QuerySet[Project]:
    """All projects with what they were counted to take, for administrators of the site."""
    require_administrator(user)
    return Project.objects.select_related("storage_use").order_by("name", "slug")


@transaction.atomic
def set_quota(*, actor: User, slug: str | None, quota_bytes: int | None) -> StorageUse:
    """Limit what a project may keep, or the whole site without ``slug``; None takes the limit away.

    Nothing is deleted where more is kept already: only uploads are refused.

    Raises
    ------
    NoAdministrator, NotFound, Invalid
    """
    require_administrator(actor)
    if quota_bytes is not None and quota_bytes <= 0:
        raise Invalid("invalid_quota", "A limit is larger than zero; leave it empty to take it away.")
    project = Project.objects.filter(slug=slug).first() if slug is not None else None
    if slug is not None and project is None:
        raise NotFound
    key: dict[str, Any] = {"pk": SITE_ROW} if project is None else {"project": project}
    row, _ = StorageUse.objects.select_for_update().get_or_create(**key)
    row.quota_bytes = quota_bytes
    row.save(update_fields=["quota_bytes", "updated_at"])
    audit.record(
        actor=actor,
        act=people_acts.StorageQuotaSet(limit="none" if quota_bytes is None else _gb(quota_bytes)),
        subject=project or row,
        project_id=project.pk if project is not None else None,
    )
    return row


def require_room(*, project: Project, size_bytes: int) -> None:
    """Refuse what would go over a limit, before it is sent; in a transaction, so that two do not both fit.

    Raises
    ------
    OverQuota
        The project's limit, or that of the site, would be passed.
    """
    limited = StorageUse.objects.select_for_update().filter(quota_bytes__isnull=False).order_by("pk")
    row = limited.filter(project=project).first()
    if row is not None and size_bytes > (left := _left(row)):
        raise OverQuota(
            message=f"There is no room for this upload of {_gb(size_bytes)}: the project may keep "
            f"{_gb(row.quota_bytes or 0)}, and {_gb(max(left, 0))} are left. Leave files out, or ask an "
            "administrator of the site for more."
        )
    site = limited.filter(pk=SITE_ROW).first()
    if site is not None and size_bytes > _left(site):  # how much others keep is nobody's business
        raise OverQuota(
            message=f"There is no room for this upload of {_gb(size_bytes)}: the storage of the site is used "
            "up. Ask an administrator of the site."
        )


def _left(row: StorageUse) -> int:
    """Bytes that may still come."""
    if row.counted_at is None or timezone.now() - row.counted_at > FRESH:
        counted = count_site() if row.project_id is None else count_project(row.project_id)
        row.kept_bytes = counted.kept_bytes
    ids = None if row.project_id is None else [row.project_id]
    kept: int = sum(row.kept_bytes.values())
    return (row.quota_bytes or 0) - kept - sum(waiting_bytes(ids).values())


def _gb(size: int) -> str:
    return f"{size / GB:.1f} GB" if size >= GB / 10 else f"{size / 1000**2:.1f} MB"
