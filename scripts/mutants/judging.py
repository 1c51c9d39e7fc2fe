"""Judge the mutants of one file with its tests: killed or survived.

Runs as a process of its own inside a copy of the tree: `python -m scripts.mutants.judging JOB.json`. The job
names the file, its tests and the mutants; each verdict is a line of JSON on the job's output file.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import importlib.metadata
import json
import os
import resource
import select
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import pytest
from _pytest.main import pytest_runtestloop as run_tests

from scripts.mutants.swapping import (
    Live,
    NeedsLoading,
    Place,
    changed_constant,
    changed_functions,
)

WARM = (
    "numpy",
    "scipy.ndimage",
    "scipy.spatial",
    "SimpleITK",
    "nibabel",
    "pydicom",
    "django",
    "rest_framework",
)
PLAIN = ("backend/science/", "inference/")  # to run these files registers nothing anywhere
LEAST_CPU_SECONDS, MOST_CPU_SECONDS = 10, 600
LOADING_CPU_SECONDS = 30  # Django and all that the tests import
MOST_MEMORY_BYTES = 6 << 30
PR_SET_PDEATHSIG = 1
QUIET = ("-q", "-n0", "-p", "no:unraisableexception")  # that plugin collects garbage at every end
BEFORE_TESTS, PASSED, FAILED = 3, 0, 1


@dataclass(frozen=True)
class Job:
    """What to judge: the file and its source, pytest's arguments, the mutants, where the verdicts go."""

    file: Path
    source: str
    tests: tuple[str, ...]
    mutants: tuple[dict[str, Any], ...]
    out: Path
    database: Path
    pristine: Path

    @property
    def module(self) -> str:
        return ".".join(self.file.with_suffix("").parts)

    def fresh_database(self) -> None:
        """The test database as migrations left it, whatever the tests before did to it."""
        if self.pristine.exists():
            for part in ("-wal", "-shm", "-journal"):
                Path(f"{self.database}{part}").unlink(missing_ok=True)
            shutil.copy(self.pristine, self.database)

    def note(self, mutant: dict[str, Any], verdict: str, tests: int, seconds: float) -> None:
        row = {"id": mutant["id"], "verdict": verdict, "tests": tests, "seconds": round(seconds, 2)}
        with self.out.open("a") as out:
            out.write(json.dumps(row) + "\n")


class StandingDatabase:
    """In the place of pytest-django's fixture: the database is there and needs no migrations."""

    @pytest.fixture(scope="session")
    def django_db_setup(self, django_db_blocker: Any) -> None:
        return None


