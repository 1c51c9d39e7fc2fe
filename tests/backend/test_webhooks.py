"""Other programs are told what happens in a project: once, signed, tried again, and nothing that unblinds."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.work.services import excluding
from backend.audit.acts import case_acts
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.audit.services import record
from backend.client.errors import NotGenuine
from backend.client.webhooks import read_message
from backend.common.errors import Forbidden
from backend.common.models import Job
from backend.notices import reaching
from backend.notices.kinds import TOLD
from backend.notices.models import Delivery, DeliveryState, Webhook
from backend.notices.webhooks import services
from backend.notices.webhooks.selectors import with_work
from backend.projects.models import Project, Role
from backend.workflow.sweep import sweep
from tests.backend import factories, rows
from tests.backend.clock import Clock
from tests.support.listener import Listener, listening
from tests.support.replay import replayable
from tests.support.site import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
README = (ROOT / "backend" / "client" / "README.md").read_text()
(README_BLOCK,) = (
    block.replace("from vertebase", "from backend.client")
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    if "read_message" in block
)
AsUser = Callable[[User | None], APIClient]


@pytest.fixture
def program(settings: Any) -> Iterator[Listener]:
    settings.VERTEBASE_WEBHOOK_HOSTS = ["127.0.0.1"]
    with listening() as listener:
        yield listener


@replayable
def managed_project() -> tuple[User, Project]:
    manager = factories.make_user("manager")
    return manager, factories.make_project(manager)


@pytest.fixture
def managed() -> tuple[User, Project]:
    return managed_project()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    return clock


def hook(managed: tuple[User, Project], program: Listener, *events: str) -> Webhook:
    manager, project = managed
    chosen = events or (Verb.CASE_EXCLUDED, Verb.CASE_PUT_BACK)
    return services.add_webhook(actor=manager, project=project, address=program.url, events=[*chosen])


def exclude(managed: tuple[User, Project], **fields: Any) -> Case:
    case = rows.case_in(managed[1], **fields)
    excluding.exclude(case_id=case.pk, actor=managed[0], reason="quality")
    return case


def test_a_program_is_told_once_and_can_tell_by_whom(
    managed: tuple[User, Project], program: Listener
) -> None:
    before = exclude(managed)
    webhook = hook(managed, program)
    case = exclude(managed)
    assert sweep().webhooks == 1
    assert not sweep().webhooks, "all is told"
    (heard,) = program.heard
    assert heard.path == "/hook?for=spine"
    message = read_message(heard.body, heard.headers["Vertebase-Signature"], webhook.secret)
    assert (message.event, message.project) == ("case.excluded", managed[1].slug)
    assert message.subject == {"kind": "case", "id": str(case.pk), "name": case.alias}
    assert before.alias not in heard.body.decode(), "what was before is no news"
    names: dict[str, Any] = {
        "body": heard.body,
        "headers": heard.headers,
        "secret": webhook.secret,
        "seen": set(),
    }
    exec(README_BLOCK, names)
    assert names["message"] == message, "as the client's README has it"
    assert set(json.loads(heard.body)) == {"id", "event", "at", "project", "subject"}, "nobody is named"
    assert heard.headers["Vertebase-Event-Id"] == message.id


def test_only_what_was_chosen_is_told_and_only_of_this_project(
    managed: tuple[User, Project], program: Listener
) -> None:
    hook(managed, program, Verb.CASE_PUT_BACK)
    other = factories.make_project(managed[0])
    exclude((managed[0], other))
    excluding.put_back(case_id=exclude(managed).pk, actor=managed[0])
    sweep()
    assert [json.loads(heard.body)["event"] for heard in program.heard] == ["case.put_back"]


def test_of_copies_that_train_or_measure_nothing_is_told(
    managed: tuple[User, Project], program: Listener
) -> None:
    hook(managed, program, Verb.CASE_OPENED)
    for purpose in ("training", "gold", "repeat", "work"):
        case = rows.case_in(managed[1], purpose=purpose)
        record(actor=None, act=case_acts.CaseOpened(), subject=case, project_id=managed[1].pk)
    sweep()
    assert [json.loads(heard.body)["subject"]["id"] for heard in program.heard] == [str(case.pk)]


def test_no_event_is_about_rating() -> None:
    rating = (
        "assignment.",
        "task.",
        "comparison.",
        "fusion.",
        "vertebra.",
        "names.",
        "exercise.",
        "comment.",
    )
    assert [verb for verb in TOLD if verb.startswith(rating)] == []


def test_what_is_not_taken_comes_again_later_and_is_given_up_in_the_end(
    managed: tuple[User, Project], program: Listener, clock: Clock
) -> None:
    hook(managed, program)
    program.status = 503
    exclude(managed)
    sweep()
    waits = []
    while Delivery.objects.get().state == DeliveryState.WAITING:
        delivery = Delivery.objects.get()
        assert (delivery.last_status, delivery.last_error) == (503, "It answered 503: come back later")
        assert not sweep().webhooks, "not before its time"
        waits.append(delivery.next_at - clock.now)
        clock.now = delivery.next_at
        assert sweep().webhooks == 1
    assert waits == [*services.RETRIES]
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP
    assert len(program.heard) == len(services.RETRIES) + 1
    assert len({heard.body for heard in program.heard}) == 1, "the same each time"
    assert not sweep().webhooks


def test_one_message_that_is_not_taken_holds_up_no_other(
    managed: tuple[User, Project], program: Listener, clock: Clock
) -> None:
    hook(managed, program)
    program.status = 500
    exclude(managed)
    sweep()
    program.status = 204
    exclude(managed)
    sweep()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "waiting"]
    clock.forward(60)
    sweep()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_worker_that_dies_while_sending_leaves_the_message_for_later(
    managed: tuple[User, Project], program: Listener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hook(managed, program)
    exclude(managed)

    class Killed(BaseException):
        pass

    def dies(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(services, "send", dies)
        patch.setattr(services, "enqueue", lambda *args, **kwargs: None)
        with pytest.raises(Killed):
            services.deliver(webhook_id=webhook.pk, check_cancelled=lambda: None)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    clock.forward(60)
    sweep()
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_a_program_that_takes_nothing_is_told_no_more_until_somebody_sends_again(
    managed: tuple[User, Project], program: Listener, clock: Clock
) -> None:
    webhook = hook(managed, program)
    program.status = 410
    for _ in range(services.PAUSE_AFTER):
        exclude(managed)
    sweep()
    for wait in services.RETRIES:
        clock.now += wait
        sweep()
    assert Webhook.objects.filter(paused=True).exists()
    exclude(managed)
    assert not sweep().webhooks
    program.status = 200
    again = webhook.deliveries.filter(state=DeliveryState.GIVEN_UP).last()
    assert again is not None
    services.send_again(actor=managed[0], delivery=again)
    sweep()
    again.refresh_from_db()
    assert again.state == DeliveryState.SENT
    assert not Webhook.objects.filter(paused=True).exists()
    assert webhook.deliveries.filter(state=DeliveryState.SENT).count() == 2, "and what happened meanwhile"


def test_a_redirect_is_not_followed(managed: tuple[User, Project], program: Listener) -> None:
    hook(managed, program)
    with listening() as inside:
        program.status, program.location = 307, inside.url
        exclude(managed)
        sweep()
        assert inside.heard == []
    assert Delivery.objects.get().last_status == 307
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_a_certificate_that_nobody_vouches_for_is_refused(
    managed: tuple[User, Project], settings: Any, tmp_path: Path
) -> None:
    settings.VERTEBASE_WEBHOOK_HOSTS = ["127.0.0.1"]
    with listening(self_signed(tmp_path)) as program:
        hook(managed, program)
        exclude(managed)
        sweep()
        assert program.heard == []
    assert "not secure" in Delivery.objects.get().last_error


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = timezone.now()
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    pem = folder / "program.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "ftp://example.org",
        "https://",
        "https://user:word@example.org",
        "https://example.org:99999",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "no address",
    ],
)
def test_addresses_that_lead_inside_or_are_not_secure_are_refused(
    managed: tuple[User, Project], address: str
) -> None:
    manager, project = managed
    with pytest.raises(reaching.BadAddress):
        services.add_webhook(
            actor=manager, project=project, address=address, events=[Verb.CASE_ACCEPTED.value]
        )


@pytest.mark.parametrize("inside", ["127.0.0.1", "192.168.0.7", "100.64.0.1", "::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_inside_is_not_followed(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the addresses behind a name is enough, and nothing is connected to."""

    def found(host: str, port: int, **how: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("93.184.216.34", inside)]

    def connects(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", connects)
    with pytest.raises(reaching.NotReached, match="own network"):
        reaching.send("https://spine.example/hook", b"{}", {})


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def connects(where: tuple[str, int], *args: Any, **kwargs: Any) -> None:
        asked.append(where)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **how: [(0, 0, 0, "", ("93.184.216.34", port))]
    )
    monkeypatch.setattr(socket, "create_connection", connects)
    with pytest.raises(reaching.NotReached, match="No connection"):
        reaching.send("https://spine.example:8443/hook", b"{}", {})
    assert asked == [("93.184.216.34", 8443)]


