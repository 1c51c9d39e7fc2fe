"""A limit on the memory that reading files from outside may ask for.

Without one, a forged size ends the process or, by the kernel's choice, another one; with it, the library
raises `MemoryError`, one file is refused and the rest goes on.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STATUS = Path("/proc/self/statm")
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_SHARE_OF_MEMORY = 0.75


@contextmanager
def limited_address_space(headroom_bytes: int | None = None) -> Iterator[None]:
    """Let this process map no more than ``headroom_bytes`` beyond what it has mapped, while a block runs.

    Without a number: three quarters of the memory that the machine or its container has. A limit that is
    lower already stays, and where a system does not tell what is mapped, nothing is changed.
    """
    mapped = _mapped_bytes()
    if mapped is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    headroom = int(_memory_bytes() * _SHARE_OF_MEMORY) if headroom_bytes is None else headroom_bytes
    wanted = mapped + headroom
    for limit in (soft, hard):
        if limit != resource.RLIM_INFINITY:
            wanted = min(wanted, limit)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _mapped_bytes() -> int | None:
    if not _STATUS.exists():
        return None
    return int(_STATUS.read_text().split()[0]) * resource.getpagesize()


def _memory_bytes() -> int:
    information = Path("/proc/meminfo").read_text()
    total = int(information.split("MemTotal:", 1)[1].split()[0]) << 10
    with suppress(OSError, ValueError):  # no container, or one without a limit
        total = min(total, int(_GROUP_LIMIT.read_text()))
    return total
