"""Run every linter, type checker and wall, and say which failed.

All checks run even when one fails, so that one run shows everything. Exit status 1 if any failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
FRONTEND = ROOT / "frontend"
PYTHON_FOLDERS = ("backend", "inference", "tests", "scripts", "manage.py")
TYPED_FOLDERS = ("backend", "inference")


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


CHECKS = (
    Check("ruff check", (str(BIN / "ruff"), "check", *PYTHON_FOLDERS)),
    Check("ruff format", (str(BIN / "ruff"), "format", "--check", *PYTHON_FOLDERS)),
    Check("import walls", (str(BIN / "lint-imports"), "--no-cache")),
    Check("types (mypy)", (str(BIN / "mypy"), *TYPED_FOLDERS)),
    Check("migrations", (str(BIN / "python"), "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("eslint", ("npm", "run", "--silent", "lint"), FRONTEND),
    Check("types (tsc)", ("npm", "run", "--silent", "typecheck"), FRONTEND),
)


def main() -> int:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}
    failed: list[str] = []
    for check in CHECKS:
        started = time.monotonic()
        done = subprocess.run(
            check.command, cwd=check.folder, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - started
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{check.name:<16} {verdict:<7} {seconds:5.1f} s", flush=True)
        if done.returncode != 0:
            failed.append(check.name)
            print((done.stdout + done.stderr).rstrip(), flush=True)
    if failed:
        print("lint: failed: " + ", ".join(failed), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
