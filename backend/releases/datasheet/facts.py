"""What the site knows of how a release came about, for its datasheet: of its open parts only.

People are counted, never named. With a sealed part the way from the first series to the last is not told: the
size of that part would follow from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.annotation.models import Assignment, AssignmentState, Case
from backend.masks.models import MaskSource, MaskVersion
from backend.pipeline.models import Run
from backend.progress.managing.selectors.flow import excluded_by_reason, held_by_rule, series_of
from backend.progress.raters.reports import AgreementFigures
from backend.progress.raters.selectors.agreement import agreement_of
from backend.progress.raters.services import standing_comparisons
from backend.projects.protocols import Protocol, Stage
from backend.projects.selectors import protocol_of
from backend.releases.embargo import is_sealed
from backend.releases.models import Release, ReleaseItem, Split

_ORIGINS: dict[str, str] = {
    MaskSource.IMPORT: "a mask that came with the CT",
    MaskSource.EMPTY: "an empty mask",
}


@dataclass(frozen=True)
class StageFacts:
    """A stage of the protocol, how many people worked in it, and how often they handed in."""

    stage: Stage
    people: int
    hand_ins: int


@dataclass(frozen=True)
class Flow:
    """Series of the project on their way into the release; ``rules`` counts those that each rule kept out,
    ``reasons`` those that people excluded."""

    came_in: int
    kept_out: int
    rules: dict[str, int]
    excluded: int
    reasons: dict[str, int]
    not_accepted: int
    released: int


@dataclass(frozen=True)
class Facts:
    """Of the open parts. ``starts`` are the masks that people began with, by their origin."""

    protocol: Protocol
    cases: int
    raters: int
    stages: list[StageFacts]
    starts: Counter[str]
    agreement: AgreementFigures | None
    flow: Flow | None


def facts_of(release: Release, items: Sequence[ReleaseItem]) -> Facts:
    """Counted from the rows as they are now; agreement is computed from the stored comparisons."""
    seen = [item for item in items if not is_sealed(release, item.release_patient.split)]
    cases = [item.case_id for item in seen]
    compared = standing_comparisons(Case.objects.filter(pk__in=cases))
    work = Assignment.objects.filter(task__case__in=cases, state=AssignmentState.SUBMITTED)
    done = list(work.order_by().values_list("task__stage_key", "rater_id"))
    protocol = protocol_of(release.project)
    return Facts(
        protocol=protocol,
        cases=len(seen),
        raters=len({rater for _, rater in done}),
        stages=[
            StageFacts(
                stage,
                len({rater for key, rater in done if key == stage.key}),
                sum(key == stage.key for key, _ in done),
            )
            for stage in protocol.stages
        ],
        starts=_starts(seen),
        agreement=agreement_of(compared) if compared else None,
        flow=None if is_sealed(release, Split.TEST) else _flow(release, items),
    )


def _starts(items: Sequence[ReleaseItem]) -> Counter[str]:
    begun = [item.case.start_mask_id for item in items]
    sources = MaskVersion.objects.filter(pk__in=[mask for mask in begun if mask is not None])
    named: dict[UUID | None, str] = {mask.pk: _ORIGINS.get(mask.source, mask.source) for mask in sources}
    made = [mask.pk for mask in sources if mask.source == MaskSource.ENGINE]
    for run in Run.objects.filter(result__in=made).select_related("model"):
        named[run.result_id] = " ".join(filter(None, (run.engine, run.engine_version, _model(run))))
    return Counter(named.get(mask, "no mask") for mask in begun)


def _model(run: Run) -> str:
    return f"(model {run.model.number}: {run.model.name})" if run.model is not None else ""


def _flow(release: Release, items: Sequence[ReleaseItem]) -> Flow:
    series = series_of(release.project)
    outside = series.exclude(pk__in=[item.case.volume.series_id for item in items])
    held = outside.filter(held=True)
    excluded = excluded_by_reason(outside)
    return Flow(
        came_in=series.count(),
        kept_out=held.count(),
        rules=dict(sorted(held_by_rule(held, release.project).items())),
        excluded=excluded.total(),
        reasons=dict(sorted(excluded.items())),
        not_accepted=outside.count() - held.count() - excluded.total(),
        released=len(items),
    )
