"""Fused masks: made with stored parameters, made again with others, and one of them chosen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import Submission, Task, TaskKind, TaskState
from backend.annotation.work.selectors.findings import ANSWERED
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid
from backend.common.events import publish
from backend.common.models import Job
from backend.common.software import software_version
from backend.common.tasks import enqueue
from backend.consensus.answers import slot_name
from backend.consensus.events import FusionChosen, FusionFinished
from backend.consensus.models import AdjudicationSource, Comparison, Fusion
from backend.consensus.reports import BadParameters, FusionReport
from backend.consensus.services.weights import NOTES, has_weights, with_weights
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.selectors import origin_of
from backend.masks.services import add_version, load_mask
from backend.science.errors import BadInput
from backend.science.fusion import FusionParameters, fuse

FUSE_KIND = "consensus.fuse"
METHODS = ("majority", "weighted", "staple", "sba")


class FusionImpossible(Conflict):
    code = "nothing_to_fuse"
    message = "Fewer than two raters have submitted a mask."


class AdjudicationBegun(Conflict):
    code = "adjudication_begun"
    message = "An expert has begun to adjudicate from the fused mask; choose another one after that round."


def effective_method(method: str, comparison: Comparison) -> str:
    """The method by which a stage's fusion can be made.

    Weighted where weights were chosen, else by majority; two raters cannot outvote each other, and nothing
    tells which of them is right: for them majority and STAPLE become shape-based averaging.
    """
    if method == "weighted" and not has_weights(comparison):
        method = "majority"
    raters = comparison.submissions.filter(mask__isnull=False).count()
    return "sba" if method in ("majority", "staple") and raters == 2 else method


def _checked(method: str, parameters: dict[str, Any], raters: int) -> FusionParameters:
    """The parameters as science reads them; refused here rather than in the background."""
    read = {key: value for key, value in parameters.items() if key not in NOTES}
    try:
        return FusionParameters.from_json({**read, "method": method}).checked(raters)
    except (BadInput, TypeError, ValueError) as error:
        raise BadParameters(message=f"The fusion's parameters cannot be used: {error}.") from error


@transaction.atomic
def start_fusion(
    *,
    comparison: Comparison,
    method: str,
    parameters: dict[str, Any] | None = None,
    choose: bool = False,
    requested_by: User | None = None,
) -> Job:
    """Fuse the masks of a comparison in the background.

    Raises
    ------
    Invalid
        ``unknown_method``, ``bad_parameters``; ``no_weights`` for a weighted fusion without any.
    FusionImpossible
        Fewer than two masks.
    """
    if method not in METHODS:
        raise Invalid("unknown_method", f"The method is one of {', '.join(METHODS)}.")
    raters = comparison.submissions.filter(mask__isnull=False).count()
    if raters < 2:
        raise FusionImpossible
    parameters = with_weights(comparison, parameters or {}) if method == "weighted" else parameters or {}
    _checked(method, parameters, raters)
    task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=comparison.task_id)
    return enqueue(
        FUSE_KIND,
        subject_id=comparison.pk,
        project_id=task.case.project_id,
        requested_by=requested_by,
        comparison_id=str(comparison.pk),
        method=method,
        parameters=parameters,
        choose=choose,
    )


def run_fusion(
    *, comparison_id: UUID, method: str, parameters: dict[str, Any], choose: bool, author: User | None = None
) -> Fusion:
    """Fuse and store. Run twice, or asked for twice with the same parameters, it gives the row it has."""
    comparison = Comparison.objects.select_related("task__case__volume__series").get(pk=comparison_id)
    existing = _existing(comparison, method, parameters)
    if existing is None:
        submissions = list(
            comparison.submissions.filter(mask__isnull=False)
            .select_related("assignment", "mask__volume")
            .order_by("assignment__slot")
        )
        inputs = [submission.mask for submission in submissions if submission.mask is not None]
        masks = [load_mask(version) for version in inputs]
        result = fuse(masks, parameters=_checked(method, parameters, len(masks)))
        report = {**result.report, "slots": [slot_name(s.assignment.slot) for s in submissions]}
        answered = _answers_of(submissions)
        existing = _store(comparison, method, parameters, inputs, result.mask, report, answered)
    if choose and not Fusion.objects.filter(task_id=comparison.task_id, chosen=True).exists():
        choose_fusion(fusion_id=existing.pk, actor=author)
    return existing


def _answers_of(submissions: list[Submission]) -> list[dict[str, Any]]:
    """The raters' reasons for blocking findings, each finding once, with who said what."""
    reasons: dict[tuple[str, int | None], list[str]] = {}
    for submission in submissions:
        given = origin_of(submission.mask).findings_answered if submission.mask is not None else ()
        for one in given:
            said = f"{slot_name(submission.assignment.slot)}: {one.reason}"
            reasons.setdefault((one.code, one.label), []).append(said)
    return [
        {"code": code, "label": label, "reason": "; ".join(said)} for (code, label), said in reasons.items()
    ]


