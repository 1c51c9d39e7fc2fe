"""What an engine is given, tells on the way, and hands back.

Kept here, below both the site and the engines, because neither may import the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import Mask, Volume

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One CT to segment. ``work_dir`` is the engine's own to write in; a run that is tried again with the
    same directory may go on from what it finds there."""

    volume: Volume
    work_dir: Path
    imported_mask: Mask | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far one stage has come, from 0 to 1. The last report brings the digest of the stage's result."""

    stage: str
    fraction: float
    message: str = ""
    seconds: float | None = None
    digest: str | None = None

    @property
    def done(self) -> bool:
        """Whether the stage is finished."""
        return self.fraction >= 1


@dataclass(frozen=True, slots=True)
class EngineResult:
    """A mask on the grid of the request's volume, body centroids by label, and the report kept with the mask.

    ``report`` holds engine, version, device, seconds and digests; it is JSON. ``entropy`` says for each voxel
    of the mask's grid how undecided the engine was: 0 certain, 255 one bit (as likely bone as not).
    """

    mask: Mask
    centroids_ras_mm: Mapping[int, Point] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    entropy: NDArray[np.uint8] | None = None


class Cancelled(Exception):
    """Raised by an engine that found ``cancelled()`` true between two steps."""


ProgressCallback = Callable[[StageProgress], None]
CancelledCallback = Callable[[], bool]
