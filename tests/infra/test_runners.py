"""How the suites are run: in lanes, each test on the right database; and what wavers is listed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts import counts, runners, steady
from scripts import test as suites
from scripts.counts import Counts
from scripts.runners import DATABASE_BOUND, NOT_DATABASE_BOUND, ON_BOTH, ON_POSTGRES, ROOT, Runner
from tests.infra.test_second_try import WAVERING


def runner(name: str, lane: str, *, result: Path = Path("none"), command: tuple[str, ...] = ()) -> Runner:
    return Runner(name, lane, command, result, counts.count_junit, counts.junit_outcomes)


def test_lanes_run_side_by_side_and_their_runners_in_turn() -> None:
    both = threading.Barrier(2, timeout=30)
    seen: list[str] = []

    def carry_out(one: Runner) -> Counts:
        if one.name in ("a1", "b1"):
            both.wait()  # passes only when the other lane is there too
        seen.append(one.name)
        return Counts(passed=1)

    chosen = [runner("a1", "a"), runner("a2", "a"), runner("b1", "b")]
    done = suites.in_lanes(chosen, carry_out)
    assert [one.name for one, _, _ in done] == ["a1", "a2", "b1"]
    assert seen.index("a1") < seen.index("a2")
    assert all(seconds >= 0 for _, _, seconds in done)


def test_a_broken_runner_counts_as_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "RESULTS", tmp_path)
    broken = runner("broken", "a", result=tmp_path / "x.xml", command=(sys.executable, "-c", "print('why')"))
    counts = suites.run(broken)
    assert (counts.passed, counts.failed) == (0, 1)
    assert counts.broken[0].startswith("broken: no readable result")
    assert broken.log.read_text() == "why\n"


def files_of(words: tuple[str, ...]) -> set[str]:
    """The test files that a runner's command takes, less those it ignores."""
    ignored = {words[n + 1] for n, word in enumerate(words) if word == "--ignore"}
    named = [
        ROOT / word for n, word in enumerate(words) if word[:5] == "tests" and words[n - 1] != "--ignore"
    ]
    files = {file for path in named for file in ([path] if path.is_file() else path.rglob("test_*.py"))}
    return {file.relative_to(ROOT).as_posix() for file in files} - ignored


def test_every_file_is_run_and_those_about_locks_on_both_databases() -> None:
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    on_sqlite, on_postgres = (
        files_of(runners.files_on_sqlite(everything=False)) if runners.no_postgres() is None else here,
        files_of(next(one for one in runners.runners() if "PostgreSQL" in one.name).command),
    )
    assert on_sqlite | on_postgres == here
    assert on_postgres == set(ON_POSTGRES), "a file that is named, but is not there"
    assert on_sqlite & on_postgres == set(ON_BOTH) or runners.no_postgres() is not None
    assert files_of(runners.files_on_sqlite(everything=True)) == here
    all_on_postgres = files_of(
        next(one for one in runners.runners(everything=True) if "PostgreSQL" in one.name).command
    )
    assert all_on_postgres == {file for file in here if file.startswith(DATABASE_BOUND)} - set(
        NOT_DATABASE_BOUND
    )
    assert on_postgres <= all_on_postgres


def test_what_passes_in_one_round_and_not_in_another_has_wavered() -> None:
    rounds = [
        {"steady": True, "broken": False, "wavering": True, "late": True},
        {"steady": True, "broken": False, "wavering": False, "late": False},
        {"steady": True, "broken": False, "wavering": True},
    ]
    found = steady.tally(rounds)
    assert found == steady.Tally(
        wavered={"late": 1, "wavering": 1}, failed={"broken": 3}, missing={"late": 1}
    )
    assert steady.report(found, 3) == [
        "WAVERED, 1 of 3: late",
        "WAVERED, 1 of 3: wavering",
        "FAILED each time, 3 of 3: broken",
        "MISSING, 1 of 3: late",
    ]
    assert steady.report(steady.tally([{"steady": True}] * 5), 5) == ["nothing wavered in 5 rounds"]


@pytest.mark.slow
def test_two_rounds_of_a_real_suite_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "RESULTS", tmp_path)
    (tmp_path / "test_wave.py").write_text(WAVERING)
    result = tmp_path / "result.xml"
    plain = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:django")
    command = (sys.executable, "-m", "pytest", *plain, f"--junitxml={result}", "test_wave.py")
    one = Runner("wave", "a", command, result, counts.count_junit, counts.junit_outcomes, folder=tmp_path)
    found = steady.tally([steady.one_round([one]) for _ in range(2)])
    assert found.wavered == {"wave: test_wave.py::TestHere::test_wavers[a b]": 1}
    assert set(found.failed) == {
        "wave: test_wave.py::test_is_broken",
        "wave: test_wave.py::test_without_set_up",
    }
    assert found.missing == {}


def test_a_suite_that_breaks_has_failed_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "RESULTS", tmp_path)
    broken = runner("broken", "a", result=tmp_path / "x.xml", command=(sys.executable, "-c", ""))
    assert steady.one_round([broken]) == {"broken: the run as a whole": False}


def test_the_load_burns_and_ends() -> None:
    with steady.load(2) as burning:
        assert [process.poll() for process in burning] == [None, None]
    assert all(process.returncode is not None for process in burning)
    alive = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, check=False)
    assert not {str(process.pid) for process in burning} & set(alive.stdout.decode().split())
