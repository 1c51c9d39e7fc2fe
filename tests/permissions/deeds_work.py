"""What succeeds in work on cases, for whom it is, and for nobody else. See `deeds_lower` for the form."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch
from uuid import uuid4

import numpy as np
from django.utils import timezone

from backend.annotation.measuring import rulers
from backend.annotation.measuring.selectors import measured_now
from backend.annotation.measuring.services import reset, set_lines
from backend.annotation.models import Assignment, Case
from backend.annotation.quality.services import training
from backend.annotation.quality.services.exercises import set_answer_key
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import working
from backend.annotation.work.services.questions import Asked, ask
from backend.common.models import Job, JobState
from backend.common.storage import put_blob
from backend.consensus.models import Comparison, Fusion
from backend.consensus.services import comparing, fusing
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.measurements.models import AdjustmentKind
from backend.measurements.rulers import Drawn
from backend.progress.models import AgreementReport, DriftAlarm, DriftFigure
from backend.progress.raters.services import project_agreement
from backend.releases.services import drafting
from backend.review import services as review
from backend.science import edits
from backend.science.formats.nifti import mask_bytes, volume_bytes
from backend.science.volume import Mask, MaskArray
from inference.synthesis import fast_spec, make_phantom
from tests.backend import factories, flow
from tests.backend.test_measurements import column
from tests.permissions.asking import Row
from tests.permissions.crew import Crew
from tests.permissions.deeds_publishing import publishing
from tests.science.columns import WEDGE

RATERS = ("rater_a", "rater_b", "rater_c")
EXPERTS = {"manager": 200, "expert": 200, "second": 200}


def begun(crew: Crew, name: str) -> Assignment:
    """The next work of somebody, opened."""
    assignment = flow.take(crew.people[name], crew.project)
    working.open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


def rating(crew: Crew) -> Iterator[Row]:
    case = flow.start_case(crew.project)
    entropy = np.where(factories.block_mask() > 0, 200, 0).astype(np.uint8, order="F")
    flow.made_by_engine(case, entropy)
    flow.doubt_names(case)
    given = {"user_id": str(crew.people["rater_c"].pk)}
    task = case.tasks.get()
    yield Row("post", f"/api/v1/tasks/{task.pk}/assign", {"manager": 201}, given)
    nothing = {name: 204 for name in crew.people if name not in RATERS}
    waits = {"rater_a": 200, "rater_b": 200}
    yield Row("post", f"{crew.root}/next-assignment", {**nothing, **waits, "rater_c": 200})
    mine = begun(crew, "rater_a")
    address, own = f"/api/v1/assignments/{mine.pk}", {"rater_a": 200}
    yield Row("get", f"{address}/doubt", own)
    yield Row("put", f"{address}/naming-answer", own, {"answer": "confirmed"})
    flow.say(mine, "confirmed")
    flow.grade_all(mine, {})
    handed = {"digest": mask_state(mine).digest, "active_seconds": 60}
    once = {"Idempotency-Key": str(uuid4()), "X-Acting-User": str(mine.rater_id)}
    others = {name: 403 for name in crew.people if name != "rater_a"}  # made under another account
    yield Row("post", f"{address}/submit", others | own, handed, strangers=403, headers=once)
    yield Row("post", f"{address}/submit", others | own, handed, strangers=403, headers=once)


def editing(crew: Crew) -> Iterator[Row]:
    flow.start_case(crew.project)
    mine = begun(crew, "rater_a")
    changed = mask_state(mine).array.copy(order="F")
    changed[0, 0, 4] = 20
    edit = {"X-Operation-Id": str(uuid4()), "X-Base-Revision": "0", "X-Operation-Kind": "brush"}
    yield Row(
        "post",
        f"/api/v1/assignments/{mine.pk}/operations",
        {"rater_a": 200},
        edits.encode_slices(changed, [4]),
        content_type="application/octet-stream",
        headers=edit,
    )


def asking(crew: Crew) -> Iterator[Row]:
    flow.start_case(crew.project)
    mine = begun(crew, "rater_a")
    address, readers = f"/api/v1/assignments/{mine.pk}/questions", EXPERTS
    yield Row("post", address, {"rater_a": 201}, {"text": "Is this a rib?", "label": 20})
    yield Row("get", address, {"rater_a": 200})
    yield Row("get", f"{crew.root}/questions", readers, others=403)
    yield Row("get", f"{crew.root}/questions/answered", dict.fromkeys(crew.people, 200))
    question = ask(assignment=mine, actor=mine.rater, asked=Asked("Is this a spur?"))
    address = f"/api/v1/questions/{question.pk}"
    yield Row("get", address, readers)
    written = dict.fromkeys(["rater_a", *readers], 201)
    yield Row("post", f"{address}/replies", written, {"text": "It belongs to the mask."})
    drafted = {"manager": 200, "expert": 403, "second": 403}
    yield Row("post", f"{address}/guidelines", drafted)
    yield Row("post", f"{address}/close", dict.fromkeys(["rater_a", *readers], 204))


def training_again(crew: Crew) -> Iterator[Row]:
    case = flow.start_case(crew.project)
    set_answer_key(case=case, purpose="training", actor=crew.manager, mask=case.start_mask, exclude=True)
    quality = {**crew.project.protocol["quality"], "training_cases": 1}
    crew.project.protocol = {**crew.project.protocol, "quality": quality}
    crew.project.save()
    now = timezone.now()
    told = {"values_before": 20, "mean_before": 0.9, "mean_since": 0.8, "since": now, "until": now}
    alarm = DriftAlarm.objects.create(
        project=crew.project, rater=crew.people["rater_a"], figure=DriftFigure.DICE, side="down", **told
    )
    again = {"reason": "Worse since May"}
    yield Row("post", f"{crew.root}/drift/{alarm.pk}/retrain", {"manager": 204}, again, others=403)


def going_to_the_desktop(crew: Crew) -> Iterator[Row]:
    flow.start_case(crew.project)
    mine = begun(crew, "rater_a")
    address, own = f"/api/v1/assignments/{mine.pk}/desktop", {"rater_a": 200}
    yield Row("get", address, own)
    edited = mask_state(mine).array.copy(order="F")
    edited[0, 0, 4] = 20
    file = mask_bytes(Mask(geometry_of(mine.task.case.volume), edited))
    as_bytes = "application/octet-stream"
    yield Row("post", f"{address}/mask?name=mask.nii.gz", own, file, content_type=as_bytes)


def measuring_by_hand(crew: Crew) -> Iterator[Row]:
    flow.start_case(crew.project, column(heights={22: WEDGE}))
    mine, own = begun(crew, "rater_a"), {"rater_a": 200}
    address = f"/api/v1/assignments/{mine.pk}/measurements/22"
    lines = measured_now(mine, 22)["lines_ras_mm"]
    yield Row("put", f"{address}/lines", own, {"lines_ras_mm": lines})
    set_lines(mine, 22, lines)
    yield Row("delete", f"{address}/lines", own)
    yield Row("put", f"{address}/region", own, {"shift_ras_mm": [0.0, 2.0, 0.0], "scale": 0.7})
    reset(mine, 22, AdjustmentKind.REGION)
    yield Row("delete", f"{address}/region", own)
    ruler, points = uuid4(), [[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]]
    address = f"/api/v1/assignments/{mine.pk}/rulers/{ruler}"
    yield Row("put", address, own, {"kind": "length", "plane": "sagittal", "points_ras_mm": points})
    rulers.keep_ruler(assignment=mine, ruler_id=ruler, drawn=Drawn("length", "sagittal", "", points))
    yield Row("delete", address, own)


def refining_by_clicks(crew: Crew) -> Iterator[Row]:
    phantom = make_phantom(fast_spec(2, first="L3", last="L3", shape=(64, 80, 60)))
    case = flow.start_case(crew.project, phantom.mask.array.copy(order="F"))
    nifti = put_blob(data=volume_bytes(phantom.volume))
    Volume.objects.filter(pk=case.volume_id).update(nifti=nifti, **phantom.volume.geometry.to_json())
    mine = begun(crew, "rater_a")
    middle = np.rint(np.argwhere(phantom.mask.array == 22).mean(axis=0)).astype(int).tolist()
    clicks = {"label": 22, "positive": [middle], "negative": []}
    yield Row("post", f"/api/v1/assignments/{mine.pk}/refine", {"rater_a": 200}, clicks)


def adjudicating_names(crew: Crew) -> Iterator[Row]:
    flow.start_case(crew.project)

    def one_lower(mask: MaskArray) -> None:
        mask[mask > 0] += 1

    flow.rate(crew.team, changes=[None, one_lower, None])
    mine = begun(crew, "expert")
    yield Row("post", f"/api/v1/assignments/{mine.pk}/names", {"expert": 200}, {"labels": [20, 21]})


def comparing_again(crew: Crew) -> Iterator[Row]:
    case = flow.start_case(crew.project)
    flow.rate(crew.team, changes=[None, None, flow.erase(20)])
    address, manager = f"/api/v1/cases/{case.pk}", {"manager": 202, "expert": 403}
    comparison = Comparison.objects.get(task__case=case)
    with patch.object(fusing, "fuse", side_effect=ValueError("no fusion")):
        failed = fusing.start_fusion(comparison=comparison, requested_by=crew.manager, method="sba")
    flow.take(crew.people["expert"], crew.project)
    yield Row("post", f"{address}/fusions/retry", manager, {"job_id": str(failed.pk)})
    fusing.start_fusion(comparison=comparison, requested_by=crew.manager, method="staple")
    other = Fusion.objects.filter(task__case=case, chosen=False).latest("created_at")
    choosing = {"manager": 200, "expert": 403}
    yield Row("post", f"/api/v1/fusions/{other.pk}/choose", choosing)
    comparing.end_comparison(comparison_id=comparison.pk, state=JobState.FAILED, error="the disk is full")
    Comparison.objects.filter(pk=comparison.pk).update(state=JobState.FAILED)
    yield Row("post", f"{address}/comparison/retry", manager)


def looking_over(crew: Crew) -> Iterator[Row]:
    case = flow.start_case(crew.project)
    flow.rate(crew.team)
    second = flow.take(crew.people["second"], crew.project)
    address = f"/api/v1/cases/{case.pk}"
    yield Row("get", f"{address}/grade-history", {"manager": 200, "second": 200})
    decided = {"accept": True, "comment": "", "active_seconds": 0}
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):  # the second time it is answered as before
        yield Row("post", f"/api/v1/assignments/{second.pk}/decision", {"second": 200}, decided, headers=key)
    crew.project.protocol = {**crew.project.protocol, "double_blind": True}
    crew.project.save()
    yield Row("post", f"{address}/unblind", {"manager": 204}, {"reason": "To know"})
    for_good = f"/api/v1/cases/{flow.start_case(crew.project).pk}/exclusion"
    yield Row("post", for_good, {"manager": 204}, {"reason": "image_quality"})
    yield Row("delete", for_good, {"manager": 204})
    fail_agreement(crew)
    yield Row("post", f"{crew.root}/agreement", {"manager": 200}, others=403)
    yield Row("get", f"{crew.root}/statistics/figures.csv", EXPERTS, others=403)


def fail_agreement(crew: Crew) -> None:
    """Leave the project's report as one whose job failed."""
    project_agreement(project=crew.project, user=crew.manager)
    report = AgreementReport.objects.get(project=crew.project)
    AgreementReport.objects.filter(pk=report.pk).update(report=None)
    assert report.job_id is not None
    Job.objects.filter(pk=report.job_id).update(state=JobState.FAILED)


