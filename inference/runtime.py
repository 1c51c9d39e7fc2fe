"""Running the networks: device, precision, threads, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from backend.science.engine_api import Cancelled
from inference.devices import CPU, batch_for, is_out_of_memory, torch_device


def never() -> bool:
    """Not cancelled."""
    return False


@dataclass
class Retreat:
    """Whether a run has left its card for the processor, and what is to be said of it."""

    notes: list[str] = field(default_factory=list)
    on_processor: bool = False
    most_at_once: int | None = None  # what the card's memory was found to hold


@dataclass(frozen=True)
class Runtime:
    """Where and how networks run. `check` raises `Cancelled` soon after the site asked to stop.

    All copies made by `replace` share the `retreat`: once one had to leave the card, the others have, too.
    """

    device: str = CPU
    mixed_precision: bool = True
    cancelled: Callable[[], bool] = never
    tell: Callable[[float], None] = lambda _: None
    retreat: Retreat = field(default_factory=Retreat)

    @property
    def current(self) -> str:
        """The device that is in use now."""
        return CPU if self.retreat.on_processor else self.device

    def check(self, fraction: float) -> None:
        """Report how far the stage has come, and stop where that was asked for."""
        if self.cancelled():
            raise Cancelled
        self.tell(fraction)

    def precision(self) -> AbstractContextManager[object]:
        """bf16 where the processor computes in it, fp16 on a card, float32 elsewhere."""
        kind = torch.bfloat16 if self.current == CPU else torch.float16
        return torch.autocast(torch_device(self.current).type, kind, enabled=self.mixed_precision)

    def batch(self, bytes_each: int, most: int) -> int:
        """How many pieces of so much working memory each are worth giving at once."""
        return batch_for(self.current, bytes_each, most)

    def run(self, network: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
        """The network's outputs as float32 on the CPU.

        Where the card's memory is too small the batch is halved; where one piece alone is too large, the
        processor goes on, with a note in `retreat`.
        """
        while True:
            at_once = self.retreat.most_at_once or x.shape[0]
            try:
                return self._run(network, x, at_once)
            except torch.cuda.OutOfMemoryError as error:
                if self.current == CPU or not is_out_of_memory(error):
                    raise
                self._give_way(min(at_once, x.shape[0]))

    def _run(self, network: nn.Module, x: Tensor, at_once: int) -> tuple[Tensor, ...]:
        device = torch_device(self.current)
        network.to(device)
        pieces = []
        with torch.inference_mode(), self.precision():
            for piece in torch.split(x, max(1, at_once)):
                out = network(piece.to(device))
                parts = out if isinstance(out, tuple) else (out,)
                pieces.append(tuple(part.float().cpu() for part in parts))
        if len(pieces) == 1:
            return pieces[0]
        return tuple(torch.cat(parts) for parts in zip(*pieces, strict=True))

    def _give_way(self, tried: int) -> None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if tried > 1:
            self.retreat.most_at_once = tried // 2
            return
        self.retreat.on_processor = True
        self.retreat.most_at_once = None
        self.retreat.notes.append(
            f"The memory of {self.device} was too small for a single piece: the processor went on."
        )


def has_fast_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware; without it, mixed precision is slower than float32."""
    flags = _cpu_flags()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _cpu_flags() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return ""
