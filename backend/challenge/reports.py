"""What is kept of a submission's check and scores, and of a phase's leaderboard."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from backend.common.stored import Listed, Report, Share
from backend.science.evaluation import CaseEvaluation
from backend.science.submission import Contents

MAX_NAMED = 200  # files named in a report; the rest is counted


class Fault(Report):
    """Why one file of an archive cannot be used."""

    file: str
    code: str
    message: str


class Checked(Report):
    """What an archive holds. Names beyond the first 200 are counted only."""

    cases: int = 0
    missing: Listed[str] = ()
    extra: Listed[str] = ()
    extra_count: int = 0
    faults: Listed[Fault] = ()
    faults_count: int = 0
    grades: str = Field(default="", description="The table of fracture grades; empty: none")

    @classmethod
    def of(cls, contents: Contents) -> Checked:
        """The report on what was found in an archive."""
        told: dict[str, Any] = contents.to_json()
        return cls(
            cases=len(contents.entries),
            missing=tuple(contents.missing),
            extra=tuple(told["extra"][:MAX_NAMED]),
            extra_count=len(contents.extra),
            faults=tuple(Fault.read(fault) for fault in told["faults"][:MAX_NAMED]),
            faults_count=len(contents.faults),
            grades=told["grades"] or "",
        )


class LevelScore(Report):
    """One vertebra of the reference; distances in mm, null where one of the two masks lacks it."""

    label: int
    identified: bool
    dice: Share
    distance_mm: float | None = None
    hausdorff_mm: float | None = None


class ChallengeGrade(Report):
    """The grade of one vertebra: the release's, and what was predicted; null where nothing was."""

    label: int
    wanted: int
    told: int | None = None
    probability: float | None = None


class CaseReport(Report):
    """One case: what the challenge's public code gives per vertebra, and what it leaves out beside it.

    Strict Dice is the mean over the vertebrae that either mask has: a missed or an extra one counts as 0.
    """

    identification_rate: float | None = None
    dice: float | None = None
    strict_dice: Share = 0.0
    hausdorff_mm: float | None = None
    distance_mm: float | None = None
    panoptic_quality: float | None = None
    missed: Listed[int] = ()
    extra: Listed[int] = ()
    levels: Listed[LevelScore] = ()
    grades: Listed[ChallengeGrade] = ()

    @classmethod
    def of(cls, scores: CaseEvaluation) -> CaseReport:
        """The report on a case's evaluation."""
        told = scores.to_json()
        kept = set(LevelScore.model_fields)
        either = len(scores.dice) + len(scores.extra)
        return cls(
            identification_rate=told["identification_rate"],
            dice=told["dice"],
            strict_dice=sum(scores.dice.values()) / either if either else 0.0,
            hausdorff_mm=told["hausdorff_mm"],
            distance_mm=told["mean_distance_mm"],
            panoptic_quality=told["panoptic_quality"],
            missed=tuple(told["missed"]),
            extra=tuple(told["extra"]),
            levels=tuple(
                LevelScore(label=int(label), **{name: value for name, value in level.items() if name in kept})
                for label, level in told["vertebrae"].items()
            ),
        )


class BoardEstimate(Report):
    """A mean with its bootstrap interval by patient (95 %); null where it is not defined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class BoardRank(Report):
    """A team's rank by significance, and where its mean would put it in resampled sets of patients."""

    rank: int
    rank_low: int
    rank_high: int
    first_share: Share
    beats: int = Field(default=0, description="Teams that it is significantly better than")


class BoardPart(Report):
    """A team on one level, or on all of a region; means over vertebrae, null where nothing is to be measured.

    A missed vertebra has a Dice of 0 and no distance.
    """

    name: str
    region: bool = Field(default=False, description="All levels of the cervical, thoracic or lumbar spine")
    vertebrae: int = 0
    identification_rate: float | None = None
    dice: float | None = None
    distance_mm: float | None = None
    hausdorff_mm: float | None = None


class BoardGrades(Report):
    """A team's fracture grades on all vertebrae that the readers graded.

    Kappa is quadratic; AUC, sensitivity and specificity are of moderate and severe fractures.
    """

    kappa: BoardEstimate = BoardEstimate()
    auc: BoardEstimate = BoardEstimate()
    sensitivity: BoardEstimate = BoardEstimate()
    specificity: BoardEstimate = BoardEstimate()
    vertebrae: Annotated[int | None, Field(description="null: tells of answers that are secret")] = None
    fractures: Annotated[int | None, Field(description="Moderate and severe ones")] = None
    untold: Annotated[int | None, Field(description="Without a prediction: taken for normal")] = None

    def without_answers(self) -> BoardGrades:
        """The same without how many vertebrae are broken."""
        return self.model_copy(update={"vertebrae": None, "fractures": None, "untold": None})


class BoardRow(Report):
    """One team by its last evaluated submission.

    The first four measures are as the challenge's public code has them: identification over all vertebrae,
    the others averaged per scan. The strict ones count each extra vertebra as one that was got wrong.
    """

    team_id: str
    team: str
    submission_id: str
    sent_at: str
    evaluated_by: str = Field(default="", description="Who evaluated it elsewhere; empty: this site did")
    identification_rate: BoardEstimate = BoardEstimate()
    distance_mm: BoardEstimate = BoardEstimate()
    dice: BoardEstimate = BoardEstimate()
    hausdorff_mm: BoardEstimate = BoardEstimate()
    strict_identification_rate: BoardEstimate = BoardEstimate()
    strict_dice: BoardEstimate = BoardEstimate()
    panoptic_quality: BoardEstimate = BoardEstimate()
    missed: int = 0
    extra: int = 0
    absent_cases: int = 0
    parts: Annotated[
        Listed[BoardPart], Field(description="Regions, then levels; empty while the answers are secret")
    ] = ()
    labelling: BoardRank | None = None
    segmentation: BoardRank | None = None
    grading: BoardRank | None = None
    grades: BoardGrades | None = None


class Standings(Report):
    """A phase's leaderboard."""

    patients: int = 0
    cases: int = 0
    human_dice: Annotated[
        BoardEstimate,
        Field(description="Of the raters with each other on these cases; null where none were compared"),
    ] = BoardEstimate()
    rows: Listed[BoardRow] = ()

    def without_answers(self) -> Standings:
        """The same without what tells which vertebrae the cases have."""
        rows = tuple(
            row.model_copy(update={"parts": (), "grades": row.grades and row.grades.without_answers()})
            for row in self.rows
        )
        return self.model_copy(update={"rows": rows, "human_dice": BoardEstimate()})
