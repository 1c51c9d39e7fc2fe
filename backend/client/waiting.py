"""Waiting for what the site does in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from .errors import WaitedTooLong

T = TypeVar("T")
FIRST_SECONDS, LONGEST_SECONDS = 0.2, 5.0


def pause_for(seconds: float) -> None:
    """Wait that long; Ctrl-C ends it."""
    threading.Event().wait(seconds)


def wait_for(look: Callable[[], T | None], *, seconds: float | None, what: str) -> T:
    """Look, less and less often, until something is there. Raises ``WaitedTooLong``, for ``None`` never."""
    never = threading.Event()
    until = None if seconds is None else time.monotonic() + seconds
    pause = FIRST_SECONDS
    while True:
        found = look()
        if found is not None:
            return found
        if until is not None and time.monotonic() >= until:
            raise WaitedTooLong(f"waited {seconds:.0f} s for {what}")
        never.wait(pause)
        pause = min(1.5 * pause, LONGEST_SECONDS)
