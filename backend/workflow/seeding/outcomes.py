"""What the site made of the work of a seeded project: comparisons, fusions, grades, measurements, acts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.annotation.models import Case, CaseState
from backend.audit.acts import case_acts
from backend.audit.services import record_all
from backend.common.models import Job, JobState
from backend.consensus.answers import slot_name
from backend.consensus.models import AgreedGrade, Comparison, FinalAgreement, Fusion
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.measuring import MEASURE_KIND
from backend.measurements.models import VertebraMeasurement
from backend.pipeline.models import EditEffort, Run
from backend.pipeline.runs.services.effort import EFFORT
from backend.workflow.seeding.plan import BATCH, Dice, put
from backend.workflow.seeding.site import LABELS, Site, done_job, new_mask
from backend.workflow.seeding.work import GRADED, OVERLAP, Work, rated

PAIRS = ((0, 1), (0, 2), (1, 2))
KINDS_OF_REPORT = 60  # reports are drawn from so many: making each anew would take most of the time
ODD_MASK = {"slot": "B", "code": "disagrees", "text": "Agrees with none of the others"}


def make_outcomes(site: Site, work: Work, dice: Dice) -> None:
    _consensus(site, work, dice)
    accepted = [case for case in work.cases if case.state == CaseState.ACCEPTED]
    put(FinalAgreement, _finals(work, accepted, dice))
    put(AgreedGrade, _agreed(work, accepted, dice))
    put(VertebraMeasurement, _measurements(site, accepted, dice))
    put(EditEffort, _efforts(site, work, dice))
    put(Job, _jobs(site, work, dice))
    _history(site, work)


def _consensus(site: Site, work: Work, dice: Dice) -> None:
    compared = [_comparison_report(dice) for _ in range(KINDS_OF_REPORT)]
    fused = [_fusion_report(dice) for _ in range(KINDS_OF_REPORT)]
    comparisons, links, masks, fusions = [], [], [], []
    through: Any = Comparison.submissions.through
    for number, (task, submissions) in enumerate(rated(work).items()):
        at = task.updated_at
        if len(submissions) < OVERLAP:
            continue
        comparison = Comparison(
            id=dice.key(),
            task=task,
            state=JobState.SUCCEEDED,
            report=compared[number % KINDS_OF_REPORT]
            | ({"suspects": [ODD_MASK]} if number % 90 == 0 else {}),
            created_at=at,
            updated_at=at,
        )
        comparisons.append(comparison)
        links += [through(comparison_id=comparison.pk, submission_id=one.pk) for one in submissions]
        for place, method in enumerate(("majority", "staple")):
            mask = new_mask(site, task.case.volume, MaskSource.FUSION, at, dice, number=100 + place)
            masks.append(mask)
            fusions.append(
                Fusion(
                    id=dice.key(),
                    task=task,
                    comparison=comparison,
                    method=method,
                    result=mask,
                    report=fused[number % KINDS_OF_REPORT],
                    chosen=place == 0,
                    created_at=at,
                    updated_at=at,
                )
            )
    put(Comparison, comparisons)
    put(through, links)
    put(MaskVersion, masks)
    put(Fusion, fusions)


def _comparison_report(dice: Dice) -> dict[str, Any]:
    letters = [slot_name(slot) for slot in range(OVERLAP)]
    labels = {}
    for label in LABELS:
        pairs = [_pair(first, second, dice) for first, second in PAIRS]
        found = [pair["dice"] for pair in pairs]
        labels[str(label)] = {
            "label": label,
            "names": [label] * OVERLAP,
            "mean_dice": sum(found) / len(found),
            "minimum_dice": min(found),
            "pairs": pairs,
        }
    grades = {str(label): dice.draw.choices((0, 1, 2, 3), (90, 6, 3, 1), k=OVERLAP) for label in GRADED}
    return {
        "slots": letters,
        "mask_slots": letters,
        "raters": OVERLAP,
        "labels": labels,
        "grades": {"labels": grades, "pairs": len(GRADED) * len(PAIRS)},
        "suspects": [],
        "spots_total": 0,
    }


def _pair(first: int, second: int, dice: Dice) -> dict[str, Any]:
    return {
        "raters": [first, second],
        "dice": dice.near(0.93, 0.03, 0.5, 0.99),
        "hd95_mm": dice.near(2.0, 0.8, 0.5, 12),
        "assd_mm": dice.near(0.5, 0.2, 0.1, 4),
        "nsd_1mm": dice.near(0.9, 0.05, 0.3, 1),
        "nsd_2mm": dice.near(0.96, 0.03, 0.4, 1),
        "volume_a_ml": dice.near(40, 9, 8, 80),
        "volume_b_ml": dice.near(40, 9, 8, 80),
    }


def _fusion_report(dice: Dice) -> dict[str, Any]:
    def rates(mean: float) -> list[float]:
        return [dice.near(mean, 0.02, 0.6, 1) for _ in range(OVERLAP)]

    return {
        "method": "staple",
        "slots": [slot_name(slot) for slot in range(OVERLAP)],
        "labels": {
            str(label): {
                "label": label,
                "sensitivity": rates(0.95),
                "specificity": rates(0.99),
                "expected_dice": rates(0.94),
            }
            for label in LABELS
        },
    }


def _finals(work: Work, accepted: list[Case], dice: Dice) -> Iterator[FinalAgreement]:
    masks = {case.pk: case.accepted_mask for case in accepted}
    for task, submissions in rated(work).items():
        final = masks.get(task.case_id)
        for one in submissions if final is not None else ():
            yield FinalAgreement(
                id=dice.key(),
                submission=one,
                final=final,
                report={
                    "mean_dice": dice.near(0.94, 0.02, 0.6, 1),
                    "edited_voxels": one.edited_voxels,
                    "kept_share": dice.near(0.8, 0.1, 0, 1),
                },
                created_at=task.updated_at,
                updated_at=task.updated_at,
            )


def _agreed(work: Work, accepted: list[Case], dice: Dice) -> Iterator[AgreedGrade]:
    for case in accepted:
        grades = dice.draw.choices((0, 1, 2, 3), (0.88, 0.06, 0.04, 0.02), k=len(GRADED))
        for label, grade in zip(GRADED, grades, strict=True):
            yield AgreedGrade(
                id=dice.key(),
                case=case,
                label=label,
                grade=grade,
                fracture_type="wedge" if grade else "",
                method="median",
                created_at=case.updated_at,
                updated_at=case.updated_at,
            )


def _measurements(site: Site, accepted: list[Case], dice: Dice) -> Iterator[VertebraMeasurement]:
    """Of the masks that figures are counted from: the engine's, and the accepted ones."""
    taken = [case.accepted_mask for case in accepted if case.accepted_mask is not None]
    for mask in (*site.masks.values(), *taken):
        for label in LABELS:
            mean = dice.near(140, 40, 20, 350)
            hu = {"mean": mean, "sd": 30.0, "voxels": 4000, "volume_mm3": 4000.0, "excluded": ""}
            yield VertebraMeasurement(
                id=dice.key(),
                mask=mask,
                label=label,
                volume_ml=dice.near(40, 9, 8, 80),
                anterior_mm=dice.near(24, 2, 10, 40),
                posterior_mm=dice.near(25, 2, 10, 40),
                suggested_grade=0,
                hu_mean=mean,
                detail={"label": label, "hu": hu, "flags": []},
                software_version="seeded",
                created_at=mask.created_at,
                updated_at=mask.created_at,
            )


