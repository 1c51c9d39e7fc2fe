"""Whether an archive of a release is what the release says: every file by its SHA-256."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from .errors import Damaged

BLOCK_BYTES = 1 << 20
MANIFEST = "manifest.json"
SUBSET = "SUBSET.json"
VERSE = "verse"
PARTS = frozenset({"training", "validation", "test"})
Digests = dict[str, str]


def verify_archive(
    archive: Path, manifest: bytes, manifest_sha256: str, *, name: str, layout: str, subset: bool = False
) -> Digests:
    """The SHA-256 of every file of the archive, by its path below the archive's own folder.

    ``manifest`` is the release's, ``manifest_sha256`` the digest that the release is cited by, ``name`` and
    ``layout`` are the archive's. A part that was sealed has a manifest of its own in the archive, whose
    digest the release's has named all the time. A ``subset`` says itself which of the files are in it; each
    has to be one of the release's. Raises ``Damaged`` naming the first file that is missing,
    not listed, or not as listed.
    """
    if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
        raise Damaged("the list of files is not the one that the release names by its digest")
    told = json.loads(manifest)
    try:
        with zipfile.ZipFile(archive) as opened:
            found = {
                _below_root(info): _digest(opened, info) for info in opened.infolist() if not info.is_dir()
            }
            sealed = _sealed(opened, told.get("sealed"), found)
            chosen = _chosen(opened, found, manifest_sha256) if subset else None
    except zipfile.BadZipFile as broken:
        raise Damaged(f"{archive}: {broken}") from broken
    rows = _rows(told, layout)
    listed = {row["path"]: row["sha256"] for row in [*rows, *(_rows(sealed, layout) if sealed else [])]}
    if layout == VERSE:
        listed |= {MANIFEST: manifest_sha256}
    if sealed:
        listed |= {told["sealed"]["path"]: told["sealed"]["sha256"]}
    needed = {row["path"] for row in rows if name not in PARTS or row["split"] in (None, name)}
    if chosen is not None:
        needed = {row["path"] for row in chosen["files"]}
        listed |= {SUBSET: found[SUBSET]}
    _compare(found, listed, needed)
    return found


def _sealed(opened: zipfile.ZipFile, told: dict[str, str] | None, found: Digests) -> dict[str, Any] | None:
    """What the manifest of the sealed part says, where that has opened and lies in this archive."""
    if not told or told["path"] not in found:
        return None
    if found[told["path"]] != told["sha256"]:
        raise Damaged(f"{told['path']} is not the one that was sealed")
    inner: dict[str, Any] = json.loads(opened.read(f"{_root(opened)}/{told['path']}"))
    return inner


def _chosen(opened: zipfile.ZipFile, found: Digests, manifest_sha256: str) -> dict[str, Any]:
    """What a subset says of itself."""
    if SUBSET not in found:
        raise Damaged(f"{SUBSET} is missing from the archive")
    told: dict[str, Any] = json.loads(opened.read(f"{_root(opened)}/{SUBSET}"))
    if told["manifest_sha256"] != manifest_sha256:
        raise Damaged(f"{SUBSET} is of another version")
    return told


def _rows(told: dict[str, Any], layout: str) -> list[dict[str, Any]]:
    """The files of one layout; the same path may be another file in another layout."""
    return list(told["files"] if layout == VERSE else told["layouts"].get(layout, []))


def _compare(found: Digests, listed: Digests, needed: set[str]) -> None:
    for path in sorted(needed - set(found)):
        raise Damaged(f"{path} is missing from the archive")
    for path, digest in found.items():
        if path not in listed:
            raise Damaged(f"{path} is in the archive, and not in the list of the release")
        if listed[path] != digest:
            raise Damaged(f"{path} is not what the release lists: its SHA-256 is {digest}")


def _root(opened: zipfile.ZipFile) -> str:
    return opened.namelist()[0].partition("/")[0]


def _below_root(info: zipfile.ZipInfo) -> str:
    return info.filename.partition("/")[2]


def _digest(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """SHA-256 of one file; ``BadZipFile`` where its CRC is wrong."""
    digest = hashlib.sha256()
    with opened.open(info) as content:
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a verified archive; its own folder. Raises ``Damaged`` for a name that leads outside."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise Damaged(f"{name} would lie outside of {folder}")
        opened.extractall(folder)
        return folder / _root(opened)
