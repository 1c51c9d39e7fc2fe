"""Run all tests and end with one line: `N passed, N failed, N skipped`, summed over the runners.

Runners: Vitest, pytest on SQLite, pytest's database-bound tests on a temporary PostgreSQL, Playwright in
Chromium. As root, missing Debian packages (chromium, postgresql, nginx) are installed; elsewhere what is at
hand is used, and a runner that cannot run counts as one skipped test with its reason. A runner that breaks
counts as one failed. A test that failed is run once more, alone (`second_try`): where it passes then, it is
named as flaky, its failure is kept under `build/test/flaky/`, and it counts as passed.

Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
RESULTS = ROOT / "build" / "test"
PYTHON = str(ROOT / ".venv" / "bin" / "python")
# Where the database matters: locks, constraints, triggers, queries. Who may do what, and how processes start,
# is the same on both and is tested on SQLite alone.
DATABASE_BOUND = ("tests/backend", "tests/realtime", "tests/story")
NOT_DATABASE_BOUND = (
    "tests/backend/test_up.py",
    "tests/backend/test_demo.py",
    "tests/backend/test_refining.py",
    "tests/story/test_stock_clients.py",  # its site would share the one database with the story's
)

sys.path.insert(0, str(ROOT))
from scripts import second_try  # noqa: E402
from tests.support.postgres import programs as postgres_programs  # noqa: E402


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: list[str] = field(default_factory=list)  # among those that passed

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.flaky += other.flaky

    def forgive(self, flaky: list[str]) -> None:
        """Count what failed first and passed alone as passed, and name it."""
        self.passed += len(flaky)
        self.failed -= len(flaky)
        self.flaky += flaky

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Runner:
    """One test runner: its command, where it leaves its results and how to count them."""

    name: str
    command: tuple[str, ...]
    result: Path
    count: Callable[[Path], Counts]
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    missing: Callable[[], str | None] = lambda: None
    failures: Callable[[Path], list[second_try.Failure]] | None = None
    alone: Callable[[str], tuple[str, ...]] | None = None


def count_junit(result: Path) -> Counts:
    """Sum the test suites of a JUnit file as pytest writes it; an error in set-up counts as failed."""
    counts = Counts()
    for suite in ElementTree.parse(result).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        counts.add(Counts(int(suite.get("tests", 0)) - bad - skipped, bad, skipped))
    return counts


def count_vitest(result: Path) -> Counts:
    report = json.loads(result.read_text())
    skipped = report["numPendingTests"] + report.get("numTodoTests", 0)
    # A test file that does not even load has no failed test of its own.
    broken_files = sum(
        1 for file in report["testResults"] if file["status"] == "failed" and not file["assertionResults"]
    )
    return Counts(report["numPassedTests"], report["numFailedTests"] + broken_files, skipped)


def count_playwright(result: Path) -> Counts:
    report = json.loads(result.read_text())
    stats = report["stats"]
    errors = 1 if report.get("errors") and not stats["unexpected"] else 0
    flaky = second_try.playwright_flaky(result)
    return Counts(stats["expected"] + stats["flaky"], stats["unexpected"] + errors, stats["skipped"], flaky)


def find_chromium() -> str | None:
    named = os.environ.get("VERTEBASE_CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


def no_chromium() -> str | None:
    return None if find_chromium() else "no Chromium on this machine"


def no_postgres() -> str | None:
    return None if postgres_programs() else "no PostgreSQL server programs on this machine"


def no_nginx() -> str | None:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    return None if found else "no nginx on this machine"


def install_missing_packages() -> None:
    """With apt-get, as root, on Debian; anywhere else the runners say what they miss."""
    wanted = [
        package
        for package, missing in (
            ("chromium", no_chromium()),
            ("postgresql", no_postgres()),
            ("nginx-light", no_nginx()),
        )
        if missing is not None
    ]
    if not wanted or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"installing Debian packages for the tests: {' '.join(wanted)}", flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with (RESULTS / "apt.log").open("wb") as log:
        for command in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
            done = subprocess.run(
                ["apt-get", "-q", *command], env=environment, stdout=log, stderr=log, check=False
            )
            if done.returncode != 0:
                print(f"apt-get {command[0]} failed; see {RESULTS / 'apt.log'}", flush=True)
                return


def pytest(name: str, *arguments: str) -> tuple[str, ...]:
    """pytest on as many cores as there are; a file's tests stay together, for they share servers."""
    side_by_side = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")
    return (PYTHON, "-m", "pytest", "-q", *side_by_side, f"--junitxml={RESULTS / name}", *arguments)


