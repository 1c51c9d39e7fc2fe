"""Run every linter, type checker and wall, and say which failed.

All checks run even when one fails, so that one run shows everything. Exit status 1 if any failed. With
`--set-up`, as `make lint` asks, the npm packages are put in place first, and the checks of Python begin
meanwhile: to fetch those packages takes as long as half of mypy.
"""

from __future__ import annotations

import argparse
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
    "--requirements-files",
    "requirements.in,requirements-torch.txt,requirements-dev.in,requirements-docs.in",
    *("--exclude", "node_modules"),  # instead of its usual ones: the tests are read too
)

SPHINX = (str(BIN / "python"), "-m", "sphinx", "-q", "-W", "-b", "dummy")
DOCUMENTS = {
    "English": ("-c", "docs", "docs", "build/docs-checked"),
    "German": ("-c", "docs", "-D", "language=de", "docs/de", "build/docs-checked/de"),
}


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


NPM_PACKAGES = Check("npm packages", (sys.executable, "scripts/setup.py", "--no-build"))
OF_PAGES = (  # once the packages are there
    Check("eslint", ("npm", "run", "--silent", "lint"), FRONTEND),
    Check("types (tsc)", ("npm", "run", "--silent", "typecheck"), FRONTEND),
    Check("prettier", ("npm", "run", "--silent", "format:check"), FRONTEND),
    Check("catalogues", ("node", "i18n/check.js"), FRONTEND),
    Check("unused (knip)", ("npx", "--no-install", "knip", "--no-progress"), FRONTEND),
)
OF_PYTHON = (  # the longest first
    Check("types (mypy)", (str(BIN / "mypy"), *PYTHON_FOLDERS)),
    Check("import walls", (str(BIN / "lint-imports"), "--no-cache")),
    Check("migrations, schema", (str(BIN / "python"), "-m", "scripts.check_site")),
    # Twice: what the product imports it asks for itself, and nothing is asked for that nobody imports.
    Check("product packages", (*DEPTRY, "backend", "inference")),
    Check("all packages", (*DEPTRY, *ALL_REQUIREMENTS, "backend", "inference", "scripts", "tests")),
    # Nothing is written: each link, picture and docstring is followed, and a warning is an error.
    *(Check(f"documents ({language})", (*SPHINX, *of)) for language, of in DOCUMENTS.items()),
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
    verdict = f"{check.name:<18} {'ok' if passed else 'FAILED':<7} {time.monotonic() - started:5.1f} s"
    print(verdict if passed else f"{verdict}\n{(done.stdout + done.stderr).rstrip()}", flush=True)
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set-up", action="store_true", help="put the npm packages in place first")
    options = parser.parse_args()
    with ThreadPoolExecutor(max_workers=1) as before, ThreadPoolExecutor(os.cpu_count() or 1) as lanes:
        ready = before.submit(carry_out, NPM_PACKAGES) if options.set_up else None
        running = {check.name: lanes.submit(carry_out, check) for check in OF_PYTHON}
        if ready is not None:
            running[NPM_PACKAGES.name] = ready
        if ready is None or ready.result():
            running |= {check.name: lanes.submit(carry_out, check) for check in OF_PAGES}
    failed = [name for name, verdict in running.items() if not verdict.result()]
    if failed:
        print("lint: failed: " + ", ".join(failed), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
