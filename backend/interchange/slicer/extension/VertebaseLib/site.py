"""Questions to a Vertebase site, with the standard library alone: Slicer's Python has no other client.

Python 3.9, as in Slicer 5.0.
"""

from __future__ import annotations

import json
import platform
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping  # noqa: UP035 - Python 3.9

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TIMEOUT_SECONDS = 120.0
PROGRAM = "3D Slicer"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
WAITING = ("authorization_pending", "slow_down")
PAGE_SIZE = 200


class Refused(Exception):
    """The site did not do it: its stable ``code``, and its sentence for people."""

    def __init__(self, status: int, code: str, message: str, extra: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.extra = status, code, extra or {}


class Unreachable(Exception):
    """The site did not answer."""


@dataclass(frozen=True)
class Answer:
    """An answer that is none of refusal."""

    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Code:
    """What a person enters at the site, where, and how often to ask whether they have."""

    user_code: str
    address: str
    device_code: str
    interval_seconds: int
    expires_seconds: int


def default_site() -> str:
    """The site that this module was downloaded from."""
    path = Path(__file__).parent / "site.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else "https://"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is sent to no other address than the one that was entered."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Site:
    """A site, as the person whose token it is."""

    def __init__(self, address: str, token: str = "") -> None:
        parts = urllib.parse.urlsplit(address.strip().rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("Enter the site's address; it starts with https://")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("This address is not encrypted: anybody on the way could read the sign-in.")
        self.address = urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self.token = token
        self._opener = urllib.request.build_opener(NoRedirect())

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One request under ``/api/v1``. Bytes go as they are, all else as JSON.

        Raises
        ------
        Refused, Unreachable
        """
        request = self._request(method, path, body, headers, query)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return Answer(response.read(), dict(response.headers.items()))
        except urllib.error.HTTPError as error:
            raise _refusal(error.code, error.read()) from error
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self.address} does not answer: {error}") from error

    def _request(
        self,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None,
        query: Mapping[str, Any] | None,
    ) -> urllib.request.Request:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        address = f"{self.address}/api/v1{path}" + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        said = {"Accept": "application/json, */*", **(headers or {})}
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        content, media_type = _content(body)
        if media_type:
            said["Content-Type"] = media_type
        return urllib.request.Request(address, data=content, headers=said, method=method)

    def me(self) -> dict[str, Any]:
        """Who the token is for. `Refused` (401) where it is none."""
        return dict(self.send("GET", "/me").json())

    def rows(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list."""
        page = 1
        while True:
            told = self.send("GET", path, query={**query, "page": page, "page_size": PAGE_SIZE}).json()
            yield from told["results"]
            if not told["next"]:
                return
            page += 1

    def begin_sign_in(self) -> Code:
        """Ask for a code that a person confirms at the site; it may do tasks, and nothing else."""
        body = {"client_id": PROGRAM, "scope": "annotate", "device_name": platform.node()[:60]}
        told = self.send("POST", "/device/code", body).json()
        return Code(
            told["user_code"],
            told["verification_uri_complete"],
            told["device_code"],
            int(told["interval"]),
            int(told["expires_in"]),
        )

    def end_sign_in(self, code: Code) -> tuple[bool, int]:
        """Whether the person has confirmed, and this is their site now; else the seconds to ask again after.

        Raises
        ------
        Refused
            they said no, or the code has expired.
        """
        body = {"grant_type": GRANT, "device_code": code.device_code, "client_id": PROGRAM}
        try:
            told = self.send("POST", "/device/token", body).json()
        except Refused as refused:
            if refused.code not in WAITING:
                raise
            return False, int(refused.extra.get("interval", code.interval_seconds))
        self.token = told["access_token"]
        return True, 0


def _content(body: Any) -> tuple[bytes | None, str]:
    if body is None:
        return None, ""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return json.dumps(body).encode(), "application/json"


def _refusal(status: int, body: bytes) -> Refused:
    try:
        told = json.loads(body)
        return Refused(status, told["code"], told["message"], told.get("extra"))
    except (ValueError, KeyError, TypeError):
        return Refused(status, f"http_{status}", f"The site answered with status {status}.")
