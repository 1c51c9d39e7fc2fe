"""Signing in without a token at hand: the site shows a page on which a person confirms a code (RFC 8628)."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass

from . import wire_generated as wire
from .errors import Invalid, VertebaseError, WaitedTooLong
from .operations_generated import Operations
from .waiting import pause_for

PROGRAM = "vertebase"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
NOBODY = "none"  # both addresses ask no token


@dataclass(frozen=True)
class Confirm:
    """What a person has to do: open ``address``, and see that it shows ``code``."""

    address: str
    code: str


def token_by_code(
    url: str,
    *,
    tell: Callable[[Confirm], None],
    scope: wire.TokenScope = "annotate",
    insecure: bool = False,
    wait: Callable[[float], None] = pause_for,
) -> str:
    """A token for the person who confirms the code that ``tell`` is given.

    Raises
    ------
    VertebaseError
        they refused; ``WaitedTooLong``: nobody confirmed within ten minutes.
    """
    with Operations(url, NOBODY, insecure=insecure) as api:
        asked = api.program_ask(
            {"client_id": PROGRAM, "scope": scope, "device_name": printable(platform.node())}
        )
        tell(Confirm(asked["verification_uri_complete"], asked["user_code"]))
        pause = float(asked["interval"])
        while True:
            wait(pause)
            try:
                return _fetched(api, asked["device_code"])
            except Invalid as refused:
                if refused.code == "slow_down":
                    pause = float(refused.extra.get("interval", pause + 5))
                elif refused.code == "expired_token":
                    raise WaitedTooLong("Nobody confirmed the code within ten minutes.") from refused
                elif refused.code != "authorization_pending":
                    raise VertebaseError(str(refused)) from refused


def _fetched(api: Operations, device_code: str) -> str:
    made = api.program_token({"grant_type": GRANT, "device_code": device_code, "client_id": PROGRAM})
    return made["access_token"]


def printable(name: str) -> str:
    """A machine's name as the site takes it."""
    return "".join(letter for letter in name if letter.isprintable())[:60]