class Judge:
    """A pytest plugin that collects once, then runs the tests in a fork for each mutant."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.path = str(job.file.absolute())

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        session.config.pluginmanager.register(StandingDatabase())
        # a failing example need not be made small, and a verdict must not hang on luck
        few = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        usual = hypothesis.settings()
        hypothesis.settings.register_profile(
            "judging", usual, phases=few, derandomize=True, database=None, deadline=None
        )
        hypothesis.settings.load_profile("judging")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:  # a fork says nothing at its end
            print(report.longreprtext[-2000:], flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        importlib.import_module(self.job.module)
        self.live = Live(self.path)
        gc.freeze()
        reach = Reach(self, session)
        reach.find()
        for mutant in self.job.mutants:
            self._judge(session, mutant, reach)
        return True

    def _judge(self, session: pytest.Session, mutant: dict[str, Any], reach: Reach) -> None:
        try:
            chosen, change = self._change(mutant["source"], reach)
        except NeedsLoading:
            self.job.note(mutant, "loading", 0, 0.0)
            return

        def attempt() -> int:
            try:
                change()
            except NeedsLoading:
                return BEFORE_TESTS
            return run_these(session, [session.items[i] for i in chosen])

        started = time.monotonic()
        status = PASSED
        if chosen:  # else no test calls it
            self.job.fresh_database()
            status = forked(attempt, cpu_seconds=LEAST_CPU_SECONDS + 4 * reach.seconds(chosen))
        verdict = {PASSED: "survived", BEFORE_TESTS: "loading"}.get(status, "killed")
        self.job.note(mutant, verdict, len(chosen), time.monotonic() - started)

    def _change(self, source: str, reach: Reach) -> tuple[list[int], Callable[[], None]]:
        """The tests that can notice a mutant, and what puts it in place."""
        try:
            changed = changed_functions(self.path, self.job.source, source)
        except NeedsLoading:
            return reach.of(None), self._changed_values(source)
        return reach.of(changed), lambda: self.live.put_in_place(changed)

    def _changed_values(self, source: str) -> Callable[[], None]:
        job = self.job
        try:
            name, value = changed_constant(job.source, source)
        except NeedsLoading:
            if not str(job.file).startswith(PLAIN):
                raise
            return lambda: self.live.run_anew(job.module, job.source, source)
        return lambda: self.live.rebind(job.module, name, value)


class Reach:
    """Which tests call which functions of the file, and how long each test takes, from one run of all."""

    def __init__(self, judge: Judge, session: pytest.Session) -> None:
        self.judge, self.session = judge, session
        self.places: list[set[Place]] = []
        self.times: list[float] = []

    def find(self) -> None:
        """Run all tests once as they are; ends the process if one fails."""
        notes = self.judge.job.out.with_suffix(".reach")
        self.judge.job.fresh_database()

        def baseline() -> int:
            tracer = Tracer(self.judge.path, self.judge.live)
            self.session.config.pluginmanager.register(tracer)
            status = run_these(self.session, self.session.items)
            notes.write_text(json.dumps(tracer.told(self.session.items)))
            return status

        if forked(baseline, cpu_seconds=3600) != PASSED:
            pytest.exit("the tests fail without any mutant", returncode=2)
        told = json.loads(notes.read_text())
        self.places = [{(name, line) for name, line in one["places"]} for one in told]
        self.times = [one["seconds"] for one in told]

    def of(self, changed: dict[Place, Any] | None) -> list[int]:
        """The tests that call one of the changed functions (all where None), the quickest first."""
        met = [i for i, places in enumerate(self.places) if changed is None or places & changed.keys()]
        return sorted(met, key=lambda i: self.times[i])

    def seconds(self, chosen: Sequence[int]) -> float:
        return sum(self.times[i] for i in chosen)


class Tracer:
    """Notes calls into one file, by test. A fixture that several tests share counts for all of its file."""

    def __init__(self, path: str, live: Live) -> None:
        self.path, self.live = path, live
        self.now: set[Place] = set()
        self.called: dict[str, set[Place]] = defaultdict(set)
        self.seconds: dict[str, float] = defaultdict(float)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> None:
        if frame.f_code.co_filename == self.path:
            self.now.add((frame.f_code.co_qualname, frame.f_code.co_firstlineno))

    def _watched(self, item: pytest.Item, key: str) -> Any:
        self.now = set()
        started = time.process_time()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.called[key] |= self.now
            self.seconds[item.nodeid] += time.process_time() - started

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Any:
        self.live.forget()
        return (yield from self._watched(item, str(item.path)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        return (yield from self._watched(item, item.nodeid))

    def told(self, items: Sequence[pytest.Item]) -> list[dict[str, Any]]:
        return [
            {
                "places": sorted(self.called[item.nodeid] | self.called[str(item.path)]),
                "seconds": self.seconds[item.nodeid],
            }
            for item in items
        ]


def run_these(session: pytest.Session, items: Sequence[pytest.Item]) -> int:
    """Run tests up to the first failure, in this process; PASSED or FAILED."""
    session.items = list(items)
    session.config.option.maxfail = 1
    try:
        run_tests(session)
    except (session.Failed, session.Interrupted):
        return FAILED
    finally:
        session._setupstate.teardown_exact(None)
    return FAILED if session.testsfailed else PASSED


def forked(work: Callable[[], int], *, cpu_seconds: float) -> int:
    """Do some work in a fork and end all that it started; its status, or FAILED where it did not end well."""
    sys.stdout.flush()
    sys.stderr.flush()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = FAILED
        try:
            os.setsid()
            die_with_parent()
            limit = int(cpu_seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
            status = work()
        except BaseException:  # noqa: BLE001  # whatever it was, the fork ends here
            traceback.print_exc()
        finally:
            os.write(write, bytes([status]))
            os._exit(status)
    os.close(write)
    ready, _, _ = select.select([read], [], [], 60 + 10 * cpu_seconds)
    said = os.read(read, 1) if ready else b""
    os.close(read)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said[0] if said else FAILED


def die_with_parent() -> None:
    """Linux alone: a judge whose caller was ended ends, too, and so do its forks."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def judge_by_loading(job: Job, mutants: Sequence[dict[str, Any]]) -> None:
    """Write each mutant into the copy, and run all tests in a fork that loads everything anew."""
    stamp = int(time.time())
    usual = json.loads(job.out.with_suffix(".reach").read_text()) if mutants else []
    tests = sum(one["seconds"] for one in usual)
    seconds = min(MOST_CPU_SECONDS, LEAST_CPU_SECONDS + 4 * (LOADING_CPU_SECONDS + tests))
    for number, mutant in enumerate(mutants, start=1):
        job.fresh_database()
        _write(job.file, mutant["source"], stamp + 2 * number)
        started = time.monotonic()
        status = forked(functools.partial(load_and_run, job), cpu_seconds=seconds)
        _write(job.file, job.source, stamp + 2 * number + 1)
        verdict = "survived" if status == PASSED else "killed"
        job.note(mutant, verdict, -1, time.monotonic() - started)


def load_and_run(job: Job) -> int:
    arguments = ["-x", *QUIET, *job.tests]
    return FAILED if pytest.main(arguments, plugins=[Loader()]) else PASSED


class Loader:
    """A pytest plugin for a run that loads everything anew."""

    pytest_sessionstart = Judge.pytest_sessionstart


def _write(file: Path, source: str, stamp: int) -> None:
    """Each text gets a second of its own, since compiled files are told apart by it."""
    file.write_text(source)
    os.utime(file, (stamp, stamp))


def main() -> int:
    die_with_parent()
    told = json.loads(Path(sys.argv[1]).read_text())
    file, out, database, pristine = (Path(told[name]) for name in ("file", "out", "database", "pristine"))
    tests, mutants = tuple(told["tests"]), tuple(told["mutants"])
    job = Job(file, told["source"], tests, mutants, out, database, pristine)
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()
    for name in WARM if Path("backend").exists() else ():
        importlib.import_module(name)
    gc.freeze()
    judge = Judge(job)
    status = forked(lambda: int(pytest.main([*QUIET, *job.tests], plugins=[judge])), cpu_seconds=36000)
    if status not in (PASSED, int(pytest.ExitCode.NO_TESTS_COLLECTED)):
        return 2
    verdicts = [json.loads(line) for line in job.out.read_text().splitlines()]
    again = {row["id"] for row in verdicts if row["verdict"] == "loading"}
    judge_by_loading(job, [mutant for mutant in job.mutants if mutant["id"] in again])
    return 0


if __name__ == "__main__":
    sys.exit(main())