def runners() -> list[Runner]:
    left_out = [word for path in NOT_DATABASE_BOUND for word in ("--ignore", path)]
    on_postgres = (
        PYTHON,
        "-m",
        "tests.support.postgres",
        "--",
        *pytest("pytest-postgres.xml", "-m", "not real_ct", *left_out, *DATABASE_BOUND),
    )
    vitest = (
        "npx",
        "vitest",
        "run",
        "--reporter=default",
        "--reporter=json",
        f"--outputFile.json={RESULTS / 'vitest.json'}",
    )
    playwright_environment = {
        "PLAYWRIGHT_JSON_OUTPUT_NAME": str(RESULTS / "playwright.json"),
        "VERTEBASE_CHROMIUM": find_chromium() or "",
        "VERTEBASE_SECOND_TRY": "1",
    }
    on_sqlite = pytest("pytest-sqlite.xml", "tests")
    return [
        Runner(
            "Vitest",
            vitest,
            RESULTS / "vitest.json",
            count_vitest,
            FRONTEND,
            failures=second_try.vitest_failures,
            alone=second_try.vitest_alone,
        ),
        Runner(
            "pytest on SQLite",
            on_sqlite,
            RESULTS / "pytest-sqlite.xml",
            count_junit,
            failures=second_try.junit_failures,
            alone=second_try.pytest_alone(on_sqlite),
        ),
        Runner(
            "pytest on PostgreSQL",
            on_postgres,
            RESULTS / "pytest-postgres.xml",
            count_junit,
            missing=no_postgres,
            failures=second_try.junit_failures,
            alone=second_try.pytest_alone(on_postgres),
        ),
        Runner(
            "Playwright",
            ("npx", "playwright", "test", "--config", str(ROOT / "tests" / "e2e" / "playwright.config.ts")),
            RESULTS / "playwright.json",
            count_playwright,
            FRONTEND,
            playwright_environment,
            no_chromium,
        ),
    ]


def run(runner: Runner) -> Counts:
    """Run one runner with its output shown, and count. What left no readable result counts as one failure."""
    reason = runner.missing()
    if reason is not None:
        print(f"\n== {runner.name} (skipped: {reason})", flush=True)
        return Counts(skipped=1)
    print(f"\n== {runner.name}", flush=True)
    runner.result.unlink(missing_ok=True)
    status = subprocess.run(
        runner.command,
        cwd=runner.folder,
        env=os.environ | runner.environment,
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    try:
        counts = runner.count(runner.result)
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        print(f"{runner.name}: no readable result ({error})", flush=True)
        return Counts(failed=1)
    if counts.failed and runner.failures is not None and runner.alone is not None:
        failures = runner.failures(runner.result)
        if len(failures) == counts.failed:  # else something broke that no single test can be run again for
            counts.forgive(
                second_try.passed_alone(
                    failures,
                    runner.alone,
                    folder=runner.folder,
                    environment=runner.environment,
                    kept=RESULTS / "flaky" / runner.name.replace(" ", "-"),
                )
            )
    if status != 0 and counts.failed == 0 and not counts.flaky:
        print(f"{runner.name}: exit status {status} without a failed test", flush=True)
        counts.failed = 1
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="run the runners whose name contains this")
    options = parser.parse_args()
    install_missing_packages()
    RESULTS.mkdir(parents=True, exist_ok=True)
    total = Counts()
    lines = []
    for runner in runners():
        if options.only and options.only.lower() not in runner.name.lower():
            continue
        started = time.monotonic()
        counts = run(runner)
        total.add(counts)
        lines.append(f"{runner.name:<22} {counts}  ({time.monotonic() - started:.0f} s)")
    print("\n" + "\n".join(lines))
    for name in total.flaky:
        print(f"FLAKY, passed at the second try only: {name}")
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