def curating(crew: Crew) -> Iterator[Row]:
    case = flow.start_case(crew.project)
    flow.rate(crew.team)
    looked = flow.take(crew.people["second"], crew.project)
    review.decide(assignment_id=looked.pk, actor=looked.rater, accept=True)
    key = {"case_id": str(case.pk), "purpose": "gold"}
    yield Row("post", f"{crew.root}/answer-keys", {"manager": 201}, key, others=403)
    trusted = crew.people["rater_a"]
    said = {"user_id": str(trusted.pk), "reason": "An old hand"}
    yield Row("post", f"{crew.root}/qualifications", {"manager": 201}, said, others=403)
    other = crew.people["rater_b"]
    training.qualify(project=crew.project, user=other, actor=crew.manager, reason="An old hand")
    yield Row("delete", f"{crew.root}/qualifications/{other.pk}", {"manager": 204}, others=403)
    second = flow.start_case(crew.project)
    flow.rate(crew.team)
    looked = flow.take(crew.people["second"], crew.project)
    review.decide(assignment_id=looked.pk, actor=looked.rater, accept=True)
    assert Case.objects.get(pk=second.pk).state == "accepted"
    draft = {"version": "1.0", "title": "First"}
    yield Row("post", f"{crew.root}/releases", {"manager": 201}, draft, others=403)
    made = drafting.create_release(
        project=crew.project, actor=crew.manager, draft=drafting.Draft(version="2.0", title="Second")
    )
    preview = {"rules": {"levels": ["L1"]}}
    yield Row("post", f"{crew.root}/releases/preview", {"manager": 200}, preview, others=403)
    yield Row("get", f"/api/v1/releases/{made.pk}/plan", {"manager": 200})
    places = {"places": {made.patients.all()[0].subject: "training"}}
    yield Row("put", f"/api/v1/releases/{made.pk}/places", {"manager": 200}, places)
    yield Row("put", f"/api/v1/releases/{made.pk}", {"manager": 200}, {"version": "2.1", "title": "Second"})
    yield Row("post", f"/api/v1/releases/{made.pk}/freeze", {"manager": 202})
    yield from publishing(crew, made)
    unwanted = drafting.create_release(
        project=crew.project, actor=crew.manager, draft=drafting.Draft(version="3.0", title="Third")
    )
    yield Row("delete", f"/api/v1/releases/{unwanted.pk}", {"manager": 204})


AREAS = (
    rating,
    editing,
    going_to_the_desktop,
    asking,
    training_again,
    measuring_by_hand,
    refining_by_clicks,
    adjudicating_names,
    comparing_again,
    looking_over,
    curating,
)
