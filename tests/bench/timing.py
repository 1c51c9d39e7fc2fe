"""Timing of a function against its peer, in one process and one run."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def best_of(repeats: int, work: Callable[[], T]) -> tuple[float, T]:
    """The shortest of several runs in seconds, and the last result; other load only ever adds time."""
    shortest, result = float("inf"), work()
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, result


def processor_of(repeats: int, work: Callable[[], object]) -> float:
    """Processor seconds of the cheapest of several runs: what it takes whatever else the machine does."""
    fewest = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        fewest = min(fewest, time.process_time() - start)
    return fewest


def once(work: Callable[[], T]) -> tuple[float, T]:
    """A single run, for peers that take long."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_bytes(work: Callable[[], object]) -> int:
    """Most memory that one run holds beyond what was there before (what Python and NumPy allocate)."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
