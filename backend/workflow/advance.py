"""Moving a case along its protocol.

`advance_case` looks at what the database says and makes what is missing: the next task, a comparison, a
fusion, an adjudication, a review. It does nothing twice, so every event may call it, in any order, and the
sweep may call it for a case whose event was lost.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.cases.services import cases
from backend.annotation.models import Case, CaseState, Task, TaskKind, TaskState
from backend.annotation.work.services.naming_answers import settle_after
from backend.common.models import JobState
from backend.consensus.models import Comparison
from backend.consensus.selectors import chosen_fusion, compared_task, comparison_of, standing_mask
from backend.consensus.services import adjudicating, comparing, fusing
from backend.masks.models import MaskVersion
from backend.projects.protocols import Protocol, Stage, Thresholds
from backend.projects.selectors import protocol_of
from backend.review.selectors import latest_decision


@transaction.atomic
def advance_case(*, case_id: UUID) -> Case:
    """Bring the case as far as it can go without people or background work."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("project", "volume__series", "start_mask")
        .get(pk=case_id)
    )
    if case.state != CaseState.IN_PROGRESS or case.volume.series.held:
        return case  # a held series gets no tasks; what is under way goes on
    protocol = protocol_of(case.project)
    stage: Stage | None = _present_stage(protocol, case)
    while stage is not None:
        if case.stage_key != stage.key:
            case = cases.move_case(case_id=case.pk, stage_key=stage.key)
        if not _done(case, protocol, stage):
            return case
        stage = protocol.after(stage.key)
    return case


def _present_stage(protocol: Protocol, case: Case) -> Stage:
    keys = {stage.key for stage in protocol.stages}
    return protocol.stage(case.stage_key) if case.stage_key in keys else protocol.stages[0]


def _done(case: Case, protocol: Protocol, stage: Stage) -> bool:
    """Make what the stage lacks; whether it is over."""
    match stage.kind:
        case "correct" | "grade":
            return _people_done(case, stage)
        case "fuse":
            return _fused(case, protocol, stage)
        case "adjudicate":
            return _adjudicated(case, protocol, stage)
        case "review":
            return _reviewed(case, stage)


def _latest_task(case: Case, stage: Stage) -> Task | None:
    return case.tasks.filter(stage_key=stage.key).order_by("-round").first()


def _next_round(task: Task | None) -> int:
    return task.round + 1 if task is not None else 1


def _people_done(case: Case, stage: Stage) -> bool:
    task = _latest_task(case, stage)
    if task is None or task.state == TaskState.CANCELLED:
        start = _start_mask(case, stage)
        if start is None:
            return False
        task = cases.open_task(
            case_id=case.pk,
            spec=cases.TaskSpec(
                stage_key=stage.key,
                kind=TaskKind(stage.kind),
                overlap=stage.overlap,
                start_mask=start,
                round=_next_round(task),
            ),
        )
    if task.state != TaskState.COMPLETE:
        return False
    settle_after(task)
    return True


def _start_mask(case: Case, stage: Stage) -> MaskVersion | None:
    if stage.start == "blank":
        return cases.empty_version(volume=case.volume)
    if stage.start == "previous":
        return standing_mask(case, before=stage.key)
    return case.start_mask


def _fused(case: Case, protocol: Protocol, stage: Stage) -> bool:
    task = compared_task(case, stage.key)
    if task is None:
        return False
    comparison = comparison_of(task)
    if comparison is None or comparison.state == JobState.CANCELLED:
        comparison = comparing.start_comparison(task=task)
    if comparison.state != JobState.SUCCEEDED:
        return False
    raters = comparison.submissions.filter(mask__isnull=False).count()
    if raters >= 2 and chosen_fusion(task) is None:
        _start_fusions(comparison, stage)
        return False
    adjudicating.sign_by_rule(comparison=comparison, thresholds=thresholds_after(protocol, stage))
    return True


def _start_fusions(comparison: Comparison, stage: Stage) -> None:
    if fusing.fusion_asked_for(comparison):
        return
    method = fusing.effective_method(stage.method, comparison)
    fusing.start_fusion(comparison=comparison, method=method, choose=True)
    for other in {fusing.effective_method(wanted, comparison) for wanted in stage.also} - {method}:
        fusing.start_fusion(comparison=comparison, method=other)


def thresholds_after(protocol: Protocol, stage: Stage) -> Thresholds:
    """The thresholds of the adjudication that follows a fusion, else the fusion's own."""
    following = protocol.after(stage.key)
    while following is not None:
        if following.kind == "adjudicate":
            return following.thresholds
        following = protocol.after(following.key)
    return stage.thresholds


def _adjudicated(case: Case, protocol: Protocol, stage: Stage) -> bool:
    task = _latest_task(case, stage)
    if task is None or task.state == TaskState.CANCELLED:
        fuse_stage = _fuse_before(protocol, stage)
        compared = compared_task(case, fuse_stage.key) if fuse_stage is not None else None
        comparison = comparison_of(compared) if compared is not None else None
        if comparison is None:  # nobody can say that nothing is in dispute
            return False
        items = adjudicating.sign_by_rule(comparison=comparison, thresholds=stage.thresholds)
        if not items:
            return True
        task = adjudicating.open_adjudication(
            case=case, stage=stage, compared=compared, items=items, round_number=_next_round(task)
        )
    if task.state != TaskState.COMPLETE:
        return False
    adjudicating.finish_adjudication(task_id=task.pk)
    return True


def _fuse_before(protocol: Protocol, stage: Stage) -> Stage | None:
    found = None
    for other in protocol.stages:
        if other.key == stage.key:
            break
        if other.kind == "fuse":
            found = other
    return found


def _reviewed(case: Case, stage: Stage) -> bool:
    task = _latest_task(case, stage)
    decision = latest_decision(case)
    if task is not None and task.state == TaskState.OPEN:
        return False
    if task is not None and decision is not None and decision.accepted:
        return True
    mask = standing_mask(case, before=stage.key)
    if mask is None:
        return False
    cases.open_task(
        case_id=case.pk,
        spec=cases.TaskSpec(
            stage_key=stage.key,
            kind=TaskKind.REVIEW,
            overlap=1,
            start_mask=mask,
            note=decision.comment if decision is not None else "",
            round=_next_round(task),
        ),
    )
    return False
