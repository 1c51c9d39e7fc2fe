"""What finished stages leave in the run's folder, so that a run that was cut short goes on where it stopped.

Every entry is a safetensors file whose metadata hold the key it was made under: a digest over all that the
stage's result depends on. An entry under another key, or one that cannot be read, counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

Arrays = Mapping[str, npt.NDArray[Any]]


def digest_of(value: object) -> str:
    """SHA-256 of something that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def array_digest(array: npt.NDArray[Any]) -> str:
    """SHA-256 of an array's type, shape, order and values, read as they lie in memory."""
    straight = array.T if array.flags.f_contiguous else np.ascontiguousarray(array)
    running = hashlib.sha256(f"{array.dtype.str}{array.shape}{array.flags.f_contiguous}".encode())
    running.update(straight.data)
    return running.hexdigest()


@dataclass(frozen=True)
class Entry:
    """One stage's arrays, and small values beside them."""

    arrays: Arrays
    values: dict[str, Any]


class StageStore:
    """Entries by name in one folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, name: str, key: str) -> Entry | None:
        """The entry made under `key`, or None."""
        path = self._path(name)
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="numpy") as kept:
                about = kept.metadata() or {}
                if about.get("key") != key:
                    return None
                return Entry({n: kept.get_tensor(n) for n in kept.keys()}, json.loads(about["values"]))  # noqa: SIM118
        except (SafetensorError, ValueError, KeyError):
            return None  # cut short or damaged: the stage runs again

    def save(self, name: str, key: str, entry: Entry) -> None:
        """Keep an entry; it appears whole or not at all."""
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = self._path(name).with_suffix(".part")
        arrays = {n: np.ascontiguousarray(a) for n, a in entry.arrays.items()}
        save_file(arrays, partial, metadata={"key": key, "values": json.dumps(entry.values)})
        partial.replace(self._path(name))

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.safetensors"
