"""Fine-tuning on corrected cases that look different: better on others of their kind, not much worse on the
old.

The cases are phantoms whose bone is darker than what surrounds it, which the weights that ship have never
seen.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.science.engine_api import Cancelled
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.training_api import DiceRow, FineTuning, LabelledCase, TrainingPoint
from backend.science.volume import Volume
from inference.adapters.registered import torch_engine
from inference.loading import load_network
from inference.synthesis import fast_spec, make_phantom
from inference.training import finetune
from inference.training.finetune import fine_tune, measure
from inference.training.held_out import patch_dice, validation_patches
from inference.weights import find_weights

pytestmark = pytest.mark.slow

STEPS = 16
GAIN = 0.08  # of mean Dice on held-out cases of the new kind
MARGIN = 0.10  # that no vertebra of the old kind may lose
SHAPE = (64, 76, 64)


def shifted(volume: Volume) -> Volume:
    """The same tissue with its contrast turned round."""
    array = volume.array.astype(np.float32)
    turned = np.where(array > -300, 300 - 0.55 * array, array)
    return Volume(volume.geometry, np.asfortranarray(np.clip(turned, -1024, 3000).astype(np.int16)))


def make_case(folder: Path, seed: int, *, shift: bool) -> LabelledCase:
    phantom = make_phantom(fast_spec(seed, first="L3", last="L3", shape=SHAPE))
    key = f"{seed}-{shift}"
    ct, mask = folder / f"{key}.nii.gz", folder / f"{key}-mask.nii.gz"
    write_volume(ct, shifted(phantom.volume) if shift else phantom.volume)
    write_mask(mask, phantom.mask)
    return LabelledCase(key, ct, mask)


def mean(rows: list[DiceRow]) -> float:
    return float(np.mean([row.dice for row in rows]))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> FineTuning:
    folder = tmp_path_factory.mktemp("finetune")
    return FineTuning(
        cases=tuple(make_case(folder, seed, shift=True) for seed in (21, 22)),
        validation=(make_case(folder, 31, shift=True),),
        result=folder / "result",
        work_dir=folder / "work",
        steps=STEPS,
        learning_rate=1e-3,
        synthetic_share=0.3,
        validate_every=8,
        version="taught",
        calibration_scenes=0,
    )


def test_it_gets_better_at_what_it_was_taught_and_keeps_what_it_could(
    asked: FineTuning, tmp_path: Path
) -> None:
    points: list[TrainingPoint] = []
    about = fine_tune(asked, points.append, lambda: False, lambda: False)
    new, old = (
        validation_patches([make_case(tmp_path, seed, shift=shift) for seed in (32, 33)])
        for shift in (True, False)
    )
    before, after = (
        load_network(find_weights(*folder).files["segment"], "cpu") for folder in ((), (asked.result,))
    )
    gained = mean(patch_dice(after, new)) - mean(patch_dice(before, new))
    lost = [a.dice - b.dice for a, b in zip(patch_dice(before, old), patch_dice(after, old), strict=True)]
    assert gained > GAIN, (gained, about)
    assert max(lost) < MARGIN, lost
    assert about["validation_after"] > about["validation_before"]
    measured = [point.step for point in points if point.validation is not None]
    assert measured == [0, 8, 16]
    assert points[-1].loss is not None
    # The new weights are a whole folder: it runs, its digests hold, and it says what it is.
    assert torch_engine(asked.result).version == "taught"
    assert json.loads((asked.result / "manifest.json").read_text())["base_version"] == find_weights().version
    rows = measure(asked.result, asked.validation, lambda: False)
    assert [(row.key, row.label) for row in rows] == [("31-True", 22)]
    assert 0 < rows[0].dice <= 1


def test_it_stops_where_it_is_asked_to(asked: FineTuning) -> None:
    with pytest.raises(Cancelled):
        fine_tune(asked, lambda _: None, lambda: True, lambda: False)


def test_it_keeps_what_it_has_learned_where_it_is_asked_to_end(
    asked: FineTuning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetune, "verdict", lambda before, after: (True, ""))
    points: list[TrainingPoint] = []
    short = replace(asked, result=tmp_path / "result", work_dir=tmp_path / "work")
    about = fine_tune(short, points.append, lambda: False, lambda: True)
    assert (about["steps"], points[-1].step) == (1, 1)
    assert points[-1].validation == about["validation_after"]
    assert find_weights(short.result).files["segment"].sha256 != find_weights().files["segment"].sha256
