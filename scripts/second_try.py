"""A test that failed is run once more, alone. One that passes then is flaky: named, and its failure kept.

That keeps a run green which would be green the next time anyway, and hides nothing: a flaky test is a
fault of the product or of the test, and is to be found. Of a browser test the whole file is run again, on a
site of its own: its tests build on each other, and what the first try saved would stand in the second's way.
Those that a failure held up the first time stay counted as skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 5  # more failures than this are no wavering
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # in what Playwright says


@dataclass(frozen=True)
class Failure:
    """A failed test: how its runner calls it, and what it said."""

    test: str
    text: str

    @property
    def line(self) -> str:
        """Its name and the first words of what it said, on one line."""
        said = next((line.strip() for line in self.text.splitlines() if line.strip()), "")
        return f"{self.test}: {said[:200]}"


def junit_failures(result: Path) -> list[Failure]:
    """The failed tests of a pytest run, with errors in their set-up, as ``file.py::[Class::]name``."""
    found = []
    for case in ElementTree.parse(result).getroot().iter("testcase"):
        bad = [*case.findall("failure"), *case.findall("error")]
        if bad:
            text = "\n\n".join(f"{one.get('message', '')}\n{one.text or ''}" for one in bad)
            found.append(Failure(node_id(case.get("classname", ""), case.get("name", "")), text))
    return found


def node_id(classname: str, name: str) -> str:
    """A test's name for pytest's command line, from what its JUnit file has."""
    parts = classname.split(".")
    modules = [part for part in parts if not part[:1].isupper()]
    classes = parts[len(modules) :]
    return "::".join(["/".join(modules) + ".py", *classes, name])


def vitest_failures(result: Path) -> list[Failure]:
    """The failed tests of a Vitest run, as ``file > full name``; none for a file that does not load."""
    return [
        Failure(f"{file['name']} > {test['fullName']}", "\n".join(test.get("failureMessages", [])))
        for file in json.loads(result.read_text())["testResults"]
        for test in file["assertionResults"]
        if test["status"] == "failed"
    ]


def pytest_alone(command: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """The command for one test: what comes before pytest's own options, and the test."""
    start = list(command[: command.index("pytest") + 1])
    return lambda test: (*start, "-q", "-n0", test)


def vitest_alone(test: str) -> tuple[str, ...]:
    file, _, name = test.partition(" > ")
    return ("npx", "vitest", "run", file, "-t", f"^{re.escape(name)}$")


def playwright_specs(result: Path) -> list[tuple[str, dict[str, Any]]]:
    """Each test of a Playwright run: its file, and what the report says of it."""
    found: list[tuple[str, dict[str, Any]]] = []

    def walk(suite: dict[str, Any], file: str) -> None:
        found.extend((file, spec) for spec in suite.get("specs", []))
        for inner in suite.get("suites", []):
            walk(inner, file or inner.get("file", ""))

    for suite in json.loads(result.read_text())["suites"]:
        walk(suite, suite.get("file", ""))
    return found


def playwright_failures(result: Path) -> list[Failure]:
    """The failed tests of a Playwright run, as ``file > title``."""
    found = []
    for file, spec in playwright_specs(result):
        tests = spec["tests"]
        if any(test["status"] == "unexpected" for test in tests):
            errors = [
                error["message"] for test in tests for one in test["results"] for error in one["errors"]
            ]
            found.append(Failure(f"{file} > {spec['title']}", COLOUR.sub("", "\n\n".join(errors))))
    return found


def playwright_alone(command: Sequence[str], output: Path) -> Callable[[str], tuple[str, ...]]:
    """The command for the file of one test, which leaves the first run's result and traces as they are."""
    return lambda test: (*command, "--reporter=list", f"--output={output}", test.partition(" > ")[0])


def passed_alone(
    failures: Sequence[Failure],
    alone: Callable[[str], tuple[str, ...]],
    *,
    folder: Path,
    environment: dict[str, str],
    kept: Path,
) -> list[Failure]:
    """Run each failed test alone, and keep what those said that pass now; these.

    ``kept`` is the folder for what they said the first time. Tests of one command are run once.
    """
    if not 0 < len(failures) <= MOST:
        return []
    statuses: dict[tuple[str, ...], int] = {}
    for failure in failures:
        command = alone(failure.test)
        if command not in statuses:
            print(f"once more, alone: {failure.test}", flush=True)
            statuses[command] = subprocess.run(
                command, cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, check=False
            ).returncode
    flaky = [failure for failure in failures if statuses[alone(failure.test)] == 0]
    for failure in flaky:
        kept.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", failure.test)[-150:]
        (kept / f"{name}.txt").write_text(f"{failure.test}\n\n{failure.text}\n")
    return flaky
