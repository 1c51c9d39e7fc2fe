"""Reads of imaging: who may see which volume, and the voxels behind a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum

from backend.accounts.models import User
from backend.common.errors import Conflict, NotFound
from backend.common.models import Blob
from backend.common.storage import read_blob
from backend.imaging.models import (
    COPY_FORMAT,
    BatchState,
    HeldMask,
    HeldState,
    InclusionRules,
    RuleState,
    RuleVerdict,
    SameScan,
    Series,
    Upload,
    UploadBatch,
    UploadState,
    Volume,
    VolumeBlob,
)
from backend.imaging.unpacked import read_ct
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role
from backend.science import edits
from backend.science import volume as science
from backend.science.inclusion import Rule, default_rules, parse_rules

SERIES_ORDERINGS = {
    "created_at": "created_at",
    "pseudonym": "patient__pseudonym",
    "number": "number",
}

ANY_RULE = "any"

ON_THEIR_WAY = (BatchState.RECEIVING, BatchState.PROCESSING, BatchState.FAILED)

SERVED_ROLES = ("slab", "coarse", "thumbnail")  # to whoever sees the volume; never the imported mask

VolumeAccess = Callable[[User], Q]
SeriesFacts = Callable[[Iterable[UUID]], Mapping[UUID, Any]]

DaySettler = Callable[[Series, date], None]

_volume_access: list[VolumeAccess] = []
_day_settlers: list[DaySettler] = []
_series_facts: dict[str, SeriesFacts] = {}


def register_volume_access(access: VolumeAccess) -> VolumeAccess:
    """Let a higher layer widen who sees a volume: ``access(user)`` gives a `Q` on `Volume`.

    Give it as ``Q(pk__in=...)`` so that it joins nothing and no volume comes twice.
    """
    if access not in _volume_access:
        _volume_access.append(access)
    return access


def register_day_settler(settle: DaySettler) -> DaySettler:
    """Let a higher layer settle at ingest what hangs on the day of a scan, which is never stored."""
    if settle not in _day_settlers:
        _day_settlers.append(settle)
    return settle


def day_settlers() -> list[DaySettler]:
    """What higher layers settle by the day of a scan."""
    return list(_day_settlers)


def register_series_facts(name: str, facts: SeriesFacts) -> None:
    """Let a higher layer add a field to a listed series: ``facts(volume_ids)`` gives its value by volume."""
    _series_facts[name] = facts


def series_facts(name: str, volume_ids: Iterable[UUID]) -> Mapping[UUID, Any]:
    """The registered field for these volumes; empty where no layer gives it."""
    facts = _series_facts.get(name)
    return facts(volume_ids) if facts is not None else {}


def volumes_visible_to(user: User) -> QuerySet[Volume]:
    """Volumes of projects that the user manages, and those a higher layer opens.

    Nobody else sees all: a gold case or a repeat would be told by its volume's being none of them.
    """
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    allowed = Q(series__project__in=projects) & ~Q(series__source_format=COPY_FORMAT)
    for access in _volume_access:
        allowed |= access(user)
    return Volume.objects.filter(allowed)


def volume_visible_to(user: User, volume_id: UUID) -> Volume:
    """One volume; `NotFound` where the user may not know of it."""
    volume = volumes_visible_to(user).select_related("series").filter(pk=volume_id).first()
    if volume is None:
        raise NotFound
    return volume


def served_blob(volume: Volume, sha256: str) -> Blob:
    """A slab, the coarse volume or the thumbnail of ``volume``; `NotFound` for anything else."""
    row = (
        VolumeBlob.objects.select_related("blob")
        .filter(volume=volume, blob_id=sha256, role__in=SERVED_ROLES)
        .first()
    )
    if row is None:
        raise NotFound
    return row.blob


def series_visible_to(user: User) -> QuerySet[Series]:
    """Series with their pseudonyms and facts: for the project's managers, as `volumes_visible_to`."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return (
        Series.objects.filter(project__in=projects)
        .exclude(source_format=COPY_FORMAT)
        .select_related("patient", "volume")
    )


def with_verdicts(series: QuerySet[Series]) -> QuerySet[Series]:
    """The series with how the inclusion rules stand that their project asks."""
    verdicts = RuleVerdict.objects.select_related("stated_by", "waived_by").order_by("created_at")
    return series.prefetch_related(Prefetch("verdicts", verdicts))


SEARCHED_FACTS = ("manufacturer", "model", "kernel")


