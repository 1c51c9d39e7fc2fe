"""Writes of webhooks: set up, told what happened, tried again, sent anew by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.audit.acts.act import Act
from backend.audit.models import Record
from backend.common.errors import Conflict, Invalid
from backend.common.tasks import enqueue
from backend.notices.kinds import PING, TOLD
from backend.notices.models import Delivery, DeliveryState, Webhook
from backend.notices.reaching import NotReached, checked_address, send
from backend.notices.webhooks.messages import CASE, message_of, names_of
from backend.notices.webhooks.selectors import DELIVER_KIND, due_of, with_work
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role

MOST_WEBHOOKS = 10
AT_ONCE = 200  # acts looked at, and messages sent, by one job
JOBS_AT_ONCE = 50
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440))
PAUSE_AFTER = 5  # given up one after the other


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    message = f"A project has at most {MOST_WEBHOOKS} webhooks. Remove one first."


class UnknownEvents(Invalid):
    code = "unknown_events"
    message = "Choose at least one of the events that are offered."


class WebhookOff(Conflict):
    code = "webhook_off"
    message = "The webhook is off. Switch it on first."


def add_webhook(*, actor: User, project: Project, address: str, events: Sequence[str]) -> Webhook:
    """A new webhook; it hears of what happens from now on.

    Raises
    ------
    Forbidden, BadAddress, UnknownEvents, TooManyWebhooks
    """
    require_role(actor, project, Role.MANAGER)
    address, chosen = checked_address(address), _known(events)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if Webhook.objects.filter(project=project).count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks
        webhook = Webhook.objects.create(
            project=project,
            address=address,
            events=chosen,
            secret=new_secret(),
            seen=_last_act(),
            created_by=actor,
        )
        _note(actor, people_acts.WebhookAdded(events=chosen), webhook)
    return webhook


def change_webhook(
    *, actor: User, webhook: Webhook, address: str, events: Sequence[str], active: bool
) -> Webhook:
    """Set address, events, and whether it is told at all. Switched on, it hears of what happens from now on.

    Raises
    ------
    Forbidden, BadAddress, UnknownEvents
    """
    require_role(actor, webhook.project, Role.MANAGER)
    address, chosen = checked_address(address), _known(events)
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
        if active and not webhook.active:
            webhook.seen = _last_act()
        webhook.address, webhook.events, webhook.active = address, chosen, active
        webhook.paused = webhook.paused and not active
        webhook.save()
        _note(actor, people_acts.WebhookChanged(events=chosen, active=active), webhook)
    return webhook


@transaction.atomic
def renew_secret(*, actor: User, webhook: Webhook) -> Webhook:
    """Another secret; the former signs nothing any more. `Forbidden`."""
    require_role(actor, webhook.project, Role.MANAGER)
    webhook.secret = new_secret()
    webhook.save(update_fields=["secret", "updated_at"])
    _note(actor, people_acts.WebhookSecretRenewed(), webhook)
    return webhook


@transaction.atomic
def remove_webhook(*, actor: User, webhook: Webhook) -> None:
    """Tell it nothing more, and forget what was sent. `Forbidden`."""
    require_role(actor, webhook.project, Role.MANAGER)
    _note(actor, people_acts.WebhookRemoved(), webhook)
    webhook.delete()


def try_webhook(*, actor: User, webhook: Webhook) -> Delivery:
    """Send a `ping` now; how it ended is in the list. `Forbidden`, `WebhookOff`."""
    require_role(actor, webhook.project, Role.MANAGER)
    if not webhook.active:
        raise WebhookOff
    now = timezone.now()
    event_id = uuid4().hex
    with transaction.atomic():
        made = Delivery.objects.create(
            webhook=webhook,
            event_id=event_id,
            event=PING,
            body=_body(event_id, PING, now, webhook.project.slug, None),
            next_at=now,
        )
        _start(webhook)
    return made


@transaction.atomic
def send_again(*, actor: User, delivery: Delivery) -> Delivery:
    """Send the same message once more, whatever became of it. `Forbidden`, `WebhookOff`."""
    webhook = (
        Webhook.objects.select_for_update(of=("self",)).select_related("project").get(pk=delivery.webhook_id)
    )
    require_role(actor, webhook.project, Role.MANAGER)
    if not webhook.active:
        raise WebhookOff
    delivery.state, delivery.attempts, delivery.next_at = DeliveryState.WAITING, 0, timezone.now()
    delivery.save(update_fields=["state", "attempts", "next_at", "updated_at"])
    if webhook.paused:
        Webhook.objects.filter(pk=webhook.pk).update(paused=False)
    _start(webhook)
    return delivery


def start_due(*, now: datetime) -> int:
    """Start the work of each webhook that has some; how many."""
    webhooks = list(with_work(now)[:JOBS_AT_ONCE])
    for webhook in webhooks:
        _start(webhook)
    return len(webhooks)


def _start(webhook: Webhook) -> None:
    enqueue(
        DELIVER_KIND,
        subject_id=webhook.pk,
        project_id=None,  # no news to the project
        requested_by=None,
        webhook_id=webhook.pk,
    )


def deliver(*, webhook_id: UUID, check_cancelled: Callable[[], None]) -> None:
    """Look at what happened since, and send what is due. What cannot be handed over is tried again later."""
    if not _gather(webhook_id):
        return
    for delivery in due_of(webhook_id, timezone.now())[:AT_ONCE]:
        check_cancelled()
        if not _hand_over(delivery.pk):
            return


@transaction.atomic
def _gather(webhook_id: UUID) -> bool:
    """A message for each act since the last look; False where the webhook is off or gone."""
    found = Webhook.objects.select_for_update().filter(pk=webhook_id, active=True, paused=False)
    webhook = found.select_related("project").first() if found else None
    if webhook is None:
        return False
    acts = Record.objects.filter(project_id_ref=webhook.project_id, sequence__gt=webhook.seen)
    rows = list(acts.filter(verb__in=[*TOLD]).order_by("sequence")[:AT_ONCE])
    if not rows:
        return True
    told = [row for row in rows if row.verb in webhook.events]
    names = names_of(told)
    Delivery.objects.bulk_create(
        [
            Delivery(
                webhook=webhook,
                event_id=row.digest,
                event=row.verb,
                body=_body(row.digest, row.verb, row.at, webhook.project.slug, names.get(row.digest)),
                next_at=timezone.now(),
            )
            for row in told
            if row.subject_kind != CASE or row.digest in names  # not of copies made to train or to measure
        ],
        ignore_conflicts=True,
    )
    Webhook.objects.filter(pk=webhook_id).update(seen=rows[-1].sequence)
    return True


def _hand_over(delivery_id: UUID) -> bool:
    """Send one message; False where its webhook is off by now.

    The next try is written before the message is sent, so that one whose worker dies meanwhile is sent
    again: the other program may get it twice, with the same id, and never not at all.
    """
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("webhook")
        delivery = row.filter(pk=delivery_id, state=DeliveryState.WAITING).first()
        if delivery is None:
            return True
        webhook = delivery.webhook
        if not webhook.active or webhook.paused:
            return False
        now = timezone.now()
        last = delivery.attempts >= len(RETRIES)
        wait = RETRIES[min(delivery.attempts, len(RETRIES) - 1)]
        Delivery.objects.filter(pk=delivery_id).update(attempts=F("attempts") + 1, next_at=now + wait)
    status, error = _sent(webhook, delivery, now)
    if error == "":
        state, sent_at = DeliveryState.SENT, timezone.now()
    else:
        state, sent_at = DeliveryState.GIVEN_UP if last else DeliveryState.WAITING, None
    Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING).update(
        state=state, sent_at=sent_at, last_status=status, last_error=error, updated_at=timezone.now()
    )
    return not (state == DeliveryState.GIVEN_UP and _pause(webhook))


def _sent(webhook: Webhook, delivery: Delivery, now: datetime) -> tuple[int | None, str]:
    """The status that came back, and why it does not count as taken ("" where it does)."""
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "vertebase-webhook",
        "Vertebase-Event": delivery.event,
        "Vertebase-Event-Id": delivery.event_id,
        "Vertebase-Signature": signature(webhook.secret, body, now),
    }
    try:
        answer = send(webhook.address, body, headers)
    except NotReached as exc:
        return None, str(exc)[:300]
    if 200 <= answer.status < 300:
        return answer.status, ""
    told = " ".join(answer.text.split())
    return answer.status, f"It answered {answer.status}: {told}"[:300].rstrip(": ")


def _pause(webhook: Webhook) -> bool:
    """Stop telling a webhook that has taken nothing for long; whether it was stopped."""
    ended = webhook.deliveries.exclude(state=DeliveryState.WAITING).order_by("-updated_at")
    last = list(ended.values_list("state", flat=True)[:PAUSE_AFTER])
    if len(last) < PAUSE_AFTER or set(last) != {DeliveryState.GIVEN_UP.value}:
        return False
    Webhook.objects.filter(pk=webhook.pk).update(paused=True)
    return True


def signature(secret: str, body: bytes, at: datetime) -> str:
    """``t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">``: who made it, and when."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def new_secret() -> str:
    """256 random bits, with a beginning by which they are recognised."""
    return f"vbwh_{secrets.token_urlsafe(32)}"


def _body(event_id: str, event: str, at: datetime, slug: str, subject: dict[str, str] | None) -> str:
    return json.dumps(message_of(event_id, event, at, slug, subject), sort_keys=True, ensure_ascii=False)


def _known(events: Sequence[str]) -> list[str]:
    chosen = sorted(set(events))
    if not chosen or any(event not in TOLD for event in chosen):
        raise UnknownEvents
    return chosen


def _last_act() -> int:
    return Record.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def _note(actor: User, act: Act, webhook: Webhook) -> None:
    audit.record(actor=actor, act=act, subject=webhook, project_id=webhook.project_id)
