"""The addresses for other programs, which are none of the API's: nobody is let in who is not signed in.

Who sees what of them is told in `test_dicomweb` and `test_monailabel`; here is that each is closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from backend.config.urls import program_patterns
from tests.backend import factories

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
# they say that one signs in, and how
OPEN = {"GET /monailabel/auth/", "POST /monailabel/auth/token/"}


def addresses() -> Iterator[tuple[str, str]]:
    """Every method of every address, of things that do not exist."""
    for entry in program_patterns:
        view: Any = entry.callback
        address = re.sub(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)", "1.2", str(entry.pattern))
        address = "/" + address.removeprefix("^").removesuffix("$").replace("/?", "/")
        yield from ((name, address) for name in METHODS if hasattr(view.view_class, name))


def test_every_address_asks_who_one_is() -> None:
    found = [(name, address) for name, address in addresses() if f"{name.upper()} {address}" not in OPEN]
    assert len(found) > 15
    wrong = [one for one in found if getattr(Client(), one[0])(one[1]).status_code not in (401, 403)]
    assert wrong == []


def test_who_has_no_part_in_any_project_finds_nothing() -> None:
    client = Client()
    client.force_login(factories.make_user())
    for name, address in addresses():
        answer = getattr(client, name)(address)
        if answer.status_code == 200 and "/auth/" not in address:
            told = answer.json()
            assert told in ([], {}) or told.get("datastore", told)["total"] == 0, address
