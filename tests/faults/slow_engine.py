"""Engines that take long enough to be killed in the middle, do not listen, or kill their worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.volume import Mask

STEPS = 600
STEP_SECONDS = 0.1


class SlowEngine:
    """Reads at once and keeps that it has, then waits for a minute; where it had read before, no longer."""

    name = "Slow"
    version = "1"
    stages = ("read", "wait")

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        kept = request.work_dir / "read"
        known = kept.exists()
        kept.touch()
        progress(StageProgress("read", 1.0, "reused" if known else "read", seconds=7.0, digest="d"))
        pause = threading.Event()
        for step in range(0 if known else STEPS):
            if cancelled():
                raise Cancelled
            progress(StageProgress("wait", step / STEPS))
            pause.wait(STEP_SECONDS)
        progress(StageProgress("wait", 1.0))
        array = np.zeros(request.volume.geometry.shape, np.uint8)
        array[1, 2, 3] = 20
        return EngineResult(Mask(request.volume.geometry, array))


class QuickEngine(SlowEngine):
    """Waits for nothing."""

    name = "Quick"

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        (request.work_dir / "read").touch()
        return super().run(request, progress, cancelled)


class DeafEngine(SlowEngine):
    """Never looks whether somebody wants it to stop."""

    name = "Deaf"

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        progress(StageProgress("read", 0.5))
        end, pause = time.monotonic() + 60, threading.Event()
        while time.monotonic() < end:
            pause.wait(0.05)
        raise TimeoutError("nobody stopped it")


class DeadlyEngine(SlowEngine):
    """Takes its worker with it, as running out of memory does."""

    name = "Deadly"

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError
