"""Waiting for a condition, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TICK_SECONDS = 0.05


def wait_until(condition: Callable[[], T], *, seconds: float, what: str) -> T:
    """Call `condition` until it returns something true, and return that.

    Raises `TimeoutError` naming `what` and the last value seen when `seconds` have passed.
    """
    tick = threading.Event()
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}; last seen: {value!r}")
        tick.wait(TICK_SECONDS)
