"""Pairs of raters, where two hundred people make too many of them for one answer."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.progress.models import AgreementPairLine, AgreementReport
from backend.progress.raters.reports import AgreementPair

PAGE = 60  # all pairs of eleven raters are sent at once
FEW = 10  # vertebrae: below that a figure is chance, so such pairs come last


def in_order(pairs: Sequence[AgreementPair]) -> list[AgreementPair]:
    """As they are; of more than one page those first that agree least.

    By Dice, or by kappa where the two drew nothing in common; what rests on few vertebrae after the rest.
    """
    return sorted(pairs, key=_place) if len(pairs) > PAGE else list(pairs)


def _place(pair: AgreementPair) -> tuple[bool, bool, float]:
    drawn = pair.dice.value is not None
    value = pair.dice.value if drawn else pair.kappa.value if pair.kappa is not None else None
    few = max(pair.pairs, pair.graded) < FEW
    return value is None, few, 0.0 if value is None else value


def pairs_with(report: AgreementReport, rater: UUID | None) -> QuerySet[AgreementPairLine]:
    """The pairs of a report, or those that a rater is one of."""
    lines = AgreementPairLine.objects.filter(report=report).order_by("place")
    return lines if rater is None else lines.filter(Q(first=rater) | Q(second=rater))


def page_of_pairs(report: AgreementReport, *, rater: UUID | None, page: int) -> tuple[AgreementPair, ...]:
    """One page of them."""
    begin = (page - 1) * PAGE
    bodies = pairs_with(report, rater).values_list("body", flat=True)[begin : begin + PAGE]
    return tuple(AgreementPair.read(body) for body in bodies)
