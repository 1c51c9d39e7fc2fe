"""Sending a body to an address that somebody typed: https, no way into the site's own network, no redirect.

The name is looked up once, every address behind it is judged, and the connection goes to the one that was
judged: a name that leads elsewhere a moment later reaches nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from backend.common.errors import Invalid

SECONDS = 10.0  # to connect, and for each answer of the network
ANSWER_BYTES = 300  # of what the other program says, for whoever looks why it failed


class BadAddress(Invalid):
    code = "bad_webhook_address"
    message = "Give the address of a program on the internet, beginning with https://."


class NotReached(Exception):
    """The message was not handed over; the text says why, for the manager."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other program said."""

    status: int
    text: str


def checked_address(address: str) -> str:
    """The address as it will be used.

    Raises
    ------
    BadAddress
        not https, with a user name or password, without a host, or a host of the site's own network.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as exc:
        raise BadAddress from exc
    host = parts.hostname or ""
    allowed = ("https", "http") if host in _own_hosts() else ("https",)
    if parts.scheme not in allowed or not host or parts.username or parts.password or port == 0:
        raise BadAddress
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return parts.geturl()
    if not _is_outside(str(literal)) and host not in _own_hosts():
        raise BadAddress(message=f"{host} is an address inside of a network, not of the internet.")
    return parts.geturl()


def send(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST the body.

    Raises
    ------
    NotReached
        no such host, a host of the site's own network, no connection, no answer in time, no HTTP.
    """
    parts = urlsplit(address)
    connection = _connection(parts, _judged(parts))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=body, headers={**headers, "Host": _host_header(parts)})
        response = connection.getresponse()
        return Answer(response.status, response.read(ANSWER_BYTES).decode("utf-8", "replace"))
    except TimeoutError as exc:
        raise NotReached(f"No answer within {SECONDS:g} seconds.") from exc
    except ssl.SSLError as exc:
        raise NotReached(
            f"The connection is not secure: {exc.reason or 'its certificate was refused'}."
        ) from exc
    except (OSError, HTTPException) as exc:
        raise NotReached(f"No connection: {exc or type(exc).__name__}.") from exc
    finally:
        connection.close()


def _own_hosts() -> list[str]:
    hosts: list[str] = settings.VERTEBASE_WEBHOOK_HOSTS
    return hosts


def _is_outside(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_global and not found.is_multicast


def _judged(parts: SplitResult) -> tuple[str, int]:
    """The address to connect to: every one behind the name is of the internet."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise NotReached(f"There is no host {host}.") from exc
    addresses = [str(row[4][0]) for row in found]
    if host not in _own_hosts() and not all(_is_outside(address) for address in addresses):
        raise NotReached(f"{host} leads into the site's own network, where nothing is sent.")
    return addresses[0], port


def _host_header(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host


def _connection(parts: SplitResult, judged: tuple[str, int]) -> HTTPConnection:
    address, port = judged
    if parts.scheme == "http":
        return HTTPConnection(address, port, timeout=SECONDS)
    return _NamedConnection(address, port, name=parts.hostname or "")


class _NamedConnection(HTTPSConnection):
    """To an address that was judged; its certificate is that of the name."""

    def __init__(self, address: str, port: int, *, name: str) -> None:
        self._named = name
        self._trust = ssl.create_default_context()
        super().__init__(address, port, timeout=SECONDS, context=self._trust)

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self._named)