def _existing(comparison: Comparison, method: str, parameters: dict[str, Any]) -> Fusion | None:
    rows = Fusion.objects.filter(comparison=comparison, method=method)
    return next((fusion for fusion in rows if fusion.parameters == parameters), None)


@transaction.atomic
def _store(
    comparison: Comparison,
    method: str,
    parameters: dict[str, Any],
    inputs: list[MaskVersion],
    mask: Any,
    report: dict[str, Any],
    answered: list[dict[str, Any]],
) -> Fusion:
    tasks = Task.objects.select_for_update(of=("self",)).select_related("case", "start_mask")
    task = tasks.get(pk=comparison.task_id)
    existing = _existing(comparison, method, parameters)
    if existing is not None:
        return existing
    version = add_version(
        volume=comparison.task.case.volume,
        mask=mask,
        source=MaskSource.FUSION,
        author=None,
        parent=task.start_mask,
        provenance={
            "method": method,
            # as asked for, and all that was used, so that it can be made again when defaults have changed
            "parameters": parameters,
            "used": _checked(method, parameters, len(inputs)).to_json(),
            "inputs": [{"mask": str(item.pk), "digest": item.digest} for item in inputs],
            "software": software_version(),
            "seed": None,  # no method draws at random
            **({ANSWERED: answered} if answered else {}),
        },
    )
    fusion = Fusion.objects.create(
        task=task,
        comparison=comparison,
        method=method,
        parameters=parameters,
        result=version,
        report=FusionReport.read(report).to_json(),
    )
    audit.record(
        actor=None,
        act=case_acts.FusionMade(fusion=fusion.pk, method=method, digest=version.digest),
        subject=task.case,
        project_id=task.case.project_id,
    )
    publish(FusionFinished(fusion.pk, task.case_id, task.case.project_id))
    return fusion


@transaction.atomic
def choose_fusion(*, fusion_id: UUID, actor: User | None) -> Fusion:
    """Let this fused mask stand for its task; the others stay beside it.

    Raises
    ------
    AdjudicationBegun
        An expert works on, or has finished, what came from another fused mask.
    """
    fusion = Fusion.objects.select_related("task__case", "result").get(pk=fusion_id)
    task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=fusion.task_id)
    if fusion.chosen:
        return fusion
    adjudications = task.case.tasks.filter(kind=TaskKind.ADJUDICATE).exclude(state=TaskState.CANCELLED)
    if adjudications.filter(assignments__opened_at__isnull=False).exists():
        raise AdjudicationBegun
    Fusion.objects.filter(task=task, chosen=True).update(chosen=False)
    fusion.chosen = True
    fusion.save(update_fields=["chosen", "updated_at"])
    adjudications.update(start_mask=fusion.result)
    AdjudicationSource.objects.filter(task__in=adjudications, key="fused").update(mask=fusion.result)
    audit.record(
        actor=actor,
        act=case_acts.FusionChosen(fusion=fusion.pk, method=fusion.method),
        subject=task.case,
        project_id=task.case.project_id,
    )
    publish(FusionChosen(fusion.pk, task.case_id, task.case.project_id))
    return fusion


def fusion_asked_for(comparison: Comparison) -> bool:
    """Whether a fusion was started once; one that failed is started again by `retrying`."""
    return Job.objects.filter(kind=FUSE_KIND, subject_id=comparison.pk).exists()
