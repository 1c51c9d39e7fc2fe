"""Real workers: killed in the middle, told to stop, given a series that kills them, given an urgent one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.site import ROOT, Site, running_site
from tests.support.waiting import wait_until

NAMES = ("slow", "quick", "deaf", "deadly")
ENVIRONMENT = {
    "VERTEBASE_EXTRA_ENGINES": ",".join(
        f"{name}=tests.faults.slow_engine.{name.title()}Engine" for name in NAMES
    ),
    "VERTEBASE_WORKERS": "1",
}
ENDED = ("succeeded", "failed", "cancelled")
CANCELLED_WITHIN_SECONDS = 2.0
TRIES = 3
pytestmark = [pytest.mark.story, pytest.mark.slow]  # what a job does then, test_jobs and test_sweep show


class Hands:
    """Somebody who starts, cancels and looks at runs of the site, at a few milliseconds each."""

    def __init__(self, site: Site, environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.actions"],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT | {"VERTEBASE_VAR": str(site.var)} | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, *words: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def start(self, engine: str, priority: int = 0) -> str:
        return str(self.do("start", engine, str(priority))["id"])

    def state(self, run: str) -> str:
        return str(self.do("state", run)["state"])

    def wait(self, run: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        wait_until(lambda: self.state(run) in states, seconds=seconds, what=f"the run to be {states}")
        return self.do("state", run)

    def ended(self, run: str) -> dict[str, Any]:
        """How it ended: the run in one transaction, its job in the next."""
        self.wait(run, *ENDED)
        wait_until(lambda: self.do("state", run)["job"] != "running", seconds=30, what="the job to end")
        return self.do("state", run)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@pytest.fixture(scope="module")
def hands() -> Iterator[Hands]:
    with running_site(environment=ENVIRONMENT) as site:
        made = Hands(site)
        yield made
        made.end()


def test_a_run_whose_worker_is_killed_goes_on_where_it_was_and_is_finished_once(hands: Hands) -> None:
    run = hands.start("slow")
    read = [["read", "succeeded", {}]]
    wait_until(lambda: hands.do("state", run)["stages"][:1] == read, seconds=120, what="the first stage")
    os.kill(int(hands.do("state", run)["worker"].split(":")[1]), signal.SIGKILL)
    hands.do("expire", run)
    ended = hands.ended(run)
    assert (ended["state"], ended["job"], ended["attempts"], ended["masks"]) == (
        "succeeded",
        "succeeded",
        2,
        1,
    )
    assert ended["stages"][0] == ["read", "succeeded", {"reused": True}]


@pytest.mark.parametrize("engine", ["slow", "deaf"])
def test_a_cancel_takes_effect_within_two_seconds(hands: Hands, engine: str) -> None:
    """In the best of a few tries: other work on the machine can delay one, never hasten it."""
    taken_seconds: list[float] = []
    while len(taken_seconds) < TRIES and min(taken_seconds, default=60) >= CANCELLED_WITHIN_SECONDS:
        run = hands.start(engine)
        hands.wait(run, "running")
        hands.do("cancel", run)
        began = time.monotonic()
        hands.wait(run, *ENDED, seconds=60)
        taken_seconds.append(time.monotonic() - began)
        ended = hands.ended(run)
        assert (ended["state"], ended["job"], ended["masks"]) == ("cancelled", "cancelled", 0)
    assert min(taken_seconds) < CANCELLED_WITHIN_SECONDS


def test_the_more_urgent_run_is_taken_first(hands: Hands) -> None:
    at_work = hands.start("deaf")
    hands.wait(at_work, "running")
    calm, urgent = hands.start("quick"), hands.start("quick", priority=5)
    hands.do("cancel", at_work)
    ended = {run: hands.wait(run, "succeeded") for run in (calm, urgent)}
    assert ended[urgent]["started_at"] < ended[calm]["started_at"]


def test_a_series_that_kills_its_worker_blocks_no_other(hands: Hands) -> None:
    deadly = hands.start("deadly", priority=5)
    sound = hands.start("quick")
    hands.wait(sound, "succeeded")
    assert hands.state(deadly) in ("queued", "running")  # it waits for its lease to end, in nobody's way
    wait_until(
        lambda: hands.do("expire", deadly)["state"] == "failed", seconds=180, what="the deadly run to fail"
    )
    assert hands.do("state", deadly)["error"] == "The worker was lost too often."
