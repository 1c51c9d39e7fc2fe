"""The bench of tilted spines, and with the weights that ship the bar that a steep one has to reach."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.volume import Mask, VolumeGeometry
from inference.engine import SpineEngine
from inference.synthesis import PhantomSpec
from inference.synthesis.column import Posture
from inference.tilted import TILTED, measure_tilted, tilted_table, under_two_labels

T1, T2 = 8, 9


def test_a_body_that_is_drawn_under_another_name_in_good_part_is_named() -> None:
    geometry = VolumeGeometry((10, 10, 20), np.eye(4))
    true = np.zeros((10, 10, 20), np.uint8)
    true[:, :, :10], true[:, :, 10:] = T2, T1
    got = true.copy()
    got[:, :, 9] = T1
    got[:, :, 19] = 0
    masks = (Mask(geometry, got), Mask(geometry, true))
    assert under_two_labels(*masks, [T1, T2]) == ("T2",)
    assert under_two_labels(masks[1], masks[1], [T1, T2]) == ()


@pytest.mark.slow
def test_a_steep_kyphosis_is_segmented_body_by_body(monkeypatch: pytest.MonkeyPatch) -> None:
    bends = Posture(cervical=2.2, kyphosis=2.8, scoliosis_deg=0)
    steep = PhantomSpec(seed=13, first="T1", last="T4", spacing_mm=(1.5, 1.5, 1.5), posture=bends)
    monkeypatch.setitem(TILTED, "steep", steep)
    said: list[str] = []
    (row,) = measure_tilted(SpineEngine(), said.append, ["steep"])
    assert row.under_two == ()
    assert row.worst > 0.75
    assert said == [f"steep: Dice {row.dice}, worst {row.worst}, two labels: 0, missed: ()"]
    assert (
        tilted_table([row]).splitlines()[-1] == f"| steep | {row.dice:.3f} | {row.worst:.3f} | none | none |"
    )