def series_of(
    project: Project, search: str = "", ordering: str = "pseudonym", kept_out: str = ""
) -> QuerySet[Series]:
    """The project's series with all that a listing shows.

    ``search`` is part of a pseudonym, a manufacturer, a model or a kernel. ``kept_out``: those that a rule
    keeps out, by its id, or ``any`` for whatever keeps them out. ``ordering`` is a key of `SERIES_ORDERINGS`,
    with a minus from the end; another one is by pseudonym.
    """
    rows = Series.objects.filter(project=project).exclude(source_format=COPY_FORMAT)
    if search:
        facts = Q(*((f"facts__{name}__icontains", search) for name in SEARCHED_FACTS), _connector=Q.OR)
        rows = rows.filter(Q(patient__pseudonym__icontains=search) | facts)
    if kept_out:
        rows = rows.filter(held=True)
    if kept_out and kept_out != ANY_RULE:
        rows = rows.filter(pk__in=keeping_out(project).filter(rule_id=kept_out).values("series"))
    field = SERIES_ORDERINGS.get(ordering.removeprefix("-"), "patient__pseudonym")
    sign = "-" if ordering.startswith("-") else ""
    return with_verdicts(rows.select_related("patient", "volume")).order_by(sign + field, "number", "pk")


def keeping_out(project: Project) -> QuerySet[RuleVerdict]:
    """Verdicts by which series of the project are kept out: of a rule that is asked, failed, not waived."""
    asked = [rule.id for rule in inclusion_rules_of(project) if rule.enabled]
    return RuleVerdict.objects.filter(
        series__project=project,
        series__held=True,
        rule_id__in=asked,
        state=RuleState.FAILED,
        waived_by=None,
    ).exclude(series__source_format=COPY_FORMAT)


def batches_visible_to(user: User) -> QuerySet[UploadBatch]:
    """Batches of projects that the user manages, with their uploads and series."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return _with_uploads(UploadBatch.objects.filter(project__in=projects))


def batches_of(project: Project) -> QuerySet[UploadBatch]:
    """The project's batches, with their uploads and series."""
    return _with_uploads(UploadBatch.objects.filter(project=project))


def _with_uploads(batches: QuerySet[UploadBatch]) -> QuerySet[UploadBatch]:
    series = Prefetch("series", queryset=Series.objects.order_by("created_at").prefetch_related("sources"))
    return batches.select_related("job", "project").prefetch_related("uploads", series)


def batch_visible_to(user: User, batch_id: UUID) -> UploadBatch:
    """One batch; `NotFound` where the user may not know of it."""
    batch = batches_visible_to(user).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound
    return batch


def upload_visible_to(user: User, upload_id: UUID) -> Upload:
    """One upload of a project that the user manages; `NotFound` otherwise."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    upload = (
        Upload.objects.select_related("batch__project")
        .filter(pk=upload_id, batch__project__in=projects)
        .first()
    )
    if upload is None:
        raise NotFound
    return upload


def quarantine_of(project: Project, resolved: bool | None = None) -> QuerySet[Upload]:
    """Files that could not be used, newest first: all, only the resolved, or only the open."""
    rows = Upload.objects.filter(batch__project=project, state=UploadState.QUARANTINED)
    if resolved is not None:
        rows = rows.filter(resolved_at__isnull=not resolved)
    return rows.select_related("resolved_by", "batch").order_by("-updated_at")


def geometry_of(volume: Volume) -> science.VolumeGeometry:
    """The volume's grid."""
    return science.VolumeGeometry.from_json(volume.geometry_json)


def load_volume(volume: Volume) -> science.Volume:
    """The volume's voxels (HU) on its grid, read from its stored NIfTI."""
    return read_ct(volume.nifti)


def thumbnail_url(volume: Volume) -> str | None:
    """Where the browser finds the volume's picture."""
    return f"/api/v1/volumes/{volume.pk}/blobs/{volume.thumbnail_id}" if volume.thumbnail_id else None


def imported_mask(volume: Volume) -> science.Mask | None:
    """The mask that came beside the CT, or None."""
    row = VolumeBlob.objects.select_related("blob").filter(volume=volume, role="import_mask").first()
    if row is None:
        return None
    return science.Mask(geometry_of(volume), edits.decode_mask(read_blob(row.blob), shape=volume.shape))


def has_imported_mask(volume: Volume) -> bool:
    """Whether a mask came beside the CT."""
    return VolumeBlob.objects.filter(volume=volume, role="import_mask").exists()


