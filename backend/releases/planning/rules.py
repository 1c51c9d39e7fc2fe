"""Which accepted cases go into a release: rules that a manager sets, kept with the draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from backend.annotation.models import Case, CasePurpose, CaseState, CaseTag, Exclusion, Task, TaskState
from backend.audit.acts.case_acts import EXCLUSIONS
from backend.common.errors import Invalid
from backend.common.models import JobState
from backend.common.stored import Listed, Share, Stored
from backend.consensus.models import Comparison
from backend.consensus.reports import ComparisonReport
from backend.imaging.models import RuleVerdict
from backend.measurements.density import phase_of
from backend.measurements.models import ContrastPhase
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.labels import label_of

# By which rule a case is left out. The first seven are asked of accepted cases; the others of an earlier
# version, and of what was taken out of the data.
RULE_CHOICES = [
    (name, name)
    for name in (
        "inclusion",
        "stages",
        "agreement",
        "levels",
        "phases",
        "tags",
        "waivers",
        "earlier",
        "consent",
        "excluded",
    )
]


class RulesInvalid(Invalid):
    code = "rules_invalid"
    message = "The rules of the release cannot be used."


def _is_level(name: str) -> str:
    try:
        label_of(name)
    except (KeyError, ValueError):
        raise ValueError(f"there is no vertebra {name!r}: use C1 to C7, T1 to T13, L1 to L6.") from None
    return name


def _is_phase(name: str) -> str:
    if name not in ContrastPhase.values:
        raise ValueError(f"there is no contrast phase {name!r}: use {', '.join(ContrastPhase.values)}.")
    return name


def _as_tag(name: str) -> str:
    return " ".join(name.lower().split())


Tag = Annotated[str, AfterValidator(_as_tag)]


class Rules(Stored):
    """A case goes in that meets all of them. Empty ones ask nothing."""

    what = "The rules"
    refused = RulesInvalid
    words: ClassVar[Mapping[str, str]] = {
        "least_agreement": "The least agreement",
        "phases": "Contrast phases",
        "without_tags": "Tags to leave out",
    }
    items: ClassVar[Mapping[str, str]] = {
        "levels": "Level",
        "phases": "Contrast phase",
        "stages": "Stage",
        "tags": "Tag",
        "without_tags": "Tag",
    }

    stages: Annotated[
        Listed[str],
        Field(
            description="Keys of the protocol's stages that people have completed on it, whenever that was"
        ),
    ] = ()
    least_agreement: Annotated[
        Share | None, Field(description="Mean Dice of its vertebrae over all pairs of raters, at the least")
    ] = None
    levels: Annotated[
        Listed[Annotated[str, AfterValidator(_is_level)]], Field(description="All of these are in its mask")
    ] = ()
    phases: Annotated[
        Listed[Annotated[str, AfterValidator(_is_phase)]],
        Field(description="Its contrast phase is known, and one of these"),
    ] = ()
    tags: Annotated[Listed[Tag], Field(description="It has all of these tags of the managers")] = ()
    without_tags: Annotated[Listed[Tag], Field(description="It has none of these tags")] = ()
    without_waivers: Annotated[
        bool, Field(description="No inclusion rule was waived for its series, and none is unanswered")
    ] = False


@dataclass(frozen=True)
class LeftOut:
    """A case that does not go in: by which rule, and why in a sentence."""

    case: Case
    rule: str
    why: str


def read_rules(raw: Any, project: Project | None = None) -> Rules:
    """The rules as they were sent or stored; with a project, its protocol must have the stages.

    Raises
    ------
    RulesInvalid
    """
    rules = Rules.read(raw)
    if project is not None:
        known = [stage.key for stage in protocol_of(project).stages if stage.kind != "fuse"]
        for key in rules.stages:
            if key not in known:
                raise RulesInvalid(
                    message=f"The protocol has no stage {key!r} for people: it has {', '.join(known)}.",
                    extra={"field": "stages"},
                )
    return rules


def candidates(project: Project) -> list[Case]:
    """Every accepted case, those too that an inclusion rule keeps out, patient by patient."""
    return list(
        Case.objects.filter(project=project, state=CaseState.ACCEPTED)
        .select_related(
            "volume__series__patient", "volume__series__stated_phase", "accepted_mask", "volume__nifti"
        )
        .order_by("volume__series__patient__pseudonym", "volume__series__number")
    )


def excluded(project: Project) -> list[LeftOut]:
    """What was taken out of the data for good: consent that was withdrawn, and the like."""
    rows = Exclusion.objects.filter(
        case__project=project,
        case__purpose=CasePurpose.WORK,
        case__state=CaseState.EXCLUDED,
        put_back_at=None,
    ).select_related("case__volume__series__patient")
    return [
        LeftOut(
            row.case,
            "consent" if row.reason == "consent" else "excluded",
            f"Taken out of the data: {EXCLUSIONS.get(row.reason, row.reason)}.",
        )
        for row in rows
    ]


def apply_rules(rules: Rules, cases: list[Case]) -> tuple[list[Case], list[LeftOut]]:
    """The cases that go in, and the others with the first rule that each does not meet."""
    facts = _Facts(rules, cases)
    kept, left = [], []
    for case in cases:
        fault = next(facts.faults(case), None)
        if fault is None:
            kept.append(case)
        else:
            left.append(LeftOut(case, *fault))
    return kept, left


class _Facts:
    """What the rules ask about the cases, in a fixed number of queries."""

    def __init__(self, rules: Rules, cases: list[Case]) -> None:
        self.rules = rules
        self.passed = _stages_passed(cases) if rules.stages else {}
        self.agreement = (
            agreement_by_case([case.pk for case in cases]) if rules.least_agreement is not None else {}
        )
        self.waived = _waived(cases) if rules.without_waivers else set()
        self.tags = _tags(cases) if rules.tags or rules.without_tags else {}

    def faults(self, case: Case) -> Iterator[tuple[str, str]]:
        """The rules that a case does not meet, each with why."""
        rules, series = self.rules, case.volume.series
        if series.held:
            yield "inclusion", "An inclusion rule of the study keeps its series out."
        missing = [key for key in rules.stages if key not in self.passed.get(case.pk, ())]
        if missing:
            yield "stages", f"It has not passed the stage {missing[0]!r}."
        if rules.least_agreement is not None:
            yield from self._agreement_fault(case, rules.least_agreement)
        labels = set(map(int, case.accepted_mask.label_voxels)) if case.accepted_mask else set()
        lacking = [name for name in rules.levels if label_of(name) not in labels]
        if lacking:
            yield "levels", f"Its mask lacks {', '.join(lacking)}."
        phase = phase_of(series)[0]
        if rules.phases and phase not in rules.phases:
            told = f"is {ContrastPhase(phase).label.lower()}" if phase else "is not known"
            yield "phases", f"Its contrast phase {told}."
        own = self.tags.get(case.pk, set())
        without = [name for name in rules.tags if name not in own]
        barred = [name for name in rules.without_tags if name in own]
        if without:
            yield "tags", f"It has no tag {without[0]!r}."
        if barred:
            yield "tags", f"It has the tag {barred[0]!r}."
        if case.volume.series_id in self.waived:
            yield "waivers", "An inclusion rule was waived for its series, or has no answer."

    def _agreement_fault(self, case: Case, least: float) -> Iterator[tuple[str, str]]:
        reached = self.agreement.get(case.pk)
        if reached is None:
            yield "agreement", "Nobody's masks were compared on it."
        elif reached < least:
            yield "agreement", f"Its raters agree to a Dice of {reached:.3f}, below {least:g}."


def _stages_passed(cases: list[Case]) -> dict[UUID, set[str]]:
    """By case the stages that people have completed on it."""
    found: dict[UUID, set[str]] = {}
    tasks = Task.objects.filter(case__in=cases, state=TaskState.COMPLETE)
    for case_id, key in tasks.values_list("case_id", "stage_key"):
        found.setdefault(case_id, set()).add(key)
    return found


def agreement_by_case(case_ids: Iterable[UUID]) -> dict[UUID, float]:
    """By case the mean Dice of its vertebrae in its last comparison."""
    found: dict[UUID, float] = {}
    rows = Comparison.objects.filter(task__case__in=list(case_ids), state=JobState.SUCCEEDED).order_by(
        "created_at"
    )
    for case_id, raw in rows.values_list("task__case_id", "report"):
        report = ComparisonReport.read(raw)
        known = [level.mean_dice for level in report.labels.values() if level.mean_dice is not None]
        if known and report.raters > 1:
            found[case_id] = fmean(known)
    return found


def _tags(cases: list[Case]) -> dict[UUID, set[str]]:
    """By case the managers' tags on it."""
    found: dict[UUID, set[str]] = {}
    for case_id, name in CaseTag.objects.filter(case__in=cases).values_list("case", "name"):
        found.setdefault(case_id, set()).add(name)
    return found


def _waived(cases: list[Case]) -> set[UUID]:
    """Series of which a rule was waived, or has no answer."""
    rows = RuleVerdict.objects.filter(series__in=[case.volume.series_id for case in cases])
    return {row.series_id for row in rows if row.waived_by_id is not None or row.state == "unknown"}


def counted_by_rule(left: list[LeftOut]) -> Mapping[str, int]:
    """How many cases each rule leaves out."""
    found: dict[str, int] = {}
    for one in left:
        found[one.rule] = found.get(one.rule, 0) + 1
    return found
