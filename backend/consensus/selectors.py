"""Reads of comparisons, fusions and decisions; who may see them is decided in annotation/selectors.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case, CasePurpose, Submission, Task, TaskKind, TaskState
from backend.annotation.selectors import (
    BLINDED_KINDS,
    assignments_visible_to,
    cases_open_to,
    latest_submissions,
)
from backend.common.errors import NotFound
from backend.common.models import JobState
from backend.consensus.answers import AGREED_FIELDS, GRADE_REASON, slot_name
from backend.consensus.models import (
    AdjudicationItem,
    AdjudicationSource,
    AgreedGrade,
    Comparison,
    FinalAgreement,
    Fusion,
    NamingDispute,
    VertebraDecision,
)
from backend.consensus.reports import ComparisonReport, FinalReport, FusionReport
from backend.masks.models import EditSession, MaskVersion
from backend.pipeline.jobs.subjects import JobSubject
from backend.projects.protocols import Stage
from backend.projects.selectors import protocol_of
from backend.science.labels import THORACOLUMBAR


def fusions_open_to(user: User) -> QuerySet[Fusion]:
    """Fusions of the cases where the user may see everybody's work."""
    cases = cases_open_to(user)
    return Fusion.objects.filter(task__case__in=cases).select_related("task__case__project", "result")


def adjudications_of(user: User) -> QuerySet[Assignment]:
    """The user's own adjudications, in hand or handed in."""
    return assignments_visible_to(user).filter(task__kind=TaskKind.ADJUDICATE)


def latest_complete(case: Case, stage_key: str) -> Task | None:
    """The last finished round of a stage."""
    return case.tasks.filter(stage_key=stage_key, state=TaskState.COMPLETE).order_by("-round").first()


def compared_task(case: Case, fuse_stage_key: str) -> Task | None:
    """The finished task whose submissions a fusing stage brings together: that of the stage before it.

    Where the protocol was changed after it was finished, it is the last one of a stage that is no more: what
    was compared and fused once is not lost by an edit.
    """
    stages = protocol_of(case.project).stages
    keys = [stage.key for stage in stages]
    position = keys.index(fuse_stage_key)
    if not position:
        return None
    found = latest_complete(case, stages[position - 1].key)
    if found is not None:
        return found
    former = case.tasks.filter(state=TaskState.COMPLETE, kind__in=BLINDED_KINDS, comparisons__isnull=False)
    return former.exclude(stage_key__in=keys).order_by("-completed_at").first()


def comparison_of(task: Task) -> Comparison | None:
    """The comparison of a task that stands: its latest."""
    return task.comparisons.order_by("-created_at").first()


def chosen_fusion(task: Task) -> Fusion | None:
    return task.fusions.filter(chosen=True).select_related("result").first()


def submitted_masks(task: Task) -> list[Submission]:
    """What stands of each rater's masks on the task, by slot; empty for a task of grading only."""
    return [submission for submission in latest_submissions(task) if submission.mask is not None]


def mask_after(case: Case, stage: Stage) -> MaskVersion | None:
    """The one mask that a finished stage leaves behind; ``None`` where it leaves none, or several."""
    if stage.kind == "fuse":
        task = compared_task(case, stage.key)
        fusion = chosen_fusion(task) if task is not None else None
        return fusion.result if fusion is not None else None
    if stage.kind not in ("correct", "adjudicate"):
        return None
    task = latest_complete(case, stage.key)
    masks = submitted_masks(task) if task is not None else []
    return masks[0].mask if len(masks) == 1 else None


def standing_mask(case: Case, *, before: str | None = None) -> MaskVersion | None:
    """The mask that stands: that of the last stage that left one, else the one the case started from.

    ``before`` limits the search to the stages in front of that one.
    """
    stages = list(protocol_of(case.project).stages)
    if before is not None:
        stages = stages[: [stage.key for stage in stages].index(before)]
    for stage in reversed(stages):
        mask = mask_after(case, stage)
        if mask is not None:
            return mask
    return case.accepted_mask or case.start_mask


def answers_by_label(task: Task) -> dict[int, list[dict[str, Any]]]:
    """Each reader's answer on each vertebra, with the reader's letter instead of a name."""
    answers: dict[int, list[dict[str, Any]]] = {}
    for submission in latest_submissions(task):
        for row in submission.gradings:
            answer = {name: row.get(name) for name in (*AGREED_FIELDS, "comment")}
            answer["slot"] = slot_name(submission.assignment.slot)
            answers.setdefault(int(row["label"]), []).append(answer)
    return answers


