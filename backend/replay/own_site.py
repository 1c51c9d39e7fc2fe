"""A site of the replay's own: `manage.py up` with its data in the replay's folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

from backend.client.waiting import wait_for
from backend.replay.people import NAMES, ROLES, Account

START_SECONDS = 600.0
STOP_SECONDS = 60.0
READY = "Vertebase is ready"
MAKE_ACCOUNTS = """
import json, os
from backend.accounts.selectors import user_by_email
from backend.accounts.services import create_user
for told in json.loads(os.environ["REPLAY_ACCOUNTS"]):
    if user_by_email(told["email"]) is None:
        create_user(email=told["email"], password=told["password"], display_name=told["name"],
                    project_right=told["project_right"])
"""


class OwnSite:
    """The site's process. One that an earlier start left running is used again."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.var = folder / "site"
        self._note, self._log = folder / "site.json", folder / "site.log"
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._left_running: int | None = None  # by a start that was killed

    def start(self) -> str:
        """Its address, once it answers. Raises ``RuntimeError`` where it ends instead."""
        if self._note.exists():
            told = json.loads(self._note.read_text("utf-8"))
            if answers(told["url"]):
                self._left_running = int(told["pid"])
                return str(told["url"])
        self.var.mkdir(parents=True, exist_ok=True)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "up", "--port", str(port), "--workers", str(self._workers)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=settings.ROOT, env=self._environment(), stdout=log, stderr=subprocess.STDOUT
            )
        process = self._process
        self._note.write_text(json.dumps({"url": url, "pid": process.pid}), "utf-8")

        def ready() -> bool | None:
            if process.poll() is not None:
                raise RuntimeError(f"The site ended: {self._log.read_text(errors='replace')[-2000:]}")
            return True if READY in self._log.read_text(errors="replace") and answers(url) else None

        wait_for(ready, seconds=START_SECONDS, what="the site to answer")
        return url

    def _environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "VERTEBASE_VAR": str(self.var), "PYTHONUNBUFFERED": "1", **more}

    def accounts(self, path: Path) -> list[Account]:
        """Everybody's account, made as an administrator makes them; passwords stay in the folder."""
        if not path.exists():
            told = {
                key: {"email": f"{key}@replay.test", "password": secrets.token_urlsafe(18)} for key in ROLES
            }
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(told, out)
        told = json.loads(path.read_text("utf-8"))
        wanted = [{**told[key], "name": NAMES[key], "project_right": key == "manager"} for key in ROLES]
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-c", MAKE_ACCOUNTS],
            cwd=settings.ROOT,
            env=self._environment(REPLAY_ACCOUNTS=json.dumps(wanted)),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return [Account(key, told[key]["email"], told[key]["password"]) for key in ROLES]

    def stop(self) -> None:
        """Stop it, also where an earlier start of the replay began it and was killed."""
        if self._left_running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._left_running, signal.SIGINT)
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a site answers there."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/config", timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
