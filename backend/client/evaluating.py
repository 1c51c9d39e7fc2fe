"""Evaluating a phase of a challenge away from the site: a program's predictions, scored and signed here.

Needs the extra ``tasks``, as `voxels` does. The program gets a folder of CTs and writes into another; it is
given neither references nor the key. Scores are made by the code that scores on the site.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from . import wire_generated as wire
from .errors import Damaged, VertebaseError
from .operations_generated import Operations
from .signing import NOBODY
from .verifying import BLOCK_BYTES, MANIFEST

try:
    from backend.science.edits import mask_digest
    from backend.science.errors import BadInput
    from backend.science.evaluation_folders import case_name
    from backend.science.formats.nifti import read_grid, read_mask
    from backend.science.formats.verse import parse_name, read_centroids
    from backend.science.signed_results import FORMAT, KEY_FORMAT, case_figures, signature_of
    from backend.science.submission import (
        MAX_UNPACKED_BYTES,
        check_submission,
        predicted_grades,
        score_entry,
    )
except ModuleNotFoundError as missing:
    raise VertebaseError("Evaluating needs more: pip install 'vertebase[tasks]'") from missing

OURS = "VERTEBASE_"  # variables of this name are kept from the program
PARTS = 3  # CT, mask and centroids of a case
PATIENCE_SECONDS = 20.0  # that a program has to end once it is told to


@dataclass(frozen=True)
class Key:
    """A phase's key, as its file has it."""

    site: str
    key: str
    secret: str = field(repr=False)
    challenge: str
    split: str
    version: str
    manifest_sha256: str

    @classmethod
    def read(cls, path: Path) -> Key:
        """The key of a file. Raises ``VertebaseError`` where it is none."""
        try:
            told = json.loads(path.read_bytes())
            if told["format"] != KEY_FORMAT:
                raise VertebaseError(f"{path} is no key of a form that this program knows")
            return cls(**{name: str(told[name]) for name in cls.__dataclass_fields__})
        except (ValueError, KeyError, TypeError) as error:
            raise VertebaseError(f"{path} is no key of a phase: save it from the challenge's page") from error


@dataclass(frozen=True)
class Files:
    """What the release has of one case."""

    ct: Path
    mask: Path
    centroids: Path


def released_cases(data: Path, key: Key) -> dict[str, Files]:
    """The cases of the key's phase in an unpacked archive, by name; each file is what the release lists.

    Raises
    ------
    Damaged
        Another version, or a file that is missing or not as listed.
    """
    manifest = _content(data / MANIFEST)
    if hashlib.sha256(manifest).hexdigest() != key.manifest_sha256:
        raise Damaged(f"{data / MANIFEST} is not that of version {key.version}, which the challenge is on")
    told = json.loads(manifest)
    rows = [row for row in told["files"] if row["split"] == key.split]
    sealed = told.get("sealed")
    if sealed and (data / sealed["path"]).exists():
        inner = _content(data / sealed["path"])
        if hashlib.sha256(inner).hexdigest() != sealed["sha256"]:
            raise Damaged(f"{sealed['path']} is not the one that was sealed")
        rows += [row for row in json.loads(inner)["files"] if row["split"] == key.split]
    found: dict[str, dict[str, Path]] = {}
    for row in rows:
        kind = parse_name(row["path"]).kind
        if kind not in ("ct", "mask", "centroids") or not row["path"].endswith((".nii.gz", ".json")):
            continue
        path = data / row["path"]
        _require_listed(path, row["sha256"])
        found.setdefault(case_name(path), {})[kind] = path
    cases = {name: Files(**files) for name, files in sorted(found.items()) if len(files) == PARTS}
    if not cases or len(cases) < len(found):
        raise Damaged(f"{data} lacks CTs or references of the part {key.split}; download them, too")
    return cases


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Damaged(f"{path} is missing: name the folder of an unpacked release") from error


def _require_listed(path: Path, sha256: str) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as content:
            while block := content.read(BLOCK_BYTES):
                digest.update(block)
    except FileNotFoundError as error:
        raise Damaged(f"{path} is missing") from error
    if digest.hexdigest() != sha256:
        raise Damaged(f"{path} is not what the release lists: its SHA-256 is {digest.hexdigest()}")


