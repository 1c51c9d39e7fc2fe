"""The ideal rater: what ends a row of clicks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference import clicking
from inference.clicking import CLICKS, curve
from inference.evaluation import dice
from inference.patches import PATCH_SHAPE
from inference.refine import Look
from inference.sampling import IsoGrid
from inference.weights import WeightSet

L3 = 22


def row(monkeypatch: pytest.MonkeyPatch, code: str) -> tuple[float, tuple[float, ...]]:
    """The Dice of a start, and the row of clicks that the engine refuses."""

    def refuse(*_: Any, **__: Any) -> None:
        raise BadInput(code, "no")

    monkeypatch.setattr(clicking, "refine_vertebra", refuse)
    geometry = VolumeGeometry((8, 8, 8), np.diag([1.5, 1.5, 1.5, 1.0]))
    true = np.zeros(geometry.shape, np.uint8)
    true[2:6, 2:6, 2:6] = L3
    start = true == L3
    start[2] = False
    hu, odds = np.zeros((2, *PATCH_SHAPE), np.float32)
    look = Look(IsoGrid(geometry, 1.5), np.zeros(3, np.int64), hu, odds)
    volume = Volume(geometry, np.zeros(geometry.shape, np.int16))
    one = clicking._Vertebra(volume, Mask(geometry, true), L3, (6.0, 6.0, 6.0), WeightSet("", {}, {}))
    found = curve("a", one, "process", "clicks", (start, look))
    return dice(start, true == L3), found.dice


def test_a_click_beyond_what_the_engine_looks_at_ends_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    before, reached = row(monkeypatch, "click_outside")
    assert reached == pytest.approx([before] * (CLICKS + 1), abs=1e-4)


def test_any_other_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput):
        row(monkeypatch, "other_grid")
