"""Running the networks: device, precision, threads, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from backend.science.engine_api import Cancelled


def never() -> bool:
    """Not cancelled."""
    return False


@dataclass(frozen=True)
class Runtime:
    """Where and how networks run. `check` raises `Cancelled` soon after the site asked to stop."""

    device: str = "cpu"
    mixed_precision: bool = True
    cancelled: Callable[[], bool] = never
    tell: Callable[[float], None] = lambda _: None

    def check(self, fraction: float) -> None:
        """Report how far the stage has come, and stop where that was asked for."""
        if self.cancelled():
            raise Cancelled
        self.tell(fraction)

    def precision(self) -> AbstractContextManager[object]:
        """bf16 where the processor computes in it, float32 elsewhere."""
        kind = torch.bfloat16 if self.device == "cpu" else torch.float16
        return torch.autocast(self.device, kind, enabled=self.mixed_precision)

    def run(self, network: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
        """The network's outputs as float32 on the CPU."""
        with torch.inference_mode(), self.precision():
            out = network(x.to(self.device))
        parts = out if isinstance(out, tuple) else (out,)
        return tuple(part.float().cpu() for part in parts)


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
