"""A card is used by rule: replaced where it is not there, in turns, in smaller pieces, and given up in time.

No card is needed: one is feigned by a device that torch does not know and that stands for the processor.
"""

from __future__ import annotations

import fcntl
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.science.engine_api import Cancelled
from inference import devices, loading, runtime
from inference.devices import Chosen, batch_for, choose, lock_path, turn_on
from inference.networks.spine import PatchSegmenter
from inference.run import Run
from inference.runtime import Runtime
from inference.training import held_out, loop
from inference.training.loop import TrainConfig, run, start
from inference.training.tasks import TASKS, Batch
from inference.weights import WeightSet

CARD = "cuda:0"


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One card with 4 GB free, on which the processor computes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (4_000_000_000, 8_000_000_000))
    for module in (devices, loading, runtime, held_out, loop):
        monkeypatch.setattr(module, "torch_device", lambda _: torch.device("cpu"))
    monkeypatch.setenv("VERTEBASE_LOCKS", str(tmp_path / "locks"))


class Small(nn.Module):
    """Doubles what it is given, and has memory for `most` pieces at once while it is on the card."""

    def __init__(self, most: int, where: Runtime) -> None:
        super().__init__()
        self.most, self.where = most, where
        self.seen: list[tuple[str, int]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((self.where.current, len(x)))
        if self.where.current != "cpu" and len(x) > self.most:
            raise torch.cuda.OutOfMemoryError("no memory left")
        return 2 * x


def test_a_card_that_is_not_there_is_replaced_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose("cpu") == Chosen("cpu")
    assert choose(CARD) == Chosen("cpu", ("Run on the processor: no graphics card cuda:0 is at hand.",))
    assert choose("tpu").device == "cpu"


@pytest.mark.usefixtures("card")
def test_a_card_is_used_unless_it_is_another_or_not_wanted() -> None:
    assert choose(CARD) == Chosen(CARD)
    assert choose("cuda") == Chosen("cuda")
    assert "no graphics card cuda:1" in choose("cuda:1").notes[0]
    assert choose(CARD, processor_only=True) == Chosen(
        "cpu", ("Run on the processor, as was asked for, and not on cuda:0.",)
    )


@pytest.mark.usefixtures("card")
def test_as_many_pieces_as_the_memory_holds_are_given_at_once() -> None:
    assert batch_for(CARD, 300_000_000, 16) == 8
    assert batch_for(CARD, 10_000_000, 16) == 16
    assert batch_for(CARD, 9_000_000_000, 16) == 1
    assert batch_for("cpu", 10_000_000, 16) == 1


@pytest.mark.usefixtures("card")
def test_two_processes_take_turns_on_a_card() -> None:
    path = lock_path(CARD)
    path.parent.mkdir(parents=True)
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waited = iter([False, False, True])
        with pytest.raises(Cancelled), turn_on(CARD, lambda: next(waited)):
            raise AssertionError("the card is in use")
        with turn_on("cpu", lambda: True):
            pass  # a processor is shared
    with turn_on(CARD), path.open("a") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with turn_on(CARD), pytest.raises(Cancelled), turn_on(CARD, lambda: True):
        raise AssertionError("two of us share the card")
    with path.open("a") as other:  # given back
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.usefixtures("card")
def test_too_many_pieces_at_once_are_given_in_halves() -> None:
    where = Runtime(CARD, mixed_precision=False)
    network, x = Small(2, where), torch.arange(10.0).reshape(5, 2)
    assert torch.equal(replace(where, cancelled=lambda: False).run(network, x)[0], 2 * x)
    assert network.seen == [(CARD, 5), (CARD, 2), (CARD, 2), (CARD, 1)]
    where.run(network, x)
    assert network.seen[4:] == [(CARD, 2), (CARD, 2), (CARD, 1)]  # it does not try again what failed
    assert where.retreat.notes == []


@pytest.mark.usefixtures("card")
def test_where_a_single_piece_is_too_large_the_processor_goes_on_and_says_so() -> None:
    where = Runtime(CARD, mixed_precision=False)
    network, x = Small(0, where), torch.ones(2, 1)
    assert torch.equal(where.run(network, x)[0], 2 * x)
    assert network.seen == [(CARD, 2), (CARD, 1), ("cpu", 2)]
    assert where.retreat.notes == [
        "The memory of cuda:0 was too small for a single piece: the processor went on."
    ]
    with pytest.raises(torch.cuda.OutOfMemoryError):  # the processor has nothing to give way to
        Runtime("cpu", mixed_precision=False).run(Small(0, Runtime(CARD)), x)


def test_a_run_says_why_it_is_not_on_the_card(
    stand_in_weights: WeightSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    made = Run(stand_in_weights, {"device": CARD, "threads": 1}, tmp_path, lambda _: None, lambda: False)
    assert (made.device, made.ran_on) == ("cpu", "cpu")
    assert made.runtime.retreat.notes == list(choose(CARD).notes)


@pytest.mark.usefixtures("card")
def test_a_run_that_left_its_card_names_both(stand_in_weights: WeightSet, tmp_path: Path) -> None:
    made = Run(stand_in_weights, {"device": CARD, "threads": 1}, tmp_path, lambda _: None, lambda: False)
    assert (made.ran_on, made.runtime.mixed_precision) == (CARD, True)
    made.runtime.retreat.on_processor = True
    assert made.ran_on == "cuda:0, then cpu"


@pytest.mark.usefixtures("card")
def test_a_training_goes_on_by_the_processor_where_the_card_is_too_small(tmp_path: Path) -> None:
    seen: list[str] = []

    def loss(network: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        seen.append(state.device)
        if state.device != "cpu" and state.step == 1:
            raise torch.cuda.OutOfMemoryError("no memory left")
        return network(batch["x"]).square().mean(), {}

    task = replace(TASKS["segment"], build=partial(PatchSegmenter, (4, 8)), loss=loss, batch_size=1)
    config = TrainConfig("segment", steps=3, mixed_precision=False)
    state = start(task, config, device=CARD)

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {"x": rng.normal(size=(2, 16, 16, 16)).astype(np.float32)}

    run(state, task, config, draw, tmp_path / "c.pt", after=lambda _: False)
    assert seen == [CARD, CARD, "cpu", "cpu"]
    assert state.notes == [
        "The memory of cuda:0 was too small for a step: from step 2 on the processor went on."
    ]
    assert state.step == 3
