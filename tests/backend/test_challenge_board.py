"""The leaderboard's figures, counted by hand."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from backend.challenge.board import Scored, make_board
from backend.challenge.models import Submission, Team
from backend.challenge.reports import CaseReport, ChallengeGrade, LevelScore, Standings
from backend.science.evaluation import CaseEvaluation, Identification


def submission(name: str) -> Submission:
    team = Team(id=UUID(int=ord(name)), name=name)
    return Submission(id=UUID(int=1000 + ord(name)), team=team, created_at=timezone.now())


def report(dice: list[float], extra: tuple[int, ...] = ()) -> CaseReport:
    """Vertebrae from L1 down; one with Dice 0 is missed."""
    found = {20 + number: value for number, value in enumerate(dice)}
    shared = [label for label, value in found.items() if value]
    return CaseReport.of(
        CaseEvaluation(
            identification=Identification(
                {label: bool(value) for label, value in found.items()}, dict.fromkeys(shared, 2.0)
            ),
            dice=found,
            hausdorff_mm=dict.fromkeys(shared, 4.0),
            hd95_mm={},
            assd_mm={},
            nsd_1mm={},
            missed=[label for label, value in found.items() if not value],
            extra=list(extra),
            panoptic_quality=0.5,
        )
    )


def team(name: str, reports: list[CaseReport]) -> tuple[Submission, list[Scored]]:
    """A patient has two cases each."""
    return submission(name), [
        Scored(f"case-{number}", f"patient-{number // 2}", one, absent=False)
        for number, one in enumerate(reports)
    ]


def test_both_columns_and_what_they_hide() -> None:
    one = team("a", [report([0.8, 0.0], extra=(24,)), report([0.6, 1.0])])
    (row,) = make_board([one], ["labelling", "segmentation"]).rows
    assert row.identification_rate.value == 3 / 4  # of four vertebrae one was missed
    assert row.strict_identification_rate.value == 3 / 5  # and one that is not there was named
    assert row.dice.value == (0.4 + 0.8) / 2
    assert abs((row.strict_dice.value or 0) - (0.8 / 3 + 0.8) / 2) < 1e-12
    assert (row.missed, row.extra) == (1, 1)
    assert row.hausdorff_mm.value == 4.0
    assert row.distance_mm.value == 2.0


def test_levels_and_regions_are_counted_over_vertebrae() -> None:
    one = team("a", [report([0.8, 0.0]), report([0.6])])
    board = make_board([one], ["segmentation"], human={"case-0": 0.9, "case-1": 0.7, "case-9": 0.1})
    (row,) = board.rows
    told = [(part.name, part.region, part.vertebrae, part.identification_rate) for part in row.parts]
    assert told == [("lumbar", True, 3, 2 / 3), ("L1", False, 2, 1.0), ("L2", False, 1, 0.0)]
    lumbar, first, missed = row.parts
    assert lumbar.dice == pytest.approx(1.4 / 3)
    assert first.dice == pytest.approx(0.7)
    assert first.distance_mm == 2.0
    assert (missed.dice, missed.hausdorff_mm) == (0.0, None)
    assert board.human_dice.value == pytest.approx(0.8)
    shut = board.without_answers()
    assert (shut.rows[0].parts, shut.human_dice.value) == ((), None)
    assert shut.rows[0].dice == row.dice
    assert make_board([one], ["segmentation"]).human_dice.value is None


def test_rank_follows_significance_by_patient_and_task() -> None:
    better = [report([0.9, 0.9 + 0.01 * n]) for n in range(8)]
    worse = [report([0.5, 0.5 + 0.01 * n]) for n in range(8)]
    board = make_board([team("w", worse), team("b", better)], ["labelling", "segmentation"])
    assert [row.team for row in board.rows] == ["b", "w"]
    assert (board.patients, board.cases) == (4, 8)
    first, second = board.rows
    assert first.segmentation is not None
    assert second.segmentation is not None
    # four patients cannot show a difference at 5 % (1/16, doubled by Holm): both are first
    assert (first.segmentation.rank, second.segmentation.rank) == (1, 1)
    assert (first.segmentation.first_share, second.segmentation.first_share) == (1.0, 0.0)
    assert first.labelling is not None
    assert first.labelling.first_share == 1.0  # all named by both: equals share the rank


def test_a_team_that_is_significantly_worse_comes_after() -> None:
    better = [report([0.9, 0.7 + 0.01 * n]) for n in range(24)]
    worse = [report([0.5, 0.5 + 0.01 * n]) for n in range(24)]
    first, second = make_board([team("w", worse), team("b", better)], ["segmentation"]).rows
    assert (first.team, second.team) == ("b", "w")
    assert first.segmentation is not None
    assert second.segmentation is not None
    assert (first.segmentation.rank, first.segmentation.beats) == (1, 1)
    assert (second.segmentation.rank, second.segmentation.beats) == (2, 0)


def test_only_the_tasks_that_are_open_are_ranked() -> None:
    board = make_board([team("a", [report([0.5])]), team("b", [report([0.9])])], ["labelling"])
    assert all(row.segmentation is None for row in board.rows)
    assert all(row.labelling is not None for row in board.rows)


def test_no_team_makes_an_empty_board() -> None:
    assert make_board([], ["labelling"]) == Standings()


def test_a_level_keeps_what_is_not_defined_as_null() -> None:
    found = report([0.0])
    assert found.levels == (LevelScore(label=20, identified=False, dice=0.0),)
    assert found.hausdorff_mm is None


def graded(*grades: tuple[int, int | None]) -> CaseReport:
    """Vertebrae from L1 down: the readers' grade, and what was told."""
    scores = [ChallengeGrade(label=20 + at, wanted=one, told=other) for at, (one, other) in enumerate(grades)]
    return CaseReport(grades=tuple(scores))


def test_grades_are_counted_over_vertebrae_and_untold_ones_are_normal() -> None:
    good = team("a", [graded((0, 0), (2, 2), (3, 3)), graded((1, 1), (0, 0))])
    poor = team("b", [graded((0, 2), (2, None), (3, 3)), graded((1, 1), (0, 0))])
    first, second = make_board([poor, good], ["grading"]).rows
    assert (first.team, second.team) == ("a", "b")
    assert first.grades is not None
    assert second.grades is not None
    assert first.grades.kappa.value == 1.0
    assert (second.grades.sensitivity.value, second.grades.specificity.value) == (1 / 2, 2 / 3)
    assert (second.grades.vertebrae, second.grades.fractures, second.grades.untold) == (5, 2, 1)
    assert second.grading is not None
    assert second.segmentation is None


def test_how_much_is_broken_is_not_told_while_answers_are_secret() -> None:
    board = make_board([team("a", [graded((0, 0), (2, 2))])], ["grading"]).without_answers()
    (row,) = board.rows
    assert row.grades is not None
    assert (row.grades.vertebrae, row.grades.fractures, row.grades.untold) == (None, None, None)
    assert row.grades.kappa.value == 1.0


def test_without_the_task_no_grades_are_shown() -> None:
    (row,) = make_board([team("a", [graded((2, 2))])], ["labelling"]).rows
    assert (row.grades, row.grading) == (None, None)