def run_program(command: str, cases: Mapping[str, Files], folder: Path, limit_seconds: float) -> Path:
    """Let a program predict; the folder that it wrote into.

    Its words may have ``{input}``, a folder with copies of the CTs alone, and ``{output}``; no shell reads
    them. Raises ``VertebaseError`` where it cannot be started, fails, or takes too long.
    """
    given, made = folder / "input", folder / "output"
    given.mkdir()
    made.mkdir()
    for files in cases.values():
        shutil.copyfile(files.ct, given / files.ct.name)
    words = [
        word.replace("{input}", str(given)).replace("{output}", str(made)) for word in shlex.split(command)
    ]
    if not words:
        raise VertebaseError("There is no program to run.")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    try:
        program = subprocess.Popen(
            words, env=kept, cwd=folder, start_new_session=True, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise VertebaseError(f"{words[0]} cannot be started: {error.strerror}") from error
    try:
        status = program.wait(limit_seconds)
    except subprocess.TimeoutExpired as error:
        raise VertebaseError(f"The program took longer than {limit_seconds / 60:g} minutes.") from error
    finally:
        _end(program)
    if status != 0:
        raise VertebaseError(f"The program failed with status {status}. Nothing was scored.")
    return made


def _end(program: subprocess.Popen[bytes]) -> None:
    """End it and what it started: asked first, so that ``docker run`` stops its container."""
    if program.poll() is None:
        os.killpg(program.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            program.wait(PATIENCE_SECONDS)
    try:
        os.killpg(program.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    program.wait()


def packed(folder: Path, target: Path) -> Path:
    """What a program wrote, as an archive such as a team sends. Raises ``VertebaseError`` for a link."""
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                path = Path(root) / name
                state = path.lstat()
                if not stat.S_ISREG(state.st_mode):
                    raise VertebaseError(f"{name} in the output is a link or a device, not a file")
                left -= state.st_size
                if left < 0:
                    raise VertebaseError("The output is larger than a site takes.")
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def scored(archive: Path, cases: Mapping[str, Files]) -> dict[str, Any]:
    """The figures of every case, by name. Raises ``VertebaseError`` where the output is at fault."""
    try:
        contents = check_submission(archive, {name: read_grid(files.ct) for name, files in cases.items()})
        for fault in contents.faults:
            raise VertebaseError(f"{fault.name}: {fault.message}")
        if not contents.ok:
            raise VertebaseError("No file of the output has the name of a case.")
        figures = {}
        with zipfile.ZipFile(archive) as opened:
            told = predicted_grades(opened, contents.grades, cases) if contents.grades else {}
            for name, files in cases.items():
                reference = read_mask(files.mask)
                points = dict(
                    read_centroids(files.centroids, reference.geometry, mask=reference).points_ras_mm
                )
                entry = contents.entries.get(name)
                figures[name] = case_figures(
                    score_entry(opened, entry, reference, points),
                    mask_digest=mask_digest(reference.array),
                    absent=entry is None and name not in told,
                    grades=told.get(name),
                )
    except BadInput as error:
        raise VertebaseError(str(error)) from error
    return figures


def signed(key: Key, team: str, program: str, cases: Mapping[str, Any]) -> dict[str, Any]:
    """The result and its signature, as they are sent."""
    result = {
        "format": FORMAT,
        "key": key.key,
        "challenge": key.challenge,
        "split": key.split,
        "version": key.version,
        "manifest_sha256": key.manifest_sha256,
        "team": team,
        "nonce": secrets.token_hex(16),
        "signed_at": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        "program": program[:1000],
        "cases": dict(cases),
    }
    return {"result": result, "signature": signature_of(result, key.secret)}


def evaluate(key: Key, *, data: Path, command: str, team: str, limit_seconds: float) -> dict[str, Any]:
    """Run a program on the CTs of the key's phase, score and sign what it wrote. Raises as the steps do."""
    cases = released_cases(data, key)
    with tempfile.TemporaryDirectory(prefix="vertebase-") as inside:
        folder = Path(inside)
        made = run_program(command, cases, folder, limit_seconds)
        figures = scored(packed(made, folder / "output.zip"), cases)
    return signed(key, team, command, figures)


def send(key: Key, document: Mapping[str, Any], *, insecure: bool = False) -> wire.SignedResultTaken:
    """Send a signed result to the site of its key; no account is needed."""
    with Operations(key.site, NOBODY, insecure=insecure) as api:
        body = cast("wire.SignedResultInputRequest", document)
        return api.challenge_send_result(key.challenge, key.split, body)
