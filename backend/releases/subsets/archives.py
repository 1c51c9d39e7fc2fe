"""The archive of a subset: the files of its cases as they are in the release, and one that says which."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.releases.embargo import is_sealed
from backend.releases.errors import NoCaseFits
from backend.releases.models import Release, ReleaseFile, Split
from backend.releases.selectors import ALL, Archive, archive, archive_files, archive_root
from backend.releases.subsets.query import Facts, Query, choices_of, facts_of
from backend.releases.zipping import ArchiveEntry, ArchivePlan

SUBSET_FILE = "SUBSET.json"
FORMAT = "vertebase-subset-1"


@dataclass(frozen=True)
class Subset:
    """What a query finds of an archive, as somebody may have it now."""

    files: list[ReleaseFile]
    cases: list[Facts]
    known: list[Facts]  # all that it was held against


def find_subset(release: Release, user: User | None, name: str, query: Query) -> Subset:
    """The cases of an archive (all, or a part) that fit, with their files and those of no case.

    Raises
    ------
    NotFound
        there is no such archive; those for other tools are whole only.
    """
    if name not in (ALL, *Split.values):
        raise NotFound(message="Only the whole archive and its parts can be narrowed to some cases.")
    files = archive_files(release, user, name)
    known = facts_of(files)
    fitting = [one for one in known if one.fits(query)]
    return Subset(_without(files, [one for one in known if not one.fits(query)]), fitting, known)


def _without(files: list[ReleaseFile], others: list[Facts]) -> list[ReleaseFile]:
    """The files but for those of these cases."""
    by_folder: dict[str, list[Facts]] = {}
    for one in others:
        for folder in one.folders:
            by_folder.setdefault(folder, []).append(one)
    return [
        file
        for file in files
        if not any(one.owns(file.path) for one in by_folder.get(file.path.rpartition("/")[0], ()))
    ]


def subset_archive(release: Release, user: User | None, name: str, query: Query) -> Archive:
    """The archive that a query narrows; without one, the archive itself.

    Equal queries give equal bytes, as long as the same parts are open. Raises as `find_subset`, and
    `NoCaseFits`.
    """
    if not query:
        return archive(release, user, name)
    found = find_subset(release, user, name, query)
    if not found.cases:
        raise NoCaseFits
    plan, told = _plan(release, name, query, found)
    etag = hashlib.sha256(f"{release.manifest_sha256}\n".encode() + told).hexdigest()
    sealed = any(is_sealed(release, file.split, image=file.image) for file in found.files)
    return Archive(name, plan, f'"{etag}"', sealed)


def subset_size(release: Release, name: str, query: Query, found: Subset) -> int:
    """How large the archive of a subset is, in bytes."""
    return _plan(release, name, query, found)[0].size_bytes


def _plan(release: Release, name: str, query: Query, found: Subset) -> tuple[ArchivePlan, bytes]:
    root = archive_root(release, name)
    told = _subset_file(release, name, query, found)
    entries = [
        ArchiveEntry(f"{root}/{file.path}", file.size_bytes, file.crc32, file.blob_id) for file in found.files
    ]
    entries.append(ArchiveEntry.made(f"{root}/{SUBSET_FILE}", told))
    return ArchivePlan(entries, modified_at=release.frozen_at or release.created_at), told


def _subset_file(release: Release, name: str, query: Query, found: Subset) -> bytes:
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": release.version,
        "manifest_sha256": release.manifest_sha256,
        "archive": name,
        "query": query.said(),
        "cases": [{"subject": one.subject, "series": one.series, "split": one.split} for one in found.cases],
        "files": [{"path": file.path, "sha256": file.blob_id} for file in found.files],
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def subset_told(release: Release, user: User | None, name: str, query: Query) -> dict[str, Any]:
    """How many cases fit and how large their archive is, with what can be asked for."""
    found = find_subset(release, user, name, query)
    said = query.address()
    address = f"/api/v1/releases/{release.pk}/archives/{name}.zip"
    return {
        "cases": len(found.cases),
        "cases_of": len(found.known),
        "patients": len({one.subject for one in found.cases}),
        "size_bytes": subset_size(release, name, query, found) if found.cases and query else None,
        "url": f"{address}?{said}" if said else address,
        "choices": choices_of(found.known),
    }
