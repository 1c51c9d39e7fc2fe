"""The way of a data set's series: which came in, which are left out and why, which are in (as in CONSORT).

Groups are disjoint and add up. What an inclusion rule keeps out is counted there, whatever else is said of
it; rules overlap where a series fails several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db.models import Count, F, QuerySet

from backend.annotation.models import CaseState, Exclusion
from backend.audit.acts.case_acts import EXCLUSIONS
from backend.imaging.models import COPY_FORMAT, Series
from backend.imaging.selectors import inclusion_rules_of
from backend.projects.models import Project
from backend.science.inclusion import TEMPLATES, keeps_out

MEASURES_RATERS = "measures raters"  # excluded by nobody: its answer is known, and it was never work


def series_of(project: Project) -> QuerySet[Series]:
    """All series that came in; copies made to train and measure raters are none."""
    return Series.objects.filter(project=project).exclude(source_format=COPY_FORMAT)


def flow_of(project: Project) -> dict[str, Any]:
    """Counts of series from what came in to what is accepted."""
    series = series_of(project)
    states: Counter[str] = Counter()
    for row in series.order_by().values("held", state=F("volume__case__state")).annotate(n=Count("pk")):
        states["held" if row["held"] else row["state"] or "no_case"] += row["n"]
    came_in = sum(states.values())
    return {
        "came_in": came_in,
        "held": states["held"],
        "rules": _told(held_by_rule(series.filter(held=True), project)),
        "excluded": states[CaseState.EXCLUDED],
        "reasons": _told(excluded_by_reason(series)),
        "included": came_in - states["held"] - states[CaseState.EXCLUDED],
        "accepted": states[CaseState.ACCEPTED],
        "in_progress": states[CaseState.IN_PROGRESS],
        "waiting": states[CaseState.WAITING] + states["no_case"],
    }


def _told(counts: Counter[str]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": n} for reason, n in sorted(counts.items(), key=lambda one: -one[1])]


def excluded_by_reason(series: QuerySet[Series]) -> Counter[str]:
    """Of these series those whose case is excluded and that no rule holds, by reason in words."""
    out = series.filter(held=False, volume__case__state=CaseState.EXCLUDED)
    standing = Exclusion.objects.filter(put_back_at__isnull=True, case__volume__series__in=out)
    rows = standing.order_by().values_list("reason").annotate(n=Count("pk"))
    counts = Counter({EXCLUSIONS.get(reason, reason): n for reason, n in rows})
    nobody = out.count() - sum(counts.values())
    return counts + Counter({MEASURES_RATERS: nobody})


def held_by_rule(held: QuerySet[Series], project: Project) -> Counter[str]:
    """Of held series those that each rule keeps out, by the rule's title."""
    asked = {rule.id for rule in inclusion_rules_of(project) if rule.enabled}
    counts = Counter(rule for one in held.prefetch_related("verdicts") for rule in _rules_against(one, asked))
    return Counter({TEMPLATES[rule].title if rule in TEMPLATES else rule: n for rule, n in counts.items()})


def _rules_against(series: Series, asked: Collection[str]) -> list[str]:
    rows = [row for row in series.verdicts.all() if row.rule_id in asked]
    waived = [row.rule_id for row in rows if row.waived_by_id is not None]
    return keeps_out({row.rule_id: row.state for row in rows}, waived)