def test_a_message_is_believed_only_with_its_secret_and_while_it_is_new() -> None:
    body = b'{"id": "1", "event": "ping", "at": "2030-01-01T00:00:00+00:00", "project": "p", "subject": null}'
    signed = services.signature("secret", body, timezone.now())
    assert read_message(body, signed, "secret").event == "ping"
    old = services.signature("secret", body, timezone.now() - timedelta(minutes=6))
    for wrong, signature, secret in (
        (body, signed, "other"),
        (body.replace(b"ping", b"pong"), signed, "secret"),
        (body, old, "secret"),
        (body, signed.replace("t=", "t=1"), "secret"),
        (body, "", "secret"),
        (body, "t=,v1=ü", "secret"),
    ):
        with pytest.raises(NotGenuine):
            read_message(wrong, signature, secret)


def test_a_webhook_is_set_up_tried_changed_and_removed_by_its_managers(
    managed: tuple[User, Project], program: Listener, as_user: AsUser
) -> None:
    client = as_user(managed[0])
    root = f"/api/v1/projects/{managed[1].slug}/webhooks"
    offered = [row["event"] for row in client.get(f"{root}/events").json()]
    made = client.post(root, {"address": program.url, "events": offered[:1]}, format="json")
    assert made.status_code == 201, made.content
    address = f"{root}/{made.json()['id']}"
    assert "secret" not in client.get(root).content.decode()
    tried = client.post(f"{address}/try")
    assert tried.status_code == 202, tried.content
    first = program.heard[-1]
    assert (
        read_message(first.body, first.headers["Vertebase-Signature"], made.json()["secret"]).event == "ping"
    )
    renewed = client.post(f"{address}/secret").json()["secret"]
    (sent,) = client.get(f"{address}/deliveries").json()["results"]
    assert (sent["state"], sent["last_status"], sent["event"]) == ("sent", 200, "ping")
    assert client.post(f"{address}/deliveries/{sent['id']}/again").status_code == 202
    second = program.heard[-1]
    assert len(program.heard) == 2
    assert second.body == first.body
    read_message(second.body, second.headers["Vertebase-Signature"], renewed)
    with pytest.raises(NotGenuine):
        read_message(second.body, second.headers["Vertebase-Signature"], made.json()["secret"])
    off = {"address": program.url, "events": offered, "active": False}
    assert client.put(address, off, format="json").json()["active"] is False
    assert client.post(f"{address}/try").json()["code"] == "webhook_off"
    case = exclude(managed)
    sweep()
    assert client.put(address, off | {"active": True}, format="json").json()["active"] is True
    sweep()
    assert not any(case.alias in heard.body.decode() for heard in program.heard), "it was off then"
    assert client.delete(address).status_code == 204
    assert not Delivery.objects.exists()
    done = Record.objects.filter(verb__startswith="webhook.").values_list("verb", flat=True)
    assert [*done] == [
        "webhook.added",
        "webhook.secret_renewed",
        "webhook.changed",
        "webhook.changed",
        "webhook.removed",
    ]
    assert program.url not in json.dumps([*Record.objects.values_list("detail", flat=True)]), "may hold a key"


