"""Pairs of raters, where two hundred people make too many of them for one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.progress.models import AgreementPairLine, AgreementReport
from backend.progress.raters.reports import AgreementPair

PAGE = 60  # all pairs of eleven raters are sent at once
FEW = 10  # vertebrae: below that a figure is chance, so such pairs come last

Measure = Literal["dice", "hd95_mm", "kappa"]
COLUMNS: dict[Measure, str] = {"dice": "place", "hd95_mm": "place_by_hd95", "kappa": "place_by_kappa"}


@dataclass(frozen=True, slots=True)
class PairsAsked:
    """Which pairs are wanted: those of a rater, those within a group of people, and by which measure."""

    rater: UUID | None = None
    people: frozenset[UUID] | None = None
    measure: Measure | None = None  # none: Dice, or kappa where nobody has drawn
    page: int = 1


def in_order(pairs: Sequence[AgreementPair], measure: Measure) -> list[AgreementPair]:
    """As they are; of more than one page those first that agree least by the measure.

    What rests on few vertebrae comes after the rest, and then what has no such figure.
    """
    if len(pairs) <= PAGE:
        return list(pairs)
    return sorted(pairs, key=lambda pair: _place(pair, measure))


def _place(pair: AgreementPair, measure: Measure) -> tuple[bool, bool, float]:
    estimate = pair.kappa if measure == "kappa" else pair.dice if measure == "dice" else pair.hd95_mm
    value = None if estimate is None else estimate.value
    if value is None:
        return True, True, 0.0
    rests_on = pair.graded if measure == "kappa" else pair.pairs
    return False, rests_on < FEW, -value if measure == "hd95_mm" else value


def pair_lines(report: AgreementReport, pairs: Sequence[AgreementPair]) -> list[AgreementPairLine]:
    """Pairs as they are kept, with their place by each measure; not saved."""
    places = {
        column: {(pair.first, pair.second): place for place, pair in enumerate(in_order(pairs, measure))}
        for measure, column in COLUMNS.items()
    }
    return [
        AgreementPairLine(
            report=report,
            first=pair.first,
            second=pair.second,
            body=pair.to_json(),
            **{column: found[pair.first, pair.second] for column, found in places.items()},
        )
        for pair in pairs
    ]


def pairs_of(report: AgreementReport, asked: PairsAsked) -> QuerySet[AgreementPairLine]:
    """The pairs of a report that are wanted, in no order."""
    lines = AgreementPairLine.objects.filter(report=report).order_by()
    if asked.rater is not None:
        lines = lines.filter(Q(first=asked.rater) | Q(second=asked.rater))
    if asked.people is not None:
        lines = lines.filter(first__in=asked.people, second__in=asked.people)
    return lines


def page_of_pairs(report: AgreementReport, asked: PairsAsked, *, usual: Measure) -> tuple[AgreementPair, ...]:
    """One page of them, by the measure that is asked for, else by the ``usual``."""
    begin = (asked.page - 1) * PAGE
    lines = pairs_of(report, asked).order_by(COLUMNS[asked.measure or usual])
    return tuple(
        AgreementPair.read(body) for body in lines.values_list("body", flat=True)[begin : begin + PAGE]
    )
