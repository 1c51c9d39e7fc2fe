"""What several processes of tests need, and is long in the making: made by the first, read by the others."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def made_once(name: str, inputs: Iterable[Path], make: Callable[[], bytes]) -> bytes:
    """What ``make`` gives, kept under ``build/test`` for as long as no input changes."""
    sha = hashlib.sha256()
    for path in sorted(inputs):
        sha.update(f"{path.relative_to(ROOT)}\0".encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    folder = ROOT / "build" / "test" / name
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / sha.hexdigest()[:16]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            part = made.with_suffix(".part")
            part.write_bytes(make())
            os.replace(part, made)
    return made.read_bytes()