@pytest.mark.parametrize("events", [[], ["assignment.submitted"], ["no.such"]])
def test_what_is_not_offered_cannot_be_chosen(
    managed: tuple[User, Project], program: Listener, events: list[str]
) -> None:
    with pytest.raises(services.UnknownEvents):
        services.add_webhook(actor=managed[0], project=managed[1], address=program.url, events=events)


def test_a_project_has_ten_at_most(managed: tuple[User, Project], program: Listener) -> None:
    for _ in range(services.MOST_WEBHOOKS):
        hook(managed, program)
    with pytest.raises(services.TooManyWebhooks):
        hook(managed, program)


def test_looking_for_work_takes_one_query_however_many_there_are(
    managed: tuple[User, Project], program: Listener
) -> None:
    for _ in range(3):
        hook(managed, program)
    exclude(managed)
    with CaptureQueriesContext(connection) as asked:
        assert len(list(with_work(timezone.now()))) == 3
    assert len(asked) == 1


def test_a_webhook_has_one_job_at_a_time(managed: tuple[User, Project], program: Listener) -> None:
    webhook = hook(managed, program)
    exclude(managed)
    Job.objects.create(kind="notices.deliver", subject_id=webhook.pk)
    assert not with_work(timezone.now()).exists()


def test_who_manages_no_more_changes_nothing(managed: tuple[User, Project], program: Listener) -> None:
    webhook = hook(managed, program)
    rater = factories.make_member(managed[1], Role.RATER)
    for act in (services.remove_webhook, services.renew_secret, services.try_webhook):
        with pytest.raises(Forbidden):
            act(actor=rater, webhook=webhook)
