"""Who may do what, in one table: every role against every address, with a second project beside the first.

404 is what somebody gets who may not know of a thing, 403 somebody who may know but not do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.common.models import Job, JobState
from backend.common.storage import put_blob
from backend.imaging.models import HeldMask, HeldState, SameScan, Upload, UploadBatch, UploadState, Volume
from backend.imaging.services import uploads as imaging
from backend.notices.models import Delivery, DeliveryState, Webhook
from backend.pipeline.models import ModelVersion, Run, Training
from backend.progress.models import DriftAlarm, DriftFigure
from backend.projects.models import GuidelineDraft, GuidelinePicture, Membership, Project, Role
from backend.science.edits import encode_mask
from tests.backend import factories

pytestmark = pytest.mark.django_db

ROLES = ("manager", "radiologist", "rater", "researcher", "physicist")
PEOPLE = (*ROLES, "former", "outsider", "nobody")


@dataclass
class World:
    """One project with everything in it."""

    project: Project
    people: dict[str, User | None]
    batch: UploadBatch
    quarantined: Upload
    volume: Volume
    job: Job
    run: Run
    model: ModelVersion
    training: Training
    membership: Membership


def make_world() -> World:
    project = factories.make_project()
    manager = project.created_by
    people: dict[str, User | None] = {"manager": manager, "nobody": None, "outsider": factories.make_user()}
    for role in ROLES[1:]:
        people[role] = factories.make_member(project, Role(role))
    former = factories.make_member(project, Role.MANAGER, "former")
    Membership.objects.filter(user=former).update(active=False)
    people["former"] = former
    batch = imaging.create_batch(actor=manager, project=project)
    quarantined = imaging.create_upload(
        actor=manager, batch=batch, name="bad.nii", relative_path="", size_bytes=0
    )
    Upload.objects.filter(pk=quarantined.pk).update(state=UploadState.QUARANTINED, reason_code="empty_file")
    volume = factories.make_volume(project)
    job = Job.objects.create(kind="pipeline.run", project_id_ref=project.pk, state=JobState.RUNNING)
    run = Run.objects.create(volume=volume, job=job, engine="empty", state=JobState.RUNNING)
    membership = Membership.objects.get(user=people["rater"])
    model = ModelVersion.objects.create(project=project, number=1, name="candidate", digest="0" * 64)
    train_job = Job.objects.create(kind="pipeline.train", project_id_ref=project.pk, state=JobState.RUNNING)
    Training.objects.update(state=JobState.SUCCEEDED)  # a site has one open training at most
    training = Training.objects.create(
        project=project, job=train_job, name="training", state=JobState.RUNNING
    )
    return World(project, people, batch, quarantined, volume, job, run, model, training, membership)


@pytest.fixture
def world() -> World:
    make_world()  # beside it, so that a leak between projects would show
    return make_world()


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


Address = Callable[[World], str]


@dataclass(frozen=True)
class Row:
    """An address and what each person gets; who is not named gets ``others``, nobody always 401."""

    method: str
    address: Address
    allowed: dict[str, int]
    others: int = 404  # members whose role does not do
    body: Callable[[World], Any] = lambda world: None

    def expected(self, who: str) -> int:
        if who == "nobody":
            return 401
        if who in ("outsider", "former"):
            return 404
        return self.allowed.get(who, self.others)


def everyone(status: int) -> dict[str, int]:
    return dict.fromkeys(ROLES, status)


def manager(status: int = 200) -> dict[str, int]:
    return {"manager": status}


def slab(world: World) -> str:
    return f"/volumes/{world.volume.pk}/blobs/{world.volume.slab_index['slabs'][0]['sha256']}"


def held_mask(world: World, state: HeldState = HeldState.WAITING) -> UUID:
    blob = put_blob(data=encode_mask(factories.block_mask()))
    held, _ = HeldMask.objects.get_or_create(
        series=world.volume.series, defaults={"blob": blob, "proposals": [], "state": state}
    )
    return held.pk


def same_scan(world: World) -> UUID:
    twin = factories.make_volume(world.project).series
    pair = SameScan.objects.create(project=world.project, first=world.volume.series, second=twin)
    return pair.pk


HOOK = {"address": "https://spine.invalid/hook", "events": ["case.accepted"]}


def webhook(world: World) -> str:
    made = Webhook.objects.filter(project=world.project).first() or Webhook.objects.create(
        project=world.project, **HOOK, secret="known", created_by=world.project.created_by
    )
    return f"/projects/{world.project.slug}/webhooks/{made.pk}"


def delivery_again(world: World) -> str:
    address = webhook(world)
    made = Delivery.objects.create(
        webhook_id=address.rpartition("/")[2],
        event_id=uuid4().hex,
        event="ping",
        body="{}",
        state=DeliveryState.SENT,
        next_at=timezone.now(),
    )
    return f"{address}/deliveries/{made.pk}/again"


def draft(world: World) -> str:
    """The address to publish a draft that is there."""
    GuidelineDraft.objects.get_or_create(project=world.project, defaults={"text": "# Ours"})
    return f"/projects/{world.project.slug}/guidelines/publish"


def picture(world: World) -> str:
    blob = put_blob(data=b"a picture", media_type="image/png")
    made = GuidelinePicture.objects.create(
        project=world.project, blob=blob, width=1, height=1, added_by=world.project.created_by
    )
    return f"/projects/{world.project.slug}/guidelines/pictures/{made.pk}"


def drift(world: World) -> str:
    """The address of an open warning."""
    now = timezone.now()
    alarm, _ = DriftAlarm.objects.get_or_create(
        project=world.project,
        rater=world.membership.user,
        figure=DriftFigure.DICE,
        defaults={
            "side": "down",
            "since": now,
            "until": now,
            "values_before": 20,
            "mean_before": 0.9,
            "mean_since": 0.8,
        },
    )
    return f"/projects/{world.project.slug}/drift/{alarm.pk}"


ROWS: dict[str, Row] = {
    "drift": Row("get", lambda w: f"/projects/{w.project.slug}/drift", manager(), 403),
    "drift compute": Row("post", lambda w: f"/projects/{w.project.slug}/drift", manager(), 403),
    "drift dismiss": Row(
        "post", lambda w: f"{drift(w)}/dismiss", manager(204), 403, lambda w: {"reason": "Harder cases"}
    ),
    "guidelines": Row("get", lambda w: f"/projects/{w.project.slug}/guidelines", everyone(200)),
    "guideline version": Row(
        "get", lambda w: f"/projects/{w.project.slug}/guidelines/versions/1", everyone(200)
    ),
    "guideline read": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/guidelines/versions/1/read",
        everyone(204),
        body=lambda w: {"how": "button"},
    ),
    "guideline draft": Row("get", lambda w: f"/projects/{w.project.slug}/guidelines/draft", manager(), 403),
    "guideline draft save": Row(
        "put",
        lambda w: f"/projects/{w.project.slug}/guidelines/draft",
        manager(),
        403,
        lambda w: {"text": "# Ours", "revision": 0},
    ),
    "guideline draft drop": Row(
        "delete", lambda w: f"/projects/{w.project.slug}/guidelines/draft", manager(204), 403
    ),
    "guidelines publish": Row("post", draft, manager(201), 403, lambda w: {"revision": 1, "changes": "New"}),
    "guideline picture": Row("get", picture, everyone(200)),
    "guideline receipts": Row(
        "get", lambda w: f"/projects/{w.project.slug}/guidelines/receipts", manager(), 403
    ),
    "project": Row("get", lambda w: f"/projects/{w.project.slug}", everyone(200)),
    "project change": Row(
        "patch", lambda w: f"/projects/{w.project.slug}", manager(), 403, lambda w: {"name": "N"}
    ),
    "members": Row("get", lambda w: f"/projects/{w.project.slug}/members", manager(), 403),
    "member add": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/members",
        manager(201),
        403,
        lambda w: {"email": w.membership.user.email, "role": "researcher"},
    ),
    "member change": Row(
        "patch",
        lambda w: f"/projects/{w.project.slug}/members/{w.membership.pk}",
        manager(),
        403,
        lambda w: {"away_until": "2030-01-01"},
    ),
    "member absence": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/members/{w.membership.pk}/absence",
        manager(),
        403,
        lambda w: {"away_until": "2030-01-01", "work_waits": True},
    ),
    "member remove": Row(
        "delete", lambda w: f"/projects/{w.project.slug}/members/{w.membership.pk}", manager(204), 403
    ),
    "groups": Row("get", lambda w: f"/projects/{w.project.slug}/groups", manager(), 403),
    "group make": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/groups",
        manager(201),
        403,
        lambda w: {"name": "Students"},
    ),
    "invitations": Row("get", lambda w: f"/projects/{w.project.slug}/invitations", manager(), 403),
    "invite": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/invitations",
        manager(201),
        403,
        lambda w: {"email": "someone@else.test", "role": "rater"},
    ),
    "credit": Row("get", lambda w: f"/projects/{w.project.slug}/credit.csv", manager(), 403),
    "webhooks": Row("get", lambda w: f"/projects/{w.project.slug}/webhooks", manager(), 403),
    "events": Row("get", lambda w: f"/projects/{w.project.slug}/events?after=now", manager(), 403),
    "webhook events": Row("get", lambda w: f"/projects/{w.project.slug}/webhooks/events", manager(), 403),
    "webhook add": Row(
        "post", lambda w: f"/projects/{w.project.slug}/webhooks", manager(201), 403, lambda w: HOOK
    ),
    "webhook change": Row("put", webhook, manager(), 403, lambda w: {**HOOK, "active": False}),
    "webhook remove": Row("delete", webhook, manager(204), 403),
    "webhook secret": Row("post", lambda w: f"{webhook(w)}/secret", manager(), 403),
    "webhook try": Row("post", lambda w: f"{webhook(w)}/try", manager(202), 403),
    "webhook deliveries": Row("get", lambda w: f"{webhook(w)}/deliveries", manager(), 403),
    "webhook again": Row("post", delivery_again, manager(202), 403),
    "audit": Row("get", lambda w: f"/projects/{w.project.slug}/audit", manager(), 403),
    "audit choices": Row("get", lambda w: f"/projects/{w.project.slug}/audit/choices", manager(), 403),
    "audit table": Row("get", lambda w: f"/projects/{w.project.slug}/audit/table.csv", manager(), 403),
    "audit check": Row("get", lambda w: f"/projects/{w.project.slug}/audit/check", manager(), 403),
    "audit check start": Row("post", lambda w: f"/projects/{w.project.slug}/audit/check", manager(202), 403),
    "batches": Row("get", lambda w: f"/projects/{w.project.slug}/batches", manager(), 403),
    "batch create": Row("post", lambda w: f"/projects/{w.project.slug}/batches", manager(201), 403),
    "batch": Row("get", lambda w: f"/batches/{w.batch.pk}", manager()),
    "held masks": Row("get", lambda w: f"/projects/{w.project.slug}/held-masks", manager(), 403),
    "held mask confirm": Row(
        "post",
        lambda w: f"/held-masks/{held_mask(w)}/confirm",
        manager(),
        404,
        lambda w: {
            "numbering": "x",
            "levels": [{"number": 20, "level": 21}, {"number": 21, "level": 22}],
        },
    ),
    "held mask refuse": Row("post", lambda w: f"/held-masks/{held_mask(w)}/refuse", manager(), 404),
    "held mask take back": Row(
        "post", lambda w: f"/held-masks/{held_mask(w, HeldState.REFUSED)}/take-back", manager(), 404
    ),
    "same scans": Row("get", lambda w: f"/projects/{w.project.slug}/same-scans", manager(), 403),
    "same scan answer": Row(
        "post",
        lambda w: f"/same-scans/{same_scan(w)}/answer",
        manager(),
        404,
        lambda w: {"answer": "different"},
    ),
    "batch withdraw": Row("post", lambda w: f"/batches/{w.batch.pk}/withdraw", manager()),
    "quarantine": Row("get", lambda w: f"/projects/{w.project.slug}/quarantine", manager(), 403),
    "upload file": Row("get", lambda w: f"/uploads/{w.quarantined.pk}/file", manager()),
    "upload resolve": Row(
        "post", lambda w: f"/uploads/{w.quarantined.pk}/resolve", manager(), 404, lambda w: {"note": "x"}
    ),
    "series list": Row("get", lambda w: f"/projects/{w.project.slug}/series", manager(), 403),
    "series": Row("get", lambda w: f"/series/{w.volume.series_id}", manager()),
    "series ids": Row("get", lambda w: f"/projects/{w.project.slug}/series/ids", manager(), 403),
    "rules that keep out": Row(
        "get", lambda w: f"/projects/{w.project.slug}/inclusion/kept-out", manager(), 403
    ),
    "a rule waived for many": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/inclusion/I10/waivers",
        manager(),
        403,
        lambda w: {"series_ids": [str(w.volume.series_id)], "reason": "approved on paper", "preview": True},
    ),
    "waivers of many taken back": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/inclusion/I10/waivers/withdraw",
        manager(),
        403,
        lambda w: {"series_ids": [str(w.volume.series_id)]},
    ),
    "inclusion rules": Row("get", lambda w: f"/projects/{w.project.slug}/inclusion", manager(), 403),
    "inclusion rules change": Row(
        "put", lambda w: f"/projects/{w.project.slug}/inclusion", manager(), 403, lambda w: {"rules": []}
    ),
    "grading schema": Row("get", lambda w: f"/projects/{w.project.slug}/grading-schema", everyone(200)),
    "grading schema change": Row(
        "put",
        lambda w: f"/projects/{w.project.slug}/grading-schema",
        manager(),
        403,
        lambda w: {"schema": {"title": "Ours", "fields": []}},
    ),
    "volume index": Row("get", lambda w: f"/volumes/{w.volume.pk}/index", manager()),
    "volume slab": Row("get", slab, manager()),
    "volume nifti": Row("get", lambda w: f"/volumes/{w.volume.pk}/blobs/{w.volume.nifti_id}", {}),
    "jobs": Row("get", lambda w: f"/projects/{w.project.slug}/jobs", manager(), 403),
    "job": Row("get", lambda w: f"/jobs/{w.job.pk}", manager()),
    "job cancel": Row("post", lambda w: f"/jobs/{w.job.pk}/cancel", manager()),
    "runs": Row("get", lambda w: f"/projects/{w.project.slug}/runs", manager(), 403),
    "run": Row("get", lambda w: f"/runs/{w.run.pk}", manager()),
    "run cancel": Row("post", lambda w: f"/runs/{w.run.pk}/cancel", manager()),
    "run retry": Row("post", lambda w: f"/runs/{w.run.pk}/retry", manager(409)),
    "run priority": Row(
        "post",
        lambda w: f"/runs/{w.run.pk}/priority",
        manager(409),  # it is at work
        404,
        lambda w: {"priority": 3},
    ),
    "run centres": Row("get", lambda w: f"/runs/{w.run.pk}/centres", manager(409)),  # it has no mask yet
    "run correct": Row(
        "post", lambda w: f"/runs/{w.run.pk}/correct", manager(409), 404, lambda w: {"centres": []}
    ),
    "models": Row("get", lambda w: f"/projects/{w.project.slug}/models", manager(), 403),
    "model promote": Row("post", lambda w: f"/models/{w.model.pk}/promote", manager(409)),
    "model compare": Row("post", lambda w: f"/models/{w.model.pk}/compare", manager(409)),
    "models roll back": Row(
        "post", lambda w: f"/projects/{w.project.slug}/models/roll-back", manager(409), 403
    ),
    "model register": Row(
        "post", lambda w: f"/projects/{w.project.slug}/models/onnx", manager(415), 403, lambda w: {}
    ),
    "training start": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/trainings",
        manager(409),
        403,
        lambda w: {"name": "next"},
    ),
    "training": Row("get", lambda w: f"/trainings/{w.training.pk}", manager()),
    "training stop": Row("post", lambda w: f"/trainings/{w.training.pk}/stop", manager()),
    "training end": Row("post", lambda w: f"/trainings/{w.training.pk}/end", manager()),
    "run start": Row(
        "post",
        lambda w: f"/projects/{w.project.slug}/runs",
        manager(409),  # one is at work already
        403,
        lambda w: {"volume_id": str(w.volume.pk)},
    ),
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_table(world: World, name: str) -> None:
    row = ROWS[name]
    wrong = {}
    for who in PEOPLE:
        with transaction.atomic():  # what one may change is as it was when the next one asks
            client = client_of(world.people[who])
            address = f"/api/v1{row.address(world)}"
            answer = getattr(client, row.method)(address, row.body(world), format="json")
            if answer.status_code != row.expected(who):
                wrong[who] = (answer.status_code, getattr(answer, "data", None))
            transaction.set_rollback(True)
    assert wrong == {}


def test_a_list_shows_one_s_own_project_alone(world: World) -> None:
    other = make_world()
    client = client_of(world.people["manager"])
    assert [row["slug"] for row in client.get("/api/v1/projects").json()["results"]] == [world.project.slug]
    for name in ("series", "runs", "jobs", "quarantine", "batches", "members"):
        text = client.get(f"/api/v1/projects/{world.project.slug}/{name}").content.decode()
        for foreign in (other.volume.series_id, other.run.pk, other.job.pk, other.quarantined.pk):
            assert str(foreign) not in text


def test_a_manager_cannot_run_an_engine_on_another_project_s_volume(world: World) -> None:
    other = make_world()
    manager = world.people["manager"]
    assert manager is not None
    Membership.objects.create(project=other.project, user=manager, role=Role.MANAGER)
    answer = client_of(manager).post(
        f"/api/v1/projects/{world.project.slug}/runs", {"volume_id": str(other.volume.pk)}
    )
    assert answer.status_code == 404


def test_a_blob_is_served_through_its_own_volume_only(world: World) -> None:
    other = make_world()
    foreign = other.volume.slab_index["slabs"][0]["sha256"]
    answer = client_of(world.people["manager"]).get(f"/api/v1/volumes/{world.volume.pk}/blobs/{foreign}")
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["series", "runs", "jobs", "quarantine", "batches", "members"])
def test_a_list_takes_the_same_number_of_queries_however_long(
    world: World, name: str, django_assert_max_num_queries: Any
) -> None:
    client = client_of(world.people["manager"])
    address = f"/api/v1/projects/{world.project.slug}/{name}"

    def queries() -> int:
        with django_assert_max_num_queries(40) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    before = queries()
    for _ in range(3):
        grow(world)
    assert queries() == before


def grow(world: World) -> None:
    manager = world.project.created_by
    volume = factories.make_volume(world.project)
    job = Job.objects.create(kind="pipeline.run", project_id_ref=world.project.pk)
    Run.objects.create(volume=volume, job=job, engine="empty").stages.create(position=0, name="empty")
    batch = imaging.create_batch(actor=manager, project=world.project)
    upload = imaging.create_upload(actor=manager, batch=batch, name="b", relative_path="", size_bytes=0)
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.QUARANTINED)
    factories.make_member(world.project, Role.RATER)


def test_unknown_ids_look_like_hidden_ones(world: World) -> None:
    unknown = UUID(int=7)
    client = client_of(world.people["manager"])
    for address in (
        f"/batches/{unknown}",
        f"/series/{unknown}",
        f"/volumes/{unknown}/index",
        f"/jobs/{unknown}",
        f"/runs/{unknown}",
        f"/uploads/{unknown}/file",
        "/projects/no-such",
    ):
        answer = client.get(f"/api/v1{address}")
        hidden = client_of(world.people["outsider"]).get(f"/api/v1/runs/{world.run.pk}")
        assert (answer.status_code, answer.json()) == (404, hidden.json())
