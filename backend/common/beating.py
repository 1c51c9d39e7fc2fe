"""Workers say that they live: a row each, renewed every half minute by a thread of the worker's main process.

Rows of jobs show only who is at work. This shows who is there at all, for which queues, and of which version.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready, worker_shutdown
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from backend.common.models import WorkerBeat

logger = logging.getLogger(__name__)

BEAT_SECONDS = 30.0
SILENT_AFTER = timedelta(seconds=4 * BEAT_SECONDS)  # who has not beaten for that long is gone
FORGOTTEN_AFTER = timedelta(days=2)  # and is no longer listed

_ended = threading.Event()


def beat(*, name: str, queues: Iterable[str]) -> None:
    """Note that this worker lives; rows of those long gone go."""
    now = timezone.now()
    kept = WorkerBeat.objects.filter(pk=name).update(
        queues=sorted(queues), version=settings.VERTEBASE_VERSION, beat_at=now
    )
    if not kept:
        WorkerBeat.objects.create(
            name=name, queues=sorted(queues), version=settings.VERTEBASE_VERSION, started_at=now, beat_at=now
        )
    WorkerBeat.objects.filter(beat_at__lt=now - FORGOTTEN_AFTER).delete()


def begin(*, name: str) -> None:
    """A worker of that name has started: its former life is over."""
    WorkerBeat.objects.filter(pk=name).delete()


def keep_beating(name: str, queues: Callable[[], Iterable[str]], ended: threading.Event) -> None:
    """Beat until the worker ends. A database that is away or busy is asked again with the next beat."""
    first = True
    while True:
        try:
            if first:
                begin(name=name)
            beat(name=name, queues=queues())
            first = False
        except DatabaseError as error:
            logger.warning("the worker could not say that it lives: %s", error)
        finally:
            connection.close()
        if ended.wait(BEAT_SECONDS):
            return


@worker_ready.connect  # type: ignore[untyped-decorator]
def on_ready(sender: Any, **kwargs: Any) -> None:
    """Start the thread, in the main process: those that it forks do the work."""
    _ended.clear()
    names = list(sender.app.amqp.queues.consume_from)
    thread = threading.Thread(
        target=keep_beating, args=(sender.hostname, lambda: names, _ended), name="beating", daemon=True
    )
    thread.start()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def on_shutdown(**kwargs: Any) -> None:
    _ended.set()
