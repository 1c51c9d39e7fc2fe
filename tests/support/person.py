"""A person at the site: signs in as the browser does, speaks REST with session cookie and CSRF token."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray
from websockets.sync.client import connect
from websockets.typing import Origin

from backend.science.edits import apply, decode, encode_slices

TIMEOUT_SECONDS = 120.0
CHUNK_BYTES = 4 << 20
MaskArray = NDArray[np.uint8]


@dataclass
class OpenMask:
    """A mask as the workstation holds it: the voxels, and the revision and digest that the server gave."""

    array: MaskArray
    revision: int
    digest: str

    def take(self, answer: dict[str, Any]) -> None:
        """Apply an edit that the server made."""
        apply(self.array, decode(base64.b64decode(answer["payload_b64"])))
        self.revision, self.digest = answer["revision"], answer["digest"]


class Refused(AssertionError):
    """The site answered with another status than the test expected."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.body: dict[str, Any] = {}
        if response.headers.get("Content-Type", "").startswith("application/json"):
            self.body = response.json()
        super().__init__(
            f"{response.request.method} {response.url}: {response.status_code} {response.text[:800]}"
        )

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


class Person:
    """One signed-in user. Every method raises `Refused` when the site does not answer with success."""

    def __init__(self, site: str, email: str, password: str) -> None:
        self.site = site
        self.email = email
        self.session = requests.Session()
        self.session.get(f"{site}/sign-in", timeout=TIMEOUT_SECONDS)
        self.session.get(f"{site}/_allauth/browser/v1/config", timeout=TIMEOUT_SECONDS)
        self.send("POST", "/_allauth/browser/v1/auth/login", json={"email": email, "password": password})

    def send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """One request to an absolute path, with the CSRF header where it writes."""
        headers = dict(arguments.pop("headers", {}))
        if method not in {"GET", "HEAD"}:
            headers["X-CSRFToken"] = self.session.cookies.get("csrftoken", "")
            headers["Referer"] = self.site
        response = self.session.request(
            method, f"{self.site}{path}", headers=headers, timeout=TIMEOUT_SECONDS, **arguments
        )
        if not response.ok:
            raise Refused(response)
        return response

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", f"/api/v1{path}", params=query).json()

    def all(self, path: str, **query: Any) -> list[Any]:
        """All rows of a paginated list."""
        page = self.get(path, **query)
        if isinstance(page, list):
            return page
        rows = list(page["results"])
        while page["next"]:
            page = self.send("GET", page["next"].removeprefix(self.site)).json()
            rows += page["results"]
        return rows

    def post(self, path: str, body: Any = None) -> Any:
        response = self.send("POST", f"/api/v1{path}", json=body if body is not None else {})
        return response.json() if response.content else None

    def put(self, path: str, body: Any) -> Any:
        return self.send("PUT", f"/api/v1{path}", json=body).json()

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", f"/api/v1{path}", json=body).json()

    def upload(self, batch: str, files: Iterable[tuple[str, Path]]) -> None:
        """Upload files by tus, each with its path in the dropped folder; then have the batch processed."""
        for relative, path in files:
            self._tus(batch, relative, path.read_bytes())
        self.post(f"/batches/{batch}/process")

    def _tus(self, batch: str, relative: str, data: bytes) -> None:
        def pair(key: str, value: str) -> str:
            return f"{key} {base64.b64encode(value.encode()).decode()}"

        metadata = [
            pair("batch", batch),
            pair("filename", Path(relative).name),
            pair("relativePath", relative),
        ]
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(data)),
            "Upload-Metadata": ",".join(metadata),
        }
        created = self.send("POST", "/api/v1/uploads/", headers=headers)
        location = created.headers["Location"].removeprefix(self.site)
        for start in range(0, len(data), CHUNK_BYTES):
            chunk_headers = {
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(start),
                "Content-Type": "application/offset+octet-stream",
            }
            self.send("PATCH", location, data=data[start : start + CHUNK_BYTES], headers=chunk_headers)

    def open_mask(self, assignment: str, shape: Iterable[int]) -> OpenMask:
        """The mask of an assignment's edit session as it is now."""
        response = self.send("GET", f"/api/v1/assignments/{assignment}/mask")
        array = np.zeros(tuple(shape), np.uint8)
        apply(array, decode(response.content))
        return OpenMask(
            array, int(response.headers["X-Vertebase-Revision"]), response.headers["X-Vertebase-Digest"]
        )

    def read_mask(self, path: str, shape: Iterable[int]) -> MaskArray:
        """Any whole mask that the person may see."""
        array = np.zeros(tuple(shape), np.uint8)
        apply(array, decode(self.send("GET", f"/api/v1{path}").content))
        return array

    def save(self, assignment: str, mask: OpenMask, slices: Iterable[int], kind: str = "brush") -> str:
        """Send the slices of `mask` that changed, as one stroke; returns the operation's id."""
        operation = str(uuid.uuid4())
        self.send_operation(assignment, mask, encode_slices(mask.array, slices), operation, kind)
        return operation

    def send_operation(
        self, assignment: str, mask: OpenMask, payload: bytes, operation: str, kind: str = "brush"
    ) -> dict[str, Any]:
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Operation-Id": operation,
            "X-Base-Revision": str(mask.revision),
            "X-Operation-Kind": kind,
        }
        answer = self.send(
            "POST", f"/api/v1/assignments/{assignment}/operations", data=payload, headers=headers
        ).json()
        mask.revision, mask.digest = answer["revision"], answer["digest"]
        return dict(answer)

    @contextmanager
    def listening(self, path: str) -> Iterator[Listener]:
        """An open websocket, as the page has one."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.session.cookies.items())
        address = self.site.replace("http://", "ws://") + path
        with connect(address, additional_headers={"Cookie": cookies}, origin=Origin(self.site)) as socket:
            yield Listener(socket)


class Listener:
    """Messages of one websocket, in order."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def next(self, *, seconds: float) -> dict[str, Any]:
        """The next message; `TimeoutError` when nothing comes for `seconds`."""
        return dict(json.loads(self._socket.recv(timeout=seconds)))
