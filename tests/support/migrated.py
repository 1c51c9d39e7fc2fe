"""A site's database with its tables made, once for all tests that start a site.

Django takes ten seconds of processor time for them, the same each time. `tests/backend/test_up.py` starts
from nothing, as a user does.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "vertebase.sqlite3"


def put_database(var: Path) -> None:
    """Put it into the data folder of a site that has not started yet."""
    shutil.copyfile(migrated_database(), var / NAME)


def migrated_database() -> Path:
    """The file, made anew where a migration or a package has changed since."""
    folder = ROOT / "build" / "test" / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{_digest()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _migrate(made)
    return made


def _digest() -> str:
    sha = hashlib.sha256()
    for path in (ROOT / "requirements.txt", *sorted(ROOT.glob("backend/*/migrations/*.py"))):
        sha.update(str(path.relative_to(ROOT)).encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()[:16]


def _migrate(made: Path) -> None:
    with tempfile.TemporaryDirectory() as var:
        variables = os.environ | {"VERTEBASE_VAR": var}
        for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL"):
            variables.pop(name, None)
        command = (sys.executable, "manage.py", "migrate", "-v0", "--no-input")
        subprocess.run(command, cwd=ROOT, env=variables, check=True)
        shutil.copyfile(Path(var) / NAME, made)


if __name__ == "__main__":
    put_database(Path(sys.argv[1]))
