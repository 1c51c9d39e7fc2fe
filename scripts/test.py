"""Run all tests and end with one line: `N passed, N failed, N skipped`, summed over the runners.

Runners: Playwright in Chromium and Vitest, one after the other; beside them pytest's database-bound tests on
a temporary PostgreSQL, then pytest on SQLite. `--all` takes in the tests that are marked as slow, and runs on
SQLite too what PostgreSQL has shown.

As root, missing Debian packages (chromium, postgresql, nginx) are installed; elsewhere what is at hand is
used, and a runner that cannot run counts as one skipped test with its reason. A runner that breaks counts as
one failed. When all have ended, a test that failed is run once more, alone (`second_try`): where it passes
then, it is named as flaky, its failure is kept under `build/test/flaky/`, and it counts as passed. What still
fails is named in the last lines.

Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scripts import second_try
from scripts.counts import Counts
from scripts.runners import RESULTS, Runner, no_chromium, no_nginx, no_postgres, runners

T = TypeVar("T")
printing = threading.Lock()


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


def start(runner: Runner) -> int:
    """Run one runner to its end, with its output in its log; its exit status."""
    runner.result.unlink(missing_ok=True)
    with runner.log.open("wb") as log:
        return subprocess.run(
            runner.command,
            cwd=runner.folder,
            env=os.environ | runner.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def run(runner: Runner) -> Counts:
    """Run one runner, show its output when it ends, and count.

    What left no readable result counts as one failure.
    """
    reason = runner.missing()
    if reason is not None:
        print(f"== {runner.name} (skipped: {reason})", flush=True)
        return Counts(skipped=1)
    print(f"== {runner.name} has begun", flush=True)
    status = start(runner)
    with printing:
        print(f"\n== {runner.name}\n{runner.log.read_text(errors='replace')}", flush=True)
    try:
        counts = runner.count(runner.result)
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        return Counts(failed=1, broken=[f"{runner.name}: no readable result ({error})"])
    if status != 0 and counts.failed == 0:
        return Counts(
            counts.passed, 1, counts.skipped, broken=[f"{runner.name}: exit status {status}, no failed test"]
        )
    return counts


def try_again(runner: Runner, counts: Counts) -> None:
    """Run what failed once more, alone; count what passes then as passed, and name the rest."""
    if not counts.failed or counts.broken or runner.failures is None or runner.alone is None:
        return
    failures = runner.failures(runner.result)
    flaky: list[second_try.Failure] = []
    if len(failures) == counts.failed:  # else something broke that no single test can be run again for
        flaky = second_try.passed_alone(
            failures,
            runner.alone,
            folder=runner.folder,
            environment=runner.environment,
            kept=RESULTS / "flaky" / runner.name.replace(" ", "-"),
        )
    counts.forgive(flaky)
    counts.broken += [failure.line for failure in failures if failure not in flaky]


def in_lanes(chosen: Sequence[Runner], carry_out: Callable[[Runner], T]) -> list[tuple[Runner, T, float]]:
    """Carry out the runners, those of a lane one after the other, the lanes side by side.

    Each with what came of it and how long it took in seconds, in the order given.
    """

    def timed(runner: Runner) -> tuple[Runner, T, float]:
        started = time.monotonic()
        return runner, carry_out(runner), time.monotonic() - started

    lanes = [list(lane) for _, lane in groupby(chosen, key=lambda runner: runner.lane)]
    with ThreadPoolExecutor(max_workers=max(1, len(lanes))) as pool:
        done = pool.map(lambda lane: [timed(runner) for runner in lane], lanes)
        return [outcome for lane in done for outcome in lane]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run the runners whose name contains this")
    parser.add_argument("--all", action="store_true", help="slow tests too, and all on SQLite")
    options = parser.parse_args()
    install_missing_packages()
    RESULTS.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in runners(everything=options.all) if options.only.lower() in one.name.lower()]
    started = time.monotonic()
    total = Counts()
    lines = []
    for runner, counts, seconds in in_lanes(chosen, run):
        try_again(runner, counts)
        total.add(counts)
        lines.append(f"{runner.name:<22} {counts}  ({seconds:.0f} s)")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("\n" + "\n".join(lines))
    print(f"{time.monotonic() - started:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time")
    for name in total.flaky:
        print(f"FLAKY, passed at the second try only: {name}")
    for line in total.broken:
        print(f"FAILED: {line}")
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
