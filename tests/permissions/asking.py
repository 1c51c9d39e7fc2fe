"""One address asked for as every person: who gets which status, and what everybody else gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from backend.accounts.models import User
from backend.projects.models import Membership, Role

HIDDEN = 404
RATES = "rater_a"
SIGNED_OUT = (401, 403)
JSON = "application/json"


@dataclass(frozen=True)
class Row:
    """One address: who gets which status; others get ``others``, the other project's people ``strangers``."""

    method: str
    path: str
    allowed: dict[str, int]
    body: dict[str, Any] | bytes | Callable[[], dict[str, Any]] | None = None  # called: anew for each
    others: int = HIDDEN
    strangers: int = HIDDEN
    nobody: tuple[int, ...] = SIGNED_OUT
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, row: Row) -> int:
    """The status that the client gets."""
    call = getattr(client, row.method)
    if row.method in ("get", "head"):
        return int(call(row.path, headers=row.headers).status_code)
    body = row.body() if callable(row.body) else {} if row.body is None else row.body
    return int(call(row.path, body, content_type=row.content_type, headers=row.headers).status_code)


def in_every_role_but_rater(manager: User) -> User:
    """A project's manager, given all roles there but that of a rater, who may see less for being blind."""
    project = manager.memberships.get().project
    for role in set(Role) - {Role.MANAGER, Role.RATER}:
        Membership.objects.create(project=project, user=manager, role=role)
    return manager


def wrongs(rows: Iterable[Row], people: Mapping[str, User], strangers: Mapping[str, User]) -> list[str]:
    """Each answer that is not the row's, in words. Rows may be made one by one, as their turn comes.

    Those who are refused ask first, so that an allowed change cannot hide a leak; then the allowed in the
    row's order. Of the other project two ask: who rates there, and who has every other role in one, so that
    what is open to any of them is open to this one.
    """
    clients = {name: signed_in(user) for name, user in people.items()}
    others = {
        RATES: signed_in(strangers[RATES]),
        "who has all other roles": signed_in(in_every_role_but_rater(strangers["manager"])),
    }
    nobody = Client()
    wrong = []
    for row in rows:
        asked = f"{row.method} {row.path}"
        for name, client in others.items():
            got = ask(client, row)
            if got != row.strangers:
                wrong.append(f"{name} of the other project: {asked} gave {got}")
        got = ask(nobody, row)
        if got not in row.nobody:
            wrong.append(f"signed out: {asked} gave {got}")
        for name in [*(name for name in clients if name not in row.allowed), *row.allowed]:
            wanted = row.allowed.get(name, row.others)
            got = ask(clients[name], row)
            if got != wanted:
                wrong.append(f"{name}: {asked} gave {got}, not {wanted}")
    return wrong
