"""One's tasks: into a folder, kept while they are edited, compared, saved at the site and handed in.

Python 3.9, as in Slicer 5.0; the standard library alone.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import uuid
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .site import Site

EDITS = ("correct", "adjudicate")
MASK, CT, LEVELS, DRAFT, NOTE = "mask.seg.nrrd", "ct.nii.gz", "levels.label", "draft.seg.nrrd", "task.json"
KINDS = {"correct": "Correct", "adjudicate": "Adjudicate", "grade": "Grade", "review": "Review"}
_LEVEL = re.compile(r'^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s.*"([^"]+)"\s*$')
_REVISION = re.compile(r"_mask_r(\d+)\.seg\.nrrd$")


@dataclass(frozen=True)
class Listed:
    """A task as it stands in the list."""

    id: str
    title: str
    can_open: bool


@dataclass(frozen=True)
class Opened:
    """A task in its folder: the mask was at ``revision`` when it was fetched."""

    folder: Path
    site: str
    id: str
    case: str
    revision: int

    @property
    def ct(self) -> Path:
        return self.folder / CT

    @property
    def mask(self) -> Path:
        return self.folder / MASK

    @property
    def draft(self) -> Path:
        return self.folder / DRAFT

    @property
    def address(self) -> str:
        """The task's page at the site, for all that is not done here."""
        return f"{self.site}/assignments/{self.id}"


@dataclass(frozen=True)
class Difference:
    """What saving would change at the site: by level, with what the site remarks of the file."""

    revision: int
    digest: str
    changed_voxels: int
    levels: tuple[tuple[int, int, int, int], ...]  # label, voxels before, added, removed
    remarks: tuple[str, ...]
    delta: bytes
    operation: str


@dataclass(frozen=True)
class Level:
    """A vertebra as segments are named and coloured: 0 to 1."""

    label: int
    name: str
    colour: tuple[float, float, float]


def tasks_of(site: Site) -> list[Listed]:
    """One's open tasks; those whose mask is edited can be opened here, the others at the site."""
    return [
        Listed(
            row["id"],
            f"{row['project']['name']}: {row['case_alias']} ({KINDS.get(row['kind'], row['kind'])})",
            row["kind"] in EDITS,
        )
        for row in site.rows("/assignments", state="open")
    ]


def open_task(site: Site, task_id: str, root: Path) -> Opened:
    """Begin a task and fetch its files into a folder of its own below ``root``.

    A draft that was kept there stays where the site's mask is still the one that it was begun on; else it is
    put aside as ``draft-rN.seg.nrrd``.

    Raises
    ------
    site.Refused, site.Unreachable
    """
    row = site.send("POST", f"/assignments/{task_id}/open").json()
    archive = zipfile.ZipFile(io.BytesIO(site.send("GET", f"/assignments/{task_id}/desktop").body))
    folder = root / task_id
    folder.mkdir(parents=True, exist_ok=True)
    revision = _unpack(archive, folder)
    former = _noted(folder)
    opened = Opened(folder, site.address, task_id, str(row["case_alias"]), revision)
    if opened.draft.is_file() and (former is None or former != revision):
        os.replace(opened.draft, folder / f"draft-r{former if former is not None else 'x'}.seg.nrrd")
    _note(opened)
    return opened


def _unpack(archive: zipfile.ZipFile, folder: Path) -> int:
    """Put the files of a task where they belong; the revision of its mask."""
    revision: int | None = None
    for name in archive.namelist():
        target = None
        if name.endswith("_ct.nii.gz"):
            target = CT
        elif name.endswith(".label"):
            target = LEVELS
        else:
            found = _REVISION.search(name)
            if found:
                revision, target = int(found[1]), MASK
        if target is not None:
            with archive.open(name) as source, (folder / target).open("wb") as out:
                shutil.copyfileobj(source, out)
    if revision is None:
        raise ValueError("The site sent no mask with this task.")
    return revision


