"""A phase's leaderboard, computed from the scores of each team's last evaluated submission."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from backend.challenge.models import CaseScore, ChallengeTask, Submission
from backend.challenge.reports import (
    BoardEstimate,
    BoardGrades,
    BoardPart,
    BoardRank,
    BoardRow,
    CaseReport,
    LevelScore,
    Standings,
)
from backend.science.agreement.grades import Estimate
from backend.science.agreement.pooled import mean_by_patient
from backend.science.labels import BY_LABEL, name_of
from backend.science.predicted_grades import GradePair, case_agreement, score_grades
from backend.science.ranking import Ranking, rank_teams

SEED = 0  # the same scores give the same intervals


@dataclass(frozen=True, slots=True)
class Scored:
    """One case of one team: whose it is, and its figures."""

    case: str
    patient: str
    report: CaseReport
    absent: bool


def scored(row: CaseScore) -> Scored:
    """A stored score as the board reads it."""
    return Scored(str(row.item_id), row.item.release_patient.subject, CaseReport.read(row.report), row.absent)


def make_board(
    entries: Sequence[tuple[Submission, Sequence[Scored]]],
    tasks: Iterable[str],
    human: Mapping[str, float] | None = None,
) -> Standings:
    """The board of teams that were all scored on the same cases, best first.

    Teams are ordered by their rank in segmentation, else in labelling, else in grading. The first two count
    what was missed as 0, so that every case has a score (``science.ranking``). ``human`` is the raters' Dice
    with each other by case.
    """
    if not entries or not entries[0][1]:
        return Standings()
    cases = entries[0][1]
    ranks = {task: _ranks(entries, _RANKED[ChallengeTask(task)]) for task in tasks}
    rows = [
        _row(
            submission,
            scores,
            {task: _rank(ranking, str(submission.team_id)) for task, ranking in ranks.items()},
        )
        for submission, scores in entries
    ]
    rows.sort(key=_order)
    return Standings(
        patients=len({one.patient for one in cases}),
        cases=len(cases),
        human_dice=_mean(((human or {}).get(one.case), one.patient) for one in cases),
        rows=tuple(rows),
    )


_RANKED: Mapping[ChallengeTask, Callable[[CaseReport], float]] = {
    ChallengeTask.LABELLING: lambda report: report.identification_rate or 0.0,
    ChallengeTask.SEGMENTATION: lambda report: report.dice or 0.0,
    ChallengeTask.GRADING: lambda report: case_agreement(
        [(grade.wanted, grade.told or 0) for grade in report.grades]
    ),
}


def _ranks(
    entries: Sequence[tuple[Submission, Sequence[Scored]]], measure: Callable[[CaseReport], float]
) -> Ranking:
    table = {str(row.team_id): {one.case: measure(one.report) for one in scores} for row, scores in entries}
    patients = {one.case: one.patient for _, scores in entries for one in scores}
    return rank_teams(table, patients, seed=SEED)


def _rank(ranking: Ranking, team: str) -> BoardRank:
    (found,) = (standing for standing in ranking.standings if standing.team == team)
    return BoardRank(
        rank=found.rank,
        rank_low=found.rank_low,
        rank_high=found.rank_high,
        first_share=found.first_share,
        beats=len(found.beats),
    )


def _row(submission: Submission, scores: Sequence[Scored], ranks: Mapping[str, BoardRank]) -> BoardRow:
    levels = [(level, one.patient) for one in scores for level in one.report.levels]
    hits = [(float(level.identified), patient) for level, patient in levels]
    false = [(0.0, one.patient) for one in scores for _ in one.report.extra]
    return BoardRow(
        team_id=str(submission.team_id),
        team=submission.team.name,
        submission_id=str(submission.pk),
        sent_at=submission.created_at.isoformat(),
        evaluated_by=submission.evaluated_by,
        identification_rate=_mean(hits),
        strict_identification_rate=_mean([*hits, *false]),
        distance_mm=_mean((level.distance_mm, patient) for level, patient in levels),
        dice=_mean((one.report.dice, one.patient) for one in scores),
        strict_dice=_mean((one.report.strict_dice, one.patient) for one in scores),
        hausdorff_mm=_mean((one.report.hausdorff_mm, one.patient) for one in scores),
        panoptic_quality=_mean((one.report.panoptic_quality, one.patient) for one in scores),
        missed=sum(len(one.report.missed) for one in scores),
        extra=sum(len(one.report.extra) for one in scores),
        absent_cases=sum(one.absent for one in scores),
        parts=tuple(_parts([level for level, _ in levels])),
        labelling=ranks.get(ChallengeTask.LABELLING),
        segmentation=ranks.get(ChallengeTask.SEGMENTATION),
        grading=ranks.get(ChallengeTask.GRADING),
        grades=_grades(scores) if ChallengeTask.GRADING in ranks else None,
    )


def _grades(scores: Sequence[Scored]) -> BoardGrades:
    """A team's grades over all scans; what it told nothing of counts as normal."""
    told = [(one.patient, grade) for one in scores for grade in one.report.grades]
    found = score_grades(
        [
            GradePair(patient, grade.wanted, 0, 0.0)
            if grade.told is None
            else GradePair(patient, grade.wanted, grade.told, grade.probability)
            for patient, grade in told
        ],
        seed=SEED,
    )

    def shown(estimate: Estimate) -> BoardEstimate:
        return BoardEstimate.read(estimate.to_json())

    return BoardGrades(
        kappa=shown(found.kappa),
        auc=shown(found.auc),
        sensitivity=shown(found.sensitivity),
        specificity=shown(found.specificity),
        vertebrae=found.vertebrae,
        fractures=found.fractures,
        untold=sum(grade.told is None for _, grade in told),
    )


def _parts(levels: Sequence[LevelScore]) -> Iterator[BoardPart]:
    """The regions and then the levels that the reference has, each from the head down."""
    known = sorted(levels, key=lambda level: BY_LABEL[level.label].order)
    regions = dict.fromkeys(BY_LABEL[level.label].region for level in known)
    for region in regions:
        mine = [level for level in known if BY_LABEL[level.label].region == region]
        yield _part(region, mine, region=True)
    for label in dict.fromkeys(level.label for level in known):
        yield _part(name_of(label), [level for level in known if level.label == label])


def _part(name: str, levels: Sequence[LevelScore], *, region: bool = False) -> BoardPart:
    def mean(values: Iterable[float | None]) -> float | None:
        found = [value for value in values if value is not None]
        return fmean(found) if found else None

    return BoardPart(
        name=name,
        region=region,
        vertebrae=len(levels),
        identification_rate=mean(float(level.identified) for level in levels),
        dice=mean(level.dice for level in levels),
        distance_mm=mean(level.distance_mm for level in levels),
        hausdorff_mm=mean(level.hausdorff_mm for level in levels),
    )


def _mean(values: Iterable[tuple[float | None, str]]) -> BoardEstimate:
    """Mean of what is defined, with the interval from resampling patients."""
    known = [(value, patient) for value, patient in values if value is not None]
    found = mean_by_patient([value for value, _ in known], [patient for _, patient in known], seed=SEED)
    return BoardEstimate.read(found.to_json())


def _order(row: BoardRow) -> tuple[int, float, str]:
    rank = row.segmentation or row.labelling or row.grading
    measure = row.dice if row.segmentation else row.identification_rate
    if rank is row.grading and row.grades is not None:
        measure = row.grades.kappa
    return (rank.rank if rank else 0, -(measure.value or 0.0), row.team)
