"""Run every linter, type checker and wall, and say which failed.

All checks run even when one fails, so that one run shows everything. Exit status 1 if any failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
FRONTEND = ROOT / "frontend"
PYTHON_FOLDERS = ("backend", "inference", "tests", "scripts", "manage.py")
DEPTRY = (str(BIN / "deptry"), "--no-ansi", "--config", "deptry.toml")
ALL_REQUIREMENTS = (
    *("--requirements-files", "requirements.in,requirements-torch.txt,requirements-dev.in"),
    *("--exclude", "node_modules"),  # instead of its usual ones: the tests are read too
)


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


CHECKS = (  # side by side, the longest first
    Check("types (mypy)", (str(BIN / "mypy"), *PYTHON_FOLDERS)),
    Check("eslint", ("npm", "run", "--silent", "lint"), FRONTEND),
    Check("types (tsc)", ("npm", "run", "--silent", "typecheck"), FRONTEND),
    Check("prettier", ("npm", "run", "--silent", "format:check"), FRONTEND),
    Check("catalogues", ("node", "i18n/check.js"), FRONTEND),
    Check("import walls", (str(BIN / "lint-imports"), "--no-cache")),
    Check("migrations", (str(BIN / "python"), "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("openapi", (str(BIN / "python"), "-m", "scripts.check_openapi")),
    Check("npm packages", ("npx", "--no-install", "knip", "--no-progress"), FRONTEND),
    # Twice: what the product imports it asks for itself, and nothing is asked for that nobody imports.
    Check("product packages", (*DEPTRY, "backend", "inference")),
    Check("all packages", (*DEPTRY, *ALL_REQUIREMENTS, "backend", "inference", "scripts", "tests")),
    Check("ruff check", (str(BIN / "ruff"), "check", *PYTHON_FOLDERS)),
    Check("ruff format", (str(BIN / "ruff"), "format", "--check", *PYTHON_FOLDERS)),
)


def carry_out(check: Check) -> bool:
    """Run one check, print its verdict and, where it failed, what it said; whether it passed."""
    started = time.monotonic()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}
    done = subprocess.run(
        check.command, cwd=check.folder, env=environment, capture_output=True, text=True, check=False
    )
    passed = done.returncode == 0
    verdict = f"{check.name:<16} {'ok' if passed else 'FAILED':<7} {time.monotonic() - started:5.1f} s"
    print(verdict if passed else f"{verdict}\n{(done.stdout + done.stderr).rstrip()}", flush=True)
    return passed


def main() -> int:
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as lanes:
        verdicts = list(lanes.map(carry_out, CHECKS))
    failed = [check.name for check, passed in zip(CHECKS, verdicts, strict=True) if not passed]
    if failed:
        print("lint: failed: " + ", ".join(failed), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
