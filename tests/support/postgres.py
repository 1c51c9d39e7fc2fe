"""A temporary PostgreSQL server on a unix socket: no port, no password, gone at the end.

As a module it runs a command with `DATABASE_URL` set to such a server:

    python -m tests.support.postgres -- pytest tests/backend
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
USER = "postgres"


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, newest version first; None where there is no server."""
    by_version = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    candidates = [*by_version, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


@contextmanager
def temporary_postgres(database: str = "vertebase") -> Iterator[str]:
    """Start a server with one empty database and yield its `DATABASE_URL`.

    `initdb` and `postgres` refuse to run as root, so as root they run as the user `postgres`. Durability is
    off: the data lives no longer than the test.
    """
    folder = programs()
    if folder is None:
        raise FileNotFoundError("no PostgreSQL server programs (initdb, postgres) on this machine")
    # A short folder name: the path of a socket has at most 107 characters.
    home = Path(tempfile.mkdtemp(prefix="vbpg-", dir="/tmp"))
    owner = unprivileged_owner(home)
    initdb = (str(folder / "initdb"), "-D", str(home / "data"), "-U", USER, "-A", "trust", "-E", "UTF8")
    quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100", "jit=off")
    settings = [part for setting in ("listen_addresses=", *quick) for part in ("-c", setting)]
    try:
        run_as(owner, *initdb, "--no-sync", "--locale=C.UTF-8")
        log = (home / "log").open("wb")
        server = subprocess.Popen(
            [str(folder / "postgres"), "-D", str(home / "data"), "-k", str(home), *settings],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home,
            user=owner,
            group=owner and pwd.getpwuid(owner).pw_gid,
        )
        try:
            wait_until(
                lambda: accepts(folder, home), seconds=START_SECONDS, what="PostgreSQL to accept connections"
            )
            subprocess.run(
                [str(folder / "createdb"), "-h", str(home), "-U", USER, database],
                check=True,
                capture_output=True,
            )
            yield f"postgres://{USER}@/{home}/{database}"  # the form django-environ takes for a socket folder
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients to leave
            server.wait(timeout=START_SECONDS)
            log.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def unprivileged_owner(home: Path) -> int | None:
    """The user id to give up root for, after handing `home` to it; None where we are not root anyway."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam(USER)
    os.chown(home, account.pw_uid, account.pw_gid)
    home.chmod(0o755)
    return account.pw_uid


def run_as(owner: int | None, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", user=owner)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()}")


def accepts(folder: Path, home: Path) -> bool:
    ready = [str(folder / "pg_isready"), "-q", "-h", str(home), "-U", USER]
    return subprocess.run(ready, check=False).returncode == 0


def make_tables_in_template(url: str) -> None:
    """Migrate the database that later ones are copied from, such as pytest's for each of its processes.

    The one that ``url`` names stays empty. Raises CalledProcessError.
    """
    template = url.rpartition("/")[0] + "/template1"
    settings = {"DATABASE_URL": template, "DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=True)


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("usage: python -m tests.support.postgres -- COMMAND ...", file=sys.stderr)
        return 2
    if programs() is None:
        print("no PostgreSQL server programs (initdb, postgres) on this machine", file=sys.stderr)
        return 2
    with temporary_postgres() as url:
        make_tables_in_template(url)
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
