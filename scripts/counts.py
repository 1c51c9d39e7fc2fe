"""What the test runners' result files say: how many tests passed, and which ones."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts import second_try


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: list[str] = field(default_factory=list)  # among those that passed
    broken: list[str] = field(default_factory=list)  # among those that failed, with what they said

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.flaky += other.flaky
        self.broken += other.broken

    def forgive(self, flaky: Sequence[second_try.Failure]) -> None:
        """Count what failed first and passed alone as passed, and name it."""
        self.passed += len(flaky)
        self.failed -= len(flaky)
        self.flaky += [failure.test for failure in flaky]

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


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
    return Counts(stats["expected"], stats["unexpected"] + errors, stats["skipped"])


def junit_outcomes(result: Path) -> dict[str, bool]:
    """Whether each test of a pytest run passed, as ``file.py::[Class::]name``; skipped ones are left out."""
    bad = {failure.test for failure in second_try.junit_failures(result)}
    cases = ElementTree.parse(result).getroot().iter("testcase")
    ran = [case for case in cases if case.find("skipped") is None]
    names = [second_try.node_id(case.get("classname", ""), case.get("name", "")) for case in ran]
    return {name: name not in bad for name in names}


def vitest_outcomes(result: Path) -> dict[str, bool]:
    """Whether each test of a Vitest run passed, as ``file > full name``; a file that does not load failed."""
    outcomes = {}
    for file in json.loads(result.read_text())["testResults"]:
        if not file["assertionResults"]:
            outcomes[file["name"]] = file["status"] != "failed"
        for test in file["assertionResults"]:
            if test["status"] in ("passed", "failed"):
                outcomes[f"{file['name']} > {test['fullName']}"] = test["status"] == "passed"
    return outcomes


def playwright_outcomes(result: Path) -> dict[str, bool]:
    """Whether each test of a Playwright run passed at the first try, as ``file > title``."""
    outcomes = {}
    for file, spec in second_try.playwright_specs(result):
        statuses = {test["status"] for test in spec["tests"]}
        if statuses != {"skipped"}:
            outcomes[f"{file} > {spec['title']}"] = statuses <= {"expected", "skipped"}
    return outcomes
