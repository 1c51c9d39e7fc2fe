"""The permission table covers the URL table: every route and method that the site answers has a row in it."""

from __future__ import annotations

import pytest
from django.urls import resolve

from tests.backend.thaw import thawed_afterwards
from tests.permissions import test_lower, test_upper, world
from tests.permissions.routes import PREFIX, api_routes

pytestmark = pytest.mark.django_db(transaction=True)


def named(method: str, address: str) -> str:
    """``GET projects/<slug:slug>`` for an address of that form."""
    return f"{method.upper()} {resolve(address.partition('?')[0]).route.removeprefix(PREFIX)}"


def rowed_routes() -> set[str]:
    """The routes with a row in one of the two tables."""
    lower = test_lower.make_world()
    below = {named(row.method, f"/api/v1{row.address(lower)}") for row in test_lower.ROWS.values()}
    return below | {named(row.method, row.path) for row in test_upper.rows(world.make_world())}


def test_every_route_and_method_has_a_row() -> None:
    with thawed_afterwards():
        rowed = rowed_routes()
    there = {str(route) for route in api_routes()}
    assert sorted(there - rowed - OWN - WITHOUT_A_ROW) == [], "a new route needs a row in the table"
    assert sorted((OWN | WITHOUT_A_ROW) & rowed) == [], "has a row by now: take it off the list"
    assert sorted((OWN | WITHOUT_A_ROW) - there) == [], "is no route any longer"


# Of no project: what anybody may ask, and what is one's own (test_accounts, test_tokens, test_invitations).
OWN = {
    "DELETE me/tokens/<uuid:token_id>",
    "GET assignments",
    "GET config",
    "GET engines",
    "GET me",
    "GET me/invitations",
    "GET me/tokens",
    "GET projects",
    "GET protocols",
    "GET schema",
    "PATCH me",
    "POST invitations/accept",
    "POST invitations/offer",
    "POST me/tokens",
    "POST projects",
    "PUT me/invitations/<uuid:invitation_id>",
    "PUT project-rights",
}
# Covered by the tests of their areas, but not yet asked for as every person.
WITHOUT_A_ROW = {
    "DELETE assignments/<uuid:pk>/measurements/<int:label>/lines",
    "DELETE assignments/<uuid:pk>/measurements/<int:label>/region",
    "DELETE projects/<slug:slug>/invitations/<uuid:invitation_id>",
    "DELETE projects/<slug:slug>/qualifications/<uuid:user_id>",
    "DELETE series/<uuid:series_id>/inclusion/<str:rule_id>/waiver",
    "DELETE uploads/<uuid:upload_id>/",
    "GET assignments/<uuid:pk>/doubt",
    "GET cases/<uuid:pk>/grade-history",
    "GET projects/<slug:slug>/statistics/figures.csv",
    "PATCH uploads/<uuid:upload_id>/",
    "POST assignments/<uuid:pk>/refine",
    "POST batches/<uuid:batch_id>/process",
    "POST calibrations/<uuid:pk>/retire",
    "POST calibrations/<uuid:pk>/verify",
    "POST projects/<slug:slug>/calibrations",
    "POST projects/<slug:slug>/next-assignment",
    "POST uploads/",
    "PUT assignments/<uuid:pk>/measurements/<int:label>/lines",
    "PUT assignments/<uuid:pk>/measurements/<int:label>/region",
    "PUT series/<uuid:pk>/calibration-period",
    "PUT series/<uuid:series_id>/inclusion/<str:rule_id>",
    "PUT series/<uuid:series_id>/inclusion/<str:rule_id>/waiver",
}
