"""What tests cost: seconds of the processor by file and by test, those of ended child processes among them.

``pytest -n0 -p tests.support.costs FILE``. Unlike a duration it says the same on a busy machine as on an idle
one, to a fifth or so: what shares a core's cache costs more.
"""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Generator

import pytest

MOST = 15
COSTS = pytest.StashKey[dict[str, float]]()


def processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COSTS] = defaultdict(float)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A fixture of a module or of the session counts for the test that asked first."""
    before = processor_seconds()
    try:
        return (yield)
    finally:
        item.config.stash[COSTS][item.nodeid] += processor_seconds() - before


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tests = config.stash[COSTS]
    files: dict[str, float] = defaultdict(float)
    for test, seconds in tests.items():
        files[test.partition("::")[0]] += seconds
    for title, costs in (("files", files), ("tests", tests)):
        terminalreporter.section(f"processor seconds of {title}")
        for name, seconds in sorted(costs.items(), key=lambda one: -one[1])[:MOST]:
            terminalreporter.write_line(f"{seconds:8.1f}  {name}")
    terminalreporter.write_line(f"{sum(tests.values()):8.1f}  in all, without the start")
