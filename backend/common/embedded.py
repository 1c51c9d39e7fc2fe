"""Where the embedded mode keeps its broker. Read by the settings and by the ``up`` command alike."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

SOCKET_PATH_LIMIT = 104  # bytes; the kernel takes at most 107, macOS 103


def valkey_socket(var: Path) -> Path:
    """The unix socket of the bundled Valkey for the data folder ``var``.

    It stands in the data folder where its path is short enough for a socket, else in a folder of the
    system's temporary directory named after the data folder, so that every process finds the same one.
    """
    near = var.resolve() / "run" / "valkey.sock"
    if len(str(near).encode()) < SOCKET_PATH_LIMIT:
        return near
    name = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vertebase-{name}" / "valkey.sock"


def celery_url(redis_url: str) -> str:
    """The same server in the words that Celery wants (``redis+socket://`` for a unix socket)."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://")
    return redis_url