def _reasons_that_stand(item: AdjudicationItem) -> list[str]:
    """Without the grades' where the vertebra is one that has none: who gave it one took it for T1."""
    return [reason for reason in item.reasons if reason != GRADE_REASON or item.label in THORACOLUMBAR]


def adjudication_view(assignment: Assignment) -> dict[str, Any]:
    """What an adjudicator sees beside the mask: the sources to take from, and what is to be decided."""
    task = assignment.task
    decisions = {decision.label: decision for decision in VertebraDecision.objects.filter(task=task)}
    items = AdjudicationItem.objects.filter(task=task)
    return {
        "sources": [
            {"key": source.key, "title": _source_title(source.key)}
            for source in AdjudicationSource.objects.filter(task=task).order_by("created_at")
        ],
        "items": [
            {
                "label": item.label,
                "reason": ",".join(_reasons_that_stand(item)),
                "dice": item.dice,
                "hd95_mm": item.hd95_mm,
                "grades": item.grades,
                "names": item.names,
                "decision": _item_decision(decisions.get(item.label), assignment),
            }
            for item in items
        ],
        "naming": naming_row(NamingDispute.objects.filter(task=task).first()),
        **_spots_of(compared_in(task)),
    }


def _item_decision(decision: VertebraDecision | None, assignment: Assignment) -> dict[str, Any] | None:
    row = decision_row(decision)
    if row is None or decision is None:
        return None
    return {**row, "carried": decision.assignment_id != assignment.pk}


def _spots_of(comparison: Comparison | None) -> dict[str, Any]:
    """Where the raters differ, for whoever adjudicates: places only, no person."""
    if comparison is None:
        return {"spots": [], "spots_total": 0}
    found = comparison.spots.values("id", "label", "voxel", "volume_mm3", "max_distance_mm", "kind")
    spots = [dict(row) for row in found]
    return {"spots": spots, "spots_total": spots_total(comparison, len(spots))}


def spots_total(comparison: Comparison, kept: int) -> int:
    """How many spots there are, of which the largest are kept; older comparisons do not say."""
    total = report_of(comparison).spots_total
    return kept if total is None else total


def report_of(comparison: Comparison) -> ComparisonReport:
    """What the comparison found; empty before it is done."""
    return ComparisonReport.read(comparison.report)


def fusion_report(fusion: Fusion) -> FusionReport:
    """What the fusion did, by vertebra and by rater."""
    return FusionReport.read(fusion.report)


def final_reports(submissions: Iterable[Submission]) -> dict[UUID, FinalReport]:
    """Submissions (by id) that were held against the accepted mask, and how that went."""
    rows = FinalAgreement.objects.filter(submission__in=[one.pk for one in submissions])
    return {row.submission_id: FinalReport.read(row.report) for row in rows}


def _source_title(key: str) -> str:
    return "Fused mask" if key == "fused" else f"Rater {key}"


