"""A release's archive over loopback: rate, memory, taking it up in the middle, beside zipfile and nginx.

The archive is larger than 4 GiB, so that its Zip64 records are used. Peers: ``zipfile`` that stores the same
files into an archive on disk, and nginx that sends that archive as a file.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
FILES, FILE_BYTES = 9, 500_000_000
PIECE = 1 << 20
START_SECONDS = 600
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; default_type application/zip; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def _material(folder: Path) -> None:
    block = os.urandom(PIECE)
    for number in range(FILES):
        with (folder / f"{number}.bin").open("wb") as stream:
            left = FILE_BYTES
            while left:
                left -= stream.write(block[: min(PIECE, left)])


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _serving(command: list[str], port: int) -> Iterator[int]:
    """A server on the port; its process id, once it takes connections."""
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            wait_until(lambda: _answers(port), seconds=START_SECONDS, what=f"{command[0]} to start")
            yield process.pid
        finally:
            process.terminate()


def _asked(port: int, start: int = 0) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Range": f"bytes={start}-"} if start else {}
    connection.request("GET", "/all.zip", headers=headers)
    return connection, connection.getresponse()


def _fetched(port: int) -> tuple[float, int]:
    """Seconds and bytes of a whole download."""
    began, size, piece = time.perf_counter(), 0, bytearray(PIECE)
    connection, answer = _asked(port)
    while got := answer.readinto(piece):
        size += got
    connection.close()
    return time.perf_counter() - began, size


def _resumed(port: int, start: int) -> float:
    """Milliseconds until the first bytes from the middle on are there."""
    began = time.perf_counter()
    connection, answer = _asked(port, start)
    if answer.status != 206 or len(answer.read(1000)) != 1000:
        raise RuntimeError("the middle was not sent")
    taken = (time.perf_counter() - began) * 1000
    connection.close()
    return taken


def _memory_mb(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _ours(folder: Path) -> dict[str, Any]:
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.archive_server", str(folder), str(port)]
    with _serving(command, port) as pid:
        _resumed(port, FILE_BYTES)  # the first request reads what the handler needs
        before = _memory_mb(pid, "VmRSS")
        runs = [_fetched(port) for _ in range(2)]
        seconds, size = min(runs)
        resumed = min(_resumed(port, size // 2 + 1) for _ in range(5))
        peak = _memory_mb(pid, "VmHWM")
    return {
        "bytes": size,
        "zip64": size > 0xFFFFFFFF,
        "seconds": seconds,
        "mb_per_second": size / seconds / 1e6,
        "mb_per_second_bar": 200.0,
        "peak_memory_mb": peak,
        "memory_bar_mb": 150.0,
        "memory_before_mb": before,
        "memory_grown_by_mb": peak - before,
        "resume_in_the_middle_ms": resumed,
        "resume_bar_ms": 100.0,
    }


def _zipfile(folder: Path, target: Path) -> float:
    began = time.perf_counter()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for path in sorted(folder.iterdir()):
            made.write(path, path.name)
    return time.perf_counter() - began


def _nginx(folder: Path, archive: Path) -> float | None:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, root=archive.parent))
    with _serving([program, "-p", str(folder), "-c", str(config)], port):
        return min(_fetched(port)[0] for _ in range(2))


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        folder, served, own = (Path(scratch) / name for name in ("files", "served", "nginx"))
        for one in (folder, served, own):
            one.mkdir()
        _material(folder)
        ours = _ours(folder)
        archive = served / "all.zip"
        written = _zipfile(folder, archive)
        Path(scratch).chmod(0o755)
        nginx = _nginx(own, archive)
    return {
        "download": ours,
        "zipfile_to_disk_seconds": written,
        "times_zipfile": ours["seconds"] / written,
        "nginx_seconds": nginx,
        "times_nginx": None if nginx is None else ours["seconds"] / nginx,
        "times_nginx_bar": 1.3,
    }


if __name__ == "__main__":
    raise SystemExit(report.write(run))
