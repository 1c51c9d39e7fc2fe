"""A program that is told by webhook: a real HTTP server that keeps what came and answers as it is bidden."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    headers: dict[str, str]
    body: bytes
    path: str


@dataclass
class Listener:
    """Answers with ``status``; ``url`` has a path and a query, which have to arrive."""

    url: str = ""
    status: int = 200
    location: str | None = None
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append(Heard(dict(self.headers), body, self.path))
            self.send_response(listener.status)
            if listener.location is not None:
                self.send_header("Location", listener.location)
            self.end_headers()
            self.wfile.write(b"come\nback later")

        def log_message(self, *args: Any) -> None:
            """Tests say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    listener.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}/hook?for=spine"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
