"""An engine that takes long enough to be killed in the middle."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.volume import Mask

STEPS = 200
STEP_SECONDS = 0.1


class SlowEngine:
    name = "Slow"
    version = "1"
    stages = ("wait",)

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        pause = threading.Event()
        for step in range(STEPS):
            if cancelled():
                raise Cancelled
            progress(StageProgress("wait", step / STEPS))
            pause.wait(STEP_SECONDS)
        progress(StageProgress("wait", 1.0))
        array = np.zeros(request.volume.geometry.shape, np.uint8)
        array[1, 2, 3] = 20
        return EngineResult(Mask(request.volume.geometry, array))