def _noted(folder: Path) -> int | None:
    try:
        return int(json.loads((folder / NOTE).read_text(encoding="utf-8"))["revision"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(opened: Opened) -> None:
    told = {**asdict(opened), "folder": str(opened.folder)}
    (opened.folder / NOTE).write_text(json.dumps(told, indent=1), encoding="utf-8")


def levels_of(opened: Opened) -> list[Level]:
    """The levels that the site knows, from the head down, for new segments: they are known by their name."""
    lines = opened.folder.joinpath(LEVELS).read_text(encoding="utf-8").splitlines()
    found = [match for match in map(_LEVEL.match, lines) if match and int(match[1]) > 0]
    return [
        Level(int(one[1]), one[5], (int(one[2]) / 255, int(one[3]) / 255, int(one[4]) / 255)) for one in found
    ]


def keep_draft(opened: Opened, written: Path) -> None:
    """Make a file that was written the task's draft, whole or not at all. It stays on this machine."""
    os.replace(written, opened.draft)


def difference(site: Site, opened: Opened, mask: Path) -> Difference:
    """What an edited mask would change at the site; nothing is changed. Grid and names are checked there.

    Raises
    ------
    site.Refused
        ``mask_moved_on``: the mask was edited at the site since the task was opened; ``other_grid``,
        ``segment_unnamed``, ...: the file cannot be taken, with what to do.
    """
    told = site.send(
        "POST",
        f"/assignments/{opened.id}/desktop/mask",
        mask.read_bytes(),
        query={"name": mask.name, "base_revision": opened.revision},
    ).json()
    return Difference(
        int(told["revision"]),
        str(told["digest"]),
        int(told["changed_voxels"]),
        tuple((row["label"], row["before"], row["added"], row["removed"]) for row in told["levels"]),
        tuple(told["remarks"]),
        base64.b64decode(told["delta_b64"]),
        str(uuid.uuid4()),
    )


def in_words(opened: Opened, change: Difference) -> str:
    """A difference for people, a line for each level."""
    names = {level.label: level.name for level in levels_of(opened)}
    lines = [
        f"{names.get(label, label)}: +{added} and -{removed} voxels"
        + (" (new)" if before == 0 else " (gone)" if before - removed + added == 0 else "")
        for label, before, added, removed in change.levels
    ]
    return "\n".join([*change.remarks, *(lines or ["Nothing differs."])])


def save(site: Site, opened: Opened, change: Difference) -> Opened:
    """Make a difference at the site, as one step that can be undone there; the task at its new revision.

    Sent again it changes nothing more. The draft is what the site has now, and goes.

    Raises
    ------
    site.Refused
        ``stale_base``: the mask was edited at the site meanwhile.
    """
    if not change.changed_voxels:
        return opened
    headers = {
        "X-Operation-Id": change.operation,
        "X-Base-Revision": str(change.revision),
        "X-Operation-Kind": "desktop",
    }
    told = site.send("POST", f"/assignments/{opened.id}/operations", change.delta, headers).json()
    saved = replace(opened, revision=int(told["revision"]))
    if saved.draft.is_file():
        os.replace(saved.draft, saved.mask)
    _note(saved)
    return saved


def hand_in(
    site: Site, opened: Opened, change: Difference, *, active_seconds: int, comment: str = ""
) -> dict[str, Any]:
    """Hand the task in as it is once the difference that was shown is saved.

    Raises
    ------
    site.Refused
        ``digest_mismatch``: the site has another mask than was shown; what only the site can ask:
        ``gradings_missing``, ``findings_unanswered``, ``naming_unanswered``.
    """
    body = {"digest": change.digest, "active_seconds": active_seconds, "comment": comment}
    headers = {"Idempotency-Key": change.operation}
    return dict(site.send("POST", f"/assignments/{opened.id}/submit", body, headers).json())
