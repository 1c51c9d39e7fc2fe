"""The built-in engine with the weights of a registered version."""

from __future__ import annotations

from pathlib import Path

from inference.engine import SpineEngine
from inference.weights import find_weights


def torch_engine(folder: Path) -> SpineEngine:
    """The engine with the weights in `folder`, whose digests are checked. Raises `EngineUnavailable`."""
    return SpineEngine(find_weights(folder))
