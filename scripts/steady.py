"""Run the suites several times under load, and list what wavered: failed in one round and not in another.

Beside the runners of `make test` one process per core burns time, so that what leans on a fast machine shows.
Nothing is tried a second time. Exit status 1 if a test failed in any round.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scripts.runners import RESULTS, Runner, runners
from scripts.test import in_lanes, install_missing_packages, start

BURN = (sys.executable, "-c", "while True: pass")


@dataclass(frozen=True)
class Tally:
    """Of all rounds: tests that failed in some, that failed in each they ran in, and that not each round ran.

    Each with the number of rounds in which it failed, or was missing.
    """

    wavered: dict[str, int]
    failed: dict[str, int]
    missing: dict[str, int]


def tally(rounds: Sequence[Mapping[str, bool]]) -> Tally:
    """Sum up the rounds; each says of every test that ran whether it passed."""
    ran = Counter(test for outcomes in rounds for test in outcomes)
    bad = Counter(test for outcomes in rounds for test, passed in outcomes.items() if not passed)
    return Tally(
        wavered={test: n for test, n in sorted(bad.items()) if n < ran[test]},
        failed={test: n for test, n in sorted(bad.items()) if n == ran[test]},
        missing={test: len(rounds) - n for test, n in sorted(ran.items()) if n < len(rounds)},
    )


def report(found: Tally, rounds: int) -> list[str]:
    """The tally as lines to print."""
    kinds = (("WAVERED", found.wavered), ("FAILED each time", found.failed), ("MISSING", found.missing))
    lines = [f"{kind}, {n} of {rounds}: {test}" for kind, tests in kinds for test, n in tests.items()]
    return lines or [f"nothing wavered in {rounds} rounds"]


@contextmanager
def load(processes: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keep the machine busy with so many processes meanwhile."""
    burning = [subprocess.Popen(BURN) for _ in range(processes)]
    try:
        yield burning
    finally:
        for process in burning:
            process.kill()
            process.wait()


def one_round(chosen: Sequence[Runner]) -> dict[str, bool]:
    """Run all that is at hand once; whether each test passed, each runner's own end among them."""
    able = [runner for runner in chosen if runner.missing() is None]
    outcomes: dict[str, bool] = {}
    for runner, said, _ in in_lanes(able, outcomes_of):
        outcomes |= {f"{runner.name}: {test}": passed for test, passed in said.items()}
    return outcomes


def outcomes_of(runner: Runner) -> dict[str, bool]:
    status = start(runner)
    try:
        outcomes = runner.outcomes(runner.result)
    except (OSError, ValueError, KeyError, ElementTree.ParseError):
        outcomes = {}
    whole = bool(outcomes) and (status == 0 or not all(outcomes.values()))
    return outcomes | {"the run as a whole": whole}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="run the runners whose name contains this")
    options = parser.parse_args()
    install_missing_packages()
    RESULTS.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in runners() if options.only.lower() in one.name.lower()]
    rounds = []
    with load(os.cpu_count() or 1):
        for number in range(1, options.rounds + 1):
            began = time.monotonic()
            rounds.append(one_round(chosen))
            bad = sum(not passed for passed in rounds[-1].values())
            print(f"round {number}: {len(rounds[-1])} ran, {bad} failed ({time.monotonic() - began:.0f} s)")
            sys.stdout.flush()
    found = tally(rounds)
    print("\n".join(report(found, options.rounds)))
    return 1 if found.wavered or found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
