"""The second try of a failed test, on small test files of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import second_try
from scripts.counts import Counts, count_junit

WAVERING = """
from pathlib import Path
import pytest

class TestHere:
    @pytest.mark.parametrize("what", ["a b"])
    def test_wavers(self, what):
        mark = Path(__file__).with_suffix(".mark")
        seen = mark.exists()
        mark.touch()
        assert seen, "the first time"

def test_is_broken():
    assert False, "each time"

@pytest.fixture
def lost():
    raise RuntimeError("no set-up")

def test_without_set_up(lost):
    pass

def test_is_right():
    pass
"""


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    folder = tmp_path / "wave"
    folder.mkdir()
    (folder / "test_wave.py").write_text(WAVERING)
    result = tmp_path / "result.xml"
    command = [*_pytest(), f"--junitxml={result}", "wave/test_wave.py"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    return result


def _pytest() -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:django")


def alone(test: str) -> tuple[str, ...]:
    return (*_pytest(), "-q", test)


def test_only_what_passes_alone_is_forgiven_and_what_it_said_is_kept(ran: Path, tmp_path: Path) -> None:
    counts = count_junit(ran)
    failures = second_try.junit_failures(ran)
    assert [one.test for one in failures] == [
        "wave/test_wave.py::TestHere::test_wavers[a b]",
        "wave/test_wave.py::test_is_broken",
        "wave/test_wave.py::test_without_set_up",
    ]
    kept = tmp_path / "kept"
    flaky = second_try.passed_alone(failures, alone, folder=tmp_path, environment={}, kept=kept)
    assert flaky == ["wave/test_wave.py::TestHere::test_wavers[a b]"]
    assert "the first time" in next(kept.iterdir()).read_text()
    counts.forgive(flaky)
    assert counts == Counts(passed=2, failed=2, flaky=flaky)
    assert str(counts) == "2 passed, 2 failed, 0 skipped"


def test_many_failures_are_no_wavering(tmp_path: Path) -> None:
    failures = [second_try.Failure(f"test_{n}", "") for n in range(second_try.MOST + 1)]

    def never(test: str) -> tuple[str, ...]:
        raise AssertionError(f"{test} was run again")

    assert second_try.passed_alone(failures, never, folder=tmp_path, environment={}, kept=tmp_path) == []
