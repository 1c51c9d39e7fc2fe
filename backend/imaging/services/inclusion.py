"""A project's inclusion rules on its series: checked, said by hand, waived.

A series that a rule keeps out gets no tasks, is not counted and not released, until a manager waives the rule
with a reason. What a person has said of a rule stands above what the check says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.events import publish
from backend.imaging.events import InclusionChanged
from backend.imaging.models import (
    COPY_FORMAT,
    InclusionRules,
    RuleState,
    RuleVerdict,
    SameScan,
    SameScanAnswer,
    Series,
)
from backend.imaging.rules import AskedRule
from backend.imaging.selectors import inclusion_rules_of, series_facts
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.science.errors import BadInput
from backend.science.inclusion import Known, Rule, check, keeps_out, parse_rules

LEVELS = "levels"  # the field that a higher layer adds to a volume: the labels of its first mask


class NotFailed(Conflict):
    code = "rule_not_failed"
    message = "Only a rule that failed can be waived."


@transaction.atomic
def set_rules(*, project: Project, actor: User, rules: Any) -> list[Rule]:
    """Change the rules (manager) and check every series of the project by them."""
    require_role(actor, project, Role.MANAGER)
    try:
        parsed = parse_rules(rules)
    except BadInput as exc:
        raise Invalid(exc.code, f"{exc.reason[:1].upper()}{exc.reason[1:]}.") from exc
    stored = [AskedRule.read(rule.to_json()).to_json() for rule in parsed]
    InclusionRules.objects.update_or_create(project=project, defaults={"rules": stored, "changed_by": actor})
    asked = [rule.id for rule in parsed if rule.enabled]
    audit.record(
        actor=actor, act=scan_acts.InclusionRulesChanged(asked=asked), subject=project, project_id=project.pk
    )
    check_all(Series.objects.filter(project=project).exclude(source_format=COPY_FORMAT))
    return parsed


def check_all(series: Iterable[Series]) -> None:
    """Check some series of a project by its rules as they are."""
    for one in series:
        check_series(series=one)


@transaction.atomic
def check_series(*, series: Series, acquired: date | None = None) -> None:
    """Check one series. ``acquired`` is the day of the scan: only the ingest knows it, nothing keeps it."""
    rules = inclusion_rules_of(series.project)
    standing = {row.rule_id: row for row in RuleVerdict.objects.filter(series=series)}
    known = _known(series, acquired) if any(rule.enabled for rule in rules) else Known()
    outcomes = check(rules, known)
    for rule_id, outcome in outcomes.items():
        row = standing.get(rule_id)
        if row is None:
            row = RuleVerdict(series=series, rule_id=rule_id)
        elif row.stated_by_id is not None or _told_by_day(row, outcome.state, acquired):
            continue
        row.state, row.fact = outcome.state, outcome.fact
        if outcome.state != "failed" and row.waived_by_id is not None:
            row.waived_by, row.waived_at, row.waived_reason = None, None, ""
        row.save()
    # what was said or waived of a rule that is not asked any more is kept for when it is asked again
    settle(series)


def check_new_series(*, volume_id: UUID) -> None:
    """The ingest has checked the series by its rules already; one that came another way is checked now."""
    series = Series.objects.select_related("project", "patient", "volume").get(volume=volume_id)
    if not series.verdicts.exists():
        check_series(series=series)


def _told_by_day(row: RuleVerdict, state: str, acquired: date | None) -> bool:
    """Whether a former answer rests on the day of the scan, which is gone and told more than the year."""
    return acquired is None and state == RuleState.UNKNOWN and "by its day" in row.fact


def _known(series: Series, acquired: date | None) -> Known:
    levels: set[int] = set()
    volumes = [pk for pk in series.patient.series.values_list("volume", flat=True) if pk is not None]
    found = series_facts(LEVELS, volumes)
    for labels in found.values():
        levels |= set(labels)
    return Known(
        facts=series.facts,
        age_years=series.patient.age_years,
        levels=levels if found else None,
        acquired=acquired,
        acquired_year=series.acquired_year,
    )


def _kept_out_as_double(series: Series) -> bool:
    return SameScan.objects.filter(second=series, answer=SameScanAnswer.KEEP_OUT).exists()


def settle(series: Series) -> None:
    """Note whether a rule, or its being there twice, keeps the series out; tell it when that has changed."""
    asked = {rule.id for rule in inclusion_rules_of(series.project) if rule.enabled}
    rows = [row for row in RuleVerdict.objects.filter(series=series) if row.rule_id in asked]
    states = {row.rule_id: str(row.state) for row in rows}
    waived = [row.rule_id for row in rows if row.waived_by_id is not None]
    held = bool(keeps_out(states, waived)) or _kept_out_as_double(series)
    if held == series.held:
        return
    Series.objects.filter(pk=series.pk).update(held=held)
    series.held = held
    volume_id = getattr(getattr(series, "volume", None), "pk", None)
    if volume_id is not None:
        publish(InclusionChanged(volume_id, held))


@transaction.atomic
def state_rule(*, series: Series, actor: User, rule_id: str, state: str, fact: str) -> RuleVerdict:
    """Say by hand how a rule stands, with the fact; state "unknown" hands it back to the check."""
    row = _verdict(series, rule_id)
    if state != RuleState.UNKNOWN and not fact.strip():
        raise Invalid("fact_missing", "Say what the answer rests on.")
    row.waived_by, row.waived_at, row.waived_reason = None, None, ""
    if state == RuleState.UNKNOWN:
        row.stated_by, row.state, row.fact = None, RuleState.UNKNOWN, ""
        row.save()
        check_series(series=series)
    else:
        row.stated_by, row.state, row.fact = actor, RuleState(state), fact.strip()
        row.save()
        settle(series)
    _record(actor, series, scan_acts.InclusionStated(rule=rule_id, state=state, fact=fact))
    return RuleVerdict.objects.get(pk=row.pk)


@transaction.atomic
def waive(*, series: Series, actor: User, rule_id: str, reason: str) -> RuleVerdict:
    """Let a series in although a rule failed. The failure stays to be seen, with who waived it and why."""
    row = _verdict(series, rule_id)
    if row.state != RuleState.FAILED:
        raise NotFailed
    if not reason.strip():
        raise Invalid("reason_missing", "Say why the rule is waived.")
    row.waived_by, row.waived_at, row.waived_reason = actor, timezone.now(), reason.strip()
    row.save()
    settle(series)
    _record(actor, series, scan_acts.InclusionWaived(rule=rule_id, reason=reason))
    return row


@transaction.atomic
def take_waiver_back(*, series: Series, actor: User, rule_id: str) -> RuleVerdict:
    """Let a failed rule keep the series out again. Tasks that were given out go on."""
    row = _verdict(series, rule_id)
    row.waived_by, row.waived_at, row.waived_reason = None, None, ""
    row.save()
    settle(series)
    _record(actor, series, scan_acts.InclusionWaiverWithdrawn(rule=rule_id))
    return row


def _verdict(series: Series, rule_id: str) -> RuleVerdict:
    row = RuleVerdict.objects.select_for_update().filter(series=series, rule_id=rule_id).first()
    if row is None:
        raise NotFound("no_such_rule", "This rule is not asked of the series.")
    return row


def _record(actor: User, series: Series, act: Act) -> None:
    audit.record(actor=actor, act=act, subject=series, project_id=series.project_id)
