"""The result of an evaluation elsewhere as it is sent: bounded, its scores worked out from its figures."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import Annotated, ClassVar

from pydantic import Field

from backend.challenge.errors import BadResult
from backend.challenge.reports import CaseReport, ChallengeGrade, LevelScore
from backend.common.errors import Invalid
from backend.common.stored import Share, Stored, listed
from backend.science.agreement.pair import number
from backend.science.evaluation import HIT_MM, panoptic_quality
from backend.science.labels import VALID_LABELS, sort_labels
from backend.science.signed_results import FORMAT
from backend.science.tolerances import within_mm

MOST_CASES = 10_000
Millimetres = Annotated[float, Field(ge=0, le=10_000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class ResultLevel(Stored):
    """One vertebra of the reference; distances in mm, null where one of the two masks lacks it."""

    label: int
    identified: bool
    dice: Share
    distance_mm: Millimetres | None
    hausdorff_mm: Millimetres | None


class ResultGrade(Stored):
    """A predicted fracture grade of one vertebra."""

    label: int
    grade: Annotated[int, Field(ge=0, le=3)]
    probability: Share | None = None


class ResultCase(Stored):
    """The figures of one case."""

    mask_digest: Annotated[str, Field(max_length=128, description="Of the reference that was scored against")]
    absent: Annotated[bool, Field(description="There was no prediction")]
    levels: Annotated[tuple[ResultLevel, ...], listed(most=64)]
    extra: Annotated[tuple[int, ...], listed(most=64)] = ()
    grades: Annotated[tuple[ResultGrade, ...], listed(most=64)] = ()

    def fault(self, labels: Iterable[int]) -> str | None:
        """What cannot be true of a case whose reference has these vertebrae; none: nothing."""
        mine, wanted = [level.label for level in self.levels], set(labels)
        if sorted(mine) != sorted(wanted):
            return "its vertebrae are not those of the release, each once"
        if len(set(self.extra)) < len(self.extra) or not set(self.extra) <= VALID_LABELS - wanted:
            return "its extra vertebrae are no levels, or those of the release"
        told = [grade.label for grade in self.grades]
        if len(set(told)) < len(told) or not set(told) <= VALID_LABELS:
            return "its grades are of no levels, or of one twice"
        for level in self.levels:
            if level.identified and (level.distance_mm is None or not within_mm(level.distance_mm, HIT_MM)):
                return "a vertebra is identified that lies too far off"
            if level.dice > 0 and level.hausdorff_mm is None:
                return "a vertebra has an overlap and no Hausdorff distance"
        found = any(level.hausdorff_mm is not None or level.distance_mm is not None for level in self.levels)
        if self.absent and (found or self.extra or self.grades):
            return "it has no prediction, and figures of one"
        return None

    def report(self, grades: tuple[ChallengeGrade, ...] = ()) -> CaseReport:
        """The scores, worked out as `CaseReport.of` has them; ``grades`` are the release's beside these."""
        by_label = {level.label: level for level in self.levels}
        levels = [by_label[label] for label in sort_labels(by_label)]
        found = [level for level in levels if level.hausdorff_mm is not None]
        missed = [level.label for level in levels if level.hausdorff_mm is None]
        dice = [level.dice for level in levels]
        either = len(levels) + len(self.extra)
        overlaps = [level.dice / (2 - level.dice) for level in found]
        return CaseReport(
            identification_rate=_mean(float(level.identified) for level in levels),
            dice=_mean(dice),
            strict_dice=sum(dice) / either if either else 0.0,
            hausdorff_mm=_mean(level.hausdorff_mm for level in levels),
            distance_mm=_mean(level.distance_mm for level in levels),
            panoptic_quality=number(panoptic_quality(overlaps, len(missed), len(self.extra))),
            missed=tuple(missed),
            extra=tuple(sort_labels(self.extra)),
            levels=tuple(LevelScore(**level.model_dump()) for level in levels),
            grades=grades,
        )


class EvaluationResult(Stored):
    """What a key signs: which phase, whose predictions, on which data, and the figures of every case."""

    what: ClassVar[str] = "The result"
    refused: ClassVar[type[Invalid]] = BadResult

    format: Annotated[str, Field(pattern=f"^{FORMAT}$")]
    key: Uuid
    challenge: Uuid
    split: Annotated[str, Field(pattern=r"^(validation|test)$")]
    version: Annotated[str, Field(max_length=60)]
    manifest_sha256: Sha256
    team: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32,64}$")]
    signed_at: Annotated[str, Field(max_length=40, description="ISO 8601, with its offset")]
    program: Annotated[str, Field(max_length=1000, description="The command that made the predictions")] = ""
    cases: Annotated[dict[str, ResultCase], Field(max_length=MOST_CASES)]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
