"""The whole product as a user starts it: `manage.py up` in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.migrated import put_database
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0  # half a minute where nothing else runs
STOP_SECONDS = 30.0
LOG_TAIL_LINES = 40
READY = "Vertebase is ready"  # said when the demo is loaded too; the web server answers before


@dataclass(frozen=True)
class Site:
    """A running site: its address, its data folder and the log of everything it started."""

    url: str
    var: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http://", "ws://")

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/config", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def running_site(
    *, demo: bool = False, environment: dict[str, str] | None = None, from_nothing: bool = False
) -> Iterator[Site]:
    """Start the site and yield it once it answers; stop it as Ctrl-C does.

    `environment` is added to the process's, for instance `DATABASE_URL`. When the site does not come up, its
    log is in the error. `from_nothing`: its tables are made at this start, as at a user's first.
    """
    var = Path(tempfile.mkdtemp(prefix="vbsite-", dir="/tmp"))  # short: the broker's socket lies in it
    if not from_nothing:
        put_database(var)
    port = free_port()
    log = var / "up.log"
    command = [sys.executable, "manage.py", "up", "--port", str(port), *(["--demo"] if demo else [])]
    variables = os.environ | {"VERTEBASE_VAR": str(var), "PYTHONUNBUFFERED": "1"} | (environment or {})
    variables.pop("DJANGO_SETTINGS_MODULE", None)  # pytest's own, not the product's
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        site = Site(f"http://127.0.0.1:{port}", var, log, process)
        try:
            wait_until(
                lambda: process.poll() is not None or (READY in site.log.read_text() and answers(site.url)),
                seconds=START_SECONDS,
                what="the site to answer",
            )
            if process.poll() is not None:
                raise RuntimeError(f"`manage.py up` ended with {process.returncode}:\n{site.log_tail()}")
            yield site
        finally:
            stop(process)
    shutil.rmtree(var, ignore_errors=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
