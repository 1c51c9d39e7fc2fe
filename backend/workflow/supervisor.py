"""Runs several processes as one: logs, restarts, and an end that leaves nothing behind.

Each child is a process group of its own, so that what it starts ends with it. On Linux a child is also told
to end when the supervisor is killed outright.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 1.0  # before the second restart in a row; doubled with each further one
LONGEST_PAUSE_SECONDS = 60.0
LOG_BYTES = 20 << 20
TAIL_LINES = 15
TOLD_LINES = 3  # of its last words, with each ending but the first
_PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """A child did not come up, or a vital one keeps ending. A clear line, and in `tail` its last output."""

    def __init__(self, message: str, tail: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.tail = list(tail)


@dataclass(frozen=True)
class Program:
    """What to run and how it is stopped: asked, and after ``patience`` seconds killed.

    Without a ``vital`` program nothing is left to run: where it keeps ending, everything ends.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    cwd: Path
    patience: float = 5.0
    vital: bool = False


def _end_with_parent() -> Callable[[], None] | None:
    """What a child runs before its program so that it ends when this process is killed; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_kernel


@dataclass
class Child:
    """A running program, its log and its restarts."""

    program: Program
    log_folder: Path
    clock: Callable[[], float] = time.monotonic
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_RESTARTS + 1))
    process: subprocess.Popen[bytes] | None = None
    reader: threading.Thread | None = None
    short_lives: int = 0  # ended soon after its start, that many times in a row
    start_at: float | None = None  # when it is due again; None while it runs or was not missed yet

    @property
    def log_path(self) -> Path:
        return self.log_folder / f"{self.program.name}.log"

    def start(self) -> None:
        """Start the program; its output goes to its log and, with its name before it, to ``all.log``."""
        _rotate(self.log_path)
        self.starts.append(self.clock())
        self.process = subprocess.Popen(
            list(self.program.command),
            cwd=self.program.cwd,
            env=self.program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent(),
        )
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with self.log_path.open("ab") as own, (self.log_folder / "all.log").open("ab") as common:
            prefix = f"{self.program.name:<8}| ".encode()
            for line in process.stdout:
                self.tail.append(line.decode(errors="replace").rstrip())
                try:
                    own.write(line)
                    own.flush()
                    common.write(prefix + line)
                    common.flush()
                except OSError:
                    continue  # a full disk must not block the child on its pipe

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def keeps_ending(self) -> bool:
        """Whether it was started more often than is worth going on with."""
        full = len(self.starts) == self.starts.maxlen
        return full and self.clock() - self.starts[0] < RESTART_WINDOW_SECONDS

    def note_end(self) -> float:
        """Note that it was found ended; the seconds to wait before it is started again.

        None after a long life; after each short one in a row twice as many as before, up to a limit.
        """
        now = self.clock()
        self.short_lives = self.short_lives + 1 if now - self.starts[-1] < RESTART_WINDOW_SECONDS else 0
        doublings = max(self.short_lives - 2, 0)
        pause = min(FIRST_PAUSE_SECONDS * 2.0**doublings, LONGEST_PAUSE_SECONDS)
        pause = pause if self.short_lives > 1 else 0.0
        self.start_at = now + pause
        return pause

    def ask_to_stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, deadline: float) -> None:
        """Wait until ``deadline`` (monotonic seconds), then kill the whole group and reap it."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        kill_group(self.process.pid)
        self.process.wait()
        if self.reader is not None:
            self.reader.join(timeout=2)


def kill_group(group: int) -> None:
    """Kill what is left of a process group; nothing left is no error."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _rotate(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))


class Supervisor:
    """Starts children in order, starts those that end again, ends all of them in the opposite order."""

    def __init__(
        self,
        log_folder: Path,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        log_folder.mkdir(parents=True, exist_ok=True)
        _rotate(log_folder / "all.log")
        self._log_folder = log_folder
        self._tell = tell
        self._clock = clock
        self._children: list[Child] = []
        self._stopping = threading.Event()

    def start(self, program: Program) -> Child:
        child = Child(program, self._log_folder, self._clock)
        child.start()
        self._children.append(child)
        return child

    def wait_until(self, ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
        """Wait until ``ready()``; `ChildFailed` where the child ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not child.is_running():
                raise ChildFailed(f"{child.program.name} ended while it started.", child.tail)
            if time.monotonic() > deadline:
                raise ChildFailed(f"{child.program.name} was not ready after {seconds:.0f} s.", child.tail)
            if self._stopping.wait(0.05):
                raise KeyboardInterrupt

    def request_stop(self) -> None:
        """Have `watch` return (from a signal handler)."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def watch(self) -> None:
        """Start again what ends, until asked to stop. `ChildFailed` where a vital one keeps ending."""
        while not self._stopping.wait(0.5):
            self.look()

    def look(self) -> None:
        """Look at each child once: note who has ended, start again who is due.

        One that keeps ending is started ever less often, and takes no other with it.
        """
        for child in self._children:
            if child.is_running():
                continue
            if child.start_at is None:
                self._miss(child)
            if child.start_at is not None and self._clock() >= child.start_at:
                child.start_at = None
                child.start()

    def _miss(self, child: Child) -> None:
        if child.process is not None:
            kill_group(child.process.pid)  # what it may have left behind
        if child.program.vital and child.keeps_ending():
            raise ChildFailed(f"{child.program.name} keeps ending.", child.tail)
        status = child.process.returncode if child.process is not None else None
        pause = child.note_end()
        when = f"starting it again in {pause:.0f} s" if pause else "starting it again"
        self._tell(f"{child.program.name} ended (status {status}); {when}")
        if pause:
            self._tell("\n".join(f"    {line}" for line in list(child.tail)[-TOLD_LINES:]))

    def stop(self) -> None:
        """End every child and everything it started; the first started (the broker) ends last."""
        if not self._children:
            return
        first, rest = self._children[0], self._children[1:]
        for child in reversed(rest):
            child.ask_to_stop()
        began = time.monotonic()
        for child in reversed(rest):
            child.wait(began + child.program.patience)
        first.ask_to_stop()
        first.wait(time.monotonic() + first.program.patience)
        self._children.clear()
