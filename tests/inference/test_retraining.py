"""A project's training from end to end with networks of a few channels: who learns, what is kept, what is
told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.science.engine_api import Cancelled
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.training_api import FineTuning, LabelledCase, TrainingPoint, UnlabelledCase
from inference.certainty import CARRIED_OVER
from inference.loading import export_weights
from inference.networks.labeller import Labeller
from inference.networks.spine import Localiser, PatchSegmenter
from inference.synthesis import Phantom
from inference.training import finetune
from inference.training.finetune import fine_tune
from inference.training.lessons import LESSONS, Ground, Measured
from inference.training.loop import TrainConfig, start
from inference.training.self_training import Verdict, mask_path
from inference.training.tasks import TASKS
from inference.weights import NETWORKS, WeightSet, find_weights

SMALL = (4, 8)
Verdicts = Callable[[Measured, Measured], tuple[bool, str]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a few channels that know nothing."""
    folder = tmp_path_factory.mktemp("base")
    checkpoints = {}
    for name, build in (("localise", Localiser), ("label", Labeller), ("segment", PatchSegmenter)):
        task, config = replace(TASKS[name], build=partial(build, SMALL)), TrainConfig(name, 1)
        checkpoints[name] = folder / f"{name}.pt"
        start(task, config).save(checkpoints[name], config)
    export_weights(checkpoints, folder / "weights", "tiny", {})
    return folder / "weights"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, lumbar: Phantom) -> LabelledCase:
    folder = tmp_path_factory.mktemp("case")
    write_volume(folder / "ct.nii.gz", lumbar.volume)
    write_mask(folder / "mask.nii.gz", lumbar.mask)
    return LabelledCase("a", folder / "ct.nii.gz", folder / "mask.nii.gz")


@pytest.fixture
def asked(base: Path, case: LabelledCase, tmp_path: Path) -> FineTuning:
    return FineTuning(
        cases=(case,),
        validation=(replace(case, key="held"),),
        result=tmp_path / "result",
        work_dir=tmp_path / "work",
        start=base,
        steps=1,
        synthetic_share=0.0,
        version="taught",
        networks=("segment", "localise", "label"),
        calibration_scenes=0,
    )


def go(asked: FineTuning) -> tuple[dict[str, Any], list[TrainingPoint]]:
    points: list[TrainingPoint] = []
    about = fine_tune(asked, points.append, lambda: False, lambda: False)
    return about, points


def keeping(monkeypatch: pytest.MonkeyPatch, *answers: bool) -> None:
    """Let the verdicts on the networks be these, one after the other."""
    left = iter(answers)
    monkeypatch.setattr(finetune, "verdict", lambda before, after: (next(left), "by the test"))


def digests(folder: Path) -> dict[str, str]:
    weights = find_weights(folder)
    return {name: weights.files[name].sha256 for name in NETWORKS}


