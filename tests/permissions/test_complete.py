"""The permission tables cover the URL table: every route and method that the site answers succeeds in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import resolve

from tests.backend.thaw import thawed_afterwards
from tests.permissions import test_deeds, test_lower, test_upper, world
from tests.permissions.asking import Row
from tests.permissions.crew import make_crew
from tests.permissions.routes import PREFIX, api_routes

pytestmark = pytest.mark.django_db(transaction=True)


def named(method: str, address: str) -> str:
    """``GET projects/<slug:slug>`` for an address of that form."""
    return f"{method.upper()} {resolve(address.partition('?')[0]).route.removeprefix(PREFIX)}"


def given_by(row: Row) -> set[int]:
    """What a row gives to whom it is for; some are for anybody, signed in or not."""
    return {*row.allowed.values(), row.others, row.strangers, *row.nobody}


def statuses() -> Iterator[tuple[str, set[int]]]:
    """The routes with a row in one of the tables, and what they give to whom they are for."""
    for area in test_deeds.AREAS:
        for asked in area(make_crew()):
            yield named(asked.method, asked.path), given_by(asked)
    for asked in test_upper.rows(world.make_world()):
        yield named(asked.method, asked.path), set(asked.allowed.values())
    lower = test_lower.make_world()  # last: its training is at work, and a site has one
    for row in test_lower.ROWS.values():
        yield named(row.method, f"/api/v1{row.address(lower)}"), set(row.allowed.values())


def test_every_route_and_method_has_a_row_that_succeeds(small_engines: None, settings: Any) -> None:
    settings.VERTEBASE_SENDS_MAIL = False
    given: dict[str, set[int]] = defaultdict(set)
    with thawed_afterwards():
        for route, answers in statuses():
            given[route] |= answers
    there = {str(route) for route in api_routes()}
    assert sorted(there - set(given)) == [], "a new route needs a row in a table"
    refused = {route for route in there if not any(200 <= status < 300 for status in given[route])}
    assert sorted(refused) == [], "a route that only refuses shows nothing: let somebody succeed"
