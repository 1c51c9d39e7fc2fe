"""The second try of a failed test, on small test files of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import second_try
from scripts.counts import Counts, count_junit, count_playwright

pytestmark = pytest.mark.slow

STORY = """
const { existsSync, writeFileSync } = require("node:fs");
const { test, expect } = require("@playwright/test");
test.describe.configure({ mode: "serial" });
test("opens", () => {});
test("wavers", () => {
  const seen = existsSync(__filename + ".mark");
  writeFileSync(__filename + ".mark", "");
  expect(seen, "the first time").toBe(true);
});
test("follows", () => {});
test("is not for here", () => { test.skip(true, "no card"); });
"""
BROKEN = """
const { test, expect } = require("@playwright/test");
test("is broken", () => { expect(1, "each time").toBe(2); });
"""
FRONTEND = Path(__file__).resolve().parents[2] / "frontend"

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
    assert [one.test for one in flaky] == ["wave/test_wave.py::TestHere::test_wavers[a b]"]
    assert "the first time" in next(kept.iterdir()).read_text()
    counts.forgive(flaky)
    assert counts == Counts(passed=2, failed=2, flaky=["wave/test_wave.py::TestHere::test_wavers[a b]"])
    assert str(counts) == "2 passed, 2 failed, 0 skipped"


def test_of_a_browser_test_the_file_is_run_again(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(FRONTEND / "node_modules")
    (tmp_path / "playwright.config.cjs").write_text("module.exports = { testDir: __dirname };")
    (tmp_path / "story.spec.cjs").write_text(STORY)
    (tmp_path / "broken.spec.cjs").write_text(BROKEN)
    result = tmp_path / "result.json"
    command = ("npx", "playwright", "test", "--config", str(tmp_path / "playwright.config.cjs"))
    environment = {"PLAYWRIGHT_JSON_OUTPUT_NAME": str(result)}
    subprocess.run(
        (*command, "--reporter=json", f"--output={tmp_path / 'first'}"),
        cwd=FRONTEND,
        env=os.environ | environment,
        check=False,
        capture_output=True,
    )
    said = result.read_bytes()
    counts = count_playwright(result)
    assert counts == Counts(passed=1, failed=2, skipped=2)
    failures = second_try.playwright_failures(result)
    assert [one.test for one in failures] == ["broken.spec.cjs > is broken", "story.spec.cjs > wavers"]
    assert failures[0].line == "broken.spec.cjs > is broken: Error: each time"
    flaky = second_try.passed_alone(
        failures,
        second_try.playwright_alone(command, tmp_path / "again"),
        folder=FRONTEND,
        environment=environment,
        kept=tmp_path / "kept",
    )
    assert [one.test for one in flaky] == ["story.spec.cjs > wavers"]
    assert result.read_bytes() == said
    counts.forgive(flaky)
    assert counts == Counts(passed=2, failed=1, skipped=2, flaky=["story.spec.cjs > wavers"])


def test_many_failures_are_no_wavering(tmp_path: Path) -> None:
    failures = [second_try.Failure(f"test_{n}", "") for n in range(second_try.MOST + 1)]

    def never(test: str) -> tuple[str, ...]:
        raise AssertionError(f"{test} was run again")

    assert second_try.passed_alone(failures, never, folder=tmp_path, environment={}, kept=tmp_path) == []
