"""The part of a site that uploads speak with, in memory: batches and tus 1.0 with checksums."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.client.serving import Asked, Reply

JSON = {"Content-Type": "application/json"}


@dataclass
class Held:
    """One file on its way in."""

    batch: str
    relative: str
    size: int
    data: bytes = b""

    def row(self, key: str) -> dict[str, Any]:
        state = "received" if len(self.data) == self.size else "receiving"
        return {
            "id": key,
            "name": self.relative.rpartition("/")[2],
            "relative_path": self.relative,
            "size_bytes": self.size,
            "offset_bytes": len(self.data),
            "state": state,
        }


def refused(status: int, code: str, **extra: Any) -> Reply:
    return Reply(status, json.dumps({"code": code, "message": code, "extra": extra}).encode(), JSON)


@dataclass
class Tus:
    """``trouble`` may put another reply in place of one; what was asked has happened by then."""

    trouble: Callable[[Asked, Reply], Reply] = lambda asked, reply: reply
    states: dict[str, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: int = 0

    def __call__(self, asked: Asked) -> Reply:
        with self.lock:
            reply = self._answer(asked)
        return self.trouble(asked, reply)

    def _answer(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")[2:]
        match asked.method, parts:
            case "POST", ["projects", _, "batches"]:
                self.states[key := self._key("b")] = "receiving"
                return self._batch(key, 201)
            case "GET", ["batches", key]:
                return self._batch(key) if key in self.states else refused(404, "not_found")
            case "POST", ["batches", key, "process"]:
                if any(len(one.data) < one.size for one in self.in_batch(key)):
                    return refused(409, "uploads_incomplete")
                self.states[key] = "processing"
                return self._batch(key)
            case "POST", ["uploads"]:
                return self._announced(asked)
            case _, ["uploads", key] if key in self.held:
                return self._of_upload(asked, key)
        return refused(404, "not_found")

    def _key(self, kind: str) -> str:
        self.numbers += 1
        return f"{kind}{self.numbers}"

    def in_batch(self, batch: str) -> list[Held]:
        return [one for one in self.held.values() if one.batch == batch]

    def _batch(self, key: str, status: int = 200) -> Reply:
        rows = [one.row(upload) for upload, one in self.held.items() if one.batch == key]
        told = {"id": key, "state": self.states[key], "uploads": rows, "series": [], "job": None}
        return Reply(status, json.dumps(told).encode(), JSON)

    def _announced(self, asked: Asked) -> Reply:
        pairs = (pair.split(" ") for pair in asked.headers["Upload-Metadata"].split(","))
        told = {key: base64.b64decode(value).decode() for key, value in pairs}
        key = self._key("u")
        self.held[key] = Held(told["batch"], told["relativePath"], int(asked.headers["Upload-Length"]))
        return Reply(201, b"", {"Location": f"http://{asked.headers['Host']}/api/v1/uploads/{key}/"})

    def _of_upload(self, asked: Asked, key: str) -> Reply:
        one = self.held[key]
        if asked.method == "DELETE":
            del self.held[key]
            return Reply(204)
        if asked.method == "PATCH":
            checksum = base64.b64encode(hashlib.sha256(asked.body).digest()).decode()
            if asked.headers["Upload-Checksum"] != f"sha256 {checksum}":
                return refused(460, "checksum_mismatch")
            if int(asked.headers["Upload-Offset"]) != len(one.data):
                return refused(409, "offset_conflict", offset_bytes=len(one.data))
            one.data += asked.body
        return Reply(204 if asked.method == "PATCH" else 200, b"", {"Upload-Offset": str(len(one.data))})
