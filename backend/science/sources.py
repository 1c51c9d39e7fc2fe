"""The files of an upload: folders walked, archives unpacked, each with the name its owner knows it by.

Nothing in an archive decides where anything is written: members are unpacked under names of our own, so a
path that climbs out of the folder or a link leads nowhere. What an archive may unpack to is bounded while it
unpacks, because its own statement of sizes can lie.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile, mkstemp
from typing import IO

from backend.science.errors import BadInput

MAX_MEMBERS = 100_000
MAX_UNPACKED_BYTES = 40 << 30
# DICOM and NIfTI compress to a third; zeros, which bombs are made of, to a thousandth
MAX_RATIO = 200
_RATIO_FLOOR_BYTES = 64 << 20
_BLOCK = 1 << 20
_ZIP64_FROM = 1 << 31
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_SYSTEM_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "dicomdir"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the relative path by which its owner knows it."""

    path: Path
    name: str

    @property
    def folder(self) -> str:
        """The folder in its owner's name for it, without a slash at the end."""
        return self.name.rpartition("/")[0]

    @property
    def base_name(self) -> str:
        """Its owner's name for it, without folders."""
        return self.name.rpartition("/")[2]

    def start(self, count: int = 352) -> bytes:
        """The first ``count`` bytes; fewer where the file is shorter."""
        with self.path.open("rb") as stream:
            return stream.read(count)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not used, and why. The name is the owner's own and is for the owner only."""

    name: str
    code: str
    message: str


def refusal(name: str, error: BadInput) -> Refused:
    """The record of a ``BadInput`` about the file called ``name``."""
    return Refused(name, error.code, str(error.about(name)))


def is_system_file(source: Source) -> bool:
    """Whether a file is a by-product of an operating system or an index, which holds no image."""
    return is_by_product(source.name)


def is_by_product(name: str) -> bool:
    """The same by the relative path alone."""
    base = name.rpartition("/")[2]
    return base.lower() in _SYSTEM_NAMES or base.startswith("._") or "/__MACOSX/" in f"/{name}"


def list_sources(paths: Path | Source | Iterable[Path | Source]) -> list[Source]:
    """The files meant by paths: a folder stands for everything below it, in the order of names."""
    result: list[Source] = []
    for item in [paths] if isinstance(paths, (Path, Source)) else paths:
        if isinstance(item, Source):
            result.append(item)
        elif item.is_dir():
            files = sorted(path for path in item.rglob("*") if path.is_file())
            result += (Source(path, path.relative_to(item).as_posix()) for path in files)
        else:
            result.append(Source(item, item.name))
    return result


def is_zip(source: Source) -> bool:
    """Whether a file begins as a zip does, whatever it is called."""
    return source.start(4) in _ZIP_MAGICS


@contextmanager
def unpacked(
    sources: Iterable[Source], *, scratch: Path | None = None
) -> Iterator[tuple[list[Source], list[Refused]]]:
    """The sources with every zip replaced by its members, and what of the zips could not be used.

    The unpacked files live until the block ends, in a folder below ``scratch`` (else the system's own).
    """
    with TemporaryDirectory(prefix="vertebase-", dir=scratch) as folder:
        files: list[Source] = []
        refused: list[Refused] = []
        for source in sources:
            if not source.path.is_file():
                refused.append(refusal(source.name, BadInput("not_found", "there is no such file")))
            elif not is_zip(source):
                files.append(source)
            else:
                _unpack(source, Path(folder), files, refused)
        yield files, refused


def _unpack(source: Source, folder: Path, files: list[Source], refused: list[Refused]) -> None:
    start = len(files)
    try:
        with zipfile.ZipFile(source.path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _require_reasonable(source, members, folder)
            for member in members:
                _unpack_member(source, archive, member, folder, files, refused)
    except BadInput as error:
        del files[start:]
        refused.append(refusal(source.name, error))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        del files[start:]
        refused.append(refusal(source.name, BadInput("bad_zip", "the archive is damaged or cut off")))


def _require_reasonable(source: Source, members: list[zipfile.ZipInfo], folder: Path) -> None:
    if not members:
        raise BadInput("empty_zip", "the archive holds no files")
    if len(members) > MAX_MEMBERS:
        raise BadInput("zip_too_large", f"the archive holds more than {MAX_MEMBERS} files")
    total = sum(member.file_size for member in members)
    packed = source.path.stat().st_size
    if total > MAX_UNPACKED_BYTES or (total > _RATIO_FLOOR_BYTES and total > MAX_RATIO * packed):
        raise BadInput("zip_too_large", "the archive would unpack to far more than it holds")
    if total > shutil.disk_usage(folder).free:
        raise BadInput("disk_full", "there is not enough space to unpack the archive")


def _unpack_member(
    source: Source,
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    folder: Path,
    files: list[Source],
    refused: list[Refused],
) -> None:
    name = f"{source.name}/{_relative_name(member.filename)}"
    if member.flag_bits & 1:
        refused.append(refusal(name, BadInput("encrypted", "it is encrypted in its archive")))
        return
    handle, path = mkstemp(dir=folder)
    target = Path(path)
    try:
        with archive.open(member) as stream, os.fdopen(handle, "wb") as out:
            copy_bounded(stream, out, member.file_size)
    except BadInput as error:
        target.unlink(missing_ok=True)
        raise error.about(name) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        target.unlink(missing_ok=True)
        refused.append(refusal(name, BadInput("bad_zip", "it is damaged in its archive")))
        return
    unpacked_file = Source(target, name)
    if target.stat().st_size > 0 and is_zip(unpacked_file):
        refused.append(refusal(name, BadInput("nested_zip", "it is an archive inside an archive: unpack it")))
        target.unlink()
        return
    files.append(unpacked_file)


def copy_bounded(stream: IO[bytes], out: IO[bytes], stated: int) -> None:
    """Copy what an archive's member unpacks to; `BadInput` zip_too_large beyond its stated bytes."""
    written = 0
    while block := stream.read(_BLOCK):
        written += len(block)
        if written > stated:
            raise BadInput("zip_too_large", "it unpacks to more than the archive states")
        out.write(block)


def keep_members(archive: Path, names: Collection[str]) -> int:
    """Leave in a zip only the members called ``names`` (as `unpacked` calls them); how many are left.

    What is damaged or encrypted cannot be carried over and goes, too. The file is replaced whole.
    """
    kept = 0
    handle, path = mkstemp(dir=archive.parent)
    target = Path(path)
    try:
        with (
            zipfile.ZipFile(archive) as source,
            os.fdopen(handle, "wb") as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as smaller,
        ):
            for member in source.infolist():
                if not member.is_dir() and _relative_name(member.filename) in names:
                    kept += _carry_over(source, member, smaller)
        os.replace(target, archive)
    finally:
        target.unlink(missing_ok=True)
    return kept


def _carry_over(source: zipfile.ZipFile, member: zipfile.ZipInfo, target: zipfile.ZipFile) -> bool:
    with TemporaryFile(dir=Path(str(source.filename)).parent) as content:
        try:
            with source.open(member) as stream:
                copy_bounded(stream, content, member.file_size)
        except (BadInput, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            return False
        content.seek(0)
        name = zipfile.ZipInfo(_relative_name(member.filename), member.date_time)
        name.compress_type = zipfile.ZIP_DEFLATED
        with target.open(name, "w", force_zip64=member.file_size > _ZIP64_FROM) as out:
            shutil.copyfileobj(content, out, _BLOCK)
    return True


def _relative_name(name: str) -> str:
    """A member's path for display: parts that climb or start from the root left out."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "unnamed"
