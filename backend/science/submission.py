"""A participant's archive of predictions, read so that it can harm nothing.

An archive holds a mask for each scan, named as the release names it, and a centroid file beside it if any;
fracture grades of all scans stand in one table (``predicted_grades``).
Its list of contents is judged before anything is unpacked; then each prediction is unpacked under a name of
our own, and its grid is held against the scan's before its voxels are read. A fault is told by the file's own
name and speaks of nothing but that file and the scan's grid, which the participant has.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.evaluation import CaseEvaluation, Point, evaluate_case
from backend.science.evaluation_folders import Evaluation, case_name, evaluate_folders, reference_grids
from backend.science.formats.nifti import read_grid, read_mask
from backend.science.formats.verse import holds_centroids, parse_name, read_centroids
from backend.science.geometry import canonical_geometry
from backend.science.placing import require_on
from backend.science.predicted_grades import FILE_NAME as GRADES_FILE
from backend.science.predicted_grades import MAX_BYTES as MAX_GRADES_BYTES
from backend.science.predicted_grades import PredictedGrade, read_grades
from backend.science.sources import Refused, copy_bounded, is_by_product, refusal
from backend.science.text import printable
from backend.science.volume import Mask, VolumeGeometry

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 8 << 30
MAX_CENTROID_BYTES = 1 << 20
# Masks compress well, and a file of 64-bit numbers eight times as well; what bombs are made of, beyond that.
MAX_RATIO = 1000
_RATIO_FLOOR_BYTES = 64 << 20
_MASKS = (".nii.gz", ".nii")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Entry:
    """The members of an archive that are one scan's prediction."""

    mask: str
    centroids: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: predictions by scan, scans without one, files that fit none, and faults.

    Scans without a prediction count as missed. Files that fit no scan are named and not used.
    """

    entries: dict[str, Entry]
    missing: list[str]
    extra: list[str]
    faults: list[Refused]
    grades: str | None = None  # the member that holds the table of grades

    @property
    def ok(self) -> bool:
        """Whether it can be evaluated: nothing in it is at fault, and there is something in it."""
        return bool(self.entries or self.grades) and not self.faults

    def to_json(self) -> dict[str, Any]:
        """For JSON: what is used, what is missing, what fits nothing, and each fault by its file."""
        return {
            "ok": self.ok,
            "cases": {
                name: {
                    "mask": printable(entry.mask),
                    "centroids": None if entry.centroids is None else printable(entry.centroids),
                }
                for name, entry in self.entries.items()
            },
            "missing": self.missing,
            "grades": None if self.grades is None else printable(self.grades),
            "extra": [printable(name) for name in self.extra],
            "faults": [
                {"file": printable(fault.name), "code": fault.code, "message": fault.message}
                for fault in self.faults
            ],
        }


def check_submission(archive: Path, grids: Mapping[str, VolumeGeometry]) -> Contents:
    """Read every prediction of an archive once. ``grids``: scan, named as `case_name` does, to its grid.

    Raises
    ------
    BadInput
        ``bad_zip``, ``empty_zip`` or ``zip_too_large`` for the archive as a whole.
    """
    contents = list_contents(archive, grids)
    with zipfile.ZipFile(archive) as opened:
        for case, entry in contents.entries.items():
            member = entry.mask
            try:
                mask = predicted_mask(opened, entry, grids[case])
                member = entry.centroids or member
                predicted_centroids(opened, entry, mask)
            except BadInput as error:
                contents.faults.append(refusal(member, error))
        if contents.grades is not None:
            try:
                predicted_grades(opened, contents.grades, grids)
            except BadInput as error:
                contents.faults.append(refusal(contents.grades, error))
    return contents


def predicted_grades(
    archive: zipfile.ZipFile, member: str, cases: Collection[str]
) -> dict[str, dict[int, PredictedGrade]]:
    """The grades of all scans by scan and label. Raises ``BadInput``."""
    with TemporaryDirectory(prefix="vertebase-") as folder:
        content = _unpack(archive, member, Path(folder) / "one").read_bytes()
    try:
        return read_grades(content, cases)
    except BadInput as error:
        raise error.about(member) from error


def predicted_mask(archive: zipfile.ZipFile, entry: Entry, grid: VolumeGeometry) -> Mask:
    """The mask of one scan's prediction, on the scan's grid in its axis order.

    Raises ``BadInput``: damaged, another grid, not finite, or with numbers that are no vertebra's.
    """
    with TemporaryDirectory(prefix="vertebase-") as folder:
        mask = read_mask(_unpack_mask(archive, entry.mask, Path(folder) / "one", grid))
    return require_on(mask, grid, of="the CT", source=entry.mask)


def predicted_centroids(archive: zipfile.ZipFile, entry: Entry, mask: Mask) -> dict[int, Point] | None:
    """The body centroids (RAS, mm) beside that mask; None without a file of them. Raises ``BadInput``."""
    if entry.centroids is None:
        return None
    with TemporaryDirectory(prefix="vertebase-") as folder:
        content = _unpack_centroids(archive, entry.centroids, Path(folder) / "one").read_bytes()
    return dict(read_centroids(content, mask.geometry, mask=mask).points_ras_mm)


def score_entry(
    archive: zipfile.ZipFile, entry: Entry | None, reference: Mask, reference_centroids: Mapping[int, Point]
) -> CaseEvaluation:
    """One scan's scores against its reference; without a prediction every vertebra is missed.

    Raises ``BadInput`` as `predicted_mask`.
    """
    if entry is None:
        nothing = Mask(reference.geometry, np.zeros_like(reference.array))
        return evaluate_case(
            nothing, reference, predicted_centroids={}, reference_centroids=reference_centroids
        )
    mask = predicted_mask(archive, entry, reference.geometry)
    found = predicted_centroids(archive, entry, mask)
    return evaluate_case(mask, reference, predicted_centroids=found, reference_centroids=reference_centroids)


def list_contents(archive: Path, cases: Collection[str]) -> Contents:
    """What an archive holds, told from its list of members; nothing is unpacked. Raises as the above."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
    except _DAMAGED as error:
        raise BadInput("bad_zip", "it is not a zip archive, or is damaged or cut off") from error
    _require_bounded(members, archive.stat().st_size)
    masks: dict[str, list[str]] = {}
    centroids: dict[str, list[str]] = {}
    extra: list[str] = []
    faults: list[Refused] = []
    grades: list[str] = []
    seen: set[str] = set()
    for member in members:
        name = member.filename
        if is_by_product(name):
            continue
        try:
            _require_plain(member, seen)
        except BadInput as error:
            faults.append(refusal(name, error))
            continue
        seen.add(name)
        if _is_grades(name):
            grades.append(name)
            continue
        case = _case_of(name)
        into = centroids if name.endswith(".json") else masks if _is_mask(name) else None
        if case in cases and into is not None:
            into.setdefault(case, []).append(name)
        else:
            extra.append(name)
    entries = {}
    for case in sorted({*masks, *centroids}):
        try:
            entries[case] = _entry(masks.get(case, []), centroids.get(case, []))
        except BadInput as error:
            faults.append(refusal([*masks.get(case, []), *centroids.get(case, [])][0], error))
    if len(grades) > 1:
        faults.append(refusal(grades[1], BadInput("two_tables", "the archive holds two tables of grades")))
    faulty = {_case_of(fault.name) for fault in faults}
    missing = sorted(set(cases) - set(entries) - faulty)
    return Contents(entries, missing, sorted(extra), faults, grades[0] if grades else None)


