"""One inclusion rule waived for many series at once, and the waivers taken back.

Each series stands for itself: what cannot be done is said by name, the rest is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.accounts.models import User
from backend.common.errors import Conflict, DomainError
from backend.imaging.models import COPY_FORMAT, RuleVerdict, Series
from backend.imaging.selectors import keeping_out
from backend.imaging.services.inclusion import take_waiver_back, waive
from backend.projects.models import Project

MAX_SERIES = 200


class NotWaived(Conflict):
    code = "not_waived"
    message = "Nobody has waived this rule for it."


@dataclass(frozen=True)
class Outcome:
    """What became of one series."""

    series: Series
    done: bool
    message: str


def waive_many(
    *, project: Project, series_ids: Sequence[UUID], actor: User, rule_id: str, reason: str
) -> list[Outcome]:
    """Let series in although they failed a rule; whatever else keeps one out is said."""

    def one(series: Series) -> str:
        waive(series=series, actor=actor, rule_id=rule_id, reason=reason)
        if not series.held:
            return "Waived"
        others = keeping_out(project).filter(series=series).order_by("rule_id")
        names = ", ".join(others.values_list("rule_id", flat=True))
        return f"Waived; still kept out by {names}" if names else "Waived; still kept out as a double"

    return _each(project, series_ids, one)


def take_waivers_back(
    *, project: Project, series_ids: Sequence[UUID], actor: User, rule_id: str
) -> list[Outcome]:
    """Let a failed rule keep series out again. Tasks that were given out go on."""

    def one(series: Series) -> str:
        if not RuleVerdict.objects.filter(series=series, rule_id=rule_id, waived_by__isnull=False).exists():
            raise NotWaived
        take_waiver_back(series=series, actor=actor, rule_id=rule_id)
        return "Waiver taken back"

    return _each(project, series_ids, one)


def _each(project: Project, series_ids: Sequence[UUID], act: Callable[[Series], str]) -> list[Outcome]:
    outcomes = []
    for series in _in_order(project, series_ids):
        try:
            outcomes.append(Outcome(series, True, act(series)))
        except DomainError as error:
            outcomes.append(Outcome(series, False, error.message))
    return outcomes


def _in_order(project: Project, series_ids: Sequence[UUID]) -> list[Series]:
    """Those of the ids that are the project's, as they were named; copies are not among them."""
    rows = Series.objects.filter(project=project, pk__in=series_ids).exclude(source_format=COPY_FORMAT)
    by_id = {row.pk: row for row in rows.select_related("project", "patient", "volume")}
    return [by_id[pk] for pk in dict.fromkeys(series_ids) if pk in by_id]
