"""Two hundred managers have the board open, one of them excludes a case: when do the others hear of it?

The whole product as a user starts it, with its broker and web server, and a real websocket for each board.
Bar: the last of them within a second of the change, seen from who made it. The load stands beside.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.bench import report
from tests.support.site import ROOT, Site, running_site

BOARDS = int(os.environ.get("SCALE_BOARDS", "200"))
BAR_SECONDS = 1.0
LONGEST = 60.0


def people_of(site: Site) -> dict[str, Any]:
    environment = os.environ | {
        "VERTEBASE_VAR": str(site.var),
        "DJANGO_SETTINGS_MODULE": "backend.config.settings.development",
    }
    command = [sys.executable, "-m", "tests.bench.boards_people", str(BOARDS)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def exclude(site: Site, told: dict[str, Any], case: str) -> float:
    """Exclude one case as the first manager; how long the request took."""
    token = "a" * 32
    began = time.perf_counter()
    answer = requests.post(
        f"{site.url}/api/v1/projects/{told['slug']}/cases/bulk",
        json={"action": "exclude", "case_ids": [case], "exclusion": {"reason": "other", "note": "a bench"}},
        cookies={told["cookie"]: told["sessions"][0], told["csrf_cookie"]: token},
        headers={"X-CSRFToken": token, "Referer": site.url},
        timeout=LONGEST,
    )
    answer.raise_for_status()
    if not all(outcome["done"] for outcome in answer.json()):
        raise RuntimeError(answer.text)
    return time.perf_counter() - began


async def heard(socket: ClientConnection) -> float:
    """When the board is told that a case has moved."""
    while True:
        if json.loads(await asyncio.wait_for(socket.recv(), LONGEST))["type"] == "board":
            return time.perf_counter()


async def one_change(site: Site, told: dict[str, Any], sockets: list[ClientConnection], case: str) -> Any:
    began = time.perf_counter()
    waiting = [asyncio.create_task(heard(socket)) for socket in sockets]
    request = await asyncio.to_thread(exclude, site, told, case)
    times = sorted(at - began for at in await asyncio.gather(*waiting))
    return {
        "request_s": round(request, 3),
        "first_s": round(times[0], 3),
        "median_s": round(times[len(times) // 2], 3),
        "last_s": round(times[-1], 3),
    }


async def measure(site: Site, told: dict[str, Any]) -> list[Any]:
    sockets = []
    for session in told["sessions"]:
        address = f"{site.websocket_url}/ws/projects/{told['slug']}/"
        cookie = {"Cookie": f"{told['cookie']}={session}"}
        socket = await connect(address, additional_headers=cookie, origin=Origin(site.url))
        if json.loads(await socket.recv())["type"] != "snapshot":
            raise RuntimeError("a board was not let in")
        sockets.append(socket)
    changes = [await one_change(site, told, sockets, case) for case in told["cases"]]
    for socket in sockets:
        await socket.close()
    return changes


def run() -> dict[str, Any]:
    """The figures, from one run."""
    with running_site() as site:
        told = people_of(site)
        before = os.getloadavg()[0]
        changes = asyncio.run(measure(site, told))
    slowest = max(change["last_s"] for change in changes[1:])  # the first one warms the server
    return {
        "boards": BOARDS,
        "changes": changes,
        "slowest_last_s": slowest,
        "load": [before, os.getloadavg()[0]],
        "missed": [f"the last board: {slowest} s"] if slowest > BAR_SECONDS else [],
    }


if __name__ == "__main__":
    sys.exit(report.write(run))