def evaluate_archive(archive: Path, reference: Path) -> Evaluation:
    """Evaluate an archive of predictions against a folder of references, as `evaluate_folders` does.

    Masks hold VerSe's numbers. A file at fault is the error of its case. Raises as `list_contents` and
    `evaluate_folders` do.
    """
    grids = reference_grids(reference)
    contents = list_contents(archive, grids)
    if contents.extra and not contents.entries and not contents.faults:
        raise BadInput("no_match", f"no prediction has the name of a reference: {contents.extra[0]}")
    faults = {_case_of(fault.name): fault.message for fault in contents.faults}
    with TemporaryDirectory(prefix="vertebase-") as folder, zipfile.ZipFile(archive) as opened:
        for case, entry in contents.entries.items():
            target = Path(folder) / f"{case}_seg-vert_msk.nii"
            try:
                _unpack_mask(opened, entry.mask, target, grids[case])
                if entry.centroids is not None:
                    beside = Path(folder) / f"{case}_seg-subreg_ctd.json"
                    _unpack_centroids(opened, entry.centroids, beside)
            except BadInput as error:
                faults[case] = str(error)
        evaluation = evaluate_folders(Path(folder), reference, numbering="verse", faults=faults)
    strange = [fault.name for fault in contents.faults if _case_of(fault.name) not in grids]
    return replace(evaluation, unmatched=sorted([*contents.extra, *strange]))


