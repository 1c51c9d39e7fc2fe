"""Any program as an engine: a command or a container that reads a CT and writes a mask.

The command is a list of words, never a line for a shell. ``{ct}``, ``{mask}``, ``{centroids}``, ``{folder}``
and ``{device}`` in a word are replaced. It is given the few variables of the environment that programs need,
not the site's secrets.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, write_volume
from backend.science.formats.verse import read_centroids
from backend.science.volume import Mask
from inference.adapters.labels import on_grid, relabel, verse_table
from inference.errors import EngineUnavailable

LOG_BYTES = 100_000
POLL_SECONDS = 0.1
STOP_SECONDS = 1.0
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")


class CommandEngine:
    """Runs a command on the CT and reads the mask that it writes.

    ``labels`` maps the program's numbers to VerSe numbers; without it they are VerSe numbers already.
    ``environment`` names further variables, or gives them values. Times are in seconds.
    """

    name = "External command"
    version = "1"
    stages = ("write", "command", "read")

    def __init__(
        self,
        argv: Sequence[str] | str,
        *,
        name: str | None = None,
        version: str | None = None,
        labels: Mapping[int, int] | Mapping[str, int] | None = None,
        time_limit_s: float = 3600,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Raises `EngineUnavailable` where the program is not on this machine."""
        if isinstance(argv, str) or not argv:
            raise EngineUnavailable("a command is a list of words, the program first")
        if not any("{mask}" in word or "{folder}" in word for word in argv):
            raise EngineUnavailable("no word of the command says where the mask goes: use {mask}")
        if shutil.which(argv[0]) is None:
            raise EngineUnavailable(f"the program {argv[0]!r} is not on this machine")
        self._argv = tuple(argv)
        self._table = {int(k): int(v) for k, v in labels.items()} if labels else verse_table()
        self._time_limit = time_limit_s
        self._environment = dict(environment or {})
        self.name, self.version = name or self.name, version or self.version

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Run the command. Raises `Cancelled`, and `BadInput`: command_failed, command_timeout, no_mask."""
        began = time.monotonic()
        files = {
            "ct": request.work_dir / "ct.nii.gz",
            "mask": request.work_dir / "mask.nii.gz",
            "centroids": request.work_dir / "centroids.json",
            "folder": request.work_dir,
        }
        device = self.device(str(request.options.get("device", "cpu")))
        progress(StageProgress("write", 0.0))
        write_volume(files["ct"], request.volume)
        progress(StageProgress("write", 1.0))
        words = {key: str(path) for key, path in files.items()} | {"device": device}
        log = self._command(words, request.work_dir, progress, cancelled)
        progress(StageProgress("command", 1.0))
        mask = self._read(files["mask"], request)
        centroids = {}
        if files["centroids"].exists():
            read = read_centroids(files["centroids"], request.volume.geometry, mask=mask)
            centroids = read.points_ras_mm
        progress(StageProgress("read", 1.0))
        report: dict[str, Any] = {
            "engine": self.name,
            "version": self.version,
            "device": device,
            "seconds": round(time.monotonic() - began, 3),
            "command": list(self._argv),
            "log": log,
        }
        return EngineResult(mask, centroids, report)

    def device(self, asked: str) -> str:
        """The device in the program's own words."""
        return asked

    def _read(self, path: Path, request: EngineRequest) -> Mask:
        if not path.exists():
            raise BadInput("no_mask", f"{self.name} ended well but wrote no mask")
        mask = read_mask(path, labels=None)
        return on_grid(Mask(mask.geometry, relabel(mask.array, self._table)), request.volume.geometry)

    def _command(
        self,
        words: Mapping[str, str],
        folder: Path,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> str:
        """Run it to its end, and return the end of what it said."""
        argv = [_filled(word, words) for word in self._argv]
        environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ} | self._environment
        log = folder / "command.log"
        progress(StageProgress("command", 0.0))
        with log.open("wb") as out:
            process = subprocess.Popen(
                argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._wait(process, progress, cancelled)
            finally:
                _end_group(process)
        said = log.read_bytes()[-LOG_BYTES:].decode(errors="replace")
        if process.returncode != 0:
            last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
            raise BadInput(
                "command_failed", f"{self.name} ended with status {process.returncode}: {last.strip()[:300]}"
            )
        return said

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        began, tick = time.monotonic(), threading.Event()
        while process.poll() is None:
            if cancelled():
                raise Cancelled
            spent = time.monotonic() - began
            if spent > self._time_limit:
                raise BadInput("command_timeout", f"{self.name} was stopped after {self._time_limit:.0f} s")
            # A program does not say how far it is: the bar shows the share of the time limit.
            progress(StageProgress("command", min(0.95, spent / self._time_limit)))
            tick.wait(POLL_SECONDS)


def _filled(word: str, values: Mapping[str, str]) -> str:
    """Only the known names in braces are replaced; other braces stay as they are."""
    for key, value in values.items():
        word = word.replace("{" + key + "}", value)
    return word


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the program and all it started: asked, and a second later killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
