"""The test runners: what each runs, in which lane, and where it leaves its results."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scripts import counts, second_try
from scripts.counts import Counts
from tests.support.postgres import programs as postgres_programs

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
RESULTS = ROOT / "build" / "test"
PYTHON = str(ROOT / ".venv" / "bin" / "python")
# What PostgreSQL is asked by `make test-all`. Who may do what, and how processes start, is the same on both.
# The stories come first: whoever begins the longest file last keeps the other processes waiting.
DATABASE_BOUND = ("tests/story", "tests/permissions/test_deeds.py", "tests/backend", "tests/realtime")
NOT_DATABASE_BOUND = (
    "tests/backend/test_up.py",
    "tests/backend/test_demo.py",
    "tests/backend/test_refining.py",
    # their sites would share the one database with the story's
    "tests/story/test_client.py",
    "tests/story/test_stock_clients.py",
)
# What PostgreSQL is asked each time: the story, every address once as everybody (the deeds), and what leans
# on how a database locks, orders, refuses and reads JSON. The rules of the other files are the same on both.
ON_POSTGRES = (
    "tests/story/test_story.py",
    "tests/story/test_five_raters.py",
    "tests/permissions/test_deeds.py",
    *(
        f"tests/backend/test_{name}.py"
        for name in (
            "releases",
            "assigning",
            "progress",
            "sweep",
            "workflow",
            *("audit", "challenge", "claims", "free_tasks", "ingest", "invitations", "job_context", "jobs"),
            *("kept_figures", "last_instant", "leases", "limits", "once", "protocol_edits", "replay", "runs"),
            *("same_scans", "submitting", "taking", "who_sees"),
        )
    ),
)
# On both each time: what leans on how a database locks and refuses, where it costs little.
ON_BOTH = (
    "tests/backend/test_audit.py",
    "tests/backend/test_last_instant.py",
    "tests/backend/test_leases.py",
    "tests/backend/test_once.py",
    "tests/backend/test_releases.py",
)
LONG = ("tests/deployment", "tests/permissions", "tests/faults")
# Side by side there is other work for each processor: threads of one process would only wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Runner:
    """One test runner: its command, where it leaves its results and how to count them.

    The runners of one lane follow each other; lanes run side by side.
    """

    name: str
    lane: str
    command: tuple[str, ...]
    result: Path
    count: Callable[[Path], Counts]
    outcomes: Callable[[Path], dict[str, bool]]
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    missing: Callable[[], str | None] = lambda: None
    failures: Callable[[Path], list[second_try.Failure]] | None = None
    alone: Callable[[str], tuple[str, ...]] | None = None

    @property
    def log(self) -> Path:
        """What it prints."""
        return RESULTS / f"{self.name.replace(' ', '-')}.log"


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


def pytest(name: str, *arguments: str) -> tuple[str, ...]:
    """pytest on as many cores as there are; a file's tests stay together, for they share servers.

    One more process was no quicker beside the browser: both lanes waited for each other.
    """
    side_by_side = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")
    return (PYTHON, "-m", "pytest", "-q", *side_by_side, f"--junitxml={RESULTS / name}", *arguments)


def files_on_sqlite(*, everything: bool) -> tuple[str, ...]:
    """What runs on SQLite. What PostgreSQL is asked as well is left out, unless ``ON_BOTH`` names it."""
    if everything or no_postgres():
        return ("tests",)
    tests = ROOT / "tests"
    folders = sorted(f"tests/{path.name}" for path in tests.iterdir() if any(path.glob("test_*.py")))
    # those that start sites or ask as everybody are the longest, and come first
    rest = (name for name in folders if name not in LONG)
    return (*LONG, *rest, *_without(path for path in ON_POSTGRES if path not in ON_BOTH))


def _without(paths: Iterable[str]) -> list[str]:
    return [word for path in paths for word in ("--ignore", path)]


def runners(*, everything: bool = False) -> list[Runner]:
    """All runners; ``everything`` takes the slow tests in, and what PostgreSQL has shown on SQLite too."""
    return [_playwright(everything), _vitest(), _on_postgres(everything), _on_sqlite(everything)]


def _vitest() -> Runner:
    result = RESULTS / "vitest.json"
    reporters = ("--reporter=default", "--reporter=json", f"--outputFile.json={result}")
    return Runner(
        "Vitest",
        "browser",
        ("npx", "vitest", "run", *reporters),
        result,
        counts.count_vitest,
        counts.vitest_outcomes,
        FRONTEND,
        failures=second_try.vitest_failures,
        alone=second_try.vitest_alone,
    )


def _pytest(name: str, command: tuple[str, ...], result: str, missing: Callable[[], str | None]) -> Runner:
    return Runner(
        name,
        "python",
        command,
        RESULTS / result,
        counts.count_junit,
        counts.junit_outcomes,
        environment=ONE_THREAD,
        missing=missing,
        failures=second_try.junit_failures,
        alone=second_try.pytest_alone(command),
    )


def _on_sqlite(everything: bool) -> Runner:
    marks = () if everything else ("-m", "not slow")
    command = pytest("pytest-sqlite.xml", *marks, *files_on_sqlite(everything=everything))
    return _pytest("pytest on SQLite", command, "pytest-sqlite.xml", lambda: None)


def _on_postgres(everything: bool) -> Runner:
    if everything:  # real CTs once: on SQLite, which has all
        chosen = ("-m", "not real_ct", *_without(NOT_DATABASE_BOUND), *DATABASE_BOUND)
    else:
        chosen = ("-m", "not slow", *ON_POSTGRES)
    inner = pytest("pytest-postgres.xml", *chosen)
    command = (PYTHON, "-m", "tests.support.postgres", "--", *inner)
    return _pytest("pytest on PostgreSQL", command, "pytest-postgres.xml", no_postgres)


def _playwright(everything: bool) -> Runner:
    result = RESULTS / "playwright.json"
    config = ("--config", str(ROOT / "tests" / "e2e" / "playwright.config.ts"))
    command = ("npx", "playwright", "test", *config, *(() if everything else ("--grep-invert", "@slow")))
    return Runner(
        "Playwright",
        "browser",
        command,
        result,
        counts.count_playwright,
        counts.playwright_outcomes,
        FRONTEND,
        ONE_THREAD
        | {
            "PLAYWRIGHT_JSON_OUTPUT_NAME": str(result),
            "VERTEBASE_CHROMIUM": find_chromium() or "",
            "VERTEBASE_LOOKS": "all" if everything else "one",
        },
        no_chromium,
        second_try.playwright_failures,
        second_try.playwright_alone(command, RESULTS / "e2e-again"),
    )
