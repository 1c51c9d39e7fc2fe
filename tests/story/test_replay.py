"""A small share of the paper made again on a site of its own, killed in the middle and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.migrated import put_database
from tests.support.site import ROOT
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.story, pytest.mark.slow]
SHARE = "0.02"
LONG_SECONDS = 1800.0


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    environment.pop("DJANGO_SETTINGS_MODULE", None)  # pytest's own, not the product's
    command = [sys.executable, "manage.py", "replay", "--share", SHARE, "--folder", str(folder)]
    with (folder / "replay.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)


def steps(folder: Path) -> dict[str, Any]:
    path = folder / "state.json"
    found: dict[str, Any] = json.loads(path.read_text())["steps"] if path.exists() else {}
    return found


def test_a_share_of_the_paper_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    put_database(tmp_path / "site")
    first = start(tmp_path)
    try:
        wait_until(
            lambda: first.poll() is not None or "1 accepted" in (tmp_path / "replay.log").read_text(),
            seconds=LONG_SECONDS,
            what="a case to be accepted",
        )
        assert first.poll() is None, (tmp_path / "replay.log").read_text()[-2000:]
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    second = start(tmp_path)
    try:
        code = second.wait(timeout=LONG_SECONDS)
    finally:
        second.kill()
    assert code == 0, (tmp_path / "replay.log").read_text()[-2000:]
    done = steps(tmp_path)
    assert all(step["done"] for step in done.values())
    assert (done["upload"]["starts"], done["rate"]["starts"]) == (1, 2)
    figures = json.loads((tmp_path / "report" / "figures.json").read_text())
    assert figures
    assert [line for line in figures if not line["ok"]] == []
    assert all(done["challenge"]["result"]["hidden_before"].values())
    assert all(done["boards"]["result"]["shown"].values())
    rows = done["boards"]["result"]["boards"]["test"]["rows"]
    dice = {row["team"]: row["dice"]["value"] for row in rows}
    assert dice["Careful"] > dice["Middling"] > dice["Hasty"]
    assert all(row["grades"]["untold"] == 0 for row in rows)
