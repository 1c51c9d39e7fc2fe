"""What the engine drew by itself is learnt from only where it can be relied on, and else the reason is
kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult
from backend.science.formats.nifti import read_mask, write_volume
from backend.science.geometry import to_canonical
from backend.science.training_api import UnlabelledCase
from backend.science.volume import Mask
from inference.synthesis import Phantom
from inference.training.self_training import judge, label_unlabelled, mask_path, summary

SURE = {"spine_confidence": 0.98, "naming": {"doubt": False}, "cut": []}
L1, L2, L3, L4 = 20, 21, 22, 23


@dataclass
class Drawing:
    """An engine that gives one mask after the other, mirrored where it is shown the mirrored CT."""

    phantom: Phantom
    masks: list[np.ndarray]
    report: dict[str, Any] = field(default_factory=lambda: dict(SURE))
    asked: list[bool] = field(default_factory=list)

    def run(
        self, request: EngineRequest, progress: Callable[[Any], None], cancelled: Callable[[], bool]
    ) -> EngineResult:
        as_it_is = to_canonical(self.phantom.volume)
        mirrored = not np.array_equal(request.volume.array, as_it_is.array)
        self.asked.append(mirrored)
        array = self.masks[min(len(self.asked) - 1, len(self.masks) - 1)]
        array = array[::-1] if mirrored else array
        return EngineResult(Mask(as_it_is.geometry, np.asfortranarray(array)), {}, self.report)


@pytest.fixture
def case(lumbar: Phantom, tmp_path: Path) -> UnlabelledCase:
    write_volume(tmp_path / "ct.nii.gz", lumbar.volume)
    return UnlabelledCase("a", tmp_path / "ct.nii.gz")


@pytest.fixture(scope="module")
def drawn(lumbar: Phantom) -> np.ndarray:
    array = to_canonical(lumbar.mask).array
    return np.where(np.isin(array, (L1, L2, L3, L4)), array, 0).astype(np.uint8)


def without(array: np.ndarray, label: int) -> np.ndarray:
    return np.where(array == label, 0, array).astype(np.uint8)


def half(array: np.ndarray, label: int) -> np.ndarray:
    """The label without its left part."""
    out = array.copy()
    middle = int(np.median(np.argwhere(array == label)[:, 0]))
    out[:middle][out[:middle] == label] = 0
    return out


def reason(case: UnlabelledCase, *engines: Drawing, networks: tuple[str, ...] = ("segment",)) -> str:
    return judge(case, engines, networks, {}, lambda: False)[0].reason


def test_what_two_looks_and_two_models_agree_on_is_kept(
    case: UnlabelledCase, lumbar: Phantom, drawn: np.ndarray, tmp_path: Path
) -> None:
    older, newer = Drawing(lumbar, [drawn]), Drawing(lumbar, [drawn])
    folder = tmp_path / "drawn"
    (found,) = label_unlabelled([], [case], folder, networks=["label"], engines=[older, newer])
    assert (found.kept, found.vertebrae, found.agreement) == (True, 4, 1.0)
    assert (newer.asked, older.asked) == ([False, True], [False])
    labelled = found.labelled(folder)
    assert labelled.ct == case.ct
    assert np.array_equal(read_mask(labelled.mask).array, drawn)
    # An attempt that goes on judges nothing twice, and comes to the same.
    assert label_unlabelled([], [case], folder, networks=["label"], engines=[older, newer]) == [found]
    assert len(newer.asked) == 2
    told = summary([found, replace(found, reason="The names are a guess.")])
    assert (told["cases"], len(told["learnt_from"])) == (2, 1)
    assert told["left_out"] == [{"case": "a", "reason": "The names are a guess."}]


def test_looks_that_differ_are_left_out_with_what_differs(
    case: UnlabelledCase, lumbar: Phantom, drawn: np.ndarray
) -> None:
    other = Drawing(lumbar, [drawn, half(drawn, L2)])
    assert reason(case, Drawing(lumbar, [drawn]), other).startswith("A mirrored look draws L2 differently")
    older = Drawing(lumbar, [without(drawn, L1)])
    assert reason(case, older, Drawing(lumbar, [drawn])) == "The earlier model does not find L1."
    assert older.asked == [False]


@pytest.mark.parametrize(
    ("report", "networks", "said"),
    [
        ({"spine_confidence": 0.7}, ("segment",), "That it is a spine is only 70 % likely."),
        ({"spine_confidence": None}, ("segment",), "The weights are not calibrated"),
        ({"naming": {"doubt": True}}, ("label",), "The names are a guess."),
        ({"naming": {"doubt": True}}, ("localise",), "The names are a guess."),
        ({"naming": {"doubt": True}}, ("segment",), ""),
        ({"cut": [L1, L2, L3, L4]}, ("segment",), "No whole vertebra was found."),
    ],
)
def test_what_the_engine_doubts_is_left_out(
    case: UnlabelledCase,
    lumbar: Phantom,
    drawn: np.ndarray,
    report: dict[str, Any],
    networks: tuple[str, ...],
    said: str,
) -> None:
    engine = Drawing(lumbar, [drawn], SURE | report)
    found = reason(case, engine, networks=networks)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_mask_that_a_reader_would_question_is_left_out(
    case: UnlabelledCase, lumbar: Phantom, drawn: np.ndarray
) -> None:
    gap = Drawing(lumbar, [without(drawn, L2)])
    assert reason(case, gap).startswith("Implausible: ")
    assert gap.asked == [False]  # nothing more is asked of it


def test_cut_vertebrae_are_not_learnt_from(
    case: UnlabelledCase, lumbar: Phantom, drawn: np.ndarray, tmp_path: Path
) -> None:
    engine = Drawing(lumbar, [drawn], SURE | {"cut": [L1]})
    (found,) = label_unlabelled([], [case], tmp_path / "d", networks=["segment"], engines=[engine])
    assert found.vertebrae == 3
    assert L1 not in read_mask(mask_path(tmp_path / "d", "a")).array


def test_a_file_that_cannot_be_read_is_left_out_and_a_stop_is_heard(tmp_path: Path) -> None:
    (tmp_path / "bad.nii.gz").write_bytes(b"no image")
    bad = UnlabelledCase("b", tmp_path / "bad.nii.gz")
    (found,) = label_unlabelled([], [bad], tmp_path / "d", networks=["segment"], engines=[])
    assert found.reason.startswith("It cannot be used: ")
    with pytest.raises(Cancelled):
        label_unlabelled([], [bad], tmp_path / "e", networks=[], engines=[], cancelled=lambda: True)