def _case_of(name: str) -> str:
    return case_name(Path(name.replace("\\", "/")))


def _is_grades(name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2].lower() == GRADES_FILE


def _is_mask(name: str) -> bool:
    return name.endswith(_MASKS) and parse_name(Path(name).name).kind in ("mask", "unknown")


def _entry(masks: list[str], centroids: list[str]) -> Entry:
    if not masks:
        raise BadInput("no_mask", "there is no mask beside it")
    if len(masks) > 1:
        raise BadInput("two_masks", f"there are {len(masks)} masks of its scan")
    if len(centroids) > 1:
        raise BadInput("two_centroids", f"there are {len(centroids)} centroid files of its scan")
    return Entry(masks[0], centroids[0] if centroids else None)


def _require_bounded(members: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    if not members:
        raise BadInput("empty_zip", "the archive holds no files")
    if len(members) > MAX_MEMBERS:
        raise BadInput("zip_too_large", f"the archive holds more than {MAX_MEMBERS} files")
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED_BYTES or total > max(_RATIO_FLOOR_BYTES, MAX_RATIO * packed_bytes):
        raise BadInput("zip_too_large", "the archive would unpack to far more than it holds")


def _require_plain(member: zipfile.ZipInfo, seen: Collection[str]) -> None:
    """A plain file with a place of its own below the archive's root, not encrypted and not too long."""
    name, mode = member.filename, member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise BadInput("not_a_file", "it is a link or a device, not a file")
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise BadInput("bad_path", "its path leads out of the archive")
    if name in seen:
        raise BadInput("two_files", "the archive holds two files of this name")
    if member.flag_bits & 1:
        raise BadInput("encrypted", "it is encrypted in its archive")
    if name.endswith(".json") and member.file_size > MAX_CENTROID_BYTES:
        raise BadInput("too_large", f"it is longer than {MAX_CENTROID_BYTES} bytes")
    if _is_grades(name) and member.file_size > MAX_GRADES_BYTES:
        raise BadInput("too_large", f"it is longer than {MAX_GRADES_BYTES} bytes")


def _unpack_mask(archive: zipfile.ZipFile, name: str, target: Path, geometry: VolumeGeometry) -> Path:
    """Unpack a mask and hold its grid against the scan's, which bounds what reading it can take."""
    path = _unpack(archive, name, target)
    try:
        if not canonical_geometry(read_grid(path)).matches(canonical_geometry(geometry)):
            raise BadInput("other_grid", "its voxels are not those of the CT: shape or place differ")
    except BadInput as error:
        raise error.about(name) from error
    return path


def _unpack_centroids(archive: zipfile.ZipFile, name: str, target: Path) -> Path:
    path = _unpack(archive, name, target)
    if not holds_centroids(path.read_bytes()):
        raise BadInput("bad_centroids", "it is not a VerSe centroid file", source=name)
    return path


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> Path:
    try:
        with archive.open(name) as stream, target.open("wb") as out:
            copy_bounded(stream, out, archive.getinfo(name).file_size)
    except BadInput as error:
        raise error.about(name) from error
    except _DAMAGED as error:
        raise BadInput("bad_zip", "it is damaged in its archive", source=name) from error
    return target
