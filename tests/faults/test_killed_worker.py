"""A real worker is killed in the middle of a run, and a run is cancelled in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.support.site import ROOT, Site, running_site
from tests.support.waiting import wait_until

ENGINE = {"VERTEBASE_BUILTIN_ENGINE": "tests.faults.slow_engine.SlowEngine"}
pytestmark = pytest.mark.story


def act(site: Site, verb: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.actions", verb],
        cwd=ROOT,
        env=os.environ | ENGINE | {"VERTEBASE_VAR": str(site.var)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def state_when(site: Site, *, is_running: bool, seconds: float) -> dict[str, Any]:
    """Wait until the run is, or is no longer, under way in a worker."""

    def look() -> dict[str, Any]:
        told = act(site, "state")
        return told if (told["state"] == "running") is is_running else {}

    return wait_until(look, seconds=seconds, what="the run to start or end")


def test_a_run_whose_worker_is_killed_is_finished_by_another_once() -> None:
    with running_site(environment=ENGINE) as site:
        act(site, "start")
        process = int(state_when(site, is_running=True, seconds=90)["worker"].split(":")[1])
        os.kill(process, signal.SIGKILL)
        ended = state_when(site, is_running=False, seconds=180)
        assert (ended["state"], ended["job"], ended["attempts"], ended["masks"]) == (
            "succeeded",
            "succeeded",
            2,
            1,
        )


def test_a_run_is_cancelled_in_the_middle() -> None:
    with running_site(environment=ENGINE) as site:
        act(site, "start")
        state_when(site, is_running=True, seconds=90)
        act(site, "cancel")
        ended = state_when(site, is_running=False, seconds=60)
        assert (ended["state"], ended["job"], ended["masks"]) == ("cancelled", "cancelled", 0)
