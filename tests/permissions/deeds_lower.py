"""What succeeds in the lower layers, for whom it is, and for nobody else.

Each function is an area: it makes what its rows need just before they are asked, through services, so that
the rows can also be listed without anybody asking.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart
from PIL import Image

from backend.common.models import Job, JobState
from backend.imaging.models import RuleState, Series, Upload, UploadBatch
from backend.imaging.services import inclusion
from backend.imaging.services import uploads as imaging
from backend.measurements import calibrations
from backend.measurements.calibrations import CalibrationDraft
from backend.pipeline.models import Run
from backend.pipeline.registry.services import models
from backend.pipeline.runs.services.runs import start_run
from backend.projects import groups, invitations
from tests.backend import factories, flow, test_calibrations, test_models
from tests.inference.onnx_by_hand import convolution
from tests.permissions.asking import Row
from tests.permissions.crew import Crew

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = "application/offset+octet-stream"


def inviting(crew: Crew) -> Iterator[Row]:
    made = invitations.invite(
        actor=crew.manager,
        project=crew.project,
        email="someone@else.test",
        role="rater",
        link_of=lambda token: token,
    )
    address = f"{crew.root}/invitations/{made.invitation.pk}"
    yield Row("delete", address, {"manager": 204}, others=403)


def grouping(crew: Crew) -> Iterator[Row]:
    made = groups.make_group(actor=crew.manager, project=crew.project, name="Experts")
    address = f"{crew.root}/groups/{made.pk}"
    people = {"put_in": [str(crew.manager.pk)]}
    yield Row("post", f"{address}/people", {"manager": 200}, people, others=403)
    yield Row("put", address, {"manager": 200}, {"name": "Students"}, others=403)
    yield Row("delete", address, {"manager": 204}, others=403)


def illustrating(crew: Crew) -> Iterator[Row]:
    out = BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    address = f"{crew.root}/guidelines/pictures"
    yield Row("post", address, {"manager": 201}, out.getvalue(), others=403, content_type="image/png")


def uploading(crew: Crew) -> Iterator[Row]:
    batch = imaging.create_batch(actor=crew.manager, project=crew.project)
    named = base64.b64encode(str(batch.pk).encode()).decode()
    announced = {**TUS, "Upload-Length": "4", "Upload-Metadata": f"batch {named}"}
    yield Row("post", "/api/v1/uploads/", {"manager": 201}, headers=announced)
    address = f"/api/v1/uploads/{_upload(crew, batch).pk}/"
    yield Row("head", address, {"manager": 200}, headers=TUS)
    sent = {**TUS, "Upload-Offset": "0"}
    yield Row("patch", address, {"manager": 204}, b"text", content_type=CHUNK, headers=sent)
    yield Row("delete", f"/api/v1/uploads/{_upload(crew, batch).pk}/", {"manager": 204}, headers=TUS)
    whole = imaging.create_batch(actor=crew.manager, project=crew.project)
    imaging.append_chunk(
        actor=crew.manager, upload=_upload(crew, whole), offset_bytes=0, source=BytesIO(b"text")
    )
    yield Row("post", f"/api/v1/batches/{whole.pk}/process", {"manager": 200})


def _upload(crew: Crew, batch: UploadBatch) -> Upload:
    return imaging.create_upload(
        actor=crew.manager, batch=batch, name="notes.txt", relative_path="", size_bytes=4
    )


def deciding_inclusion(crew: Crew) -> Iterator[Row]:
    rules = [{"id": "I10", "enabled": True}, {"id": "I4", "enabled": True}]
    inclusion.set_rules(project=crew.project, actor=crew.manager, rules=rules)
    series = Series.objects.get(volume__case=flow.start_case(crew.project))
    address = f"/api/v1/series/{series.pk}/inclusion"
    stated = {"state": RuleState.PASSED, "fact": "The report says so"}
    yield Row("put", f"{address}/I4", {"manager": 200}, stated)
    yield Row("put", f"{address}/I10/waiver", {"manager": 200}, {"reason": "Number to follow"})
    inclusion.waive(series=series, actor=crew.manager, rule_id="I10", reason="Number to follow")
    yield Row("delete", f"{address}/I10/waiver", {"manager": 200})


def calibrating(crew: Crew) -> Iterator[Row]:
    line = {"scanner_model": "A scanner", "kvp": 120, "slope": 0.8, "intercept": -5}
    keepers = {"physicist": 201, "manager": 201}
    yield Row("post", f"{crew.root}/calibrations", keepers, line, others=403)
    record = calibrations.enter_calibration(
        project=crew.project, actor=crew.manager, draft=CalibrationDraft("A scanner", 120, 0.8, -5)
    )
    address = f"/api/v1/calibrations/{record.pk}"
    verified = {"physicist": 200, "manager": 409}  # is verified by then
    yield Row("post", f"{address}/verify", verified, test_calibrations.VERIFICATION)
    yield Row("post", f"{address}/retire", {"manager": 200, "physicist": 200}, {"note": "drift"})
    period = {"record_id": str(record.pk), "within": True}
    series = factories.make_volume(crew.project).series_id
    stated = {"physicist": 200, "manager": 200}
    yield Row("put", f"/api/v1/series/{series}/calibration-period", stated, period)


def running_engines(crew: Crew) -> Iterator[Row]:
    fresh = {"volume_id": str(factories.make_volume(crew.project).pk), "engine": "empty"}
    yield Row("post", f"{crew.root}/runs", {"manager": 201}, fresh, others=403)
    failed = start_run(volume=factories.make_volume(crew.project), engine="empty")
    Run.objects.filter(pk=failed.pk).update(state=JobState.FAILED)
    yield Row("post", f"/api/v1/runs/{failed.pk}/retry", {"manager": 201})
    waits = Job.objects.create(kind="pipeline.run", project_id_ref=crew.project.pk)
    queued = Run.objects.create(volume=factories.make_volume(crew.project), job=waits, engine="empty")
    yield Row("post", f"/api/v1/runs/{queued.pk}/priority", {"manager": 200}, {"priority": 3})
    done = start_run(volume=factories.make_volume(crew.project), engine="corrects")
    address = f"/api/v1/runs/{done.pk}"
    yield Row("get", f"{address}/centres", {"manager": 200})
    renamed = [
        {"label": 21, "point_ras_mm": [5.0, 4.0, 2.0], "was": 20},
        {"label": 22, "point_ras_mm": [5.0, 4.0, 6.0], "was": 21},
    ]
    yield Row("post", f"{address}/correct", {"manager": 201}, {"centres": renamed})


def keeping_models(crew: Crew) -> Iterator[Row]:
    test_models.accept_cases(crew.project, 6)
    training = {"name": "next", "steps": 2}
    yield Row("post", f"{crew.root}/trainings", {"manager": 201}, training, others=403)
    model = test_models.trained(crew.project)
    yield Row("post", f"/api/v1/models/{model.pk}/compare", {"manager": 201})
    yield Row("post", f"/api/v1/models/{model.pk}/promote", {"manager": 200})
    models.promote(actor=crew.manager, model=test_models.trained(crew.project, "third"))
    yield Row("post", f"{crew.root}/models/roll-back", {"manager": 200}, others=403)
    network = SimpleUploadedFile("m.onnx", convolution([-1.0, 1.0], [0.0, 0.0]))
    form = {"name": "bones", "file": network, "about": json.dumps(test_models.ABOUT)}
    body = encode_multipart("deed", form)
    yield Row(
        "post",
        f"{crew.root}/models/onnx",
        {"manager": 201},
        body,
        others=403,
        content_type="multipart/form-data; boundary=deed",
    )


AREAS = (
    inviting,
    grouping,
    illustrating,
    uploading,
    deciding_inclusion,
    calibrating,
    running_engines,
    keeping_models,
)