def imaging_counts(project_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Series and open files in quarantine of each project."""
    ids = list(project_ids)
    counts: dict[UUID, dict[str, int]] = {}
    originals = Series.objects.filter(project__in=ids).exclude(source_format=COPY_FORMAT)
    for row in originals.order_by().values("project_id").annotate(n=Count("pk")):
        counts.setdefault(row["project_id"], {})["series"] = row["n"]
    open_uploads = Upload.objects.filter(
        batch__project__in=ids, state=UploadState.QUARANTINED, resolved_at__isnull=True
    )
    for upload in open_uploads.order_by().values("batch__project_id").annotate(n=Count("pk")):
        counts.setdefault(upload["batch__project_id"], {})["quarantined"] = upload["n"]
    return counts


# ---- masks that wait for a person to read their numbers


def held_masks_of(project: Project, *, only_open: bool = False) -> QuerySet[HeldMask]:
    """Masks of the project that were held, those that wait first, or those alone."""
    rows = HeldMask.objects.filter(series__project=project)
    if only_open:
        rows = rows.filter(state=HeldState.WAITING)
    return rows.select_related("series__patient", "series__volume", "answered_by").order_by(
        "answered_at", "created_at"
    )


def held_mask_visible_to(user: User, held_id: UUID) -> HeldMask:
    """A held mask of a project that the user manages; `NotFound` for anybody else."""
    mine = projects_with_role(user, Role.MANAGER).values("pk")
    held = HeldMask.objects.select_related("series__project", "series__volume")
    row = held.filter(pk=held_id, series__project__in=mine).first()
    if row is None:
        raise NotFound
    return row


def waits_for_numbering(volume: Volume) -> bool:
    """Whether a mask came beside the CT and nobody has said yet what its numbers mean."""
    return HeldMask.objects.filter(series=volume.series_id, state=HeldState.WAITING).exists()


def numbering_was_read(volume: Volume) -> bool:
    """Whether a held mask's numbers were confirmed: it is the one that came with the CT now."""
    return HeldMask.objects.filter(series=volume.series_id, state=HeldState.CONFIRMED).exists()


# ---- one scan that came in twice


class SameScansOpen(Conflict):
    code = "same_scans_open"


def same_scans_of(project: Project, *, only_open: bool = False) -> QuerySet[SameScan]:
    """Pairs of the project with the same voxels, the unanswered first, or those alone."""
    rows = SameScan.objects.filter(project=project).select_related(
        "first__patient", "first__volume", "second__patient", "second__volume", "answered_by"
    )
    if only_open:
        rows = rows.filter(answer="")
    return rows.order_by(F("answered_at").asc(nulls_first=True), "created_at")


def same_scan_visible_to(user: User, pair_id: UUID) -> SameScan:
    """A pair of a project that the user manages; `NotFound` for anybody else."""
    mine = projects_with_role(user, Role.MANAGER).values("pk")
    pair = SameScan.objects.select_related("project").filter(pk=pair_id, project__in=mine).first()
    if pair is None:
        raise NotFound
    return pair


def pairs_by_series(series_ids: Collection[UUID]) -> dict[UUID, list[SameScan]]:
    """The pairs that each of these series belongs to."""
    rows = SameScan.objects.filter(Q(first__in=series_ids) | Q(second__in=series_ids))
    found: dict[UUID, list[SameScan]] = {pk: [] for pk in series_ids}
    # in queries of their own: joined, SQLite begins with the patients where there is hardly a pair
    for row in rows.prefetch_related("first__patient", "second__patient"):
        for pk in (row.first_id, row.second_id):
            if pk in found:
                found[pk].append(row)
    return found


def require_same_scans_answered(series_ids: Iterable[UUID]) -> None:
    """Refuse to put series into a release of which nobody has said whether they are one scan.

    Raises
    ------
    SameScansOpen
        naming the pairs.
    """
    ids = set(series_ids)
    rows = SameScan.objects.filter(answer="").select_related("first__patient", "second__patient")
    pairs = [row for row in rows.filter(second__in=ids) if row.first_id in ids]
    if not pairs:
        return
    named = [f"{_called(row.first)} and {_called(row.second)}" for row in pairs]
    more = f" and {len(named) - 5} more pairs" if len(named) > 5 else ""
    raise SameScansOpen(
        message=f"The same scan came in twice: {'; '.join(named[:5])}{more}. Say on the page Series whether "
        "they are one patient: one patient must not lie in two splits.",
        extra={"pairs": [str(row.pk) for row in pairs]},
    )


def _called(series: Series) -> str:
    return f"{series.patient.pseudonym} (series {series.number})"


# ---- inclusion


def inclusion_rules_of(project: Project) -> list[Rule]:
    """The project's rules; nothing is asked where none were set."""
    row = InclusionRules.objects.filter(project=project).first()
    return parse_rules(row.rules) if row is not None else default_rules()


def managed_series(user: User, series_id: UUID) -> Series:
    """A series of a project that the user manages; `NotFound` for anybody else."""
    mine = projects_with_role(user, Role.MANAGER).values("pk")
    rows = Series.objects.select_related("project", "patient", "volume")
    series = rows.filter(pk=series_id, project__in=mine).first()
    if series is None:
        raise NotFound
    return series


def bytes_on_their_way(project_ids: Collection[UUID] | None) -> dict[UUID, int]:
    """Bytes of uploaded files that lie in the inbox or were announced for it, by project; None: of all."""
    waits = Q(batch__state__in=ON_THEIR_WAY) & ~Q(state=UploadState.INGESTED)
    refused = Q(state=UploadState.QUARANTINED, resolved_at=None, raw_until__isnull=False)
    uploads = Upload.objects.filter(waits | refused).order_by()
    if project_ids is not None:
        uploads = uploads.filter(batch__project__in=project_ids)
    sizes = uploads.values_list("batch__project").annotate(size=Sum("size_bytes"))
    return dict(sizes)