def decision_row(decision: VertebraDecision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    slot = slot_name(decision.chosen_slot) if decision.chosen_slot is not None else None
    return {"choice": decision.choice, "slot": slot, "reason": decision.reason}


def decisions_of(case: Case) -> list[dict[str, Any]]:
    """How each vertebra's mask was decided: by rule, or by the expert (whose word stands)."""
    rows: dict[int, dict[str, Any]] = {}
    renamed = renamed_in(case)
    decisions = VertebraDecision.objects.filter(task__case=case).select_related("task")
    for decision in decisions.order_by("task__created_at", "label"):
        # the expert's own decisions follow the names they gave; those by rule were made before
        early = decision.task.kind != TaskKind.ADJUDICATE
        label = renamed.get(decision.label, decision.label) if early else decision.label
        rows[label] = {"label": label, **(decision_row(decision) or {})}
    return [rows[label] for label in sorted(rows)]


def names_of_source(task: Task, key: str) -> dict[int, int]:
    """A source's own names and what they are called in the adjudicated mask now; empty without a dispute."""
    dispute = NamingDispute.objects.filter(task=task).first()
    if dispute is None:
        return {}
    return {int(row["names"][key]): int(row["label"]) for row in dispute.instances if row["names"].get(key)}


def renamed_in(case: Case) -> dict[int, int]:
    """Labels by rule or fusion and the names that an expert gave those vertebrae in the end."""
    dispute = (
        NamingDispute.objects.filter(task__case=case, chosen__isnull=False)
        .order_by("-task__round", "-created_at")
        .first()
    )
    if dispute is None:
        return {}
    return {int(row["first"]): int(row["label"]) for row in dispute.instances}


def naming_row(dispute: NamingDispute | None) -> dict[str, Any] | None:
    """A naming dispute as the expert sees it."""
    if dispute is None:
        return None
    return {
        "instances": [{"label": row["label"], "names": row["names"]} for row in dispute.instances],
        "candidates": dispute.candidates,
        "chosen": dispute.chosen,
        "reason": dispute.reason,
    }


def compared_in(task: Task) -> Comparison | None:
    """The comparison behind an adjudication: that of the raters whose masks it takes from."""
    return (
        Comparison.objects.filter(task__case_id=task.case_id, state=JobState.SUCCEEDED)
        .order_by("-created_at")
        .first()
    )


def agreed_grades_of(case: Case) -> list[AgreedGrade]:
    """The grades that stand."""
    return list(case.agreed_grades.filter(current=True).order_by("label"))


def versions_of(case: Case) -> list[dict[str, Any]]:
    """The masks of a case that may be held against each other, the oldest first; raters are letters."""
    found: dict[Any, dict[str, Any]] = {}

    def add(mask: MaskVersion | None, title: str, kind: str) -> None:
        if mask is not None and mask.pk not in found:
            found[mask.pk] = {"id": mask.pk, "title": title, "kind": kind, "created_at": mask.created_at}

    add(case.start_mask, "Start", "start")
    tasks = case.tasks.filter(kind__in=(TaskKind.CORRECT, TaskKind.ADJUDICATE))
    titles = {stage.key: stage.title for stage in protocol_of(case.project).stages}
    rows = (
        Submission.objects.filter(assignment__task__in=tasks, mask__isnull=False)
        .select_related("mask", "assignment__task")
        .order_by("created_at")
    )
    fusions = Fusion.objects.filter(task__case=case).select_related("result").order_by("created_at")
    for submission in rows.filter(assignment__task__kind=TaskKind.CORRECT):
        task = submission.assignment.task
        who = f"{titles.get(task.stage_key, 'Rating')}: rater {slot_name(submission.assignment.slot)}"
        add(submission.mask, who if task.round == 1 else f"{who}, round {task.round}", "rater")
    for number, fusion in enumerate(fusions, start=1):
        add(fusion.result, f"Fusion {number} ({fusion.method})", "fused")
    for submission in rows.filter(assignment__task__kind=TaskKind.ADJUDICATE):
        round_number = submission.assignment.task.round
        title = "Adjudicated" if round_number == 1 else f"Adjudicated, round {round_number}"
        add(submission.mask, title, "adjudicated")
    add(case.accepted_mask, "Accepted", "accepted")
    return list(found.values())


def latest_comparison(case: Case) -> Comparison | None:
    """The comparison of the case's last fusing stage."""
    return Comparison.objects.filter(task__case=case).order_by("-created_at").first()


def cases_of_comparisons(ids: Collection[UUID]) -> Mapping[UUID, JobSubject]:
    """The cases behind jobs that compare raters or fuse their masks."""
    work = Comparison.objects.filter(pk__in=ids, task__case__purpose=CasePurpose.WORK)
    rows = work.values_list("pk", "task__case", "task__case__alias")
    return {pk: JobSubject(kind="case", id=case, name=alias) for pk, case, alias in rows}


def grade_history(case: Case) -> list[AgreedGrade]:
    """All agreed grades of a case, each vertebra's first one first."""
    return list(AgreedGrade.objects.filter(case=case).order_by("label", "created_at"))


def adjudication_source(task: Task, key: str) -> AdjudicationSource:
    """A mask that the task's adjudicator may take from: ``fused``, ``A``, ``B``, ...

    Raises
    ------
    NotFound
    """
    source = AdjudicationSource.objects.filter(task=task, key=key).select_related("mask__volume").first()
    if source is None:
        raise NotFound
    return source


def session_now(assignment: Assignment) -> EditSession:
    """The assignment's edit session as it is stored now, whatever was read of it before."""
    return EditSession.objects.get(assignment=assignment.pk)


def fusions_of(task: Task) -> QuerySet[Fusion]:
    """The task's fusions with their masks."""
    return task.fusions.select_related("result")
