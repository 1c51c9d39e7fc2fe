"""How far a replay is: written after every step, so that the next start goes on there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class OtherReplay(Exception):
    """The folder holds another replay."""


class State:
    """The state file of one replay. ``asked`` is what it was started with, and must stay the same."""

    def __init__(self, path: Path, asked: dict[str, Any]) -> None:
        self._path = path
        self._lock = threading.Lock()  # bots note what befell them, side by side
        self._told: dict[str, Any] = {"asked": asked, "steps": {}, "notes": []}
        if path.exists():
            self._told = json.loads(path.read_text("utf-8"))
            if self._told["asked"] != asked:
                was = ", ".join(f"{name} {value}" for name, value in self._told["asked"].items())
                raise OtherReplay(f"{path.parent} holds a replay with {was}: name another folder.")

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """By name what each step that was begun took, and left."""
        steps: dict[str, dict[str, Any]] = self._told["steps"]
        return steps

    @property
    def notes(self) -> list[str]:
        """What went wrong on the way and was got over."""
        notes: list[str] = self._told["notes"]
        return notes

    def note(self, text: str) -> None:
        """Keep what went wrong on the way, once."""
        with self._lock:
            if text in self.notes:
                return
            self.notes.append(text)
        self._write()

    def run(self, name: str, step: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
        """Do a step, unless it was done before; its result, as it was kept."""
        kept = self.steps.setdefault(name, {"seconds": 0.0, "done": False, "result": {}, "starts": 0})
        if kept["done"]:
            result: dict[str, Any] = kept["result"]
            return result
        kept["starts"] += 1
        self._write()
        with self._timed(kept):
            kept["result"] = step() or {}
            kept["done"] = True
        return dict(kept["result"])

    @contextmanager
    def _timed(self, kept: dict[str, Any]) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            kept["seconds"] += time.monotonic() - began
            self._write()

    def _write(self) -> None:
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(self._told, indent=1), "utf-8")
            part.replace(self._path)
