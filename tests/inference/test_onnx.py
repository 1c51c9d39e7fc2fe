"""A network exported as ONNX, run as it would be registered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science.errors import BadInput
from inference.adapters import onnx
from inference.adapters.onnx import OnnxEngine, parse_about
from inference.errors import EngineUnavailable
from tests.inference.onnx_by_hand import convolution
from tests.inference.test_adapters import ct, run

ABOUT: dict[str, Any] = {
    "spacing_mm": [1.0, 1.0, 2.0],
    "patch": [16, 16, 16],
    "labels": {"1": "L1"},
    "mean_hu": 500.0,
    "std_hu": 100.0,
    "version": "bones 3",
}


def folder_with(folder: Path, about: dict[str, Any] | None = None, data: bytes | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    # class 1 is the brightness itself, class 0 its opposite: bone is what lies above the mean
    (folder / "model.onnx").write_bytes(data if data is not None else convolution([-1.0, 1.0], [0.0, 0.0]))
    (folder / "model.json").write_text(json.dumps(about or ABOUT))
    return folder


def test_a_network_runs_window_by_window(tmp_path: Path) -> None:
    engine = OnnxEngine(folder_with(tmp_path / "model"))
    volume = ct()
    result = run(engine, volume, tmp_path)
    assert np.array_equal(result.mask.array == 20, volume.array > 500)
    assert (engine.version, result.report["device"]) == ("bones 3", "CPUExecutionProvider")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="cannot open the model"):
        OnnxEngine(folder_with(tmp_path / "model", data=b"not a network"))


def test_without_onnx_runtime_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="pip install onnxruntime"):
        OnnxEngine(folder_with(tmp_path / "model"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spacing_mm": [1.0, 1.0]}, "three numbers"),
        ({"spacing_mm": [0.0, 1.0, 1.0]}, "between"),
        ({"patch": [4, 16, 16]}, "between"),
        ({"labels": {}}, "which class is which vertebra"),
        ({"labels": {"1": "aorta"}}, "no vertebra"),
        ({"labels": {"1": 99}}, "no vertebra"),
        ({"clip_hu": [100, 0]}, "the lower first"),
        ({"std_hu": 0}, "above 0"),
        ({"spacing": [1, 1, 1]}, "unknown keys: spacing"),
    ],
)
def test_a_wrong_description_says_which_key(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_about(ABOUT | change)
