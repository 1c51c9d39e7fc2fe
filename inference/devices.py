"""What networks run on: a graphics card where one is asked for and at hand, else the processor.

The rule is the same everywhere. A card that is not there, or that the caller's choice rules out, is
replaced by the processor before anything runs; one whose memory is too small first gets fewer pieces at
once, and when a single piece is too large the processor goes on. Each time a note says so. Two processes
that share a card take turns by a lock on a file, so that neither takes the other's memory.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import torch

from backend.science.engine_api import Cancelled

CPU = "cpu"
# So much of a card's free memory is used; the rest is left to what cannot be foreseen (fragments,
# workspaces).
_MEMORY_SHARE = 0.6
_ASK_AGAIN_S = 0.05


@dataclass(frozen=True)
class Chosen:
    """A device, and why it is not the one that was asked for."""

    device: str
    notes: tuple[str, ...] = ()


def torch_device(device: str) -> torch.device:
    """The device as torch knows it."""
    return torch.device(device)


def choose(asked: str, *, processor_only: bool = False) -> Chosen:
    """The device that a piece of work runs on."""
    if asked == CPU:
        return Chosen(CPU)
    if processor_only:
        return Chosen(CPU, (f"Run on the processor, as was asked for, and not on {asked}.",))
    if not _is_there(asked):
        return Chosen(CPU, (f"Run on the processor: no graphics card {asked} is at hand.",))
    return Chosen(asked)


def _is_there(device: str) -> bool:
    kind, _, number = device.partition(":")
    if kind != "cuda" or not torch.cuda.is_available():
        return False
    return (int(number) if number.isdecimal() else 0) < torch.cuda.device_count()


def batch_for(device: str, bytes_each: int, most: int) -> int:
    """How many pieces go through a network at once: one on a processor, which is no faster by more, and on a
    card as many as its free memory holds, up to `most`."""
    if device == CPU:
        return 1
    free, _ = torch.cuda.mem_get_info(torch_device(device))
    return max(1, min(most, int(_MEMORY_SHARE * free / bytes_each)))


def lock_path(device: str) -> Path:
    """The file that processes on this machine lock while they use a card."""
    folder = Path(os.environ.get("VERTEBASE_LOCKS", tempfile.gettempdir()))
    return folder / f"vertebase-{device.replace(':', '')}.lock"


@contextmanager
def turn_on(device: str, cancelled: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Wait until no other process uses the card, and keep it while the block runs. The processor is shared.

    Raises `Cancelled` where that is asked for while waiting.
    """
    if device == CPU:
        yield
        return
    path = lock_path(device)
    path.parent.mkdir(parents=True, exist_ok=True)
    never_set = Event()
    with path.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if cancelled():
                    raise Cancelled from None
                never_set.wait(_ASK_AGAIN_S)
        yield  # closing the file gives the lock back, also where the process dies


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a card had too little memory."""
    return isinstance(error, torch.cuda.OutOfMemoryError)
