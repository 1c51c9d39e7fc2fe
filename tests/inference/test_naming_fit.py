"""Fitting how sure names are: what is known of a field, what is fitted, and what is judged without it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.stages.evidence import Evidence
from inference.stages.successions import ANCHORED, KINDS, NO_ANCHOR, Sureness
from inference.training.naming import (
    Judged,
    draw_reliability,
    fit_names,
    judge_names,
    judged,
    write_sureness,
)
from inference.training.readings import Known, Reading, parts, truth_of_bodies
from inference.weights import DIRECTORY, find_weights
from tests.inference.test_label import evidence


def fields(
    source: str, too_sure: float, count: int, rng: np.random.Generator, *, real: bool = True
) -> list[Judged]:
    """Fields of three namings whose weights are so many times too sure."""
    out = []
    for _ in range(count):
        true_weights = rng.normal(0, 1.5, 3)
        odds = np.exp(true_weights)
        true = rng.choice(3, p=odds / odds.sum())
        order = np.argsort(-true_weights)
        right = order == true
        agrees = np.array([[True, True], [False, False], [False, True]])
        body_right = np.array([right[0], right[0] or right[2]])
        out.append(Judged(source, real, NO_ANCHOR, too_sure * true_weights[order], right, body_right, agrees))
    return out


def test_the_fit_finds_how_many_times_too_sure_the_weights_are() -> None:
    rng = np.random.default_rng(0)
    for too_sure in (1.0, 2.5):
        known = [field for k in range(4) for field in fields(f"ct {k}", too_sure, 150, rng)]
        assert fit_names(known).divisor[NO_ANCHOR] == pytest.approx(too_sure, rel=0.2)
    assert fit_names(known).divisor[ANCHORED] == 1.0, "nothing is known of it"


def test_four_times_the_fields_of_a_ct_count_twice_as_much() -> None:
    rng = np.random.default_rng(1)
    calm, hasty = fields("a", 1.0, 200, rng), fields("b", 3.0, 200, rng)
    twice = fit_names([*calm, *hasty, *(replace(field, source="c") for field in hasty)])
    four = fit_names([*calm, *hasty * 4]).divisor[NO_ANCHOR]
    assert four == pytest.approx(twice.divisor[NO_ANCHOR], rel=1e-3)
    scenes = [field for k in range(6) for field in fields(f"scene {k}", 1.0, 50, rng, real=False)]
    many = [field for k in range(12) for field in fields(f"scene {k}", 1.0, 50, rng, real=False)]
    with_few, with_many = (fit_names([*hasty, *some]).divisor[NO_ANCHOR] for some in (scenes, many))
    assert with_many == pytest.approx(with_few, rel=0.2), "real CTs count as much as all scenes"


def test_what_is_said_of_a_ct_comes_from_a_fit_without_it() -> None:
    rng = np.random.default_rng(2)
    others = [field for k in range(3) for field in fields(f"ct {k}", 1.0, 200, rng)]
    odd = fields("odd", 6.0, 200, rng)
    report = judge_names([*others, *odd])
    said, right, number = report["by_source"]["odd"]
    assert number == 200
    assert said > right + 0.15, "a fit that knew it would say less"
    calm = judge_names(others)
    assert calm["fields"]["all"]["expected_calibration_error"] < 0.06
    assert calm["bodies"]["all"]["number"] == 1200


def test_a_place_belongs_to_the_body_nearest_to_it() -> None:
    centres = {20: np.array([10.0, 10.0, 50.0]), 21: np.array([np.nan, np.nan, 40.0])}
    bodies = [np.array([10.0, 10.0, 53.0]), np.array([10.0, 10.0, 50.5]), np.array([0.0, 0.0, 39.0])]
    assert truth_of_bodies(centres, bodies) == (0, 20, 21)
    assert truth_of_bodies(centres, [np.array([10.0, 10.0, 20.0])]) == (0,)
    assert truth_of_bodies(centres, []) == ()


def test_parts_are_cut_between_bodies_and_know_their_places() -> None:
    hu = np.zeros((80, 80, 120), np.float32)
    centres = {label: np.array([40.0, 44.0, 110.0 - 12 * k]) for k, label in enumerate(range(14, 22))}
    for label, centre in centres.items():
        hu[tuple(centre.astype(int))] = label
    cut = list(parts(Known(hu, centres), np.random.default_rng(3), 40))
    assert len(cut) > 30
    heights = {part.hu.shape[2] for part in cut}
    assert min(heights) < 50 < max(heights)
    for part in cut:
        shape = np.array(part.hu.shape)
        inside = {k: c for k, c in part.centres.items() if ((c >= 0) & (c <= shape - 1)).all()}
        assert inside
        assert all(part.hu[tuple(c.astype(int))] == label for label, c in inside.items())
        assert max(shape[:2]) <= 64


def test_a_reading_is_kept_as_it_is_and_judged_by_what_is_known() -> None:
    seen = evidence([18, 19, 20, 21], strength=1.0)
    sides = np.array([True, True, False, True])
    kept = Evidence(seen.level_scores, seen.steps_mm, seen.rib_ml, 0.25, sides, sides)
    reading = Reading("a 1", "a", "ct", kept, (18, 0, 20, 22))
    again = Reading.from_json(json.loads(json.dumps(reading.to_json())))
    assert (again.name, again.source, again.kind, again.truth) == ("a 1", "a", "ct", (18, 0, 20, 22))
    assert np.allclose(again.evidence.level_scores, kept.level_scores, atol=1e-3)
    assert again.evidence.shows_ribs.tolist() == sides.tolist()
    field = judged(again)
    assert field.body_right.tolist() == [True, True, False], "what is not known is not judged"
    assert not field.right[0]
    assert field.real


def test_the_fit_and_its_curve_are_written(tmp_path: Path) -> None:
    for file in ("manifest.json", "localise.safetensors", "label.safetensors", "segment.safetensors"):
        shutil.copyfile(DIRECTORY / file, tmp_path / file)
    write_sureness(tmp_path, Sureness(dict.fromkeys(KINDS, 1.25)))
    about = find_weights(tmp_path).about
    assert Sureness.of(about) == Sureness(dict.fromkeys(KINDS, 1.25))
    assert about["certainty"] == find_weights().about["certainty"]
    rng = np.random.default_rng(4)
    report = judge_names([*fields("a", 1.0, 30, rng), *fields("s", 1.0, 30, rng, real=False)])
    draw_reliability(tmp_path / "curve.png", report)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
