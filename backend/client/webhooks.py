"""Receiving what a site tells by webhook: is it from the site, is it new, what does it say."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import NotGenuine

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happened. ``id`` is the same each time it is sent: keep it, to act once.

    ``subject`` has ``kind`` (case or release), ``id`` and ``name``, or is None.
    """

    id: str
    event: str
    at: datetime
    project: str
    subject: dict[str, str] | None


def read_message(
    body: bytes, signature: str, secret: str, *, tolerance_seconds: float = TOLERANCE_SECONDS
) -> Message:
    """What the body says, where it was signed with the secret (header ``Vertebase-Signature``) and lately.

    Raises
    ------
    NotGenuine
        another secret, a changed body, an old message sent anew by somebody else, no signature
    """
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    sent_at, given = parts.get("t", ""), parts.get("v1", "")
    expected = hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    if not sent_at.isdecimal() or not hmac.compare_digest(expected.encode(), given.encode()):
        raise NotGenuine("The message was not signed with this secret, or was changed on its way.")
    if abs(time.time() - int(sent_at)) > tolerance_seconds:
        raise NotGenuine("The message was signed too long ago. Is the clock of this machine right?")
    told: dict[str, Any] = json.loads(body)
    return Message(
        told["id"], told["event"], datetime.fromisoformat(told["at"]), told["project"], told["subject"]
    )
