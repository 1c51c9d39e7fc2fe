"""How a program gets a token without a person typing one into it (RFC 8628).

The program shows a short code. Whoever is signed in at the site enters it there, is shown which program asks
for what, and allows or refuses it. The program meanwhile asks with a secret of its own, and is given a token
once. What it calls itself nobody has checked: the page says so.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import ProgramRequest, User
from backend.accounts.program_errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
    TooManyPrograms,
    UnknownCode,
)
from backend.accounts.selectors import token_digest
from backend.accounts.services import create_token
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.audit.acts.act import Act

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so no words; none that is taken for a digit (RFC 8628, 6.1)
CODE_LETTERS = 8
LASTS = timedelta(minutes=10)
KEPT = timedelta(hours=1)  # after its end, so that a program that is late is told why
INTERVAL_SECONDS = 5
SLOWER_SECONDS = 5
MOST_WAITING = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program is told when it begins: its own secret, and the code that it shows."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The token of a program that was allowed."""

    text: str
    scope: str
    expires_at: datetime


def ask(*, program: str, scope: str, machine: str = "") -> Asked:
    """A program begins to sign in.

    Raises
    ------
    TooManyPrograms
        more wait than people could confirm.
    """
    now = timezone.now()
    ProgramRequest.objects.filter(expires_at__lt=now - KEPT).delete()
    if ProgramRequest.objects.filter(expires_at__gt=now).count() >= MOST_WAITING:
        raise TooManyPrograms
    for _ in range(5):
        device, code = (
            secrets.token_urlsafe(32),
            "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS)),
        )
        try:
            with transaction.atomic():
                ProgramRequest.objects.create(
                    program=program,
                    machine=machine,
                    scope=scope,
                    device_sha256=token_digest(device),
                    code_sha256=token_digest(code),
                    expires_at=now + LASTS,
                    interval_seconds=INTERVAL_SECONDS,
                )
        except IntegrityError:
            continue  # somebody else's code, once in billions
        shown = f"{code[:4]}-{code[4:]}"
        return Asked(device, shown, int(LASTS.total_seconds()), INTERVAL_SECONDS)
    raise TooManyPrograms


@transaction.atomic
def look(*, user: User, code: str) -> ProgramRequest:
    """The program that shows this code and waits for an answer, however it is typed.

    From now on only this person answers it: who reads it off a screen later cannot.

    Raises
    ------
    UnknownCode
        it is none, is too old, was answered, or somebody else entered it first.
    """
    plain = "".join(letter for letter in code.upper() if letter in LETTERS)
    waits = ProgramRequest.objects.select_for_update(of=("self",)).filter(
        Q(user=None) | Q(user=user),
        code_sha256=token_digest(plain),
        expires_at__gt=timezone.now(),
        allowed=None,
    )
    row = waits.first()
    if row is None:
        raise UnknownCode
    if row.user_id is None:
        row.user = user
        row.save(update_fields=["user"])
    return row


@transaction.atomic
def answer(*, user: User, code: str, allows: bool) -> ProgramRequest:
    """Allow the program that shows this code, or refuse it; once. `UnknownCode` as in `look`."""
    row = look(user=user, code=code)
    row.allowed = allows
    row.save(update_fields=["allowed"])
    act: Act = people_acts.ProgramRefused(program=row.program)
    if allows:
        act = people_acts.ProgramAllowed(program=row.program, scope=row.scope)
    audit.record(actor=user, act=act, subject=user)
    return row


def fetch(*, device_code: str, program: str) -> Fetched:
    """What a program is given that asks: its token, once.

    Raises
    ------
    AuthorizationPending, SlowDown, AccessDenied, ExpiredToken, InvalidGrant
        nobody has answered yet; it asks too often; it was refused; too late; the secret is none, was used, or
        is another program's.
    """
    with transaction.atomic():
        found = ProgramRequest.objects.select_for_update(of=("self",)).filter(
            device_sha256=token_digest(device_code)
        )
        row = found.first()
        if row is None or not secrets.compare_digest(row.program.encode(), program.encode()):
            raise InvalidGrant
        refusal = _why_not(row, timezone.now())
        if refusal is None:
            return _given(row)
    raise refusal


def _why_not(row: ProgramRequest, now: datetime) -> Exception | None:
    """Why there is no token for it now; when it asked is kept."""
    if now >= row.expires_at:
        return ExpiredToken()
    if row.allowed is False:
        return AccessDenied()
    last, row.asked_at = row.asked_at, now
    too_soon = last is not None and now - last < timedelta(seconds=row.interval_seconds - 1)
    if too_soon:
        row.interval_seconds = min(row.interval_seconds + SLOWER_SECONDS, 60)
    row.save(update_fields=["asked_at", "interval_seconds"])
    if too_soon:
        return SlowDown(extra={"interval": row.interval_seconds})
    if row.allowed is None or row.user is None:
        return AuthorizationPending()
    return None if row.user.is_active else AccessDenied()


def _given(row: ProgramRequest) -> Fetched:
    assert row.user is not None
    name = f"{row.program}, {row.machine}" if row.machine else row.program
    token, text = create_token(user=row.user, name=name[:100], scope=row.scope)
    row.delete()
    return Fetched(text, token.scope, token.expires_at)
