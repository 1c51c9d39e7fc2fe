"""The event bus: lower layers tell that something happened, higher layers act on it.

Events are frozen dataclasses. They are delivered in this process after the transaction has committed, to
each subscriber in the order of subscription. An event is only a nudge: a subscriber that fails is logged
and the sweep (``workflow/sweep.py``) later finds the row that was left behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event."""


@dataclass(frozen=True, slots=True)
class JobChanged(Event):
    """A job was queued, made progress, or ended. ``progress`` is 0..1."""

    job_id: UUID
    kind: str
    subject_id: UUID | None
    project_id: UUID | None
    state: str
    progress: float
    message: str


E = TypeVar("E", bound=Event)
Handler = Callable[[E], None]

_subscribers: dict[type[Event], list[Callable[[Event], None]]] = {}


def subscribe(event_type: type[E]) -> Callable[[Handler[E]], Handler[E]]:
    """Register ``handler`` for events of exactly ``event_type``; registering twice does nothing."""

    def register(handler: Handler[E]) -> Handler[E]:
        handlers = _subscribers.setdefault(event_type, [])
        if handler not in handlers:
            handlers.append(handler)  # type: ignore[arg-type]
        return handler

    return register


def unsubscribe(event_type: type[E], handler: Handler[E]) -> None:
    """Take a handler off again (tests)."""
    handlers = _subscribers.get(event_type, [])
    if handler in handlers:
        handlers.remove(handler)


def subscribers_of(event_type: type[Event]) -> tuple[Callable[[Event], None], ...]:
    """Who hears of events of exactly this type, in order."""
    return tuple(_subscribers.get(event_type, ()))


def publish(event: Event) -> None:
    """Deliver ``event`` once the current transaction has committed; at once where there is none."""
    transaction.on_commit(partial(deliver, event))


def deliver(event: Event) -> None:
    """Hand ``event`` to its subscribers now, in order. For transient news (progress); else `publish`."""
    for handler in subscribers_of(type(event)):
        try:
            handler(event)
        except Exception:
            logger.exception("subscriber %s failed on %r", getattr(handler, "__qualname__", handler), event)
