"""Several pieces of work side by side, of which the first that fails ends all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from .errors import VertebaseError

A = TypeVar("A")
T = TypeVar("T")


class Stopped(VertebaseError):
    """Given up because something else failed, or because the person stopped it."""


def side_by_side(
    work: Callable[[A], T], items: Sequence[A], *, at_once: int, stop: threading.Event
) -> list[T]:
    """What the work makes of each item, in their order.

    The first failure sets ``stop``, which the work is to heed, and is raised once all lanes have ended; so
    does Ctrl-C.
    """

    def carry_out(item: A) -> T:
        if stop.is_set():
            raise Stopped("stopped")
        try:
            return work(item)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(at_once) as lanes:
        running = [lanes.submit(carry_out, item) for item in items]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        except BaseException:
            stop.set()
            raise
        finally:
            lanes.shutdown(wait=True, cancel_futures=stop.is_set())
    failures = [error for one in running if not one.cancelled() and (error := one.exception())]
    for error in sorted(failures, key=lambda error: isinstance(error, Stopped)):
        raise error
    return [one.result() for one in running]
