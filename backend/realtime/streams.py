"""Each person has one stream of news in each project, and one in each of their assignments.

Nobody shares a stream, so a rater's says nothing of other raters, not even by its numbering.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache

from backend.common.cache import GONE, LOG_SECONDS, Seldom, count_up
from backend.projects.models import Membership, Role
from backend.realtime.messages import CLOSE_COME_AGAIN, CLOSE_NOT_SIGNED_IN, News

Audience = frozenset[str]
MANAGERS: Audience = frozenset({Role.MANAGER})
EVERYBODY: Audience = frozenset(Role.values)
AUDIENCE_SECONDS = 10
SEQUENCE_SECONDS = 24 * 3600
MISSED_AT_MOST = 100_000

logger = logging.getLogger(__name__)
_time_to_tell = Seldom(LOG_SECONDS)
_missed: set[str] = set()  # streams that this process could not send to


def project_stream(project_id: UUID, user_id: UUID) -> str:
    """The group of one person in one project."""
    return f"p.{project_id.hex}.{user_id.hex}"


def assignment_stream(assignment_id: UUID) -> str:
    """The group of one assignment, which only its rater joins."""
    return f"a.{assignment_id.hex}"


def own_groups(user_id: UUID, session_key: str) -> tuple[str, str]:
    """The groups of all sockets of a person, and of those of one browser session."""
    return f"u.{user_id.hex}", _session_group(session_key)


def _session_group(session_key: str) -> str:
    return f"s.{sha256(session_key.encode()).hexdigest()[:40]}"  # the key itself opens the session


def _sequence_key(stream: str) -> str:
    return f"seq.{stream}"


def sequence_of(stream: str) -> int:
    """How many messages the stream has had."""
    return int(cache.get(_sequence_key(stream), 0))


def audience_of(project_id: UUID, roles: Audience) -> list[UUID]:
    """Who holds one of ``roles`` in the project; remembered for some seconds, since progress comes often."""
    key = f"audience.{project_id.hex}.{'.'.join(sorted(roles))}"
    held: list[UUID] | None = cache.get(key)
    if held is None:
        rows = Membership.objects.filter(project=project_id, active=True, role__in=roles)
        held = list(rows.values_list("user_id", flat=True).distinct())
        cache.set(key, held, AUDIENCE_SECONDS)
    return held


def send(stream: str, news: News) -> None:
    """Send one message to a stream; see `send_all`."""
    send_all([(stream, news)])


def send_all(addressed: Sequence[tuple[str, News]]) -> None:
    """Send each message to its stream; nobody listening is no error. With the broker away they are dropped.

    All numbers come in one exchange with the broker, all messages in one turn of the event loop: a change
    that two hundred managers hear of would else hold up whoever made it. A stream that missed messages has
    a gap in its numbers: its listeners ask anew.
    """
    streams = [stream for stream, _ in addressed]
    steps = [(_sequence_key(stream), 2 if stream in _missed else 1) for stream in streams]
    try:
        numbers = count_up(steps, SEQUENCE_SECONDS)
        messages = [
            (stream, {"type": "deliver", "news": {**news, "seq": number}})
            for (stream, news), number in zip(addressed, numbers, strict=True)
        ]
        _group_send(messages)
    except GONE as exc:
        _drop(streams, exc)
    else:
        _missed.difference_update(streams)


def _drop(streams: Sequence[str], why: Exception) -> None:
    if len(_missed) < MISSED_AT_MOST:
        _missed.update(streams)
    if _time_to_tell():
        logger.warning("the broker does not answer; news to open pages are dropped: %s", why)


def send_to_project(project_id: UUID, roles: Audience, *news: News) -> None:
    """Send to everybody who holds one of ``roles``, in the order given."""
    streams = [project_stream(project_id, user_id) for user_id in audience_of(project_id, roles)]
    send_all([(stream, message) for message in news for stream in streams])


def ask_recheck(user_id: UUID) -> None:
    """Have all open sockets of a person look again at what they may see, of projects and assignments."""
    _tell_sockets(f"u.{user_id.hex}", {"type": "recheck"})


def close_all_of(user_id: UUID) -> None:
    """Close a person's sockets; where the session still holds, the browser opens them anew."""
    _tell_sockets(f"u.{user_id.hex}", {"type": "leave", "code": CLOSE_COME_AGAIN})


def close_session(session_key: str) -> None:
    """Close the sockets of a browser session that has ended."""
    _tell_sockets(_session_group(session_key), {"type": "leave", "code": CLOSE_NOT_SIGNED_IN})


def _tell_sockets(group: str, message: dict[str, Any]) -> None:
    """To open sockets, as far as the broker is there; each command of a socket is checked anyway."""
    try:
        _group_send([(group, message)])
    except GONE as exc:
        _drop([group], exc)


def _group_send(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return

    async def each() -> None:
        for group, message in messages:
            await layer.group_send(group, message)

    async_to_sync(each)()