def test_what_is_better_is_kept_the_rest_is_as_it_was(
    asked: FineTuning, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping(monkeypatch, True, False, True)
    about, points = go(asked)
    assert [row["network"] for row in about["networks"]] == ["localise", "label", "segment"]
    assert about["better"] == ["localise", "segment"]
    old, new = digests(base), digests(asked.result)
    assert {name for name in NETWORKS if old[name] != new[name]} == {"localise", "segment"}
    manifest = json.loads((asked.result / "manifest.json").read_text())
    assert (manifest["version"], manifest["base_version"]) == ("taught", "tiny")
    assert manifest["retrained"] == ["localise", "segment"]
    # Each has its curve, from before the first step, and the whole goes forward.
    told = [(point.network, point.step) for point in points]
    assert told == [(name, step) for name in ("localise", "label", "segment") for step in (0, 1)]
    parts = [point.part for point in points]
    assert parts == sorted(parts, key=lambda part: part or 0.0)
    assert parts[-1] == 1.0
    found = about["networks"][0]["before"]
    assert found["found"] + found["missed"] == 5
    assert about["networks"][1]["reason"] == "by the test"
    # Weights that know nothing of their certainty say so.
    assert about["calibration"]["state"] == "none"
    assert CARRIED_OVER not in manifest


def test_where_nothing_is_better_there_are_no_weights(
    asked: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping(monkeypatch, False)
    about, _ = go(replace(asked, networks=("label",)))
    assert (about["better"], about["calibration"]) == ([], None)
    assert not asked.result.exists()


def test_without_a_held_out_patient_borders_alone_are_kept_to_be_compared(asked: FineTuning) -> None:
    about, points = go(replace(asked, validation=()))
    assert about["better"] == ["segment"]
    assert all(point.validation is None for point in points)
    reasons = [row["reason"] for row in about["networks"]]
    assert all(reason.startswith("No patient was held out") for reason in reasons)


def test_later_networks_learn_with_what_became_of_the_earlier(
    asked: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, float]] = []
    lessons = dict(LESSONS)

    def watched(name: str, ground: Ground) -> Any:
        weights = ground.networks["localise"].state_dict()
        seen.append({key: float(value.float().abs().sum()) for key, value in weights.items()})
        return lessons[name](ground)

    for name in ("localise", "label"):
        monkeypatch.setitem(LESSONS, name, partial(watched, name))
    keeping(monkeypatch, True, False)
    go(replace(asked, networks=("localise", "label")))
    assert seen[0] != seen[1]


def drawn(monkeypatch: pytest.MonkeyPatch, asked: FineTuning, *, reason: str = "") -> list[list[str | None]]:
    """Let the engine's own masks be those of the case; returns the versions that were asked to draw."""
    drew: list[list[str | None]] = []

    def label(sets: list[WeightSet], cases: Any, folder: Path, **_: Any) -> list[Verdict]:
        drew.append([weights.version for weights in sets])
        folder.mkdir(parents=True)
        mask_path(folder, "u").write_bytes(asked.cases[0].mask.read_bytes())
        return [Verdict("u", asked.cases[0].ct, reason, 5, 0.95)]

    monkeypatch.setattr(finetune, "label_unlabelled", label)
    return drew


def test_the_second_round_learns_from_what_the_first_one_drew(
    asked: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    drew = drawn(monkeypatch, asked)
    learnt: list[list[str]] = []
    lesson = LESSONS["label"]

    def watched(ground: Ground) -> Any:
        learnt.append([case.key for case in ground.cases])
        return lesson(ground)

    monkeypatch.setitem(LESSONS, "label", watched)
    keeping(monkeypatch, True, True, False)  # first round, second round, second against first
    two = replace(asked, networks=("label",), unlabelled=(UnlabelledCase("u", asked.cases[0].ct),))
    about, points = go(two)
    assert drew == [["tiny", "taught"]]  # two models, the newer one last
    assert learnt == [["a"], ["a", "u"]]
    assert [(point.round, point.step) for point in points] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert [point.part for point in points] == [0.0, 0.5, 0.5, 1.0]
    assert about["self_training"]["learnt_from"] == [{"case": "u", "vertebrae": 5, "agreement": 0.95}]
    assert about["better"] == ["label"]


def test_where_nothing_can_be_relied_on_the_first_round_stands(
    asked: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    drew = drawn(monkeypatch, asked, reason="The names are a guess.")
    keeping(monkeypatch, False)
    two = replace(asked, networks=("label",), unlabelled=(UnlabelledCase("u", asked.cases[0].ct),))
    about, points = go(two)
    assert drew == [["tiny"]]
    assert {point.round for point in points} == {1}
    assert about["self_training"]["left_out"] == [{"case": "u", "reason": "The names are a guess."}]


def test_an_end_is_heard_between_networks_and_a_stop_at_once(
    asked: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping(monkeypatch, False, False, False)
    about = fine_tune(replace(asked, steps=4), lambda _: None, lambda: False, lambda: True)
    assert [(row["network"], row["steps"]) for row in about["networks"]] == [("localise", 1)]
    with pytest.raises(Cancelled):
        fine_tune(asked, lambda _: None, lambda: True, lambda: False)
    with pytest.raises(BadInput, match="no network is called heart"):
        go(replace(asked, networks=("heart",)))
