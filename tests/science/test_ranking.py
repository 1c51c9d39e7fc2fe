"""Ranks by significance against figures counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.science.cli import main
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.ranking import holm, rank_teams
from tests.science.spines import balls

LADDER = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]


def _scores(patients: int, *steps: float) -> dict[str, dict[str, float]]:
    """Teams A, B, C... on a scan of each patient; each is better than the next by steps of all sizes."""
    return {
        "ABCDE"[place]: {f"p{n}": 0.9 - step * LADDER[n] for n in range(patients)}
        for place, step in enumerate(steps)
    }


def _own(scores: dict[str, dict[str, float]]) -> dict[str, str]:
    return {case: case for case in next(iter(scores.values()))}


def test_holm_by_hand() -> None:
    """0.01 x 4; 0.02 x 3; 0.03 x 2 = 0.06 too; 0.5 x 1."""
    assert holm([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_two_teams_by_hand() -> None:
    """A better for all of eight patients: 1 of 2^8 orders of signs, times two tests."""
    scores = _scores(8, 0, 1)
    found = rank_teams(scores, _own(scores))
    assert found.p_values == {("A", "B"): pytest.approx(2 / 256), ("B", "A"): 1.0}
    assert [(one.team, one.rank, one.beats) for one in found.standings] == [("A", 1, ("B",)), ("B", 2, ())]


def test_four_patients_show_nothing_and_the_rank_is_shared() -> None:
    scores = _scores(4, 0, 1)
    assert [one.rank for one in rank_teams(scores, _own(scores)).standings] == [1, 1]


def test_the_number_of_tests_counts() -> None:
    """Three teams are six tests: 6/2^7 is significant and 6/2^6 is not, though 1/2^6 would be."""
    seven, six = _scores(7, 0, 1, 2), _scores(6, 0, 1, 2)
    table = rank_teams(seven, _own(seven)).standings
    assert [(one.team, one.rank, len(one.beats)) for one in table] == [("A", 1, 2), ("B", 2, 1), ("C", 3, 0)]
    found = rank_teams(six, _own(six))
    assert found.p_values["A", "B"] == pytest.approx(6 / 64)
    assert [one.rank for one in found.standings] == [1, 1, 1]


def test_scans_of_one_patient_are_one_observation() -> None:
    scores = _scores(8, 0, 1)
    found = rank_teams(scores, dict.fromkeys(scores["A"], "same"))
    assert found.patients == 1
    assert [one.rank for one in found.standings] == [1, 1]
    assert found.standings[0].mean.to_json()["low"] is None, "one patient has no interval"


def test_who_is_always_better_stays_first_under_resampling() -> None:
    scores = _scores(8, 0, 1)
    first, second = rank_teams(scores, _own(scores)).standings
    assert (first.rank_low, first.rank_high, first.first_share) == (1, 1, 1.0)
    assert (second.rank_low, second.rank_high, second.first_share) == (2, 2, 0.0)


def test_who_owes_the_lead_to_one_patient_loses_it_where_that_one_is_not_drawn() -> None:
    """A leads by one patient of five alone: not drawn in (4/5)^5 = 33 % of resamples, where all are equal."""
    scores = {
        "A": {**dict.fromkeys("1234", 0.5), "5": 1.0},
        "B": {**dict.fromkeys("1234", 0.6), "5": 0.0},
    }
    first, second = rank_teams(scores, _own(scores), samples=20_000).standings
    assert (first.team, first.rank_low, first.rank_high) == ("A", 1, 2)
    assert second.first_share == pytest.approx(0.8**5, abs=0.01)


def test_the_same_seed_gives_the_same_table() -> None:
    rng = np.random.default_rng(1)
    scores = {team: {f"p{n}": float(rng.random()) for n in range(12)} for team in "ABC"}
    assert rank_teams(scores, _own(scores), seed=3) == rank_teams(scores, _own(scores), seed=3)


def test_equal_teams_share_everything() -> None:
    scores = {team: dict.fromkeys(("p0", "p1"), 0.5) for team in "AB"}
    found = rank_teams(scores, _own(scores))
    assert [(one.rank, one.first_share) for one in found.standings] == [(1, 1.0), (1, 1.0)]
    assert set(found.p_values.values()) == {1.0}


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        ({}, "no_scores"),
        ({"A": {}}, "no_scores"),
        ({"A": {"x": 1.0}, "B": {"y": 1.0}}, "scores_differ"),
        ({"A": {"x": float("nan")}}, "not_finite"),
    ],
)
def test_what_cannot_be_ranked_is_refused(scores: dict[str, dict[str, float]], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        rank_teams(scores, {"x": "x", "y": "y"})
    assert refused.value.code == code


def _reports(folder: Path) -> list[str]:
    for n in range(2):
        write_mask(folder / "ref" / f"sub-{n}_seg-vert_msk.nii.gz", balls())
        write_mask(folder / "good" / f"sub-{n}_seg-vert_msk.nii.gz", balls())
        write_mask(folder / "poor" / f"sub-{n}_seg-vert_msk.nii.gz", balls((19, 20, 0)))
    for team in ("good", "poor"):
        report = str(folder / f"{team}.json")
        assert main(["evaluate", str(folder / team), str(folder / "ref"), "--report", report]) == 0
    return [f"{team}={folder / team}.json" for team in ("good", "poor")]


def test_the_command_ranks_reports_of_evaluate(tmp_path: Path) -> None:
    out = tmp_path / "ranking.json"
    assert main(["rank", *_reports(tmp_path), "--report", str(out)]) == 0
    found = json.loads(out.read_text())["dice"]
    assert found["patients"] == 2
    assert [row["team"] for row in found["standings"]] == ["good", "poor"]
    assert [row["mean"]["value"] for row in found["standings"]] == pytest.approx([1, 2 / 3])
    assert set(json.loads(out.read_text())) == {"dice", "identification_rate"}


@pytest.mark.parametrize("broken", ["[]", "{", '{"cases": {"a": 1}}', '{"cases": {"a": {"dice": "x"}}}'])
def test_what_is_no_report_gets_one_line(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text(broken)
    assert main(["rank", f"A={tmp_path / 'a.json'}", "--report", str(tmp_path / "out.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_team_that_erred_is_not_ranked_on_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = _reports(tmp_path)
    report = tmp_path / "poor.json"
    told = json.loads(report.read_text())
    told["errors"] = {"sub-1": "it is damaged"}
    del told["cases"]["sub-1"]
    report.write_text(json.dumps(told))
    assert main(["rank", first, second, "--report", str(tmp_path / "out.json")]) == 2
    assert "poor" in capsys.readouterr().err
