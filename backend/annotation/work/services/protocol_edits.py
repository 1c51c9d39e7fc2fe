"""A protocol that is changed while cases are on their way: what becomes of the work in stages that go.

A stage is in use while a case under way stands in it, has an open task of it, or waits for what its finished
task leads to. It leaves the protocol only with a plan. Nothing is skipped: a case whose work is withdrawn
goes through the new protocol from its first stage, where what it has done counts; stages keep their order;
and a case that waits for an expert cannot be let past them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db.models import Exists, OuterRef, Q

from backend.accounts.models import User
from backend.annotation.cases.services.cases import case_changed
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    CaseState,
    Exercise,
    Task,
    TaskState,
)
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.services.giving import cancel_assignment
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid
from backend.projects.models import Project
from backend.projects.protocols import Protocol, Stage
from backend.projects.selectors import protocol_of
from backend.projects.services import StagePlan

REASON = "the stage was taken out of the protocol"


class StageInUse(Conflict):
    code = "stage_in_use"
    message = "There is work in stages that you take out. Say what becomes of it."


class StagesReordered(Conflict):
    code = "stages_reordered"
    message = "Stages cannot change places while cases are on their way: some would pass a stage by."


@dataclass(frozen=True, slots=True)
class StageWork:
    """The work in a stage that a new protocol does not have."""

    key: str
    title: str
    kind: str
    cases: int  # under way, which stand in it or wait for what it leads to
    in_hand: int  # assignments that somebody works on
    handed_in: int  # assignments of those cases that were handed in
    free: int  # places that nobody has taken
    move_to: list[str]  # stages of the new protocol that can take the work over
    may_withdraw: bool


def work_in(project: Project, stage: Stage, old: Protocol, new: Protocol) -> StageWork:
    """Count what a stage holds."""
    cases = _cases_in(project, stage, old)
    tasks = Task.objects.filter(case__in=cases, stage_key=stage.key).exclude(state=TaskState.CANCELLED)
    held = Assignment.objects.filter(task__in=tasks)
    open_tasks = tasks.filter(state=TaskState.OPEN)
    places = sum(open_tasks.values_list("overlap", flat=True))
    taken = held.filter(task__in=open_tasks).exclude(state=AssignmentState.CANCELLED).count()
    return StageWork(
        key=stage.key,
        title=stage.title,
        kind=stage.kind,
        cases=len(cases),
        in_hand=held.filter(state__in=WORKING_STATES).count(),
        handed_in=held.filter(state=AssignmentState.SUBMITTED).count(),
        free=max(places - taken, 0),
        move_to=[other.key for other in new.stages if _may_take_over(stage, other, old, new)],
        may_withdraw=stage.kind != "adjudicate" or any(other.kind == "adjudicate" for other in new.stages),
    )


def work_that_goes(project: Project, new: Protocol) -> list[StageWork]:
    """What stages hold that a protocol, not saved yet, takes out; those that hold nothing are left out."""
    old = protocol_of(project)
    gone = [stage for stage in old.stages if not _stays(stage, new)]
    return [row for row in (work_in(project, stage, old, new) for stage in gone) if row.cases]


def _cases_in(project: Project, stage: Stage, old: Protocol) -> list[Case]:
    """Cases under way that stand in the stage, have an open task of it, or a finished one and none after."""
    keys = [other.key for other in old.stages]
    later = set(keys[keys.index(stage.key) + 1 :])
    in_hand = Assignment.objects.filter(
        task__case=OuterRef("pk"), task__stage_key=stage.key, state__in=WORKING_STATES
    )
    # Copies that measure raters count where somebody has them: that work would be lost as well.
    under_way = Case.every.filter(Q(purpose=CasePurpose.WORK) | Exists(in_hand), project=project)
    found = []
    for case in under_way.filter(state=CaseState.IN_PROGRESS).order_by("pk").prefetch_related("tasks"):
        tasks = [task for task in case.tasks.all() if task.state != TaskState.CANCELLED]
        own = [task for task in tasks if task.stage_key == stage.key]
        gone_on = any(task.stage_key in later for task in tasks)
        is_open = any(task.state == TaskState.OPEN for task in own)
        if case.stage_key == stage.key or is_open or (own and not gone_on):
            found.append(case)
    return found


def _may_take_over(stage: Stage, other: Stage, old: Protocol, new: Protocol) -> bool:
    """A new stage of the same kind, at the same place among the stages that stay."""
    if other.kind != stage.kind or old.find(other.key) is not None:
        return False
    stay = {kept.key for kept in old.stages if new.find(kept.key) is not None}

    def before(protocol: Protocol, key: str) -> set[str]:
        keys = [one.key for one in protocol.stages]
        return set(keys[: keys.index(key)]) & stay

    return before(old, stage.key) == before(new, other.key)


def apply_stage_plans(
    actor: User, project: Project, old: Protocol, new: Protocol, plans: Sequence[StagePlan]
) -> None:
    """Carry out the plans for stages that go, in the caller's transaction.

    Raises
    ------
    StageInUse
        A stage with work goes without a plan, or with one that would lose or skip something; ``extra.stages``
        has the counts.
    StagesReordered
        Stages that stay change their order while cases are under way.
    Invalid
        A plan for a stage that stays.
    """
    _require_order(project, old, new)
    gone = [stage for stage in old.stages if not _stays(stage, new)]
    by_stage = {plan.stage: plan for plan in plans}
    stray = set(by_stage) - {stage.key for stage in gone}
    if stray:
        raise Invalid(
            "stage_stays", f"The new protocol keeps {', '.join(sorted(stray))}: nothing to plan there."
        )
    work = {stage.key: work_in(project, stage, old, new) for stage in gone}
    used = [row for row in work.values() if row.cases]
    refused = [row for row in used if not _is_planned(row, by_stage.get(row.key), new)]
    if refused:
        raise StageInUse(
            message=" ".join(_said(row, by_stage.get(row.key), new) for row in refused),
            extra={"stages": [asdict(row) for row in used]},
        )
    cases = {stage.key: _cases_in(project, stage, old) for stage in gone if stage.key in by_stage}
    _lock([case for some in cases.values() for case in some])
    for stage in gone:
        plan = by_stage.get(stage.key)
        if plan is None:
            continue
        if plan.how == "move":
            _move(project, stage.key, plan.to)
        else:
            _withdraw(cases[stage.key], stage, actor)
        row = work[stage.key]
        audit.record(
            actor=actor,
            act=people_acts.StageTakenOut(
                stage=stage.key,
                how=plan.how,
                to=plan.to,
                cases=row.cases,
                in_hand=row.in_hand,
                handed_in=row.handed_in,
            ),
            subject=project,
            project_id=project.pk,
        )


def _stays(stage: Stage, new: Protocol) -> bool:
    kept = new.find(stage.key)
    return kept is not None and kept.kind == stage.kind


def _require_order(project: Project, old: Protocol, new: Protocol) -> None:
    kept = [stage.key for stage in old.stages if new.find(stage.key) is not None]
    if kept == [stage.key for stage in new.stages if old.find(stage.key) is not None]:
        return
    under_way = Case.objects.filter(project=project, state=CaseState.IN_PROGRESS).count()
    if under_way:
        raise StagesReordered(extra={"cases": under_way})


def _is_planned(row: StageWork, plan: StagePlan | None, new: Protocol) -> bool:
    if plan is None or new.find(row.key) is not None:  # another kind under the same key
        return False
    return plan.to in row.move_to if plan.how == "move" else row.may_withdraw


def _said(row: StageWork, plan: StagePlan | None, new: Protocol) -> str:
    cases = "1 case" if row.cases == 1 else f"{row.cases} cases"
    counts = f"{row.title}: {cases}, {row.in_hand} in somebody's hands, {row.handed_in} submitted."
    if new.find(row.key) is not None:
        return f"{counts} A stage keeps its kind while it has work: give the new stage another key."
    if plan is not None and plan.how == "withdraw":
        return f"{counts} Cases that wait for an expert cannot pass without one: finish them first."
    if plan is not None:
        return f"{counts} {plan.to or 'That'} cannot take this work over."
    return f"{counts} Say what becomes of it."


def _move(project: Project, key: str, to: str) -> None:
    """The work goes on under another stage's key; finished cases keep their history under it, too."""
    Task.objects.filter(case__project=project, stage_key=key).update(stage_key=to)
    Exercise.objects.filter(case__project=project, stage_key=key).update(stage_key=to)
    Case.every.filter(project=project, stage_key=key).update(stage_key=to)


def _lock(cases: Sequence[Case]) -> None:
    """All rows at once, cases before tasks before assignments; the audit chain's head comes last."""
    ids = sorted({case.pk for case in cases})
    list(Case.every.select_for_update().filter(pk__in=ids).order_by("pk"))
    list(Task.objects.select_for_update().filter(case__in=ids).order_by("pk"))
    list(Assignment.objects.select_for_update().filter(task__case__in=ids).order_by("pk"))


def _withdraw(cases: Sequence[Case], stage: Stage, actor: User) -> None:
    """Take open tasks back and let the cases begin anew, where what they have done counts."""
    for case in cases:
        for task in case.tasks.filter(stage_key=stage.key, state=TaskState.OPEN):
            working = task.assignments.filter(state__in=WORKING_STATES)
            for assignment_id in working.values_list("pk", flat=True):
                cancel_assignment(assignment_id=assignment_id, actor=actor, reason=REASON)
            task.state = TaskState.CANCELLED
            task.save(update_fields=["state", "updated_at"])
        case.stage_key = ""
        case.save(update_fields=["stage_key", "updated_at"])
        if case.purpose == CasePurpose.WORK:
            case_changed(case)
