"""Whose address limits and lock-outs go by: the connection's, never one that the asker wrote in a header."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
import requests
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.workflow.management.commands.up import Command
from tests.deployment.compose import ROOT, example_variables, services
from tests.deployment.test_production import edge, nginx

__all__ = ["nginx"]  # a fixture
FORGED = "198.51.100.66"
ASKER = "203.0.113.9"


@contextmanager
def recorder() -> Iterator[tuple[str, list[str]]]:
    """A site that keeps what nginx says of the asker."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(", ".join(self.headers.get_all("X-Forwarded-For", [])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("path", ["/api/v1/config", "/api/v1/uploads/"])
def test_nginx_overwrites_what_the_asker_wrote(nginx: str, tmp_path: Path, path: str) -> None:
    with recorder() as (site, seen), edge(nginx, tmp_path, site, trusted_proxy="192.0.2.1/32") as front:
        requests.get(front + path, headers={"X-Forwarded-For": FORGED}, timeout=20)
    assert seen == ["127.0.0.1"]


def test_nginx_takes_a_trusted_proxy_s_word_for_the_last_hop_only(nginx: str, tmp_path: Path) -> None:
    with recorder() as (site, seen), edge(nginx, tmp_path, site, trusted_proxy="127.0.0.1/32") as front:
        requests.get(f"{front}/x", headers={"X-Forwarded-For": f"{FORGED}, {ASKER}"}, timeout=20)
    assert seen == [ASKER]


def test_nginx_says_in_json_what_it_refuses_itself(nginx: str, tmp_path: Path) -> None:
    with recorder() as (site, _), edge(nginx, tmp_path, site) as front:
        large = requests.post(f"{front}/api/v1/me", data=b"x" * (67 << 20), timeout=60)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    (tmp_path / "gone").mkdir()
    with edge(nginx, tmp_path / "gone", "http://127.0.0.1:1") as front:
        gone = requests.get(f"{front}/api/v1/me", timeout=20)
    assert (gone.status_code, gone.json()["code"]) == (503, "unavailable")
    assert gone.headers["Retry-After"] == "10"


def address_behind(trusted: str, peer: str, header: str) -> str:
    """The asker's address as Django would see it."""
    told: list[str] = []

    async def site(scope: Any, receive: Any, send: Any) -> None:
        told.append(scope["client"][0])

    scope: Any = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", header.encode())]}
    nothing: Any = None
    asyncio.run(ProxyHeadersMiddleware(site, trusted)(scope, nothing, nothing))
    return told[0]


def test_the_web_service_believes_nginx_and_nobody_from_outside() -> None:
    command = services(example_variables())["web"].command
    trusted = command[command.index("--forwarded-allow-ips") + 1]
    assert address_behind(trusted, "172.18.0.9", ASKER) == ASKER
    assert address_behind(trusted, "172.18.0.9", f"{FORGED}, {ASKER}") == ASKER
    assert address_behind(trusted, ASKER, FORGED) == ASKER


def test_the_embedded_site_believes_no_header() -> None:
    command = Command()
    command.var, command.host, command.port = ROOT / "var", "127.0.0.1", 8000
    with patch.dict("os.environ", {"DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}):
        words = shlex.join(command._web().command)
    assert "--no-proxy-headers" in words
