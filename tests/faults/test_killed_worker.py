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


def running(site: Site) -> dict[str, Any]:
    """Wait until the run is under way in a worker."""
    return wait_until(
        lambda: state if (state := act(site, "state"))["state"] == "running" else None,
        seconds=90,
        what="the run to start",
    )


def test_a_run_whose_worker_is_killed_is_finished_by_another_once() -> None:
    with running_site(environment=ENGINE) as site:
        act(site, "start")
        process = int(running(site)["worker"].split(":")[1])
        os.kill(process, signal.SIGKILL)
        ended = wait_until(
            lambda: state if (state := act(site, "state"))["state"] != "running" else None,
            seconds=180,
            what="another worker to finish the run",
        )
        assert (ended["state"], ended["job"], ended["attempts"], ended["masks"]) == (
            "succeeded",
            "succeeded",
            2,
            1,
        )


def test_a_run_is_cancelled_in_the_middle() -> None:
    with running_site(environment=ENGINE) as site:
        act(site, "start")
        running(site)
        act(site, "cancel")
        ended = wait_until(
            lambda: state if (state := act(site, "state"))["state"] != "running" else None,
            seconds=60,
            what="the run to stop",
        )
        assert (ended["state"], ended["job"], ended["masks"]) == ("cancelled", "cancelled", 0)
