"""Where the real CTs lie that the repository cannot carry."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("VERTEBASE_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")


def real_data(relative: str) -> Path:
    """The path of a real file or folder; skips the test, saying so, where it is absent."""
    path = DATA / relative
    if not path.exists():
        pytest.skip(f"real data absent: {path} (set VERTEBASE_SHARED_DATA to its folder)")
    return path


def trial(relative: str) -> Path:
    """An awkward input that was tried, beside the real data; skips the test where it is absent."""
    path = DATA.parent / "trials" / relative
    if not path.exists():
        pytest.skip(f"trial absent: {path}")
    return path
