"""Each person has one stream of news in each project, and one in each of their assignments.

Nobody shares a stream, so a rater's says nothing of other raters, not even by its numbering.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache

from backend.common.cache import GONE, LOG_SECONDS, Seldom
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
    """The group of one assignment, which only its rater and managers join."""
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


def _next_sequence(stream: str) -> int:
    """The number of the stream's next message. After lost ones it leaves a gap: listeners ask anew."""
    key = _sequence_key(stream)
    cache.add(key, 0, SEQUENCE_SECONDS)
    return int(cache.incr(key, 2 if stream in _missed else 1))


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
    """Send one message to a stream; nobody listening is no error, and with the broker away it is dropped."""
    try:
        message: dict[str, Any] = {**news, "seq": _next_sequence(stream)}
        _group_send(stream, {"type": "deliver", "news": message})
    except GONE as exc:
        _drop(stream, exc)
    else:
        _missed.discard(stream)


def _drop(stream: str, why: Exception) -> None:
    if len(_missed) < MISSED_AT_MOST:
        _missed.add(stream)
    if _time_to_tell():
        logger.warning("the broker does not answer; news to open pages are dropped: %s", why)


def send_to_project(project_id: UUID, roles: Audience, news: News) -> None:
    """Send to everybody who holds one of ``roles``."""
    for user_id in audience_of(project_id, roles):
        send(project_stream(project_id, user_id), news)


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
        _group_send(group, message)
    except GONE as exc:
        _drop(group, exc)


def _group_send(stream: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(stream, message)