def _efforts(site: Site, work: Work, dice: Dice) -> Iterator[EditEffort]:
    runs = dict(Run.objects.filter(volume__series__project=site.project).values_list("volume", "pk"))
    for mask in work.masks:
        if mask.source == MaskSource.RATER:
            changed = dice.draw.randrange(200, 20_000)
            yield EditEffort(
                mask=mask,
                run_id=runs[mask.volume_id],
                changed_voxels=changed,
                changed_mm3=float(changed),
                engine_voxels=sum(mask.label_voxels.values()),
                dice=dice.near(0.95, 0.02, 0.6, 1),
                created_at=mask.created_at,
            )


def _jobs(site: Site, work: Work, dice: Dice) -> Iterator[Job]:
    """What was done in the background, so that the sweep finds nothing left behind."""
    for mask in MaskVersion.objects.filter(volume__series__project=site.project).order_by("pk"):
        yield done_job(site, MEASURE_KIND, mask.pk, mask.created_at, dice)
        if mask.source == MaskSource.RATER:
            yield done_job(site, EFFORT, mask.pk, mask.created_at, dice)


def _history(site: Site, work: Work) -> None:
    """The chain of who did what; its records are of now, for the chain has no other time."""
    manager = site.people["manager"][0]
    for begin in range(0, len(work.cases), BATCH):
        cases = work.cases[begin : begin + BATCH]
        record_all(actor=manager, act=case_acts.CaseOpened(), subjects=cases, project_id=site.project.pk)
        accepted = [case for case in cases if case.state == CaseState.ACCEPTED]
        record_all(
            actor=manager,
            act=case_acts.CaseReviewed(accepted=True, assignment=manager.pk, mask=manager.pk),
            subjects=accepted,
            project_id=site.project.pk,
        )
